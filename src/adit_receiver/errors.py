"""All errors of the receiver.

    ReceiverError
    ├── SpoolError
    │   ├── SpoolFullError            no room on the disk above its floor
    │   ├── QuotaExceededError        the user's share of the spool is used up
    │   ├── StorageFailedError        the disk failed while writing
    │   └── MismatchError             length or digest differ from what was announced
    ├── AccessDeniedError             a connection or a job is not allowed; carries the code for the wire
    ├── JobActionError                what a person wants to do with a job can't be done in its present state
    ├── DestinationUnknownError       a destination was deleted, or is not accessible any more
    ├── ProfileNotAddedError          a profile can't be added beside those that there are
    ├── TokenNotMadeError             a user has too many tokens already
    └── SecretMissingError            the file from which site keys are derived can't be read

``title`` and ``message`` are for people, and never hold a patient's data.
"""

from django.utils.translation import gettext_noop

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


class SpoolFullError(SpoolError):
    """The disk has no room above its floor."""

    title = "The receiver's disk is full"
    code = RefusalCode.FULL


class QuotaExceededError(SpoolError):
    """The user's share of the spool is used up."""

    title = "Your share of the receiver's disk is used up"
    code = RefusalCode.QUOTA


class StorageFailedError(SpoolError):
    """The disk failed while writing."""

    title = "The receiver's disk failed"
    code = RefusalCode.STORAGE


class MismatchError(SpoolError):
    """Length or digest of the bytes that arrived differ from what was announced."""

    title = "The instance was damaged on its way"

    def __init__(self, message: str, code: RefusalCode) -> None:
        super().__init__(message)
        self.code = code


class AccessDeniedError(ReceiverError):
    """A connection or a job is not allowed."""

    title = "Not allowed"

    def __init__(self, message: str, code: CloseCode | RefusalCode) -> None:
        super().__init__(message)
        self.code = code


class JobActionError(ReceiverError):
    """What a person wants to do with a job can't be done in its present state."""

    title = "This can't be done now"


class DestinationUnknownError(ReceiverError):
    """A destination was deleted, or is not accessible any more."""

    title = "The destination does not exist any more"


class ProfileNotAddedError(ReceiverError):
    """A de-identification profile can't be added beside those that there are."""

    title = "The profile was not added"


class TokenNotMadeError(ReceiverError):
    """A user has too many tokens already. number: how many there may be."""

    title = "No token was made"

    def __init__(self, number: int) -> None:
        super().__init__(gettext_noop("You have %(number)d valid tokens, more than anybody needs. Revoke some first."))
        self.number = number


class SecretMissingError(ReceiverError):
    """The file from which site keys are derived can't be read."""

    title = "The receiver's secret is missing"
