"""What a receipt means for the window: the result in one word, and what of it can be sent once more."""

from collections.abc import Callable, Collection

from adit_uploader.desktop.controllers.ports import Words
from adit_uploader.desktop.upload_values import Outcome, ReceiptView
from adit_uploader.desktop.values import Item
from adit_uploader.dicom.inventory import Instance
from adit_uploader.protocol.messages import TaskInfo
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.plan import UploadPlan
from adit_uploader.transfer.receipt import Item as ReceiptItem
from adit_uploader.transfer.receipt import Outcome as ItemOutcome
from adit_uploader.transfer.receipt import ReasonCode, Receipt, RunState


def outcome(receipt: Receipt) -> Outcome:
    """The result in one word; complete only when nothing at all is missing."""
    if receipt.complete:
        return Outcome.COMPLETE
    if receipt.state in _BY_STATE:
        return _BY_STATE[receipt.state]
    not_sent = [item for item in receipt.items if item.outcome is ItemOutcome.NOT_SENT]
    refused = any(item.outcome is ItemOutcome.REFUSED for item in receipt.items)
    if receipt.problem is not None or refused or failed_tasks(receipt):
        return Outcome.FAILED
    if not_sent:
        ended = all(item.code == ReasonCode.STOPPED for item in not_sent)
        return Outcome.ENDED if ended else Outcome.FAILED
    if receipt.waiting or receipt.counts.delivered < receipt.counts.stored:
        return Outcome.UNDELIVERED
    return Outcome.PARTIAL


_BY_STATE = {
    RunState.CANCELED: Outcome.CANCELLED,
    RunState.PAUSED: Outcome.INTERRUPTED,
    RunState.INTERRUPTED: Outcome.INTERRUPTED,
}


def receipt_view(receipt: Receipt, words: Words) -> ReceiptView:
    """The receipt as the last step shows it. Its lines: those of the receipt, then studies not delivered."""
    counts = receipt.counts
    return ReceiptView(
        outcome=outcome(receipt),
        mode=Mode(receipt.mode),
        destination=receipt.destination,
        found=counts.found,
        pseudonymized=counts.pseudonymized,
        sent=counts.sent,
        stored=counts.stored,
        delivered=counts.delivered,
        refused=counts.refused,
        held=counts.held,
        left_out=counts.left_out,
        not_chosen=counts.not_chosen,
        items=(*_lines(receipt, words), *(words.failed_study(task) for task in failed_tasks(receipt))),
    )


def _lines(receipt: Receipt, words: Words) -> list[Item]:
    finished = receipt.state is RunState.FINISHED  # else the whole is gone on with
    shown = words.receipt_items(receipt)
    return [
        Item(line.what, line.why, retriable=finished and is_retriable(item))
        for line, item in zip(shown, receipt.items, strict=True)
    ]


def is_retriable(item: ReceiptItem) -> bool:
    """Whether it is one file, or a series whose turn did not come: patients that are refused stay refused."""
    return (item.outcome is ItemOutcome.REFUSED and bool(item.path)) or item.outcome is ItemOutcome.NOT_SENT


def failed_tasks(receipt: Receipt) -> tuple[TaskInfo, ...]:
    """Studies of which something could not be delivered, for good."""
    return tuple(task for task in receipt.tasks if task.failed)


def failed_of(plan: UploadPlan, receipt: Receipt, rows: Collection[int]) -> Callable[[Instance], bool]:
    """Whether an instance belongs to what failed.

    Args:
        rows: positions among the lines of ``receipt_view``; none: all that failed.
    """
    items = [item for row, item in enumerate(receipt.items) if (not rows or row in rows) and is_retriable(item)]
    first = len(receipt.items)
    tasks = [task for row, task in enumerate(failed_tasks(receipt), first) if not rows or row in rows]
    paths = {item.path for item in items if item.path}
    series = {item.series_instance_uid for item in items if item.outcome is ItemOutcome.NOT_SENT}
    studies = {task.study_instance_uid for task in tasks}

    def wanted(instance: Instance) -> bool:
        return (
            str(instance.location) in paths
            or (bool(series) and plan.new_uid(instance.series_instance_uid) in series)
            or (bool(studies) and plan.new_uid(instance.study_instance_uid) in studies)
        )

    return wanted
