"""Why something is left out, held, refused or did not arrive: one sentence a code, in the user's language."""

from collections.abc import Collection, Mapping

from PySide6.QtCore import QCoreApplication

from adit_uploader.deid.blanking.obstacles import BlankingObstacle
from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.desktop.values import HeldChoice
from adit_uploader.dicom.inventory import LeftOutReason
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.pseudonyms.assign import RefusalReason, UnmatchedReason
from adit_uploader.pseudonyms.conflicts import Conflict, ConflictKind
from adit_uploader.pseudonyms.identity import Contradiction
from adit_uploader.transfer.plan import NotChosenReason
from adit_uploader.transfer.receipt import ReasonCode

translate = QCoreApplication.translate


def left_out() -> Mapping[LeftOutReason, str]:
    """Why a file is not sent, told by the scan."""
    return {
        LeftOutReason.NOT_DICOM: translate("Reasons", "Not a DICOM file."),
        LeftOutReason.DICOMDIR: translate("Reasons", "A DICOMDIR: only a table of contents. The images are sent."),
        LeftOutReason.UNREADABLE: translate("Reasons", "This computer does not let you read it. Check its rights."),
        LeftOutReason.VANISHED: translate("Reasons", "It is no longer there. Was the CD or drive removed?"),
        LeftOutReason.DAMAGED: translate("Reasons", "The file is damaged. Copy it again from its source."),
        LeftOutReason.NO_SOP_INSTANCE_UID: translate(
            "Reasons", "It lacks an identifier (UID) that every DICOM image must have."
        ),
        LeftOutReason.DUPLICATE: translate("Reasons", "An exact copy of another file here. It is sent once."),
        LeftOutReason.CONFLICT: translate(
            "Reasons", "Another file has the same identifier (UID) and other content. Neither is sent."
        ),
        LeftOutReason.SYMLINK_LOOP: translate("Reasons", "A link that leads back to its own folder."),
        LeftOutReason.NOT_A_FILE: translate("Reasons", "Not a file but a device or a connection."),
        LeftOutReason.ARCHIVE: translate(
            "Reasons", "A zip archive that is encrypted, damaged or inside another. Unpack it first."
        ),
    }


def burned_in() -> Mapping[BurnedInReason, str]:
    """Why a picture may show the patient's name."""
    return {
        BurnedInReason.ANNOTATION: translate("Reasons", "The file says that text is burned into the picture."),
        BurnedInReason.ULTRASOUND: translate("Reasons", "Ultrasound devices often write the name into the picture."),
        BurnedInReason.SECONDARY_CAPTURE: translate("Reasons", "A picture of a screen may show the patient's name."),
        BurnedInReason.SCANNED: translate("Reasons", "A scanned document or film may show the patient's name."),
        BurnedInReason.PHOTO: translate("Reasons", "A photograph may show the patient's face or name."),
        BurnedInReason.VIDEO: translate("Reasons", "A video may show the patient's face or name."),
        BurnedInReason.ENCAPSULATED: translate("Reasons", "A document (PDF) may hold the patient's name."),
        BurnedInReason.SCREEN_SAVE: translate("Reasons", "A saved screen may show the patient's name."),
        BurnedInReason.FLUOROSCOPY: translate("Reasons", "Saved screens of X-ray devices may show the patient's name."),
    }


def obstacles() -> Mapping[BlankingObstacle, str]:
    """Why areas can't be blanked in a series."""
    return {
        BlankingObstacle.NO_PICTURE: translate("Reasons", "It holds no picture, so nothing can be blanked in it."),
        BlankingObstacle.VIDEO: translate("Reasons", "Areas can't be blanked in a video."),
        BlankingObstacle.COMPRESSION: translate(
            "Reasons", "Its pictures are compressed in a way in which areas can't be blanked."
        ),
        BlankingObstacle.SIZE: translate("Reasons", "Its pictures have another size than the areas were drawn for."),
        BlankingObstacle.MODE: translate("Reasons", "With real names files go as they are; nothing is blanked."),
    }


def held(choice: HeldChoice) -> str:
    """The sentence beside a held series."""
    why = burned_in()[choice.reason]
    if choice.forbidden:
        return f"{why} " + translate("Reasons", "The server does not accept such series.")
    return why


def patient_refusals() -> Mapping[RefusalReason, str]:
    """Why a patient is not sent."""
    return {
        RefusalReason.EMPTY_PATIENT_ID: translate("Reasons", "Without a PatientID nobody knows whose files these are."),
        RefusalReason.UNUSABLE_PATIENT_ID: translate(
            "Reasons", "The PatientID is too long, or has characters that can't be used."
        ),
        RefusalReason.NOT_LISTED: translate("Reasons", "The batch file does not list this patient."),
        RefusalReason.NOTHING_SELECTED: translate(
            "Reasons", "None of the studies and series that the batch file names for this patient is here."
        ),
        RefusalReason.IDENTIFIES: translate(
            "Reasons", "The pseudonym is the patient's own ID, name or birth date. Choose another one."
        ),
    }


def not_chosen() -> Mapping[NotChosenReason, str]:
    """Why a series is not part of the upload."""
    return {
        NotChosenReason.EXCLUDED: translate("Reasons", "You left it out."),
        NotChosenReason.NOT_LISTED: translate("Reasons", "The batch file selects other studies or series."),
    }


def made_here() -> Mapping[ReasonCode, str]:
    """Why an instance did not leave this computer."""
    return {
        ReasonCode.CHANGED: translate("Reasons", "The file changed while it was sent. Add it again."),
        ReasonCode.VANISHED: translate("Reasons", "The file is no longer there. Was the CD or drive removed?"),
        ReasonCode.UNREADABLE: translate(
            "Reasons", "The file can't be read any more. Check its rights, then send again."
        ),
        ReasonCode.DAMAGED: translate("Reasons", "The file is damaged. Copy it again from its source."),
        ReasonCode.RESIDUAL: translate(
            "Reasons",
            "Something of the patient was still in the file after pseudonymization: it was not sent. Please report it.",
        ),
        ReasonCode.DEIDENTIFICATION: translate(
            "Reasons",
            "The file could not be pseudonymized completely: it was not sent. Export it again from its source.",
        ),
        ReasonCode.NOT_BLANKABLE: translate(
            "Reasons", "The rectangles can't be blanked in this picture. Leave the series out."
        ),
        ReasonCode.CRASHED: translate(
            "Reasons", "The program failed twice at this file: it was not sent. Please report it."
        ),
        ReasonCode.OTHER_BYTES: translate(
            "Reasons", "The output folder holds another file of this name. Choose an empty folder."
        ),
        ReasonCode.TOO_LARGE: translate(
            "Reasons", "The file is larger than the server accepts. Ask its administrators."
        ),
        ReasonCode.STOPPED: translate(
            "Reasons", "You stopped the upload before its turn. Send it again if you want it after all."
        ),
        ReasonCode.INTERRUPTED: translate("Reasons", "The upload was interrupted before its turn. Send it again."),
    }


def receiver_refusals() -> Mapping[RefusalCode, str]:
    """Why the receiver did not take an instance or a job."""
    return {
        RefusalCode.NOT_DEIDENTIFIED: translate(
            "Reasons", "The server found that the file is not pseudonymized. A fault of this program: please report it."
        ),
        RefusalCode.PSEUDONYM_MISMATCH: translate(
            "Reasons",
            "The server found another pseudonym than was announced. A fault of this program: please report it.",
        ),
        RefusalCode.PSEUDONYM_FORM: translate(
            "Reasons",
            "The server takes no pseudonyms of this form in this mode. Choose another mode, or ask its administrators.",
        ),
        RefusalCode.FORBIDDEN_ELEMENT: translate(
            "Reasons", "The server found data in the file that must not leave the hospital. Please report it."
        ),
        RefusalCode.PROFILE: translate(
            "Reasons", "It was pseudonymized by other rules than the server demands. Sign in again, then send again."
        ),
        RefusalCode.UID_MISMATCH: translate(
            "Reasons", "The server found another identifier (UID) in the file than was announced. Send it again."
        ),
        RefusalCode.NOT_DICOM: translate(
            "Reasons", "The server could not read the file as DICOM. Export it again from its source."
        ),
        RefusalCode.BURNED_IN: translate(
            "Reasons", "The server takes no pictures that may show a patient's name. Leave this series out."
        ),
        RefusalCode.DIGEST: translate("Reasons", "The file was changed on its way. Send it again."),
        RefusalCode.LENGTH: translate("Reasons", "The file did not arrive completely. Send it again."),
        RefusalCode.ABANDONED: translate("Reasons", "The file could not be sent to its end. Send it again."),
        RefusalCode.CONFLICT: translate(
            "Reasons",
            "The server already has another image with this identifier (UID). Find out which is right, and send only "
            "that.",
        ),
        RefusalCode.TOO_LARGE: translate(
            "Reasons", "The file is larger than the server accepts. Ask its administrators."
        ),
        RefusalCode.INVALID_UID: translate(
            "Reasons", "The file has an identifier (UID) that is not valid. Export it again from its source."
        ),
        RefusalCode.JOB_CLOSED: translate("Reasons", "The server has already closed this upload. Start a new one."),
        RefusalCode.MODE_NOT_ALLOWED: translate(
            "Reasons", "The server does not permit you to use these pseudonyms. Choose another mode."
        ),
        RefusalCode.DESTINATION_NOT_ALLOWED: translate(
            "Reasons", "The server does not permit you to send to this destination. Choose another one."
        ),
        RefusalCode.COUNTS_DIFFER: translate(
            "Reasons", "The server has another number of images than were sent. Send again: only what is missing goes."
        ),
        RefusalCode.QUOTA: translate("Reasons", "Your space on the server is used up. Ask its administrators."),
        RefusalCode.FULL: translate("Reasons", "The server has no space left. Tell its administrators."),
        RefusalCode.STORAGE: translate("Reasons", "The server could not write the file. Send it again later."),
    }


def by_receiver(code: str) -> str:
    """What a receiver means by one of its codes; '' for one that this program does not know."""
    return {str(known): text for known, text in receiver_refusals().items()}.get(code, "")


def by_code() -> Mapping[str, str]:
    """The sentence of every stable code that a receipt may hold."""
    catalogue: dict[str, str] = {}
    for texts in (receiver_refusals(), not_chosen(), patient_refusals(), left_out(), burned_in(), made_here()):
        catalogue.update({str(key): text for key, text in texts.items()})
    return catalogue


def contradictions(found: Collection[Contradiction]) -> str:
    """What speaks against the files of one PatientID being one patient's."""
    if len(found) == len(Contradiction):
        return translate("Reasons", "Different names and birth dates under this PatientID: perhaps two patients.")
    return {
        Contradiction.NAMES: translate("Reasons", "Different names under this PatientID: perhaps two patients."),
        Contradiction.BIRTH_DATES: translate(
            "Reasons", "Different birth dates under this PatientID: perhaps two patients."
        ),
    }[next(iter(found))]


def conflict(one: Conflict) -> str:
    """What is strange about patients that can be sent, and what the user may do."""
    return {
        ConflictKind.SAME_PERSON: translate(
            "Reasons", "One name and birth date under several PatientIDs: each gets its own pseudonym. Untick, or send."
        ),
        ConflictKind.ALREADY_PSEUDONYMIZED: translate(
            "Reasons", "Already pseudonymized, as the files say: they would get another pseudonym. Untick, or send."
        ),
    }[one.kind]


def unmatched() -> Mapping[UnmatchedReason, str]:
    """Why a row of the batch file selects nothing."""
    return {
        UnmatchedReason.PATIENT: translate("Reasons", "This patient is not among what was found."),
        UnmatchedReason.STUDY: translate("Reasons", "This study is not among what was found of the patient."),
        UnmatchedReason.SERIES: translate("Reasons", "This series is not among what was found of the study."),
    }
