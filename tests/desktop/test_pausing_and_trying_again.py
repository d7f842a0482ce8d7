"""Pause, go on, stop in two ways, and send once more what failed."""

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import Mock

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from adit_uploader.account.servers import ServerAddress
from adit_uploader.desktop.controllers.desk import SignedIn
from adit_uploader.desktop.controllers.sending import Job, SendingController
from adit_uploader.desktop.controllers.time_left import TimeLeft
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.request import wanted_of
from adit_uploader.desktop.upload_values import Outcome, Phase, ReceiptView, SendProgress, SeriesLine
from adit_uploader.desktop.values import Item, Sent
from adit_uploader.desktop.views.confirmation import Confirmation
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.views.progress_view import ProgressView
from adit_uploader.desktop.views.send_page import ReceiptPage
from adit_uploader.desktop.words import sending
from adit_uploader.protocol.messages import TaskInfo, Welcome
from adit_uploader.pseudonyms.choice import InternalChoice, NoneChoice
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.events import InstancesRefused, PhaseChanged, SeriesCount, SeriesMoved
from adit_uploader.transfer.events import Phase as RunPhase
from adit_uploader.transfer.receipt import Item as ReceiptItem
from adit_uploader.transfer.receipt import Outcome as ItemOutcome
from adit_uploader.transfer.receipt import Problem, RunState
from tests.desktop.parts import signed_in, welcome
from tests.desktop.room import Room
from tests.desktop.uploads import COMPLETE, Uploads, put_plan


def replace_user(said: Welcome, user: str) -> Welcome:
    return msgspec.structs.replace(said, user=user)


PAUSED = replace(COMPLETE, complete=False, state=RunState.PAUSED)


def start(room: Room, sending_: SendingController, made: Uploads) -> None:
    put_plan(room, InternalChoice("Radiology"))
    made.events = [PhaseChanged(RunPhase.SENDING)]
    sending_.send()


def phases(room: Room) -> list[Phase]:
    return [call.args[0].phase for call in room.sending.set_progress.call_args_list]


@pytest.mark.usefixtures("ended")
class TestPausing:
    def test_a_pause_keeps_everything_and_going_on_sends_the_same_plan(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        start(room, controller, uploads)
        controller.pause()
        controller.pause()
        uploads.upload.pause.assert_called_once_with()
        assert phases(room)[-1] is Phase.PAUSING
        uploads.end = PAUSED
        room.gateway.finish()
        assert phases(room)[-1] is Phase.PAUSED
        assert room.desk.sending  # nothing may change underneath
        assert not room.sending.show_receipt.called
        uploads.end = COMPLETE
        controller.go_on()
        room.gateway.finish()
        assert uploads.made[0] is uploads.made[1]
        assert room.sending.show_progress.call_count == 1  # what was reached stays in view
        assert room.last(room.sending.show_receipt).outcome is Outcome.COMPLETE
        assert room.desk.sent is Sent.WHOLE

    def test_what_is_paused_can_be_given_up(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        start(room, controller, uploads)
        uploads.end = PAUSED
        room.gateway.finish()
        controller.ask_how_to_stop()
        room.window.ask_to_stop.assert_called_with(can_finish=False)
        controller.cancel()
        room.gateway.finish()
        assert room.services.jobs.give_up.call_args.args[2] == PAUSED.job
        assert room.last(room.sending.show_receipt).outcome is Outcome.CANCELLED
        assert not room.desk.sending

    def test_a_paused_window_is_closed_without_waiting(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        start(room, controller, uploads)
        uploads.end = PAUSED
        room.gateway.finish()
        controller.stop_and_close()
        room.window.set_busy.assert_called_with(False)
        room.window.close.assert_called_once_with()

    def test_the_studies_under_way_may_come_to_their_end(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        start(room, controller, uploads)
        controller._progress = SendProgress(Phase.SENDING)
        controller.ask_how_to_stop()
        room.window.ask_to_stop.assert_called_with(can_finish=True)
        controller.finish_current()
        uploads.upload.finish_current.assert_called_once_with()
        room.gateway.finish()
        assert phases(room)[-1] is Phase.LAST_STUDIES

    def test_an_interrupted_upload_goes_on_from_its_receipt(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        start(room, controller, uploads)
        uploads.end = replace(PAUSED, state=RunState.INTERRUPTED, problem=Problem("The disk is full", "Make room."))
        room.gateway.finish()
        assert room.last(room.sending.show_receipt).outcome is Outcome.INTERRUPTED
        uploads.end = COMPLETE
        controller.go_on()
        room.gateway.finish()
        assert uploads.made[0] is uploads.made[1]

    def test_real_names_are_confirmed_again_before_they_go_on(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        put_plan(room, NoneChoice())
        uploads.end = replace(PAUSED, mode="none", state=RunState.INTERRUPTED)
        controller.send()
        controller.confirm_real_names()
        room.gateway.finish()
        controller.go_on()
        assert len(uploads.made) == 1
        assert room.window.ask_to_send_real_names.call_count == 2


class TestTryingAgain:
    def refused(self, room: Room) -> ReceiptItem:
        assert room.desk.plan is not None
        one = next(room.desk.plan.instances())
        return ReceiptItem(ItemOutcome.REFUSED, "quota", "quota", path=str(one.instance.location))

    def test_what_failed_is_sent_alone_as_a_new_job(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        plan = put_plan(room, InternalChoice("Radiology"))
        held = ReceiptItem(ItemOutcome.HELD, "ultrasound", "held")
        uploads.end = replace(COMPLETE, complete=False, items=(held, self.refused(room)))
        controller.send()
        room.gateway.finish()
        items = room.last(room.sending.show_receipt).items
        assert [item.retriable for item in items] == [False, True]
        uploads.end = COMPLETE
        controller.retry([1])
        room.gateway.finish()
        assert [one.instance for one in uploads.made[1].instances()] == [next(plan.instances()).instance]
        assert uploads.made[1].patients[0].pseudonym == plan.patients[0].pseudonym

    def test_all_that_failed_holds_series_not_sent_and_studies_not_delivered(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        plan = put_plan(room, InternalChoice("Radiology"))
        everything = list(plan.instances())
        other = next(one for one in everything if one.study_instance_uid != everything[0].study_instance_uid)
        not_sent = ReceiptItem(
            ItemOutcome.NOT_SENT, "stopped", "stopped", count=2, series_instance_uid=everything[0].series_instance_uid
        )
        task = TaskInfo(other.study_instance_uid, other.pseudonym, "FA", stored=2, failed=2, message="Refused.")
        uploads.end = replace(COMPLETE, complete=False, items=(not_sent,), tasks=(task,))
        controller.send()
        room.gateway.finish()
        assert room.last(room.sending.show_receipt).items[1].why.endswith("Refused.")
        controller.retry([])
        room.gateway.finish()
        assert uploads.made[1].counts.to_send == len(everything)
        controller.retry([1])
        room.gateway.finish()
        assert {one.study_instance_uid for one in uploads.made[2].instances()} == {other.study_instance_uid}

    def test_after_a_second_try_of_all_that_failed_the_button_sends_nothing_again(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        put_plan(room, InternalChoice("Radiology"))
        uploads.end = replace(
            COMPLETE, complete=False, items=(self.refused(room),), counts=replace(COMPLETE.counts, stored=0)
        )
        controller.send()
        room.gateway.finish()
        assert room.desk.sent is Sent.PARTLY
        uploads.end = COMPLETE
        controller.send()
        room.gateway.finish()
        assert room.desk.sent is Sent.WHOLE

    @pytest.mark.parametrize(
        "other",
        [
            signed_in(welcome(department="Cardiology")),
            signed_in(replace_user(welcome(), "otto")),
            replace(signed_in(), server=ServerAddress.parse("https://elsewhere.example.org")),
        ],
        ids=["department", "user", "server"],
    )
    def test_who_signs_in_as_somebody_else_does_not_send_under_the_pseudonyms_of_before(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
        other: SignedIn,
    ) -> None:
        put_plan(room, InternalChoice("Radiology"))
        uploads.end = replace(COMPLETE, complete=False, items=(self.refused(room),))
        controller.send()
        room.gateway.finish()
        room.desk.account = other
        controller.retry([])
        controller.go_on()
        room.gateway.finish()
        assert len(uploads.made) == 1
        said = room.messages.show_message.call_args.args[2]
        assert said.title == "The plan does not fit the server any more"
        room.desk.account = replace(signed_in(), token="f" * 16)  # the same person, with a new token
        controller.retry([])
        room.gateway.finish()
        assert len(uploads.made) == 2

    def test_refusals_are_shown_while_it_goes_on(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        put_plan(room, InternalChoice("Radiology"))
        moved = SeriesMoved((SeriesCount(0, 1, 1),))
        uploads.events = [InstancesRefused((self.refused(room),)), moved]
        controller.send()
        room.gateway.finish()
        (item,) = room.last(room.sending.add_problems)  # type: ignore[misc]  # a sequence
        assert item.why.startswith("Your space on the server")
        assert room.last(room.sending.set_series) == moved.series
        series = room.sending.show_progress.call_args.args[1]
        assert [line.images for line in series] == [2, 2]

    def test_refusals_are_said_again_in_another_language_while_it_goes_on(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
        languages: Languages,
    ) -> None:
        put_plan(room, InternalChoice("Radiology"))
        uploads.events, uploads.end = [InstancesRefused((self.refused(room),))], PAUSED
        controller.send()
        room.gateway.finish()
        languages.use("de")
        controller.say_again()
        (item,) = room.last(room.sending.set_problems)  # type: ignore[misc]  # a sequence
        assert item.why.startswith("Ihr Platz auf dem Server")

    def test_people_who_look_elsewhere_are_told_the_end_and_no_name(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        start(room, controller, uploads)
        room.gateway.finish()
        text = room.last(room.window.notify)
        assert "All 4 images arrived" in str(text)
        assert "1001" not in str(text)

    def test_what_was_asked_for_is_kept_for_after_a_restart(
        self,
        room: Room,
        controller: SendingController,
        uploads: Uploads,
    ) -> None:
        put_plan(room, InternalChoice("Radiology"))
        room.desk.choice = InternalChoice("Radiology", b"k" * 32)
        room.desk.destination = "archive"
        controller.send()
        room.gateway.finish()
        wanted = wanted_of(uploads.requests[0][0])
        assert wanted is not None
        assert (wanted.mode, wanted.destination, wanted.keyed) == ("internal", "archive", True)
        assert "kkkk" not in uploads.requests[0][0]
        controller.begin(Job(uploads.made[0], signed_in(), resume="0" * 32))
        room.gateway.finish()
        assert uploads.requests[1][1] == "0" * 32


def test_the_time_left_does_not_jump() -> None:
    left = TimeLeft()
    assert left.look(0.0, 1000.0, 100_000) is None
    assert left.look(1.0, 1000.0, 99_000) is None
    first = left.look(10.0, 1000.0, 90_000)
    assert first == pytest.approx(90.0)
    stalled = left.look(11.0, 0.0, 90_000)
    assert stalled is not None
    assert stalled < 100.0  # one slow second does not double the guess
    assert TimeLeft().look(10.0, 0.0, 1) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (20.0, "less than a minute left"),
        (61.0, "about 2 minutes left"),
        (90 * 60.0, "about 90 minutes left"),
        (3 * 3600.0, "about 3 hours left"),
    ],
)
@pytest.mark.usefixtures("languages")
def test_the_time_left_is_said_roughly(seconds: float | None, said: str) -> None:
    assert sending.time_left(seconds) == said


LINES = (
    SeriesLine("1001", "p1", "CT", "Head", 4),
    SeriesLine("1001", "p1", "US", "", 2),
    SeriesLine("2002", "p2", "CT", "", 3),
)


@pytest.fixture
def progress(no_leaks: None) -> Iterator[ProgressView]:
    made = ProgressView()
    made.start("archive", LINES)
    yield made
    made.deleteLater()


def test_progress_stands_beside_each_patient_and_series(progress: ProgressView) -> None:
    model = progress._series
    progress.set_series((SeriesCount(0, 3, 1), SeriesCount(2, 1, 0)))
    progress.set_series((SeriesCount(1, 2, 0),))
    cells = [[str(model.data(model.index(row, column))).strip() for column in (0, 2, 3)] for row in range(5)]
    assert cells == [
        ["1001", "5 / 6", "1 image refused"],
        ["CT Head", "3 / 4", "1 image refused"],
        ["US", "2 / 2", "stored"],
        ["2002", "1 / 3", "being sent"],
        ["CT", "1 / 3", "being sent"],
    ]


def test_buttons_say_what_can_be_done(progress: ProgressView) -> None:
    for phase, pause, cancel in (
        (Phase.SENDING, True, True),
        (Phase.PAUSING, False, False),
        (Phase.PAUSED, True, True),
        (Phase.PROCESSING, False, True),
        (Phase.STOPPING, False, False),
    ):
        progress.set_progress(SendProgress(phase))
        assert (progress._pause.isEnabled(), progress._cancel.isEnabled()) == (pause, cancel)
    heard = Mock()
    progress.pause_wanted.connect(lambda: heard("pause"))
    progress.go_on_wanted.connect(lambda: heard("go on"))
    for phase, said in ((Phase.SENDING, "pause"), (Phase.PAUSED, "go on")):
        progress.set_progress(SendProgress(phase))
        progress._pause.click()
        heard.assert_called_with(said)


def test_the_bar_is_not_full_before_the_destination_has_it(progress: ProgressView) -> None:
    whole = SendProgress(Phase.PROCESSING, total=4, sent=4, stored=4, delivered=1, bytes_done=100, bytes_total=100)
    progress.set_progress(whole)
    assert progress._bar.value() == progress._bar.maximum() // 4
    assert "The server is processing" in progress._title.text()


def receipt(*items: Item, outcome: Outcome = Outcome.FAILED) -> ReceiptView:
    return ReceiptView(outcome, Mode.INTERNAL, "archive", 4, 4, 3, 3, 3, 1, 0, 0, 0, items)


def test_lines_are_chosen_tried_again_and_copied(no_leaks: None) -> None:
    page = ReceiptPage()
    asked = Mock()
    page.retry_wanted.connect(asked)
    page.set_receipt(receipt(Item("a.dcm", "why a", retriable=True), Item("b", "held"), Item("c", "c", retriable=True)))
    assert not page._retry.isEnabled()
    page._table.selectRow(1)
    assert not page._retry.isEnabled()
    page._table.selectRow(2)
    page._retry.click()
    asked.assert_called_with([2])
    page._retry_all.click()
    asked.assert_called_with([])
    assert page._retry_all.text() == "Retry &all that failed (2)"
    page._copy.click()
    assert QGuiApplication.clipboard().text() == "a.dcm\twhy a\nb\theld\nc\tc"
    page.deleteLater()


@pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
def test_the_question_how_to_stop_has_three_answers(window: MainWindow) -> None:
    stop, finish = Mock(), Mock()
    window.stop_confirmed.connect(stop)
    window.finish_current_confirmed.connect(finish)
    for can_finish, answers in ((False, 2), (True, 3)):
        window.ask_to_stop(can_finish=can_finish)
        (dialog,) = (each for each in window.findChildren(Confirmation) if each.isVisible())
        buttons = [each for each in dialog.findChildren(type(window.sending.progress._pause)) if each.isVisible()]
        assert len(buttons) == answers
        buttons[1].click()
        assert finish.called == can_finish
        assert not stop.called
    window.ask_to_stop(can_finish=True)
    (dialog,) = (each for each in window.findChildren(Confirmation) if each.isVisible())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accept()
    stop.assert_called_once_with()
