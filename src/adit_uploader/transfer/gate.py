"""The gate: which pictures are held since they may show the patient's name, and which a person let through."""

from collections.abc import Callable, Iterator, Mapping

from adit_uploader.deid.blanking.areas import Blanking
from adit_uploader.deid.blanking.obstacles import BlankingObstacle, obstacle_to_blanking
from adit_uploader.deid.burned_in import BurnedInReason, burned_in_risk
from adit_uploader.dicom.inventory import Instance, Patient, Series, Study
from adit_uploader.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class HeldSeries:
    """A series of which instances are held, since the picture itself may show the patient's name.

    Attributes:
        series: as found, whole.
        instances: those that are held (others of the series are sent).
        may_be_released: False when the receiver's policy says never; they may not be blanked and sent then either.
        obstacle: why its pictures can't be blanked at all, or None; of a series with rectangles why the instances
            that are still held could not be blanked with these.
        blanking: the rectangles that the user drew for this series, which do not fit the instances held here.
    """

    patient: Patient
    study: Study
    series: Series
    reason: BurnedInReason
    instances: tuple[Instance, ...]
    may_be_released: bool
    obstacle: BlankingObstacle | None = None
    blanking: Blanking | None = None

    @property
    def count(self) -> int:
        return len(self.instances)


@dataclass(frozen=True, slots=True)
class ReleasedSeries:
    """A series of which instances would have been held, and are sent since the user has decided on it.

    Attributes:
        count: instances that would have been held and are sent (blanked: all in which rectangles are blanked).
        blanking: the rectangles, or None where they are sent as they are.
    """

    patient: Patient
    study: Study
    series: Series
    reason: BurnedInReason
    count: int
    blanking: Blanking | None


def series_of(patient: Patient) -> Iterator[tuple[Study, Series]]:
    for study in patient.studies:
        for series in study.series:
            yield study, series


def narrowed(patient: Patient, keep: Callable[[Instance], bool]) -> Patient:
    """The patient with these instances alone; series and studies that become empty go."""
    studies = []
    for study in patient.studies:
        series = [replace(one, instances=tuple(filter(keep, one.instances))) for one in study.series]
        filled = tuple(one for one in series if one.instances)
        if filled:
            studies.append(replace(study, series=filled))
    return replace(patient, studies=tuple(studies))


def fitting(blanking: Blanking | None, instance: Instance) -> Blanking | None:
    """The rectangles, if they are for this instance."""
    return blanking if blanking is not None and obstacle_to_blanking(instance, blanking) is None else None


def _first_reason(instances: tuple[Instance, ...]) -> BurnedInReason:
    """Of those that have one; rectangles on a picture whose header looks harmless say themselves that it isn't."""
    risks = (burned_in_risk(one) for one in instances)
    return next((risk for risk in risks if risk is not None), BurnedInReason.ANNOTATION)


def _has_picture(instance: Instance) -> bool:
    return obstacle_to_blanking(instance) is not BlankingObstacle.NO_PICTURE


@dataclass(slots=True)
class Gate:
    """Parts what is sent from what is held, patient by patient.

    Attributes:
        as_they_are: mode none; nothing is held, and nothing can be blanked.
        held, sent: what came of series with pictures that may show a name.
        used: the rectangles of series in which something is blanked.
    """

    released: frozenset[str]
    blankings: Mapping[str, Blanking]
    release_all: bool
    may_release: bool
    as_they_are: bool
    held: list[HeldSeries] = field(default_factory=list)
    sent: list[ReleasedSeries] = field(default_factory=list)
    used: dict[str, Blanking] = field(default_factory=dict)

    def pass_through(self, patient: Patient) -> Patient:
        """The patient with what is sent."""
        held: set[str] = set()
        for study, series in series_of(patient):
            held |= self._series(patient, study, series)
        return narrowed(patient, lambda one: one.sop_instance_uid not in held)

    def _series(self, patient: Patient, study: Study, series: Series) -> set[str]:
        """SOPInstanceUIDs of what is held."""
        uid = series.series_instance_uid
        blanking = self.blankings.get(uid)
        risks = {one.sop_instance_uid: risk for one in series.instances if (risk := burned_in_risk(one)) is not None}
        if blanking is not None:
            blanked = {one.sop_instance_uid for one in series.instances if self._is_blanked(one, blanking)}
            pictures = {one.sop_instance_uid for one in series.instances if _has_picture(one)}
            held = (risks.keys() | pictures) - blanked  # any other picture may show what the rectangles hide
            if blanked:
                self.used[uid] = blanking
                reason = _first_reason(series.instances)
                self.sent.append(ReleasedSeries(patient, study, series, reason, len(blanked), blanking))
        else:
            held = set(risks) if not self.may_release or not (self.release_all or uid in self.released) else set()
            if risks and not held:
                reason = _first_reason(series.instances)
                self.sent.append(ReleasedSeries(patient, study, series, reason, len(risks), None))
        if held:
            instances = tuple(one for one in series.instances if one.sop_instance_uid in held)
            reason = _first_reason(instances)
            obstacle = self._obstacle(instances, blanking)
            self.held.append(
                HeldSeries(patient, study, series, reason, instances, self.may_release, obstacle, blanking)
            )
        return set(held)

    def _is_blanked(self, instance: Instance, blanking: Blanking) -> bool:
        return self.may_release and not self.as_they_are and fitting(blanking, instance) is not None

    def _obstacle(self, instances: tuple[Instance, ...], blanking: Blanking | None) -> BlankingObstacle | None:
        """Why the first of them can't be blanked; without rectangles: why none can."""
        found = [obstacle_to_blanking(one, blanking) for one in instances]
        if self.as_they_are:
            return BlankingObstacle.MODE
        return found[0] if blanking is not None or all(found) else None
