"""What the receipt says of series with pictures that may show the patient's name. Does no I/O."""

from collections import Counter
from collections.abc import Iterator

from adit_uploader.deid.blanking.obstacles import EXPLANATIONS
from adit_uploader.deid.burned_in import burned_in_risk

from .gate import HeldSeries
from .handout import PlanIndex
from .ledger import Ledger, Mark
from .plan import UploadPlan
from .receipt import Decision, PictureSeries

NOT_RELEASED = "The pictures themselves may show the patient's name. Nobody has released them."
FORBIDDEN = "The pictures themselves may show the patient's name. The server does not take such series, blanked or not."
AS_THEY_ARE = "The pictures may show the patient's name. A person looked at them and sent them as they are."
IN_BLACK = "Rectangles that a person drew were overwritten with black."
LEFT_OUT = "The pictures may show the patient's name. The series was left out."


def held_message(held: HeldSeries) -> str:
    """Why a series is held, in one or two sentences."""
    if not held.may_be_released:
        return FORBIDDEN
    return NOT_RELEASED if held.obstacle is None else f"{NOT_RELEASED} {EXPLANATIONS[held.obstacle]}"


def pictures(plan: UploadPlan, index: PlanIndex, ledger: Ledger) -> tuple[PictureSeries, ...]:
    """Every such series, held or decided on."""
    return (*_held(plan), *_left_out(plan), *_sent(plan, index, ledger))


def _held(plan: UploadPlan) -> Iterator[PictureSeries]:
    for one in plan.held:
        uid = plan.new_uid(one.series.series_instance_uid)
        message, patient_id = held_message(one), one.patient.patient_id
        yield PictureSeries(Decision.HELD, one.reason, message, one.count, 0, "", (), uid, patient_id)


def _left_out(plan: UploadPlan) -> Iterator[PictureSeries]:
    for one in plan.not_chosen:
        risks = [risk for instance in one.series.instances if (risk := burned_in_risk(instance)) is not None]
        if risks:
            uid = plan.new_uid(one.series.series_instance_uid)
            count, patient_id = min(one.count, len(risks)), one.patient.patient_id
            yield PictureSeries(Decision.LEFT_OUT, risks[0], LEFT_OUT, count, 0, "", (), uid, patient_id)


def _sent(plan: UploadPlan, index: PlanIndex, ledger: Ledger) -> Iterator[PictureSeries]:
    if not plan.released:
        return
    stored = Counter(
        one.series_instance_uid
        for number in range(index.count)
        if ledger.has(number, Mark.STORED)
        and ((one := index.instance(number)).series_instance_uid in plan.blankings or burned_in_risk(one) is not None)
        and (one.series_instance_uid not in plan.blankings or plan.blanking_of(one) is not None)
    )
    for released in plan.released:
        blanking = released.blanking
        yield PictureSeries(
            decision=Decision.RELEASED if blanking is None else Decision.BLANKED,
            reason=released.reason,
            message=AS_THEY_ARE if blanking is None else IN_BLACK,
            count=released.count,
            stored=stored[released.series.series_instance_uid],
            size="" if blanking is None else f"{blanking.columns}x{blanking.rows}",
            rectangles=()
            if blanking is None
            else tuple((one.x, one.y, one.width, one.height) for one in blanking.rectangles),
            series_instance_uid=plan.new_uid(released.series.series_instance_uid),
            patient_id=released.patient.patient_id,
        )
