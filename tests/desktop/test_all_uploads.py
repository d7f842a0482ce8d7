"""The page of all uploads: this computer's and the server's, what can be done with each, and unsaved key lists."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QLabel

from adit_uploader.account.settings import journal_path
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.job_lines import deeds, job_lines, result_lines
from adit_uploader.desktop.controllers.jobs import JobsController
from adit_uploader.desktop.controllers.key_lists import KeyListsController
from adit_uploader.desktop.controllers.resuming import ResumingController
from adit_uploader.desktop.controllers.saving import Saving
from adit_uploader.desktop.controllers.sending import SendingController
from adit_uploader.desktop.job_values import JobDeeds, LocalJob, Place, ServerLook, UnfinishedBlock
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.request import request_of
from adit_uploader.desktop.stored_jobs import StoredJobs
from adit_uploader.desktop.values import Severity, Step
from adit_uploader.desktop.views import questions
from adit_uploader.desktop.views.confirmation import Confirmation
from adit_uploader.desktop.views.jobs_page import JobsPage
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.words import errors
from adit_uploader.dicom.scan import scan
from adit_uploader.protocol.messages import JobInfo, TaskInfo, Tasks
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.pseudonyms.errors import KeyListError
from adit_uploader.pseudonyms.key_list import KeyList, KeyListRow, read_key_list, write_key_list
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import JobRunsElsewhere, ServerUnreachable
from adit_uploader.transfer.line import DIRECT
from adit_uploader.transfer.plan import make_plan
from adit_uploader.transfer.running import Claim
from adit_uploader.transfer.upload import Upload
from tests.desktop.parts import SERVER, TWO
from tests.desktop.room import Room
from tests.desktop.test_unfinished_uploads_are_offered import JOB as OPEN
from tests.desktop.test_unfinished_uploads_are_offered import WANTED
from tests.desktop.uploads import COMPLETE, Uploads

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

DONE = replace(OPEN, job="2" * 32, state="finished", stored=3, refused=1, created=1_800_000_000.0, receipt=True)
THERE = JobInfo("2" * 32, "WA", "internal", "archive", "2027-01-15T08:00:00+00:00", stored=3, delivered=2, failed=1)
ELSEWHERE = JobInfo("3" * 32, "IP", "batch", "archive", "2030-01-15T08:00:00+00:00", stored=9)
TASKS = Tasks(
    "2" * 32,
    "WA",
    (TaskInfo("1.9", "p1", "FA", 2, 1, 1, 3, "no"), TaskInfo("1.8", "p2", "SU", 1, 1)),
)
KEY_LIST = KeyList(Mode.INTERNAL, (KeyListRow("1001", "p1", "2 of 2"), KeyListRow("0002734", "p2")))


class Server:
    """What the server answers when it is looked at."""

    def __init__(self) -> None:
        self.jobs: tuple[JobInfo, ...] = (ELSEWHERE, THERE)
        self.under_way = False
        self.looks = 0
        self.stopped: list[Callable[[], bool]] = []
        self.error: Exception | None = None

    def follow(self, *_: object, chosen: Callable[[], str], on_jobs: Any, on_tasks: Any, stop: Any) -> bool:
        self.looks += 1
        self.stopped.append(stop)
        if self.error is not None:
            raise self.error
        on_jobs(self.jobs)
        if chosen() == TASKS.job:
            on_tasks(TASKS)
        return self.under_way


@pytest.fixture
def server(room: Room) -> Server:
    made = Server()
    room.services.jobs.follow.side_effect = made.follow
    room.services.jobs.local.return_value = (DONE, OPEN)
    room.services.jobs.key_list.return_value = KEY_LIST
    room.services.scan.return_value = TWO
    return made


@pytest.fixture
def saving(room: Room) -> Saving:
    return Saving(
        window=room.window, messages=room.messages, gateway=room.gateway, services=room.services, words=room.words
    )


@pytest.fixture
def view() -> Mock:
    return Mock(spec=JobsPage)


@pytest.fixture
def jobs(room: Room, server: Server, controller: SendingController, saving: Saving, view: Mock) -> JobsController:
    resuming = ResumingController(
        room.desk,
        view=room.unfinished,
        strip=room.strip,
        window=room.window,
        messages=room.messages,
        gateway=room.gateway,
        services=room.services,
        sending=controller,
        words=room.words,
    )
    made = JobsController(
        room.desk,
        view=view,
        window=room.window,
        messages=room.messages,
        gateway=room.gateway,
        services=room.services,
        resuming=resuming,
        saving=saving,
        words=room.words,
    )
    made.show(True)
    room.gateway.finish()
    return made


def choose(jobs: JobsController, room: Room, job: str) -> None:
    jobs.choose(job)
    room.gateway.finish()


def test_both_lists_are_one_newest_first(view: Mock, jobs: JobsController) -> None:
    lines = view.show_jobs.call_args.args[0]
    assert [(line.job[0], line.place) for line in lines] == [("3", Place.SERVER), ("2", Place.BOTH), ("1", Place.HERE)]
    both = lines[1]
    assert (both.state, both.stored, both.delivered, both.failed, both.key_list) == ("WA", 3, 2, 2, False)
    assert view.set_look.call_args.args[0] is ServerLook.AT_REST


def test_the_same_id_at_another_server_is_not_this_job() -> None:
    (here, there) = sorted(job_lines((DONE,), (THERE,), "wss://other:443"), key=lambda line: line.place.value)[:1] * 2
    assert here.place is Place.HERE
    assert there.state == "finished"


@pytest.mark.parametrize(
    ("running", "state", "said"),
    [(True, "UV", "running"), (False, "UV", "open"), (False, "CI", "CI")],
)
def test_a_job_that_was_cut_is_not_called_under_way(running: bool, state: Any, said: str) -> None:
    info = JobInfo(OPEN.job, state, "internal", "archive", "")
    (line,) = job_lines((replace(OPEN, running=running),), (info,), OPEN.server)
    assert line.state == said


def test_without_a_sign_in_only_this_computer_s_are_shown_and_it_is_said(
    room: Room, server: Server, view: Mock, jobs: JobsController
) -> None:
    looks = server.looks
    room.desk.account = None
    room.desk.tell(Change.ACCOUNT)
    room.gateway.finish()
    assert server.looks == looks
    assert view.set_look.call_args.args[0] is ServerLook.SIGNED_OUT
    assert [line.job[0] for line in view.show_jobs.call_args.args[0]] == ["2", "1"]


def test_a_server_that_does_not_answer_leaves_the_local_ones(
    room: Room, server: Server, view: Mock, jobs: JobsController
) -> None:
    server.error = ServerUnreachable()
    room.desk.tell(Change.ACCOUNT)
    room.gateway.finish()
    look, why = view.set_look.call_args.args
    assert look is ServerLook.UNREACHABLE
    assert why.title == "The server does not answer"
    assert [line.job[0] for line in view.show_jobs.call_args.args[0]] == ["2", "1"]


def test_it_looks_on_while_something_is_under_way_and_ends_with_the_page(
    room: Room, server: Server, jobs: JobsController
) -> None:
    server.under_way = True
    jobs.look()
    room.gateway.finish_one()
    room.gateway.finish_one()
    assert server.looks == 3
    jobs.show(False)
    server.under_way = False
    room.gateway.finish()
    assert server.stopped[-1]()
    jobs.look()
    assert not room.gateway.waiting


def test_the_chosen_job_shows_its_tasks_and_who_became_whom(room: Room, view: Mock, jobs: JobsController) -> None:
    choose(jobs, room, DONE.job)
    line, able, tasks, results = view.show_job.call_args.args
    assert line.job == DONE.job
    assert [(task.state, task.attempts, task.message) for task in tasks] == [("FA", 3, "no"), ("SU", 0, "")]
    assert [(one.patient_id, one.pseudonym, one.delivered, one.failed) for one in results] == [
        ("1001", "p1", 1, 1),
        ("0002734", "p2", 1, 0),
    ]
    assert able == JobDeeds(retry=True, key_list=True, receipt=True, delete=True)


def test_the_job_that_the_page_chooses_by_itself_shows_its_tasks_too(
    room: Room, server: Server, view: Mock, jobs: JobsController
) -> None:
    jobs.show(False)
    room.services.jobs.local.return_value = (DONE,)
    server.jobs, looks = (THERE,), server.looks
    # when the list comes, by when a quick server has been asked already
    view.show_jobs.side_effect = lambda lines, chosen: None if chosen else jobs.choose(lines[0].job)
    jobs.show(True)
    room.gateway.finish()
    assert [task.state for task in view.show_job.call_args.args[2]] == ["FA", "SU"]
    assert server.looks == looks + 2


def test_a_job_of_the_server_alone_names_pseudonyms_only() -> None:
    (first, _) = result_lines(None, TASKS.tasks)
    assert (first.patient_id, first.pseudonym, first.studies) == ("", "p1", 1)


@pytest.mark.parametrize(
    ("change", "block", "expected"),
    [
        ({}, None, JobDeeds(go_on=True, key_list=True, delete=True)),
        (
            {"running": True},
            UnfinishedBlock.RUNNING,
            JobDeeds(block=UnfinishedBlock.RUNNING, key_list=True),
        ),
        ({"key_list": False, "stored": 4}, UnfinishedBlock.SIGNED_OUT, JobDeeds(delete=True)),
    ],
)
def test_what_can_be_done_with_it(change: dict[str, Any], block: UnfinishedBlock | None, expected: JobDeeds) -> None:
    local = replace(OPEN, **change)
    (line,) = job_lines((local,), (), "")
    assert deeds(line, local, block=block, failed=0, connected=True, busy=False) == expected
    assert not deeds(line, local, block=block, failed=0, connected=True, busy=True).go_on


def test_going_on_and_sending_again_what_failed(room: Room, jobs: JobsController, uploads: Uploads) -> None:
    room.services.jobs.is_job_of.return_value = True
    choose(jobs, room, OPEN.job)
    jobs.go_on()
    room.gateway.finish()
    assert uploads.requests == [(OPEN.request, OPEN.job)]
    choose(jobs, room, DONE.job)
    one = next(TWO.instances())
    room.services.jobs.failed.return_value = frozenset({(str(one.location.path), one.location.member)})
    jobs.retry()
    room.gateway.finish()
    room.services.jobs.failed.assert_called_once_with(DONE.job, ["1.9"])
    assert uploads.requests[1] == (DONE.request, "")  # a new job
    assert [each.instance for each in uploads.made[1].instances()] == [one]


def test_nothing_is_sent_again_where_nothing_of_it_is_left(room: Room, jobs: JobsController, uploads: Uploads) -> None:
    room.services.jobs.failed.return_value = frozenset()
    choose(jobs, room, DONE.job)
    jobs.retry()
    room.gateway.finish()
    assert uploads.made == []
    assert room.messages.show_message.call_args.args[1] is Severity.ERROR


def test_key_list_and_receipt_are_saved_where_the_user_says(
    room: Room, jobs: JobsController, saving: Saving, tmp_path: Path
) -> None:
    room.services.jobs.receipt.return_value = COMPLETE
    choose(jobs, room, DONE.job)
    jobs.save_key_list()
    saving.key_list_path_chosen(tmp_path / "list.xlsx")
    saving.key_list_path_chosen(tmp_path / "nobody-asked.xlsx")
    room.gateway.finish()
    room.services.write_key_list.assert_called_once_with(KEY_LIST, tmp_path / "list.xlsx")
    room.services.jobs.key_list_saved.assert_called_once_with(DONE.job)
    jobs.save_receipt()
    saving.receipt_path_chosen(tmp_path / "receipt.html")
    room.gateway.finish()
    page = (tmp_path / "receipt.html").read_text(encoding="utf-8")
    assert "1001" not in page  # no PatientID, unless it is asked for


def test_deleting_and_canceling_need_a_second_word(room: Room, jobs: JobsController) -> None:
    choose(jobs, room, DONE.job)
    jobs.ask_to_delete()
    room.window.ask_to_delete_traces.assert_called_once_with(key_list_saved=False, unfinished=False)
    assert not room.services.jobs.delete.called
    choose(jobs, room, ELSEWHERE.job)
    jobs.ask_to_cancel()
    assert not room.services.jobs.give_up.called
    jobs.cancel()
    jobs.cancel()
    room.gateway.finish()
    room.services.jobs.give_up.assert_called_once_with(SERVER, "0123456789abcdef", ELSEWHERE.job)


class TestUnsavedKeyLists:
    @pytest.fixture
    def key_lists(self, room: Room, server: Server, view: Mock) -> KeyListsController:
        made = KeyListsController(
            room.desk,
            view=view,
            window=room.window,
            messages=room.messages,
            gateway=room.gateway,
            services=room.services,
            words=room.words,
        )
        made.start()
        room.gateway.finish()
        return made

    @pytest.mark.usefixtures("key_lists")
    def test_they_are_counted_at_the_start_without_a_message(self, room: Room, view: Mock) -> None:
        view.set_unsaved.assert_called_once_with(2)
        room.window.set_unsaved.assert_called_once_with(1)  # the other one is still to be gone on with
        assert not room.messages.show_message.called

    @pytest.mark.usefixtures("key_lists")
    def test_it_is_said_after_an_upload_until_it_is_saved(self, room: Room) -> None:
        for sending in (True, False):
            room.desk.sending = sending
            room.desk.tell(Change.SENDING)
        room.gateway.finish()
        topic, severity, text = room.messages.show_message.call_args.args
        assert (topic, severity) == ("key-list", Severity.WARNING)
        assert text.title.startswith("2 key lists were never saved")
        room.services.jobs.local.return_value = (replace(DONE, saved=True), replace(OPEN, mode="none"))
        room.desk.tell(Change.JOBS)
        room.gateway.finish()
        assert room.messages.dismiss.call_args.args == ("key-list",)
        assert room.window.set_unsaved.call_args.args == (0,)

    @pytest.mark.parametrize("change", [{"saved": True}, {"mode": "none"}, {"stored": 0}, {"key_list": False}], ids=str)
    def test_only_what_somebody_could_need_is_asked_for(self, change: dict[str, Any]) -> None:
        assert DONE.unsaved
        assert not replace(DONE, **change).unsaved

    def test_closing_asks_first_and_shows_the_uploads(self, window: MainWindow) -> None:
        window.show()
        window.set_unsaved(1)
        assert not window.close()
        (asked,) = window.findChildren(Confirmation)
        shown = Mock()
        window.jobs_shown.connect(shown)
        asked._choose_second()
        shown.assert_called_once_with(True)
        assert window.jobs_visible
        assert not window.close()
        second = next(each for each in window.findChildren(Confirmation) if each.isVisible())
        second.accept()
        assert not window.isVisible()


def test_the_page_is_left_by_the_next_step_and_not_by_the_end_of_an_upload(window: MainWindow) -> None:
    shown = Mock()
    window.jobs_shown.connect(shown)
    window.show_step(Step.SEND)
    window.toggle_jobs()
    window.show_step(Step.SEND, finished=True)
    assert window.jobs_visible
    window.show_step(Step.CHECK)
    assert not window.jobs_visible
    assert [call.args for call in shown.call_args_list] == [(True,), (False,)]


def test_why_the_server_is_not_reached_is_said_in_the_language_of_the_moment(
    window: MainWindow, languages: Languages
) -> None:
    window.jobs.set_look(ServerLook.UNREACHABLE, errors.explain(ServerUnreachable()))
    languages.use("de")
    QCoreApplication.processEvents()
    assert window.jobs._state.text().startswith("Es gibt noch keine Uploads. Der Server antwortet nicht.")


def test_the_page_keeps_looking_at_the_chosen_job_when_a_newer_one_comes(qapp: QApplication) -> None:
    page = JobsPage()
    chosen = Mock()
    page.job_chosen.connect(chosen)
    first, *_ = job_lines((DONE,), (), "")
    newer, *_ = job_lines((), (ELSEWHERE,), "")
    page.show_jobs((first,), "")
    chosen.assert_called_once_with(first.job)
    page.show_jobs((newer, first), first.job)
    assert page._list.currentIndex().row() == 1
    chosen.assert_called_once_with(first.job)
    page.deleteLater()


@pytest.fixture
def job_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, studies: Path) -> str:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))
    choice = InternalChoice("Radiology")
    plan = make_plan(scan([studies]), choice, profile="research", site_key=b"k" * 32, destination="archive")
    return Upload(plan, SERVER, "0123456789abcdef", journal=journal_path(), request=request_of(WANTED)).queue()


def test_a_job_that_another_window_sends_is_not_offered_and_not_deleted(room: Room, job_on_disk: str) -> None:
    stored = StoredJobs(lambda _: DIRECT)

    def local() -> LocalJob:
        (job,) = stored.local()
        return job

    assert not local().running
    with Claim(journal_path()) as other:
        other.take(job_on_disk)
        assert local().running
        with pytest.raises(JobRunsElsewhere):
            stored.delete(job_on_disk)
    assert [row.patient_id for row in stored.key_list(job_on_disk).rows]
    assert stored.receipt(job_on_disk) is None
    stored.delete(job_on_disk)
    assert stored.local() == ()


def test_a_key_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = (KeyListRow("=1+1", "'x", "2 of 2", "1.2", "1.2.3"), KeyListRow("0007", "b"))
    path = tmp_path / "list.csv"
    write_key_list(KeyList(Mode.BATCH, rows), path)
    assert read_key_list(path, Mode.BATCH).rows == rows
    for damage in (b"", b"a,b\n", b"\xff\xfe", b"PatientID,Pseudonym\n1\n"):
        path.write_bytes(damage)
        with pytest.raises(KeyListError):
            read_key_list(path, Mode.BATCH)


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_question_is_cut(window: MainWindow, languages: Languages, language: str) -> None:
    languages.use(language)
    for asked in (
        questions.delete_traces(window, key_list_saved=False, unfinished=True),
        questions.trust(window, "adit.example.org", ":".join(["AB"] * 32)),
        questions.close_without_key_lists(window, 2),
        questions.cancel_job(window),
    ):
        asked.open()
        QCoreApplication.processEvents()
        for label in asked.findChildren(QLabel):
            assert label.height() >= label.heightForWidth(label.width()), label.text()
        asked.reject()
