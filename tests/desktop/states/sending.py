"""Uploads under way, and what became of them."""

from pathlib import Path

from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.desktop.upload_values import Outcome, Phase, ReceiptView, SendProgress, SeriesLine, TaskLine
from adit_uploader.desktop.values import (
    Item,
    SendBlock,
    SendState,
    Severity,
    Step,
)
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.words import errors, reasons
from adit_uploader.desktop.words.speaker import Speaker
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import ConnectionLost, JournalFull
from adit_uploader.transfer.events import SeriesCount
from adit_uploader.transfer.receipt import Item as ReceiptItem
from adit_uploader.transfer.receipt import Outcome as ReceiptOutcome
from tests.desktop.states.made_up import PSEUDONYM, TOTALS
from tests.desktop.states.signing_in import signed_in

_WAITING = "Waiting for destination ARCHIVE: no answer to the association request; next try at 2023-11-14 22:15:00 UTC."


def sending(window: MainWindow) -> None:
    signed_in(window)
    window.set_busy(True)
    window.sending.show_progress("Research archive")
    window.sending.set_progress(
        SendProgress(Phase.PROCESSING, 165, 165, 160, 100, 1, 100_000_000, 165_000_000, 28_400_000.0)
    )
    window.sending.set_tasks((TaskLine(PSEUDONYM, "1.2.3", "IP", 44, 40, 0, _WAITING),))
    window.panel.send.set_state(SendState(TOTALS, Mode.INTERNAL, SendBlock.SENDING))
    window.show_step(Step.SEND)


def paused(window: MainWindow) -> None:
    sending(window)
    lines = [SeriesLine("1001", PSEUDONYM, "CT", "Head", 44), SeriesLine("0002734", PSEUDONYM, "US", "Abdomen", 121)]
    window.sending.show_progress("Research archive", lines)
    window.sending.set_series((SeriesCount(0, 40, 1), SeriesCount(1, 0, 0)))
    window.sending.add_problems((Item("/made-up/1.dcm", reasons.by_code()["source-damaged"], retriable=True),))
    window.sending.set_progress(SendProgress(Phase.PAUSED, 165, 41, 40, 0, 1, 41_000_000, 165_000_000))


def under_way(window: MainWindow) -> None:
    paused(window)
    window.sending.set_progress(
        SendProgress(Phase.SENDING, 165, 41, 40, 0, 1, 41_000_000, 165_000_000, 2_100_000.0, 130.0)
    )


def interrupted(window: MainWindow) -> None:
    incomplete(window)
    window.sending.show_receipt(
        ReceiptView(Outcome.INTERRUPTED, Mode.INTERNAL, "Research archive", 165, 164, 100, 90, 0, 3, 1, 2, 0, ())
    )


def ended_early(window: MainWindow) -> None:
    complete(window)
    items = tuple(Item(f"1001 ({n})", reasons.by_code()["stopped"], retriable=True) for n in range(5))
    window.sending.show_receipt(
        ReceiptView(Outcome.ENDED, Mode.INTERNAL, "Research archive", 165, 164, 100, 90, 90, 3, 1, 2, 7, items)
    )
    window.show_step(Step.SEND)


def complete(window: MainWindow) -> None:
    signed_in(window)
    window.sending.show_receipt(
        ReceiptView(Outcome.COMPLETE, Mode.INTERNAL, "Research archive", 165, 165, 165, 165, 165, 0, 0, 2)
    )
    window.show_step(Step.SEND, finished=True)


def incomplete(window: MainWindow) -> None:
    signed_in(window)
    item = Item("/made-up/1.dcm", reasons.by_code()["source-damaged"])
    window.sending.show_receipt(
        ReceiptView(Outcome.FAILED, Mode.INTERNAL, "Research archive", 165, 164, 163, 162, 161, 3, 1, 2, 0, (item,))
    )
    window.messages.show_message("upload", Severity.ERROR, errors.explain(JournalFull()))
    window.show_step(Step.SEND)


def connecting(window: MainWindow) -> None:
    _at(window, Phase.PREPARING)


def reconnecting(window: MainWindow) -> None:
    _at(window, Phase.RECONNECTING)
    text = Speaker().reconnecting(ConnectionLost.title, "", 8.0)
    window.messages.show_message("sending", Severity.WARNING, text)


def pausing(window: MainWindow) -> None:
    _at(window, Phase.PAUSING)


def finishing(window: MainWindow) -> None:
    _at(window, Phase.LAST_STUDIES)


def stopping(window: MainWindow) -> None:
    _at(window, Phase.STOPPING)


def failing(window: MainWindow) -> None:
    """Everything that can go wrong with a file, in the list of problems."""
    under_way(window)
    items = tuple(Item(f"/made-up/CT/{code}.dcm", why) for code, why in reasons.by_code().items())
    window.sending.set_problems(items)
    window.sending.progress._tabs.setCurrentIndex(2)


def busy_drop(window: MainWindow) -> None:
    under_way(window)
    window.messages.show_message("found", Severity.INFO, Speaker().busy_drop())


def partial(window: MainWindow) -> None:
    signed_in(window)
    held = ReceiptItem(ReceiptOutcome.HELD, BurnedInReason.ULTRASOUND, "", 3, patient_id="1001")
    items = Speaker().items((held,))
    window.sending.show_receipt(
        ReceiptView(Outcome.PARTIAL, Mode.INTERNAL, "Research archive", 165, 162, 162, 162, 162, 0, 3, 2, 0, items)
    )
    window.show_step(Step.SEND, finished=True)


def not_yet_delivered(window: MainWindow) -> None:
    signed_in(window)
    window.sending.show_receipt(
        ReceiptView(Outcome.UNDELIVERED, Mode.INTERNAL, "Research archive", 165, 165, 165, 165, 100, 0, 0, 0)
    )
    window.show_step(Step.SEND)


def cancelled(window: MainWindow) -> None:
    ended_early(window)
    items = tuple(Item(f"1001 ({n})", reasons.by_code()["stopped"], retriable=True) for n in range(30))
    window.sending.show_receipt(
        ReceiptView(Outcome.CANCELLED, Mode.INTERNAL, "Research archive", 165, 164, 100, 90, 40, 3, 1, 2, 7, items)
    )


def key_list_unsaved(window: MainWindow) -> None:
    complete(window)
    window.messages.show_message("key-lists", Severity.WARNING, Speaker().unsaved_key_lists(2))


def saved(window: MainWindow) -> None:
    complete(window)
    path = Path("/home/anna/Documents/Heart study/keys of the upload of the 29th of February.csv")
    window.messages.show_message("save", Severity.SUCCESS, Speaker().saved(path))


def _at(window: MainWindow, phase: Phase) -> None:
    under_way(window)
    window.sending.set_progress(SendProgress(phase, 165, 41, 40, 0, 1, 41_000_000, 165_000_000))
