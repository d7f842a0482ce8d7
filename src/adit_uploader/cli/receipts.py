"""The receipt, told to the user, and written where it was asked for."""

from pathlib import Path

from adit_uploader.pseudonyms.assign import RefusalReason
from adit_uploader.pseudonyms.private_file import write_private
from adit_uploader.transfer.receipt import Item, Outcome, Receipt, RunState

from .errors import ExitStatus, NotDone
from .states import STATES
from .terminal import Terminal, count_of

_TOLD_BY_THE_PLAN = frozenset(reason.value for reason in RefusalReason)
_STATES = {
    RunState.CANCELED: "The upload was given up; nothing more of it is delivered.",
    RunState.PAUSED: "The upload was stopped; the same command goes on with it.",
    RunState.INTERRUPTED: "The upload was cut; the same command goes on with it.",
}


def tell_receipt(terminal: Terminal, receipt: Receipt) -> None:
    """What the run did: the result on stdout, problems on stderr."""
    for item in receipt.items:
        if item.outcome in {Outcome.REFUSED, Outcome.NOT_SENT} and item.code not in _TOLD_BY_THE_PLAN:
            terminal.problem("Refused" if item.outcome is Outcome.REFUSED else "Not sent", _item(item))
    if receipt.problem is not None:
        terminal.problem(receipt.problem.title, receipt.problem.message)
    if receipt.state in _STATES:
        terminal.warn(_STATES[receipt.state])
    if receipt.tasks:
        terminal.table(
            ("Patient", "Study", "State", "Stored", "Delivered", "Message"),
            [
                (
                    task.patient_id,
                    task.study_instance_uid,
                    STATES[task.state],
                    str(task.stored),
                    str(task.delivered),
                    task.message,
                )
                for task in receipt.tasks
            ],
            numbers=("Stored", "Delivered"),
        )
    if receipt.job:
        terminal.say(f"Job {receipt.job} at {receipt.server}, destination {receipt.destination}")
    terminal.say(receipt.sentence)


def write_report(terminal: Terminal, receipt: Receipt, path: Path) -> None:
    """Raises: NotDone: it can't be written."""
    try:
        write_private(path, receipt.to_json().encode())
    except OSError as error:
        raise NotDone("The report can't be saved", f"{path}: {error.strerror}.") from None
    terminal.note(f"Report: {path}")


def status_of(receipt: Receipt) -> ExitStatus:
    return ExitStatus.DONE if receipt.complete else ExitStatus.NOT_DONE


def _item(item: Item) -> str:
    what = item.path or item.sop_instance_uid or item.series_instance_uid
    parts = [what, count_of(item.count, "instance") if item.count > 1 else "", item.message]
    return ": ".join(part for part in parts if part)
