"""The four ways in which patients get their pseudonyms."""

from enum import StrEnum


class Mode(StrEnum):
    """How pseudonyms are made; the values are the ones of the wire."""

    INTERNAL = "internal"  # computed from department and PatientID
    BATCH = "batch"  # looked up in the user's own list
    FIXED = "fixed"  # typed by the user, for a single patient
    NONE = "none"  # the files go as they are
