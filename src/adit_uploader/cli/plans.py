"""The plan, told to the user before anything happens: who is not sent, what is held, what looks wrong."""

from collections.abc import Sequence

from adit_uploader.deid.blanking.obstacles import EXPLANATIONS
from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.dicom.inventory import Patient
from adit_uploader.pseudonyms.assign import PatientWarning, UnmatchedReason, UnmatchedRow
from adit_uploader.pseudonyms.identity import Contradiction
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.gate import HeldSeries, ReleasedSeries
from adit_uploader.transfer.plan import UploadPlan

from .terminal import Terminal, count_of

_HELD = {
    BurnedInReason.ANNOTATION: "the files say that text is burned into the pictures, or don't say that none is",
    BurnedInReason.ULTRASOUND: "ultrasound, which often has the patient's name in the picture",
    BurnedInReason.SECONDARY_CAPTURE: "secondary captures, which may be pictures of a screen",
    BurnedInReason.SCANNED: "scanned documents",
    BurnedInReason.PHOTO: "photographs",
    BurnedInReason.VIDEO: "videos",
    BurnedInReason.ENCAPSULATED: "documents, such as PDF",
    BurnedInReason.SCREEN_SAVE: "pictures of a screen",
    BurnedInReason.FLUOROSCOPY: "stored screens of an X-ray console",
}
_UNMATCHED = {
    UnmatchedReason.PATIENT: "this patient is not among the files",
    UnmatchedReason.STUDY: "this study is not among the patient's files",
    UnmatchedReason.SERIES: "this series is not among the patient's files",
}


def tell_plan(terminal: Terminal, plan: UploadPlan) -> None:
    """Everything that the user should know before the run; on stderr."""
    for refusal in plan.refusals:
        count = count_of(sum(1 for _ in refusal.patient.instances()), "instance")
        terminal.problem("Not sent", f"{_patient(refusal.patient)}, {count}: {refusal.message}")
    if plan.mode is not Mode.NONE:
        _tell_contradictions(terminal, plan.assignment.warnings)
    _tell_unmatched(terminal, plan.assignment.unmatched)
    for held in plan.held:
        terminal.warn(f"Held: {_held(held)}")
    if any(held.may_be_released for held in plan.held):
        terminal.note(
            "  Look at the pictures (adit-uploader preview). If no patient's name is in them, send them with --release "
            "SERIES; if one is, blank it with --blank SERIES=X,Y,WIDTH,HEIGHT."
        )
    for released in plan.released:
        terminal.warn(_released(released))
    left = sum(series.count for series in plan.not_chosen)
    if left:
        terminal.note(f"Not selected by the batch file: {count_of(left, 'instance')} of patients that it lists.")


def _tell_contradictions(terminal: Terminal, warnings: Sequence[PatientWarning]) -> None:
    what = {Contradiction.NAMES: "names", Contradiction.BIRTH_DATES: "birth dates"}
    for warning in warnings:
        terminal.warn(
            f"Check: {_patient(warning.patient)} has files with different "
            f"{' and '.join(what[one] for one in warning.contradictions)}. If these are two people, they would get one "
            "pseudonym."
        )


def _tell_unmatched(terminal: Terminal, unmatched: Sequence[UnmatchedRow]) -> None:
    if unmatched:
        verb = "is" if len(unmatched) == 1 else "are"
        terminal.note(f"{count_of(len(unmatched), 'row')} of the batch file {verb} not used:")
    for entry in unmatched:
        terminal.note(f"  line {entry.row.line}: {_UNMATCHED[entry.reason]}")


def _patient(patient: Patient) -> str:
    names = " / ".join(patient.names)
    return f"PatientID {patient.patient_id or '(none)'}" + (f" ({names})" if names else "")


def _held(held: HeldSeries) -> str:
    label = " ".join(part for part in (held.series.modality, held.series.description) if part)
    text = (
        f"{_patient(held.patient)}, study of {held.study.date or 'unknown date'}, series {label or 'without a name'} "
        f"({held.series.series_instance_uid}), {count_of(held.count, 'instance')}: {_HELD[held.reason]}"
    )
    if not held.may_be_released:
        return f"{text}. The server does not take such series, blanked or not."
    return text if held.obstacle is None else f"{text}. {EXPLANATIONS[held.obstacle]}"


def _released(released: ReleasedSeries) -> str:
    series = f"series {released.series.series_instance_uid}, {count_of(released.count, 'instance')}"
    if released.blanking is None:
        return f"Sent as it is, though its pictures may show the patient's name, as asked: {series}."
    return f"Blanked in {count_of(len(released.blanking.rectangles), 'rectangle')}, and sent: {series}."
