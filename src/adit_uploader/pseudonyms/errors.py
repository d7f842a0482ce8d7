"""What can go wrong with pseudonyms.

    PseudonymError
        EmptyDepartment         internal: no department
        EmptyPatientId          internal: no PatientID
        ValueTooLong            internal: department or PatientID does not fit its field
        UnusableCharacter       internal: NUL, or what is no Unicode character
        InvalidPseudonym        a pseudonym that can't be a PatientID and a PatientName
        ChoiceRefused           the chosen mode can't be used with what was chosen
        BatchFileRefused        a batch file with problems, all of them
        KeyFileError            a key file can't be read or written
        KeyListError            a key list can't be written

Messages never hold a patient's data; those of ``BatchFileProblem`` may, and belong on the local user's screen only.
"""

from enum import StrEnum

from adit_uploader.filled import Filled
from adit_uploader.values import dataclass


class PseudonymError(Exception):
    """Base of this room's errors. title: what; message: why, and what to do; both for people."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(f"{title}: {message}")
        self.title = title
        self.message = message


class EmptyDepartment(PseudonymError):
    def __init__(self) -> None:
        super().__init__(
            "No department",
            "Internal pseudonyms are computed from the department and the PatientID. "
            "Ask the administrator of the server to set the department of your user.",
        )


class EmptyPatientId(PseudonymError):
    def __init__(self) -> None:
        super().__init__("No PatientID", "These files hold no PatientID, so no pseudonym can be computed from it.")


class ValueTooLong(PseudonymError):
    """field: "department" or "PatientID"; limit: bytes of UTF-8."""

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(
            Filled("The {field} is too long", field=field),
            Filled("It may have at most {limit} bytes in UTF-8. Correct it at its source.", limit=limit),
        )
        self.field = field
        self.limit = limit


class UnusableCharacter(PseudonymError):
    """field: "department" or "PatientID"."""

    def __init__(self, field: str) -> None:
        super().__init__(
            Filled("The {field} can't be used", field=field),
            "It holds a NUL character, or bytes that its character set does not know. Correct it at its source.",
        )
        self.field = field


class InvalidPseudonym(PseudonymError):
    def __init__(self, message: str) -> None:
        super().__init__("This pseudonym can't be used", message)


class ChoiceRefusedReason(StrEnum):
    NO_DEPARTMENT = "no-department"
    DEPARTMENT = "department"  # too long, or with unusable characters
    INVALID_PSEUDONYM = "invalid-pseudonym"
    SEVERAL_PATIENTS = "several-patients"
    CONTRADICTING_NAMES = "contradicting-names"
    CONTRADICTING_BIRTH_DATES = "contradicting-birth-dates"
    UNPROVEN_PATIENT = "unproven-patient"  # no PatientID, several studies, and nothing that says they are one patient's
    IDENTIFIES = "identifies"  # the fixed pseudonym is the patient's own ID, name or birth date


class ChoiceRefused(PseudonymError):
    """The chosen mode can't be used with what was chosen; nothing may be sent."""

    def __init__(self, reason: ChoiceRefusedReason, title: str, message: str) -> None:
        super().__init__(title, message)
        self.reason = reason


class BatchFileProblemCode(StrEnum):
    # the file
    UNREADABLE = "unreadable"
    NOT_A_TABLE = "not-a-table"
    UNDECODABLE = "undecodable"
    NO_ROWS = "no-rows"
    SEVERAL_SHEETS = "several-sheets"
    # the header
    UNKNOWN_COLUMN = "unknown-column"
    MISSING_COLUMN = "missing-column"
    DUPLICATE_COLUMN = "duplicate-column"
    # one cell
    TOO_MANY_CELLS = "too-many-cells"
    EMPTY_CELL = "empty-cell"
    NUMBER = "number"
    DATE = "date"
    FORMULA = "formula"
    NOT_TEXT = "not-text"  # a truth value, or an error such as #REF!
    TOO_LONG = "too-long"
    BACKSLASH = "backslash"
    CONTROL = "control"
    WILDCARD = "wildcard"
    SPACES = "spaces"
    NAME_SEPARATOR = "name-separator"
    INVALID_UID = "invalid-uid"
    SERIES_WITHOUT_STUDY = "series-without-study"
    PSEUDONYM_IS_PATIENT_ID = "pseudonym-is-patient-id"
    # several rows
    TWO_PSEUDONYMS = "two-pseudonyms"  # one patient with two pseudonyms
    TWO_PATIENTS = "two-patients"  # two patients with one pseudonym
    WHOLE_AND_PART = "whole-and-part"  # one row asks for everything of a patient, another for a part
    # the file and what was chosen
    LEADING_ZEROS = "leading-zeros"
    SCIENTIFIC = "scientific"


@dataclass(frozen=True, slots=True)
class BatchFileProblem:
    """One mistake in a batch file, for the local user's screen; never logged, never sent.

    Attributes:
        line: line of the text file or row of the sheet, from 1; None if it is about the whole file.
        column: the column's name, or None.
        message: one sentence that says what is wrong and what to do, without line and column.
        near: PatientIDs of the files of which one is probably meant.
    """

    line: int | None
    column: str | None
    code: BatchFileProblemCode
    message: str
    near: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = [f"line {self.line}" if self.line is not None else "", self.column or ""]
        where = ", ".join(part for part in place if part)
        return f"{where}: {self.message}" if where else self.message


class BatchFileRefused(PseudonymError):
    """problems: all of them, ordered by line; nothing may be sent."""

    def __init__(self, problems: tuple[BatchFileProblem, ...]) -> None:
        count = len(problems)
        super().__init__(
            "The batch file can't be used",
            "It has one problem. Nothing was sent; correct the file and try again."
            if count == 1
            else Filled("It has {count} problems. Nothing was sent; correct the file and try again.", count=count),
        )
        self.problems = problems


class KeyFileError(PseudonymError):
    pass


class KeyListError(PseudonymError):
    pass
