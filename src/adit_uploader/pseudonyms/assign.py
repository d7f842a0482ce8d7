"""Every patient gets a pseudonym or a reason why not, before any byte leaves."""

from collections.abc import Sequence
from enum import StrEnum

from adit_uploader.dicom.inventory import Patient, Study
from adit_uploader.values import dataclass, replace

from .batch import BatchFile, BatchRow
from .batch_matching import check_against_folder
from .choice import BatchChoice, Choice, FixedChoice, InternalChoice, NoneChoice
from .errors import (
    BatchFileRefused,
    ChoiceRefused,
    ChoiceRefusedReason,
    EmptyDepartment,
    InvalidPseudonym,
    PseudonymError,
)
from .identity import Contradiction, contradictions, identifies, is_one_patient
from .internal import hash_input, internal_pseudonym, normalise
from .syntax import MAX_LENGTH, check_pseudonym


class RefusalReason(StrEnum):
    """Why a patient is not sent."""

    EMPTY_PATIENT_ID = "empty-patient-id"
    UNUSABLE_PATIENT_ID = "unusable-patient-id"  # too long, or with characters that can't be used
    NOT_LISTED = "not-listed"  # the batch file does not name this patient
    NOTHING_SELECTED = "nothing-selected"  # its rows name studies or series that are not here
    IDENTIFIES = "identifies"  # the pseudonym is the patient's own ID, name or birth date


class UnmatchedReason(StrEnum):
    """What of a batch file's row is not among what was chosen."""

    PATIENT = "patient"
    STUDY = "study"
    SERIES = "series"


@dataclass(frozen=True, slots=True)
class AssignedPatient:
    """patient: narrowed to what is to be sent. pseudonym: the new PatientID; in mode none the old one."""

    patient: Patient
    pseudonym: str


@dataclass(frozen=True, slots=True)
class PatientRefusal:
    """message: for people, without the patient's data."""

    patient: Patient
    code: RefusalReason
    message: str


@dataclass(frozen=True, slots=True)
class PatientWarning:
    """What contradicts itself among files of one PatientID: perhaps two patients under one ID."""

    patient: Patient
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True, slots=True)
class UnmatchedRow:
    """A row of the batch file that selects what is not here."""

    row: BatchRow
    reason: UnmatchedReason


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who becomes whom. ``pseudonyms`` and ``refusals`` together hold every patient once."""

    pseudonyms: tuple[AssignedPatient, ...] = ()
    refusals: tuple[PatientRefusal, ...] = ()
    warnings: tuple[PatientWarning, ...] = ()
    unmatched: tuple[UnmatchedRow, ...] = ()


def assign(patients: Sequence[Patient], choice: Choice) -> Assignment:
    """The pseudonym of each patient, or why there is none.

    Raises:
        ChoiceRefused: the mode can't be used with these patients at all.
        BatchFileRefused: the batch file has IDs that are near misses of these patients' IDs.
    """
    match choice:
        case InternalChoice():
            assignment = _assign_internal(patients, choice)
        case BatchChoice():
            assignment = _assign_batch(patients, choice.batch)
        case FixedChoice():
            return _assign_fixed(patients, choice)
        case NoneChoice():
            assignment = _assign_none(patients)
    warnings = tuple(
        PatientWarning(assigned.patient, found)
        for assigned in assignment.pseudonyms
        if (found := contradictions([assigned.patient]))
    )
    return replace(assignment, warnings=warnings)


def _assign_internal(patients: Sequence[Patient], choice: InternalChoice) -> Assignment:
    try:
        hash_input(choice.department, "-")
    except EmptyDepartment as error:
        raise ChoiceRefused(ChoiceRefusedReason.NO_DEPARTMENT, error.title, error.message) from None
    except PseudonymError as error:
        raise ChoiceRefused(ChoiceRefusedReason.DEPARTMENT, error.title, error.message) from None
    pseudonyms: list[AssignedPatient] = []
    refusals: list[PatientRefusal] = []
    for patient in patients:
        if not normalise(patient.patient_id):
            refusals.append(_no_patient_id(patient))
            continue
        try:
            pseudonym = internal_pseudonym(choice.department, patient.patient_id, choice.key)
        except PseudonymError as error:
            refusals.append(PatientRefusal(patient, RefusalReason.UNUSABLE_PATIENT_ID, error.message))
        else:
            pseudonyms.append(AssignedPatient(patient, pseudonym))
    return Assignment(tuple(pseudonyms), tuple(refusals))


def _assign_batch(patients: Sequence[Patient], batch: BatchFile) -> Assignment:
    problems = check_against_folder(batch, [patient.patient_id for patient in patients])
    if problems:
        raise BatchFileRefused(problems)
    rows_of: dict[str, list[BatchRow]] = {}
    for row in batch.rows:
        rows_of.setdefault(normalise(row.patient_id), []).append(row)
    pseudonyms: list[AssignedPatient] = []
    refusals: list[PatientRefusal] = []
    unmatched: list[UnmatchedRow] = []
    found = {normalise(patient.patient_id) for patient in patients}
    for patient_id, rows in rows_of.items():
        if patient_id not in found:
            unmatched.extend(UnmatchedRow(row, UnmatchedReason.PATIENT) for row in rows)
    for patient in patients:
        rows = rows_of.get(normalise(patient.patient_id), [])
        refusal = _batch_refusal(patient, rows)
        if refusal is not None:
            refusals.append(refusal)
            continue
        narrowed = _narrowed(patient, rows)
        unmatched.extend(_unmatched_parts(patient, rows))
        if narrowed is None:
            message = "None of the studies and series that the batch file names for this patient is here."
            refusals.append(PatientRefusal(patient, RefusalReason.NOTHING_SELECTED, message))
        else:
            pseudonyms.append(AssignedPatient(narrowed, rows[0].pseudonym))
    unmatched.sort(key=lambda entry: entry.row.line)
    return Assignment(tuple(pseudonyms), tuple(refusals), unmatched=tuple(unmatched))


def _batch_refusal(patient: Patient, rows: list[BatchRow]) -> PatientRefusal | None:
    if not normalise(patient.patient_id):
        return _no_patient_id(patient)
    if not rows:
        return PatientRefusal(patient, RefusalReason.NOT_LISTED, "The batch file does not list this patient.")
    return _identifying(patient, rows[0].pseudonym)


def _assign_fixed(patients: Sequence[Patient], choice: FixedChoice) -> Assignment:
    try:
        check_pseudonym(choice.pseudonym)
    except InvalidPseudonym as error:
        raise ChoiceRefused(ChoiceRefusedReason.INVALID_PSEUDONYM, error.title, error.message) from None
    title = "One fixed pseudonym is for one patient only"
    if len({normalise(patient.patient_id) for patient in patients}) > 1:
        raise ChoiceRefused(
            ChoiceRefusedReason.SEVERAL_PATIENTS,
            title,
            "What was chosen belongs to more than one PatientID. Choose one patient's files, or another mode.",
        )
    found = contradictions(patients)
    if Contradiction.NAMES in found:
        raise ChoiceRefused(
            ChoiceRefusedReason.CONTRADICTING_NAMES,
            title,
            "The files have one PatientID and different patient names. Choose one patient's files, or another mode.",
        )
    if Contradiction.BIRTH_DATES in found:
        raise ChoiceRefused(
            ChoiceRefusedReason.CONTRADICTING_BIRTH_DATES,
            title,
            "The files have one PatientID and different birth dates. Choose one patient's files, or another mode.",
        )
    if not is_one_patient(patients):
        raise ChoiceRefused(
            ChoiceRefusedReason.UNPROVEN_PATIENT,
            title,
            "The files hold no PatientID, and nothing else says that these studies belong to one patient. "
            "Choose a single study.",
        )
    for patient in patients:
        if _identifying(patient, choice.pseudonym) is not None:
            raise ChoiceRefused(
                ChoiceRefusedReason.IDENTIFIES,
                "This pseudonym can't be used",
                "It is the patient's own ID, name or birth date. Type another one.",
            )
    return Assignment(tuple(AssignedPatient(patient, choice.pseudonym) for patient in patients))


def _assign_none(patients: Sequence[Patient]) -> Assignment:
    pseudonyms: list[AssignedPatient] = []
    refusals: list[PatientRefusal] = []
    for patient in patients:
        if not patient.patient_id:
            refusals.append(_no_patient_id(patient))
        elif len(patient.patient_id) > MAX_LENGTH:
            message = f"The PatientID has more than {MAX_LENGTH} characters, which DICOM does not allow."
            refusals.append(PatientRefusal(patient, RefusalReason.UNUSABLE_PATIENT_ID, message))
        else:
            pseudonyms.append(AssignedPatient(patient, patient.patient_id))
    return Assignment(tuple(pseudonyms), tuple(refusals))


def _no_patient_id(patient: Patient) -> PatientRefusal:
    message = "These files hold no PatientID, so it can't be said whose they are."
    return PatientRefusal(patient, RefusalReason.EMPTY_PATIENT_ID, message)


def _identifying(patient: Patient, pseudonym: str) -> PatientRefusal | None:
    if not identifies(pseudonym, patient):
        return None
    message = "The pseudonym is the patient's own ID, name or birth date. Choose another one."
    return PatientRefusal(patient, RefusalReason.IDENTIFIES, message)


def _selects(row: BatchRow, study_instance_uid: str, series_instance_uid: str) -> bool:
    return row.study_instance_uid in {None, study_instance_uid} and row.series_instance_uid in {
        None,
        series_instance_uid,
    }


def _narrowed(patient: Patient, rows: list[BatchRow]) -> Patient | None:
    """The patient with the selected series alone; None if none is selected."""
    studies: list[Study] = []
    for study in patient.studies:
        series = tuple(
            series
            for series in study.series
            if any(_selects(row, study.study_instance_uid, series.series_instance_uid) for row in rows)
        )
        if series:
            studies.append(replace(study, series=series))
    return replace(patient, studies=tuple(studies)) if studies else None


def _unmatched_parts(patient: Patient, rows: list[BatchRow]) -> list[UnmatchedRow]:
    series_of = {
        study.study_instance_uid: {series.series_instance_uid for series in study.series} for study in patient.studies
    }
    unmatched: list[UnmatchedRow] = []
    for row in rows:
        if row.study_instance_uid is None:
            continue
        if row.study_instance_uid not in series_of:
            unmatched.append(UnmatchedRow(row, UnmatchedReason.STUDY))
        elif row.series_instance_uid is not None and row.series_instance_uid not in series_of[row.study_instance_uid]:
            unmatched.append(UnmatchedRow(row, UnmatchedReason.SERIES))
    return unmatched
