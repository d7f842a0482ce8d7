"""The four ways to name a patient, and what each means."""

from PySide6.QtCore import QCoreApplication

from adit_uploader.desktop.values import ModeBlock
from adit_uploader.pseudonyms.mode import Mode

translate = QCoreApplication.translate


def name(mode: Mode) -> str:
    return {
        Mode.INTERNAL: translate("Modes", "Internal pseudonyms"),
        Mode.BATCH: translate("Modes", "Pseudonyms from a batch file"),
        Mode.FIXED: translate("Modes", "One fixed pseudonym"),
        Mode.NONE: translate("Modes", "None: real names"),
    }[mode]


def description(mode: Mode) -> str:
    """One sentence for the user."""
    return {
        Mode.INTERNAL: translate(
            "Modes", "Computed from your department and the PatientID: the same patient always gets the same pseudonym."
        ),
        Mode.BATCH: translate("Modes", "From your list (CSV or Excel) with the columns PatientID and Pseudonym."),
        Mode.FIXED: translate("Modes", "You type it. Only for the files of a single patient."),
        Mode.NONE: translate("Modes", "Names, birth dates and IDs are sent as they are."),
    }[mode]


def block(why: ModeBlock) -> str:
    """Why a mode can't be chosen."""
    return {
        ModeBlock.NOT_PERMITTED: translate("Modes", "not permitted for you"),
        ModeBlock.MANAGED: translate("Modes", "not allowed by your IT department"),
        ModeBlock.NO_DEPARTMENT: translate("Modes", "the server has no department for you"),
    }[why]
