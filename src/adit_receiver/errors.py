"""All errors of the receiver.

    ReceiverError
    ├── SpoolError
    │   ├── SpoolFull            no room on the disk above its floor
    │   ├── QuotaExceeded        the user's share of the spool is used up
    │   ├── StorageFailed        the disk failed while writing
    │   └── Mismatch             length or digest differ from what was announced
    ├── AccessDenied             a connection or a job is not allowed; carries the code for the wire
    └── DestinationUnknown       a destination was deleted, or is not accessible any more

``title`` and ``message`` are for people, and never hold a patient's data.
"""

from adit_uploader.protocol.codes import CloseCode, RefusalCode


class ReceiverError(Exception):
    """Base of all errors of the receiver."""

    title = "The receiver failed"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SpoolError(ReceiverError):
    """An instance can't be stored."""

    title = "The instance was not stored"
    code = RefusalCode.STORAGE


class SpoolFull(SpoolError):
    """The disk has no room above its floor."""

    title = "The receiver's disk is full"
    code = RefusalCode.FULL


class QuotaExceeded(SpoolError):
    """The user's share of the spool is used up."""

    title = "Your share of the receiver's disk is used up"
    code = RefusalCode.QUOTA


class StorageFailed(SpoolError):
    """The disk failed while writing."""

    title = "The receiver's disk failed"
    code = RefusalCode.STORAGE


class Mismatch(SpoolError):
    """Length or digest of the bytes that arrived differ from what was announced."""

    title = "The instance was damaged on its way"

    def __init__(self, message: str, code: RefusalCode) -> None:
        super().__init__(message)
        self.code = code


class AccessDenied(ReceiverError):
    """A connection or a job is not allowed."""

    title = "Not allowed"

    def __init__(self, message: str, code: CloseCode | RefusalCode) -> None:
        super().__init__(message)
        self.code = code


class DestinationUnknown(ReceiverError):
    """A destination was deleted, or is not accessible any more."""

    title = "The destination does not exist any more"
