"""Errors of the other rooms in the user's language.

Their English title and message are looked up by their own text: ``resources/translations/update.py`` collects
them from the error classes into the context "Errors", so that a new error can't be forgotten.
"""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from adit_uploader.desktop.values import Explanation, said
from adit_uploader.desktop.words import formats, reasons
from adit_uploader.desktop.words.line_advice import in_the_window
from adit_uploader.filled import Filled, ReceiversWords
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
        return said(lambda: Explanation(_text(title), _message(message, default)))
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
        return f"{_text(default)} {_text(added)}"
    return _text(message)


def _text(text: str) -> str:
    """One of the texts of an error."""
    if isinstance(text, ReceiversWords):
        return reasons.by_receiver(text.code) or text
    if isinstance(text, Filled):
        values = {name: _value(name, value) for name, value in text.values.items()}
        return _sentence(text.sentence).format(**values)
    return _sentence(text) if text else ""


def _sentence(english: str) -> str:
    return in_the_window().get(english) or translate("Errors", english)


def _value(name: str, value: str | int) -> str | int:
    """What stands in a sentence: names of things and of the system's failures have words in each language."""
    if name == "why":
        return system_failures().get(str(value), value)
    if name in {"expected", "found"}:
        return formats.breakable(str(value))
    return things().get(str(value), value) if name in {"field", "key", "other"} else value


def things() -> Mapping[str, str]:
    """What an error may be about, by its English name."""
    return {
        "department": translate("Things", "department"),
        "PatientID": translate("Things", "PatientID"),
        "department key": translate("Things", "department key"),
        "site key": translate("Things", "site key"),
    }


def system_failures() -> Mapping[str, str]:
    """What systems say, by their own words (of the C library); those of others stay as they are."""
    return {
        "Permission denied": translate("SystemFailures", "Permission denied"),
        "Operation not permitted": translate("SystemFailures", "Operation not permitted"),
        "No such file or directory": translate("SystemFailures", "No such file or directory"),
        "Not a directory": translate("SystemFailures", "Not a directory"),
        "Is a directory": translate("SystemFailures", "Is a directory"),
        "File exists": translate("SystemFailures", "File exists"),
        "File name too long": translate("SystemFailures", "File name too long"),
        "Input/output error": translate("SystemFailures", "Input/output error"),
        "No space left on device": translate("SystemFailures", "No space left on device"),
        "Disk quota exceeded": translate("SystemFailures", "Disk quota exceeded"),
        "Read-only file system": translate("SystemFailures", "Read-only file system"),
        "Device or resource busy": translate("SystemFailures", "Device or resource busy"),
        "Too many open files": translate("SystemFailures", "Too many open files"),
    }


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
