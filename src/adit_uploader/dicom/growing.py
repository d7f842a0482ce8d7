"""What a search has found so far, series by series, for whoever shows it before the search has ended. Pure."""

from adit_uploader.values import dataclass

from .inventory import Instance


@dataclass(frozen=True, slots=True)
class SeenSeries:
    """A series as far as it was found; the texts are those of its first instance.

    Attributes:
        instances, size: so far; copies that are found out at the end are still among them. size: bytes.
    """

    patient_id: str
    patient_name: str
    study_instance_uid: str
    study_date: str
    study_description: str
    series_instance_uid: str
    modality: str
    description: str
    number: int | None
    instances: int
    size: int

    @property
    def key(self) -> tuple[str, str, str]:
        """Patient, study and series."""
        return self.patient_id, self.study_instance_uid, self.series_instance_uid


@dataclass(frozen=True, slots=True)
class Seen:
    """The series that have grown since the last time."""

    series: tuple[SeenSeries, ...]


class Growing:
    """Counts instances by series, and tells which have changed. Costs a series' room, not an instance's."""

    __slots__ = ("_changed", "_first", "_totals")

    def __init__(self) -> None:
        self._first: dict[tuple[str, str, str], Instance] = {}
        self._totals: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._changed: dict[tuple[str, str, str], None] = {}  # a set that keeps its order

    def add(self, instance: Instance) -> None:
        key = (instance.patient_id, instance.study_instance_uid, instance.series_instance_uid)
        count, size = self._totals.get(key, (0, 0))
        if not count:
            self._first[key] = instance
        self._totals[key] = (count + 1, size + instance.size)
        self._changed[key] = None

    def take(self) -> Seen:
        """What has changed since the last time, in the order in which it was found."""
        changed, self._changed = self._changed, {}
        return Seen(tuple(map(self._seen, changed)))

    def _seen(self, key: tuple[str, str, str]) -> SeenSeries:
        first = self._first[key]
        count, size = self._totals[key]
        return SeenSeries(
            patient_id=first.patient_id,
            patient_name=first.patient_name,
            study_instance_uid=first.study_instance_uid,
            study_date=first.study_date,
            study_description=first.study_description,
            series_instance_uid=first.series_instance_uid,
            modality=first.modality,
            description=first.series_description,
            number=first.series_number,
            instances=count,
            size=size,
        )
