"""Send: asked twice for real names, honest while it runs, never green with something missing."""

import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from adit_uploader.desktop.controllers.receipts import outcome
from adit_uploader.desktop.controllers.sending import SendingController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.receipt_pdf import write_pdf
from adit_uploader.desktop.upload_values import Outcome, Phase
from adit_uploader.desktop.values import Sent, Step
from adit_uploader.protocol.messages import TaskInfo
from adit_uploader.pseudonyms.choice import InternalChoice, NoneChoice
from adit_uploader.pseudonyms.key_list import write_key_list
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import ServerUnreachable
from adit_uploader.transfer.events import Phase as RunPhase
from adit_uploader.transfer.events import PhaseChanged, Progress, Reconnecting, TasksChanged
from adit_uploader.transfer.receipt import Counts, Problem, Receipt, RunState, SentPatient
from tests.desktop.room import Room
from tests.desktop.uploads import COMPLETE, HELD, NOT_SENT, REFUSED, Uploads, put_plan


def test_pseudonymized_studies_are_sent_at_once_and_the_receipt_is_shown(
    room: Room, controller: SendingController, uploads: Uploads, ended: Mock
) -> None:
    plan = put_plan(room, InternalChoice("Radiology"))
    controller.send()
    assert room.desk.sending
    room.window.set_busy.assert_called_with(True)
    room.window.show_step.assert_called_with(Step.SEND)
    room.gateway.finish()
    assert uploads.made == [plan]
    assert room.last(room.sending.show_receipt).outcome is Outcome.COMPLETE
    room.window.show_step.assert_called_with(Step.SEND, finished=True)
    room.window.set_busy.assert_called_with(False)
    ended.assert_called_once_with(Mode.INTERNAL)
    assert not room.desk.sending


def test_real_names_need_a_second_word_that_names_the_count(
    room: Room, controller: SendingController, uploads: Uploads
) -> None:
    put_plan(room, NoneChoice())
    controller.send()
    assert uploads.made == []
    room.window.ask_to_send_real_names.assert_called_once_with(4, 2, "archive")
    controller.confirm_real_names()
    room.gateway.finish()
    assert len(uploads.made) == 1


def test_the_second_word_counts_once_and_only_for_what_was_asked(
    room: Room, controller: SendingController, uploads: Uploads
) -> None:
    controller.confirm_real_names()
    put_plan(room, NoneChoice())
    controller.send()
    put_plan(room, NoneChoice())  # something changed while the question was open
    controller.confirm_real_names()
    controller.confirm_real_names()
    assert uploads.made == []


def test_a_second_press_while_sending_does_nothing(room: Room, controller: SendingController, uploads: Uploads) -> None:
    put_plan(room, InternalChoice("Radiology"))
    controller.send()
    controller.send()
    room.gateway.finish()
    assert len(uploads.made) == 1


def test_a_failure_before_anything_was_sent_leads_back_with_the_reason(
    room: Room, controller: SendingController, uploads: Uploads
) -> None:
    put_plan(room, InternalChoice("Radiology"))
    uploads.end = ServerUnreachable()
    controller.send()
    room.gateway.finish()
    room.window.show_step.assert_called_with(Step.CHECK)
    assert room.messages.show_message.call_args.args[2].title == "The server does not answer"
    assert not room.desk.sending
    assert not room.sending.show_receipt.called


def test_progress_shows_sent_stored_delivered_and_says_when_only_the_server_works(
    room: Room, controller: SendingController, uploads: Uploads
) -> None:
    put_plan(room, InternalChoice("Radiology"))
    task = TaskInfo("1.2.3", "pseudonym", "IP", stored=4, delivered=1)
    uploads.events = [
        PhaseChanged(RunPhase.SENDING),
        Progress(Counts(sent=4, stored=3, delivered=1), 3000, 4000, 1.0, 3000.0, 3.0, 0.3),
        PhaseChanged(RunPhase.DELIVERING),
        TasksChanged((task,)),
    ]
    controller.send()
    room.gateway.finish()
    shown = room.last(room.sending.set_progress)
    assert (shown.phase, shown.total, shown.sent, shown.stored, shown.delivered) == (Phase.PROCESSING, 4, 4, 3, 1)
    (line,) = room.last(room.sending.set_tasks)
    assert (line.pseudonym, line.state, line.delivered) == ("pseudonym", "IP", 1)


def test_many_events_are_one_look_at_the_progress(room: Room, controller: SendingController, uploads: Uploads) -> None:
    put_plan(room, InternalChoice("Radiology"))
    uploads.events = [Progress(Counts(sent=n), n, 4000, 1.0, 1.0, 1.0, None) for n in range(1000)]
    controller.send()
    room.gateway.finish()
    assert room.sending.set_progress.call_count == 2


def test_a_lost_connection_is_said_while_it_is_tried_again(
    room: Room, controller: SendingController, uploads: Uploads
) -> None:
    put_plan(room, InternalChoice("Radiology"))
    uploads.events = [PhaseChanged(RunPhase.SENDING), Reconnecting(0, "The connection was lost", "Cut.", 4.2, 1)]
    controller.send()
    room.gateway.finish()
    assert room.last(room.sending.set_progress).phase is Phase.RECONNECTING
    text = room.messages.show_message.call_args.args[2]
    assert text.title == "The connection was lost"
    assert text.message.startswith("Trying again in 4 s.")


SOME, MORE = (Progress(Counts(sent=n, stored=n), n * 1000, 4000, 1.0, 0.0, 0.0, None) for n in (2, 3))


def test_a_lost_connection_is_said_for_as_long_as_nothing_moves(
    room: Room, controller: SendingController, uploads: Uploads
) -> None:
    put_plan(room, InternalChoice("Radiology"))
    lost = Reconnecting(0, "The connection was lost", "Cut.", 4.2, 1)
    uploads.events = [PhaseChanged(RunPhase.SENDING), SOME, lost, SOME, SOME]
    controller.send()
    room.messages.dismiss.reset_mock()
    room.gateway.finish()
    assert room.last(room.sending.set_progress).phase is Phase.RECONNECTING
    room.messages.dismiss.assert_not_called()


def test_a_connection_that_is_back_is_seen_by_what_moves(
    room: Room, controller: SendingController, uploads: Uploads
) -> None:
    put_plan(room, InternalChoice("Radiology"))
    lost = Reconnecting(0, "The connection was lost", "Cut.", 0.1, 1)
    uploads.events = [PhaseChanged(RunPhase.SENDING), SOME, lost, SOME, MORE]
    controller.send()
    room.messages.dismiss.reset_mock()
    room.gateway.finish()
    assert room.last(room.sending.set_progress).phase is Phase.SENDING
    room.messages.dismiss.assert_called_once_with("upload")


def test_cancel_and_close_reach_the_upload(room: Room, controller: SendingController, uploads: Uploads) -> None:
    put_plan(room, InternalChoice("Radiology"))
    controller.send()
    controller.cancel()
    uploads.upload.cancel.assert_called_once_with()
    assert room.last(room.sending.set_progress).phase is Phase.STOPPING
    controller.stop_and_close()
    uploads.upload.pause.assert_called_once_with()
    assert not room.window.close.called
    room.gateway.finish()
    room.window.close.assert_called_once_with()


@pytest.mark.parametrize(
    ("receipt", "expected"),
    [
        (COMPLETE, Outcome.COMPLETE),
        (replace(COMPLETE, complete=False, items=(HELD,)), Outcome.PARTIAL),
        (replace(COMPLETE, complete=False, items=(REFUSED,)), Outcome.FAILED),
        (replace(COMPLETE, complete=False, waiting=True), Outcome.UNDELIVERED),
        (replace(COMPLETE, complete=False, problem=Problem("a", "b")), Outcome.FAILED),
        (replace(COMPLETE, complete=False, state=RunState.INTERRUPTED), Outcome.INTERRUPTED),
        (replace(COMPLETE, complete=False, state=RunState.PAUSED), Outcome.INTERRUPTED),
        (replace(COMPLETE, complete=False, tasks=(TaskInfo("1.2", "p", "FA", failed=1),)), Outcome.FAILED),
        (replace(COMPLETE, complete=False, state=RunState.CANCELED), Outcome.CANCELLED),
        (replace(COMPLETE, complete=False, items=(NOT_SENT,)), Outcome.ENDED),
        (replace(COMPLETE, complete=False, items=(NOT_SENT, REFUSED)), Outcome.FAILED),
    ],
)
def test_only_a_complete_receipt_is_a_success(receipt: Receipt, expected: Outcome) -> None:
    assert outcome(receipt) is expected


def test_the_last_step_is_not_ticked_off_while_something_is_missing(
    room: Room, controller: SendingController, uploads: Uploads
) -> None:
    put_plan(room, InternalChoice("Radiology"))
    uploads.end = replace(COMPLETE, complete=False, items=(REFUSED, HELD))
    controller.send()
    room.gateway.finish()
    room.window.show_step.assert_called_with(Step.SEND, finished=False)
    items = room.last(room.sending.show_receipt).items
    assert items[0].what == "/made-up/1.dcm"
    assert items[0].why == "Your space on the server is used up. Ask its administrators."


def test_key_list_and_report_are_saved_where_the_user_says(
    room: Room, controller: SendingController, uploads: Uploads, tmp_path: Path
) -> None:
    room.services.write_key_list = write_key_list
    plan = put_plan(room, InternalChoice("Radiology"))
    pseudonym = plan.patients[0].pseudonym
    uploads.end = replace(COMPLETE, patients=(SentPatient(pseudonym, 1, 2, 2),))
    controller.send()
    room.gateway.finish()
    controller.ask_for_key_list()
    room.window.ask_where_to_save_key_list.assert_called_once_with("key-list-2024-02-29")
    controller.save_key_list(tmp_path / "keys.csv")
    controller.save_report(tmp_path / "report.json")
    room.gateway.finish()
    text = (tmp_path / "keys.csv").read_text(encoding="utf-8-sig")
    assert '"1001"' in text
    assert f'"{pseudonym}","2 of 2 images"' in text
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["counts"]["delivered"] == 4
    room.services.write_pdf = write_pdf
    controller.save_report(tmp_path / "report.html")
    controller.save_report(tmp_path / "report.pdf")
    room.gateway.finish()
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert pseudonym in page
    assert "1001" not in page
    pdf = (tmp_path / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 5000
    assert room.messages.show_message.call_args.args[2].title == "Saved"


def test_a_key_list_that_can_t_be_saved_is_said(
    room: Room, controller: SendingController, uploads: Uploads, tmp_path: Path
) -> None:
    room.services.write_key_list = write_key_list
    put_plan(room, InternalChoice("Radiology"))
    controller.send()
    room.gateway.finish()
    controller.save_key_list(tmp_path / "keys.doc")
    room.gateway.finish()
    assert room.messages.show_message.call_args.args[2].title == "The key list can't be saved"


@pytest.mark.parametrize(
    ("end", "sent"),
    [
        (COMPLETE, Sent.WHOLE),
        (replace(COMPLETE, complete=False, items=(HELD,)), Sent.WHOLE),
        (replace(COMPLETE, complete=False, waiting=True, counts=replace(COMPLETE.counts, delivered=0)), Sent.WHOLE),
        (replace(COMPLETE, complete=False, counts=replace(COMPLETE.counts, stored=3)), Sent.PARTLY),
        (replace(COMPLETE, complete=False, state=RunState.CANCELED), Sent.PARTLY),
        (ServerUnreachable(), None),
    ],
)
def test_the_desk_knows_whether_something_is_left_to_be_sent(
    room: Room, controller: SendingController, uploads: Uploads, end: Receipt | Exception, sent: Sent | None
) -> None:
    put_plan(room, InternalChoice("Radiology"))
    uploads.end = end
    controller.send()
    room.gateway.finish()
    assert room.desk.sent is sent


def test_real_names_are_never_sent_again_by_one_press(
    room: Room, controller: SendingController, uploads: Uploads
) -> None:
    put_plan(room, NoneChoice())
    uploads.end = replace(COMPLETE, complete=False, counts=replace(COMPLETE.counts, stored=3))
    controller.send()
    controller.confirm_real_names()
    room.gateway.finish()
    assert len(uploads.made) == 1
    assert room.desk.sent is None


def test_a_receipt_is_said_again_in_another_language(
    room: Room, controller: SendingController, uploads: Uploads, languages: Languages
) -> None:
    controller.say_again()
    assert not room.sending.show_receipt.called
    put_plan(room, InternalChoice("Radiology"))
    uploads.end = replace(COMPLETE, complete=False, items=(REFUSED,))
    controller.send()
    room.gateway.finish()
    languages.use("de")
    controller.say_again()
    (item,) = room.last(room.sending.show_receipt).items
    assert item.why.startswith("Ihr Platz auf dem Server")
