"""Stable codes: why a connection closed, why an instance was refused.

Codes never change their meaning. Whoever shows them to people keeps a text of its own for each.
"""

from enum import IntEnum, StrEnum


class CloseCode(IntEnum):
    """WebSocket close codes of this protocol (RFC 6455 section 7.4.2, private range)."""

    NORMAL = 1000
    PROTOCOL_ERROR = 4400
    TOKEN = 4401
    PERMISSION = 4403
    JOB_IN_USE = 4409
    TOO_LARGE = 4413
    TOO_MANY_FAILURES = 4420
    LOCKED = 4423
    VERSION = 4426
    CREDIT_EXCEEDED = 4429
    INTERNAL = 4500
    FULL = 4507

    @property
    def retriable(self) -> bool:
        """Whether trying again later, unchanged, can help."""
        return self in {
            CloseCode.JOB_IN_USE,
            CloseCode.TOO_MANY_FAILURES,
            CloseCode.LOCKED,
            CloseCode.INTERNAL,
            CloseCode.FULL,
        }


class RefusalCode(StrEnum):
    """Why the receiver did not take an instance or a job."""

    # the door: what the instance holds
    NOT_DEIDENTIFIED = "not-deidentified"
    PSEUDONYM_MISMATCH = "pseudonym-mismatch"
    PSEUDONYM_FORM = "pseudonym-form"
    FORBIDDEN_ELEMENT = "forbidden-element"
    PROFILE = "profile"
    UID_MISMATCH = "uid-mismatch"
    NOT_DICOM = "not-dicom"
    BURNED_IN = "burned-in"
    # the door: how it arrived
    DIGEST = "digest"
    LENGTH = "length"
    CONFLICT = "conflict"
    TOO_LARGE = "too-large"
    INVALID_UID = "invalid-uid"
    ABANDONED = "abandoned"  # answer to the client's own Abandon
    # the job
    JOB_CLOSED = "job-closed"
    MODE_NOT_ALLOWED = "mode-not-allowed"
    DESTINATION_NOT_ALLOWED = "destination-not-allowed"
    COUNTS_DIFFER = "counts-differ"
    # the receiver itself
    QUOTA = "quota"
    FULL = "full"
    STORAGE = "storage"

    @property
    def retriable(self) -> bool:
        """Whether the same instance may be taken when it is sent again later."""
        return self in {
            RefusalCode.DIGEST,
            RefusalCode.LENGTH,
            RefusalCode.QUOTA,
            RefusalCode.FULL,
            RefusalCode.STORAGE,
        }
