"""The plan: who becomes whom, what is sent, and what is not and why. Made before any byte leaves; does no I/O."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from adit_uploader.deid.blanking.areas import Blanking
from adit_uploader.deid.identity import PatientSecrets
from adit_uploader.deid.profiles import Profile
from adit_uploader.deid.profiles import profile as profile_of
from adit_uploader.deid.trial import Trial
from adit_uploader.deid.uids import new_uid
from adit_uploader.dicom.inventory import Instance, Inventory, LeftOut, Patient, Series, Study
from adit_uploader.pseudonyms.assign import Assignment, PatientRefusal, assign
from adit_uploader.pseudonyms.choice import BatchChoice, Choice
from adit_uploader.pseudonyms.key_list import KeyList, KeyListRow
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.values import dataclass, field, replace

if TYPE_CHECKING:  # a run without a server starts without the wire
    from adit_uploader.protocol.messages import Policies

from .gate import Gate, HeldSeries, ReleasedSeries, fitting, narrowed, series_of

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
    """An instance to be sent, and the UIDs that it will have (in mode none its own).

    blanking: rectangles that are overwritten with black in every frame of it, or None.
    """

    instance: Instance
    patient_id: str = field(repr=False)
    pseudonym: str = field(repr=False)
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    blanking: Blanking | None = None


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
        released: series whose pictures may show the patient's name, and which are sent all the same.
        blankings: rectangles by original SeriesInstanceUID, of those series in which something is blanked.
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
    released: tuple[ReleasedSeries, ...] = ()
    blankings: Mapping[str, Blanking] = field(default_factory=dict)
    site_profile: Profile | None = None

    @property
    def burned_in_released(self) -> bool:
        """Whether pictures that would have been held are sent, blanked or as they are."""
        return bool(self.released)

    def blanking_of(self, instance: Instance) -> Blanking | None:
        """The rectangles that are blanked in this instance, or None."""
        return fitting(self.blankings.get(instance.series_instance_uid), instance)

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
                            self.blanking_of(instance),
                        )

    def only(self, wanted: Callable[[Instance], bool]) -> "UploadPlan":
        """The same for these instances alone, under the same names and checked against the same: to send them again."""
        chosen = Inventory(tuple(one.patient for one in self.patients), ()).only(wanted)
        narrow = {patient.patient_id: patient for patient in chosen.patients}
        patients = tuple(
            replace(one, patient=narrow[one.patient.patient_id])
            for one in self.patients
            if one.patient.patient_id in narrow
        )
        return replace(
            self,
            patients=patients,
            refusals=(),
            held=(),
            not_chosen=(),
            left_out=(),
            counts=_count(chosen, patients, (), (), ()),
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

    @property
    def deidentification(self) -> Profile | None:
        """The profile itself; None in mode none.

        Raises:
            UnknownProfile: this program has none of its name.
        """
        if self.mode is Mode.NONE:
            return None
        return self.site_profile or profile_of(self.profile)

    @property
    def profile_hash(self) -> str:
        """SHA-256 hex of a site's own profile, '' of a built-in one."""
        return "" if self.site_profile is None else self.site_profile.digest

    def fingerprint(self, server_key: str, *, profile_hash: bool = True) -> str:
        """SHA-256 hex over server, destination, mode, profile, trial and all instances with pseudonyms and rectangles.

        The same plan to the same server has the same fingerprint, so that an upload that was cut is gone on with.

        Args:
            profile_hash: whether a site's own profile counts with its content, or by its name alone.
        """
        digest = hashlib.sha256()
        head = (server_key, self.destination, self.mode.value, self.profile)
        if profile_hash and self.profile_hash:
            digest.update(self.profile_hash.encode() + b"\0")
        for text in (*head, self.trial.protocol_id, self.trial.protocol_name):
            digest.update(text.encode() + b"\0")
        lines = (
            f"{one.instance.sop_instance_uid}\0{one.sop_instance_uid}\0{one.pseudonym}"
            + (f"\0{one.blanking}\n" if one.blanking else "\n")
            for one in self.instances()
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
    blanked_series: Mapping[str, Blanking] = MappingProxyType({}),
    send_burned_in: bool = False,
    policies: "Policies | None" = None,
    excluded_series: frozenset[str] = frozenset(),
    site_profile: Profile | None = None,
) -> UploadPlan:
    """Decide for every instance of a scan whether it is sent and under which pseudonym.

    Args:
        profile: name of the de-identification profile.
        site_profile: the profile itself, where it is a site's own one.
        site_key: 32 bytes, from the receiver's welcome or a site key file.
        released_series: original SeriesInstanceUIDs whose held pictures the user wants to send after a look.
        blanked_series: rectangles by original SeriesInstanceUID. They are blanked in every instance of the series
            whose picture is of the size that they were drawn for; instances of it that would be held, and in which
            they can't be blanked, stay held, whatever else was said for the series.
        send_burned_in: the same as released_series for all series.
        policies: the receiver's; ``burned_in="never"`` holds whatever the user says, blanked or not. None: there is
            no receiver.
        excluded_series: original SeriesInstanceUIDs that the user unticked.

    Raises:
        PseudonymError: (ChoiceRefused and others) the choice can't be used for these patients at all.
    """
    chosen, not_chosen = _without_excluded(inventory, excluded_series)
    assignment = assign(chosen, choice)
    whole = {patient.patient_id: patient for patient in chosen}
    secrets = {patient.patient_id: PatientSecrets.of(patient) for patient in inventory.patients}

    gate = Gate(
        released=released_series,
        blankings=blanked_series,
        release_all=choice.mode is Mode.NONE or send_burned_in,
        may_release=policies is None or policies.burned_in == "ask" or choice.mode is Mode.NONE,
        as_they_are=choice.mode is Mode.NONE,
    )
    patients: list[PlannedPatient] = []
    for assigned in assignment.pseudonyms:
        not_chosen += _not_listed(whole[assigned.patient.patient_id], assigned.patient)
        kept = gate.pass_through(assigned.patient)
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
        held=tuple(gate.held),
        not_chosen=tuple(not_chosen),
        left_out=inventory.left_out,
        counts=_count(inventory, patients, assignment.refusals, gate.held, not_chosen),
        choice=choice,
        assignment=assignment,
        site_profile=site_profile,
        released=() if choice.mode is Mode.NONE else tuple(gate.sent),
        blankings=gate.used,
    )


def _count(
    inventory: Inventory,
    patients: Sequence[PlannedPatient],
    refusals: Sequence[PatientRefusal],
    held: Sequence[HeldSeries],
    not_chosen: Sequence[NotChosenSeries],
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


def _without_excluded(
    inventory: Inventory, excluded: frozenset[str]
) -> tuple[tuple[Patient, ...], list[NotChosenSeries]]:
    not_chosen = [
        NotChosenSeries(patient, study, series, NotChosenReason.EXCLUDED, len(series.instances))
        for patient in inventory.patients
        for study, series in series_of(patient)
        if series.series_instance_uid in excluded
    ]
    kept = (narrowed(patient, lambda one: one.series_instance_uid not in excluded) for patient in inventory.patients)
    return tuple(patient for patient in kept if patient.studies), not_chosen


def _not_listed(whole: Patient, narrowed: Patient) -> list[NotChosenSeries]:
    listed = {one.sop_instance_uid for one in narrowed.instances()}
    result = []
    for study, series in series_of(whole):
        count = sum(1 for one in series.instances if one.sop_instance_uid not in listed)
        if count:
            result.append(NotChosenSeries(whole, study, series, NotChosenReason.NOT_LISTED, count))
    return result
