"""One instance before and after: made by the engine itself, from the plan itself, as a lane would; nothing is kept."""

from io import BytesIO

from adit_uploader.deid.comparison import Line, Situation, compared, picture_line
from adit_uploader.deid.encoding import read
from adit_uploader.deid.engine import DeidentifiedInstance, Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.part10 import syntax_of
from adit_uploader.deid.rules import Rules
from adit_uploader.deid.source import Source, opened
from adit_uploader.deid.tree import Element
from adit_uploader.dicom.inventory import Instance
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.standard.uids import DEFLATED
from adit_uploader.values import dataclass

from .errors import InstanceRefusal
from .lane_messages import Recipe, Work, WorkItem
from .plan import PlannedPatient, UploadPlan
from .preparing import engine_of, prepared
from .receipt import ReasonCode


@dataclass(frozen=True, slots=True)
class Compared:
    """days: by which this patient's dates move, 0 where they don't."""

    lines: tuple[Line, ...]
    days: int


class Comparer:
    """Compares instances of one plan, one after the other."""

    def __init__(self, plan: UploadPlan) -> None:
        self._plan = plan
        name = "" if plan.mode is Mode.NONE else plan.profile
        self._engine = engine_of(Recipe(name, plan.site_key, plan.trial, plan.site_profile))
        profile = plan.deidentification
        self._rules = None if profile is None else Rules(profile)

    def compare(self, planned: PlannedPatient, instance: Instance) -> Compared:
        """All elements of an instance as they are, and as they would be sent.

        Raises:
            InstanceRefusal: it could not be sent.
        """
        plan = self._plan
        item = WorkItem(
            number=0,
            location=instance.location,
            size=instance.size,
            modified_ns=instance.modified_ns,
            study_instance_uid=plan.new_uid(instance.study_instance_uid),
            series_instance_uid=plan.new_uid(instance.series_instance_uid),
            sop_instance_uid=plan.new_uid(instance.sop_instance_uid),
            blanked=plan.blanking_of(instance) is not None,
        )
        blanking = plan.blankings.get(instance.series_instance_uid)
        work = Work(planned.patient.patient_id, planned.pseudonym, planned.secrets, (item,), blanking)
        try:
            with prepared(self._engine, work, item) as done, opened(done.file, item.size) as source:
                lines = self._lines(source, done.instance, instance, blanked=item.blanked)
        except DeidentificationError as error:
            raise InstanceRefusal(ReasonCode.DAMAGED, error.message) from None
        engine = self._engine
        days = engine.date_shift(planned.patient.patient_id) if isinstance(engine, Deidentifier) else 0
        return Compared(lines, days)

    def _lines(
        self, source: Source, result: DeidentifiedInstance, instance: Instance, *, blanked: bool
    ) -> tuple[Line, ...]:
        before = _elements(source)
        after = before if self._rules is None else _finished(result)
        situation = Situation(
            rules=self._rules,
            sop_class_uid=instance.sop_class_uid,
            trial=bool(self._plan.trial.protocol_id or self._plan.trial.protocol_name),
            blanked=blanked,
        )
        lines = compared(before, after, situation, little=source.syntax.little)
        pixel = source.structure.pixel
        if pixel is None:
            return lines
        size = pixel.end - pixel.offset
        new_size = size if result.body is None or isinstance(result.body, tuple) else result.body.length
        return (*lines, picture_line(size, new_size, blanked=blanked))


def _elements(source: Source) -> list[Element]:
    return [source.element(raw) for raw in (*source.before.raws, *source.behind.raws)]


def _finished(result: DeidentifiedInstance) -> list[Element]:
    """The elements of the finished file, read from its own bytes."""
    if result.transfer_syntax_uid == DEFLATED:
        whole = result.header + result.trailer
        with opened(BytesIO(whole), len(whole)) as source:
            return _elements(source)
    syntax = syntax_of(result.transfer_syntax_uid)
    return [*read(b"".join(result.head[1:]), syntax), *read(result.trailer, syntax)]
