"""The receipt, told to the user, and written where it was asked for."""

import argparse
from pathlib import Path

from adit_uploader.pseudonyms.assign import RefusalReason
from adit_uploader.pseudonyms.private_file import write_private
from adit_uploader.transfer.receipt import Item, Outcome, Receipt, RunState

from .errors import ExitStatus, NotDone
from .states import STATES
from .terminal import Terminal, count_of

_TOLD_BY_THE_PLAN = frozenset(reason.value for reason in RefusalReason)
_TITLES = {Outcome.REFUSED: "Refused", Outcome.NOT_SENT: "Not sent"}
_ENDS_OF_UPLOADS = {
    RunState.CANCELED: "The upload was given up; nothing more of it is delivered.",
    RunState.PAUSED: "The upload was stopped; the same command goes on with it.",
    RunState.INTERRUPTED: "The upload was cut; the same command goes on with it.",
}
_ENDS_OF_LOCAL_RUNS = {
    RunState.CANCELED: "Stopped. What was written stays; the same command writes the rest.",
    RunState.INTERRUPTED: "The run broke off. What was written stays; the same command writes the rest.",
}


def tell_receipt(terminal: Terminal, receipt: Receipt) -> None:
    """What the run did: the result on stdout, problems on stderr."""
    _tell_items(terminal, receipt)
    if receipt.problem is not None:
        terminal.problem(receipt.problem.title, receipt.problem.message)
    ends = _ENDS_OF_LOCAL_RUNS if receipt.kind == "local" else _ENDS_OF_UPLOADS
    if receipt.state in ends:
        terminal.warn(ends[receipt.state])
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


def write_page(terminal: Terminal, receipt: Receipt, arguments: argparse.Namespace) -> None:
    """The receipt as a page, where one was asked for. Raises: NotDone: it can't be written."""
    if arguments.receipt is None:
        return
    from adit_uploader.transfer.receipt_page import receipt_page  # noqa: PLC0415 - most runs write none

    page = receipt_page(
        receipt,
        arguments.receipt_language,
        include_patient_ids=arguments.receipt_with_patient_ids,
        include_paths=arguments.receipt_with_paths,
    )
    try:
        write_private(arguments.receipt, page.encode())
    except OSError as error:
        raise NotDone("The receipt can't be saved", f"{arguments.receipt}: {error.strerror}.") from None
    terminal.note(f"Receipt: {arguments.receipt}")


def status_of(receipt: Receipt) -> ExitStatus:
    return ExitStatus.DONE if receipt.complete else ExitStatus.NOT_DONE


def _tell_items(terminal: Terminal, receipt: Receipt) -> None:
    """Every file that was refused or not sent, those with the same reason together."""
    together: dict[tuple[Outcome, str], list[Item]] = {}
    for item in receipt.items:
        if item.outcome in _TITLES and item.code not in _TOLD_BY_THE_PLAN:
            together.setdefault((item.outcome, item.message), []).append(item)
    for (outcome, message), items in together.items():
        count = count_of(sum(item.count for item in items), "instance")
        where = [item.path or item.sop_instance_uid or item.series_instance_uid for item in items]
        terminal.problem(_TITLES[outcome], f"{count}: {message}", sorted(filter(None, where)))
