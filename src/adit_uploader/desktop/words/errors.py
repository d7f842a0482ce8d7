"""Errors of the other rooms in the user's language.

Their English title and message are looked up by their own text: ``resources/translations/update.py`` collects
them from the error classes into the context "Errors", so that a new error can't be forgotten.
"""

from PySide6.QtCore import QCoreApplication

from adit_uploader.desktop.values import Explanation, said
from adit_uploader.pseudonyms.errors import ChoiceRefused, ChoiceRefusedReason, InvalidPseudonym

translate = QCoreApplication.translate


def explain(error: BaseException) -> Explanation:
    """What went wrong and what to do. An error that nobody foresaw is named by its kind: its text may hold data."""
    if isinstance(error, ChoiceRefused):
        reason = error.reason
        return said(lambda: choice_refused(reason))
    if isinstance(error, InvalidPseudonym):
        return said(lambda: choice_refused(ChoiceRefusedReason.INVALID_PSEUDONYM))
    title, message = getattr(error, "title", ""), getattr(error, "message", "")
    if title:
        default = getattr(error, "default_message", "")
        return said(lambda: Explanation(translate("Errors", title), _message(message, default)))
    kind = type(error).__name__
    return said(lambda: unexpected(kind))


def unexpected(kind: str) -> Explanation:
    """What nobody foresaw, by the name of its class."""
    return Explanation(
        translate("ErrorWords", "Something unexpected happened"),
        translate("ErrorWords", "A fault of the program ({kind}). Please report it; nothing more is sent.").format(
            kind=kind
        ),
    )


def _message(message: str, default: str) -> str:
    """An error's message; one that only adds to the usual one of its class is said in two parts."""
    added = message.removeprefix(default).strip()
    if default and added and added != message:
        return f"{translate('Errors', default)} {translate('Errors', added)}"
    return translate("Errors", message) if message else ""


def choice_refused(reason: ChoiceRefusedReason) -> Explanation:
    """Why the chosen mode can't be used with what was chosen."""
    one_patient = translate("ErrorWords", "A fixed pseudonym is for one patient only")
    unusable = translate("ErrorWords", "This pseudonym can't be used")
    department = translate("ErrorWords", "Your department is not usable")
    return {
        ChoiceRefusedReason.NO_DEPARTMENT: Explanation(
            department,
            translate("ErrorWords", "The server has no department for you. Ask its administrators to set it."),
        ),
        ChoiceRefusedReason.DEPARTMENT: Explanation(
            department,
            translate("ErrorWords", "Its name is too long or has unusable characters. Ask the administrators."),
        ),
        ChoiceRefusedReason.INVALID_PSEUDONYM: Explanation(
            unusable,
            translate(
                "ErrorWords",
                "It may have up to 64 characters, no spaces at its ends, and none of these: \\ * ? ^ =",
            ),
        ),
        ChoiceRefusedReason.SEVERAL_PATIENTS: Explanation(
            one_patient,
            translate("ErrorWords", "More than one PatientID was found. Add one patient's files only, or change mode."),
        ),
        ChoiceRefusedReason.CONTRADICTING_NAMES: Explanation(
            one_patient,
            translate("ErrorWords", "One PatientID, but different names: perhaps two patients were mixed."),
        ),
        ChoiceRefusedReason.CONTRADICTING_BIRTH_DATES: Explanation(
            one_patient,
            translate("ErrorWords", "One PatientID, but different birth dates: perhaps two patients were mixed."),
        ),
        ChoiceRefusedReason.UNPROVEN_PATIENT: Explanation(
            one_patient,
            translate(
                "ErrorWords",
                "No PatientID, and nothing says that the files are one patient's. Add one study.",
            ),
        ),
        ChoiceRefusedReason.IDENTIFIES: Explanation(
            unusable, translate("ErrorWords", "It is the patient's own ID, name or birth date. Type another one.")
        ),
    }[reason]
