"""What is wrong in a batch file: one sentence a code."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QLocale

from adit_uploader.pseudonyms.errors import BatchFileProblem, BatchFileProblemCode

translate = QCoreApplication.translate


def problem(found: BatchFileProblem) -> str:
    """The sentence beside line and column. The room that reads the file says it in English, with more detail."""
    if QLocale().language() == QLocale.Language.English:
        return found.message
    sentence = sentences()[found.code]
    if not found.near:
        return sentence
    meant = translate("BatchProblems", "Probably meant: {ids}.").format(ids=", ".join(found.near))
    return f"{sentence} {meant}"


def sentences() -> Mapping[BatchFileProblemCode, str]:
    """Every code's sentence in the user's language."""
    code = BatchFileProblemCode
    return {
        code.UNREADABLE: translate("BatchProblems", "The file can't be read. Is it still there, or open elsewhere?"),
        code.NOT_A_TABLE: translate("BatchProblems", "This is not a CSV file and not an Excel workbook (.xlsx)."),
        code.UNDECODABLE: translate("BatchProblems", "The text has an unknown encoding. Save it as CSV UTF-8."),
        code.NO_ROWS: translate("BatchProblems", "The file has no rows."),
        code.SEVERAL_SHEETS: translate("BatchProblems", "The workbook has several sheets. Keep only one."),
        code.UNKNOWN_COLUMN: translate("BatchProblems", "This column is not known. Remove or rename it."),
        code.MISSING_COLUMN: translate("BatchProblems", "This column is missing."),
        code.DUPLICATE_COLUMN: translate("BatchProblems", "This column occurs twice."),
        code.TOO_MANY_CELLS: translate("BatchProblems", "The line has more cells than there are columns."),
        code.EMPTY_CELL: translate("BatchProblems", "The cell is empty."),
        code.NUMBER: translate("BatchProblems", "The cell holds a number. Format the column as text, type it again."),
        code.DATE: translate("BatchProblems", "The cell holds a date. Format the column as text, type it again."),
        code.FORMULA: translate("BatchProblems", "The cell holds a formula. Replace it by its value as text."),
        code.NOT_TEXT: translate("BatchProblems", "The cell holds no text."),
        code.TOO_LONG: translate("BatchProblems", "The value has more than 64 characters."),
        code.BACKSLASH: translate("BatchProblems", "The value holds a backslash, which DICOM does not allow."),
        code.CONTROL: translate("BatchProblems", "The value holds a line break or another control character."),
        code.WILDCARD: translate("BatchProblems", "The value holds a wildcard (* or ?)."),
        code.SPACES: translate("BatchProblems", "There are spaces before or after the value."),
        code.NAME_SEPARATOR: translate("BatchProblems", "The pseudonym holds ^ or =, which have a meaning in names."),
        code.INVALID_UID: translate("BatchProblems", "This is not a valid UID."),
        code.SERIES_WITHOUT_STUDY: translate("BatchProblems", "A series is named without its study."),
        code.PSEUDONYM_IS_PATIENT_ID: translate("BatchProblems", "The pseudonym is the PatientID itself."),
        code.TWO_PSEUDONYMS: translate("BatchProblems", "This patient has another pseudonym in another line."),
        code.TWO_PATIENTS: translate("BatchProblems", "Another patient has the same pseudonym."),
        code.WHOLE_AND_PART: translate(
            "BatchProblems", "One line selects everything of this patient, another one only a part."
        ),
        code.LEADING_ZEROS: translate(
            "BatchProblems", "Leading zeros are missing: a patient found here has this ID with zeros before it."
        ),
        code.SCIENTIFIC: translate(
            "BatchProblems", "The spreadsheet has rounded this number. Format the column as text and type it again."
        ),
    }
