"""Which lane works on what. Pieces of series, largest first; what a crashed lane had comes back. Does no I/O."""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Iterator

from adit_uploader.dicom.inventory import Instance, Series, Study
from adit_uploader.values import dataclass, replace

from .fresh import Fresh
from .lane_messages import Work, WorkItem
from .plan import PlannedPatient, UploadPlan

PIECE_BYTES = 64 * 1024 * 1024  # of large files fewer go together, so that no lane is left with all of them
FILL = 100  # instances that a hungry lane gets at once, if there are so many; several small series
SHARE = 3  # of what is left, a lane gets at once what makes as many rounds for each: so that all end together
PIECE = 50  # instances: a large series is shared by the lanes, a small one goes whole; it fits into a pipe's buffer
CRASHES = 2  # an instance that was in hand in so many crashes is not tried again


@dataclass(frozen=True, slots=True)
class _SeriesAt:
    """A series and the number of its first instance in the plan. patient: position of the patient."""

    patient: int
    planned: PlannedPatient
    study: Study
    series: Series
    first: int


def _cut(at: _SeriesAt) -> Iterator[range]:
    start = at.first
    size = 0
    for number, instance in enumerate(at.series.instances, at.first):
        if number > start and (number - start >= PIECE or size + instance.size > PIECE_BYTES):
            yield range(start, number)
            start, size = number, 0
        size += instance.size
    yield range(start, at.first + len(at.series.instances))


class PlanIndex:
    """Instances of a plan by number: their position in ``plan.instances()``."""

    def __init__(self, plan: UploadPlan) -> None:
        self._plan = plan
        self._series: list[_SeriesAt] = []
        first = 0
        for patient, planned in enumerate(plan.patients):
            for study in planned.patient.studies:
                for series in study.series:
                    self._series.append(_SeriesAt(patient, planned, study, series, first))
                    first += len(series.instances)
        self._firsts = [one.first for one in self._series]
        self.count = first

    def _at(self, number: int) -> _SeriesAt:
        return self._series[self.series(number)]

    @property
    def series_count(self) -> int:
        return len(self._series)

    def series(self, number: int) -> int:
        """Position of the series in the plan."""
        return bisect_right(self._firsts, number) - 1

    def study(self, number: int) -> str:
        """The original StudyInstanceUID."""
        return self._at(number).study.study_instance_uid

    def instance(self, number: int) -> Instance:
        at = self._at(number)
        return at.series.instances[number - at.first]

    def patient(self, number: int) -> int:
        """Position of the patient in the plan."""
        return self._at(number).patient

    def planned(self, number: int) -> PlannedPatient:
        return self._at(number).planned

    def study_instance_uid(self, number: int) -> str:
        """The new one."""
        return self._plan.new_uid(self._at(number).study.study_instance_uid)

    def sop_instance_uid(self, number: int) -> str:
        """The new one."""
        return self._plan.new_uid(self.instance(number).sop_instance_uid)

    def pieces(self) -> list[range]:
        """The numbers of all instances, cut into pieces of one series each, largest series (by bytes) first."""
        ordered = sorted(self._series, key=lambda one: one.series.size, reverse=True)
        return [piece for one in ordered for piece in _cut(one)]

    def work(self, numbers: range) -> Work:
        """A piece as a lane needs it."""
        at = self._at(numbers.start)
        study_uid = self._plan.new_uid(at.study.study_instance_uid)
        series_uid = self._plan.new_uid(at.series.series_instance_uid)
        return Work(
            patient_id=at.planned.patient.patient_id,
            pseudonym=at.planned.pseudonym,
            secrets=at.planned.secrets,
            items=tuple(
                WorkItem(
                    number=number,
                    location=one.location,
                    size=one.size,
                    modified_ns=one.modified_ns,
                    study_instance_uid=study_uid,
                    series_instance_uid=series_uid,
                    sop_instance_uid=self._plan.new_uid(one.sop_instance_uid),
                    blanked=self._plan.blanking_of(one) is not None,
                )
                for number, one in ((number, at.series.instances[number - at.first]) for number in numbers)
            ),
            blanking=self._plan.blankings.get(at.series.series_instance_uid),
        )


class HandOut:
    """The queue of what is still to be done, and who has what."""

    def __init__(self, index: PlanIndex, lanes: int = 1, *, begun: Iterable[int] = ()) -> None:
        """
        Args:
            lanes: how many work on it.
            begun: instances that an earlier run of the job handed out.
        """
        self._index = index
        self._lanes = lanes
        self._fresh = Fresh(
            index.pieces(), index.patient, lambda number: index.instance(number).size, large=PIECE_BYTES
        )
        self._returned: deque[Work] = deque()
        self._suspects: deque[Work] = deque()  # each alone, after everything else
        self._with: dict[int, dict[int, Work]] = {}  # lane -> number -> the work it belongs to
        self._crashes: Counter[int] = Counter()
        self._unsettled = index.count
        self._begun = {index.study(number) for number in begun}

    @property
    def done(self) -> bool:
        """Whether every instance has its outcome."""
        return self._unsettled == 0

    def next(self, lane: int, limit: int = PIECE) -> Work | None:
        """Work for a lane, at most ``limit`` of the fresh instances, which it then has; None if nothing is for it."""
        if self._returned:
            work = self._returned.popleft()
        elif self._fresh:
            piece = self._fresh.take(lane, limit)
            if piece is None:
                return None
            self._begun.add(self._index.study(piece.start))
            work = self._index.work(piece)
        elif self._suspects:
            work = self._suspects.popleft()
        else:
            return None
        self._with.setdefault(lane, {}).update((item.number, work) for item in work.items)
        return work

    def fill(self, lane: int) -> list[Work]:
        """Work for a hungry lane: as many pieces as make it busy for a while, fewer towards the end."""
        found: list[Work] = []
        count = size = 0
        most = max(1, min(FILL, len(self._fresh) // (SHARE * self._lanes)))
        while count < most and size < PIECE_BYTES and (work := self.next(lane, most - count)) is not None:
            found.append(work)
            count += len(work.items)
            size += sum(item.size for item in work.items)
        return found

    def only_begun(self) -> None:
        """Hand out nothing more of studies of which nothing was handed out: what is under way comes whole."""
        self._unsettled -= self._fresh.keep(lambda number: self._index.study(number) in self._begun)

    def settled(self, lane: int, number: int) -> None:
        """The instance has its outcome."""
        if self._with.get(lane, {}).pop(number, None) is not None:
            self._unsettled -= 1

    def crashed(self, lane: int, suspect: int | None) -> int | None:
        """A lane ended by itself: what it had is handed out again.

        Args:
            suspect: number of the instance that it had in hand; None if it had none.

        Returns:
            The number of an instance that was in hand in two crashes; it is settled now. Else None.
        """
        self._fresh.forget(lane)
        had = self._with.pop(lane, {})
        for work, numbers in _grouped(had, without=suspect):
            self._returned.append(_part(work, numbers))
        if suspect is None or suspect not in had:
            return None
        self._crashes[suspect] += 1
        if self._crashes[suspect] >= CRASHES:
            self._unsettled -= 1
            return suspect
        self._suspects.append(_part(had[suspect], {suspect}))
        return None


def _grouped(had: dict[int, Work], *, without: int | None) -> Iterator[tuple[Work, set[int]]]:
    works = {id(work): work for work in had.values()}
    for key, work in works.items():
        numbers = {number for number, one in had.items() if id(one) == key and number != without}
        if numbers:
            yield work, numbers


def _part(work: Work, numbers: set[int]) -> Work:
    return replace(work, items=tuple(item for item in work.items if item.number in numbers))
