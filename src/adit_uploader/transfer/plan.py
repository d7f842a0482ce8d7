"""The plan: who becomes whom, what is sent, and what is not and why. Made before any byte leaves; does no I/O."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from adit_uploader.deid.burned_in import BurnedInReason, burned_in_risk
from adit_uploader.deid.engine import PatientSecrets, Trial
from adit_uploader.deid.uids import new_uid
from adit_uploader.dicom.inventory import Instance, Inventory, LeftOut, Patient, Series, Study
from adit_uploader.pseudonyms.assign import Assignment, PatientRefusal, assign
from adit_uploader.pseudonyms.choice import BatchChoice, Choice
from adit_uploader.pseudonyms.key_list import KeyList, KeyListRow
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.values import dataclass, field, replace

if TYPE_CHECKING:  # a run without a server starts without the wire
    from adit_uploader.protocol.messages import Policies

NO_TRIAL = Trial()


class NotChosenReason(StrEnum):
    """Why a series is not part of the upload although it was found."""

    EXCLUDED = "excluded"  # the user unticked it
    NOT_LISTED = "not-listed"  # the batch file selects other studies or series of this patient


@dataclass(frozen=True, slots=True)
class PlannedPatient:
    """A patient, narrowed to what is sent, and what they become. In mode none the pseudonym is the PatientID.

    secrets: what identifies the patient, over everything that was found and not only what is sent.
    """

    patient: Patient
    pseudonym: str = field(repr=False)
    secrets: PatientSecrets = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlannedInstance:
    """An instance to be sent, and the UIDs that it will have (in mode none its own)."""

    instance: Instance
    patient_id: str = field(repr=False)
    pseudonym: str = field(repr=False)
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class HeldSeries:
    """A series of which instances are held, since the picture itself may show the patient's name.

    Attributes:
        series: as found, whole.
        instances: those that are held (others of the series are sent).
        may_be_released: False when the receiver's policy says never.
    """

    patient: Patient
    study: Study
    series: Series
    reason: BurnedInReason
    instances: tuple[Instance, ...]
    may_be_released: bool

    @property
    def count(self) -> int:
        return len(self.instances)


@dataclass(frozen=True, slots=True)
class NotChosenSeries:
    patient: Patient
    study: Study
    series: Series
    reason: NotChosenReason
    count: int


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """Instances, but for the first three and ``left_out`` (files). found = to_send + refused + held + not_chosen."""

    patients: int
    studies: int
    series: int
    found: int
    to_send: int
    refused: int
    held: int
    not_chosen: int
    left_out: int
    bytes_to_send: int


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """All that an upload needs to know. Holds the key list: never logged, never sent.

    Attributes:
        patients: those of whom something is sent.
        refusals: patients of whom nothing can be sent, with the reason.
        choice, assignment: what the user chose and what came of it, warnings and unmatched rows of a batch file
            included.
    """

    mode: Mode
    profile: str
    destination: str
    trial: Trial
    site_key: bytes = field(repr=False)
    patients: tuple[PlannedPatient, ...]
    refusals: tuple[PatientRefusal, ...]
    held: tuple[HeldSeries, ...]
    not_chosen: tuple[NotChosenSeries, ...]
    left_out: tuple[LeftOut, ...]
    counts: PlanCounts
    choice: Choice = field(repr=False)
    assignment: Assignment = field(repr=False)
    burned_in_released: bool = False

    def instances(self) -> Iterator[PlannedInstance]:
        """Everything to be sent: patient by patient, study by study, series by series."""
        for planned in self.patients:
            for study in planned.patient.studies:
                study_uid = self.new_uid(study.study_instance_uid)
                for series in study.series:
                    series_uid = self.new_uid(series.series_instance_uid)
                    for instance in series.instances:
                        yield PlannedInstance(
                            instance,
                            planned.patient.patient_id,
                            planned.pseudonym,
                            study_uid,
                            series_uid,
                            self.new_uid(instance.sop_instance_uid),
                        )

    def new_uid(self, uid: str) -> str:
        """What a study, series or instance UID becomes."""
        return uid if self.mode is Mode.NONE else new_uid(self.site_key, uid)

    def key_list(self, sent: Mapping[str, str] | None = None) -> KeyList:
        """PatientID and pseudonym, for the user alone; in mode batch the user's own rows.

        Args:
            sent: what was sent, for people, by pseudonym.
        """
        sent = sent or {}
        if isinstance(self.choice, BatchChoice):
            rows = tuple(
                KeyListRow(
                    row.patient_id,
                    row.pseudonym,
                    sent.get(row.pseudonym, ""),
                    row.study_instance_uid or "",
                    row.series_instance_uid or "",
                )
                for row in self.choice.batch.rows
            )
        else:
            rows = tuple(
                KeyListRow(one.patient.patient_id, one.pseudonym, sent.get(one.pseudonym, ""))
                for one in self.assignment.pseudonyms
            )
        return KeyList(self.mode, rows)

    def fingerprint(self, server_key: str) -> str:
        """SHA-256 hex over server, destination, mode, profile, trial and all instances with their pseudonyms.

        The same plan to the same server has the same fingerprint, so that an upload that was cut is gone on with.
        """
        digest = hashlib.sha256()
        head = (server_key, self.destination, self.mode.value, self.profile)
        for text in (*head, self.trial.protocol_id, self.trial.protocol_name):
            digest.update(text.encode() + b"\0")
        lines = (
            f"{one.instance.sop_instance_uid}\0{one.sop_instance_uid}\0{one.pseudonym}\n" for one in self.instances()
        )
        for line in sorted(lines):
            digest.update(line.encode())
        return digest.hexdigest()


def make_plan(
    inventory: Inventory,
    choice: Choice,
    *,
    profile: str,
    site_key: bytes,
    destination: str = "",
    trial: Trial = NO_TRIAL,
    released_series: frozenset[str] = frozenset(),
    send_burned_in: bool = False,
    policies: "Policies | None" = None,
    excluded_series: frozenset[str] = frozenset(),
) -> UploadPlan:
    """Decide for every instance of a scan whether it is sent and under which pseudonym.

    Args:
        profile: name of the de-identification profile.
        site_key: 32 bytes, from the receiver's welcome or a site key file.
        released_series: original SeriesInstanceUIDs whose held pictures the user wants to send after a look.
        send_burned_in: the same for all series.
        policies: the receiver's; ``burned_in="never"`` holds whatever the user says. None: there is no receiver.
        excluded_series: original SeriesInstanceUIDs that the user unticked.

    Raises:
        PseudonymError: (ChoiceRefused and others) the choice can't be used for these patients at all.
    """
    chosen, not_chosen = _without_excluded(inventory, excluded_series)
    assignment = assign(chosen, choice)
    whole = {patient.patient_id: patient for patient in chosen}
    secrets = {patient.patient_id: PatientSecrets.of(patient) for patient in inventory.patients}

    may_release = policies is None or policies.burned_in == "ask" or choice.mode is Mode.NONE
    patients: list[PlannedPatient] = []
    held: list[HeldSeries] = []
    for assigned in assignment.pseudonyms:
        not_chosen += _not_listed(whole[assigned.patient.patient_id], assigned.patient)
        kept, held_here = _hold(
            assigned.patient,
            released_series,
            release_all=choice.mode is Mode.NONE or send_burned_in,
            may_release=may_release,
        )
        held += held_here
        if kept.studies:
            patients.append(PlannedPatient(kept, assigned.pseudonym, secrets[kept.patient_id]))

    return UploadPlan(
        mode=choice.mode,
        profile=profile,
        destination=destination,
        trial=trial,
        site_key=site_key,
        patients=tuple(patients),
        refusals=assignment.refusals,
        held=tuple(held),
        not_chosen=tuple(not_chosen),
        left_out=inventory.left_out,
        counts=_count(inventory, patients, assignment.refusals, held, not_chosen),
        choice=choice,
        assignment=assignment,
        burned_in_released=any(
            burned_in_risk(instance) is not None for planned in patients for instance in planned.patient.instances()
        )
        and choice.mode is not Mode.NONE,
    )


def _count(
    inventory: Inventory,
    patients: list[PlannedPatient],
    refusals: tuple[PatientRefusal, ...],
    held: list[HeldSeries],
    not_chosen: list[NotChosenSeries],
) -> PlanCounts:
    studies = [study for planned in patients for study in planned.patient.studies]
    series = [one for study in studies for one in study.series]
    return PlanCounts(
        patients=len(patients),
        studies=len(studies),
        series=len(series),
        found=sum(1 for _ in inventory.instances()),
        to_send=sum(len(one.instances) for one in series),
        refused=sum(sum(1 for _ in refusal.patient.instances()) for refusal in refusals),
        held=sum(one.count for one in held),
        not_chosen=sum(one.count for one in not_chosen),
        left_out=len(inventory.left_out),
        bytes_to_send=sum(one.size for one in series),
    )


def _only(patient: Patient, keep: Callable[[Instance], bool]) -> Patient:
    """The patient with these instances alone; series and studies that become empty go."""
    studies = []
    for study in patient.studies:
        series = [replace(one, instances=tuple(filter(keep, one.instances))) for one in study.series]
        filled = tuple(one for one in series if one.instances)
        if filled:
            studies.append(replace(study, series=filled))
    return replace(patient, studies=tuple(studies))


def _series(patient: Patient) -> Iterator[tuple[Study, Series]]:
    for study in patient.studies:
        for series in study.series:
            yield study, series


def _without_excluded(
    inventory: Inventory, excluded: frozenset[str]
) -> tuple[tuple[Patient, ...], list[NotChosenSeries]]:
    not_chosen = [
        NotChosenSeries(patient, study, series, NotChosenReason.EXCLUDED, len(series.instances))
        for patient in inventory.patients
        for study, series in _series(patient)
        if series.series_instance_uid in excluded
    ]
    kept = (_only(patient, lambda one: one.series_instance_uid not in excluded) for patient in inventory.patients)
    return tuple(patient for patient in kept if patient.studies), not_chosen


def _not_listed(whole: Patient, narrowed: Patient) -> list[NotChosenSeries]:
    listed = {one.sop_instance_uid for one in narrowed.instances()}
    result = []
    for study, series in _series(whole):
        count = sum(1 for one in series.instances if one.sop_instance_uid not in listed)
        if count:
            result.append(NotChosenSeries(whole, study, series, NotChosenReason.NOT_LISTED, count))
    return result


def _hold(
    patient: Patient, released: frozenset[str], *, release_all: bool, may_release: bool
) -> tuple[Patient, list[HeldSeries]]:
    """Part what is sent from what is held."""
    held = []
    for study, series in _series(patient):
        if may_release and (release_all or series.series_instance_uid in released):
            continue
        risks = [(one, risk) for one in series.instances if (risk := burned_in_risk(one)) is not None]
        if risks:
            instances = tuple(one for one, _ in risks)
            held.append(HeldSeries(patient, study, series, risks[0][1], instances, may_release))
    uids = {one.sop_instance_uid for series in held for one in series.instances}
    return _only(patient, lambda one: one.sop_instance_uid not in uids), held
