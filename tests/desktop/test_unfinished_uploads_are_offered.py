"""After a restart: which upload was cut, how much of it is left, and what can be done with it."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from PySide6.QtWidgets import QWidget

from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import journal_path
from adit_uploader.deid.blanking.areas import Blanking
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.resuming import ResumingController
from adit_uploader.desktop.controllers.sending import SendingController
from adit_uploader.desktop.job_values import LocalJob, UnfinishedBlock, UnfinishedState
from adit_uploader.desktop.request import Wanted, areas_of, blanking_of, request_of, wanted_of
from adit_uploader.desktop.stored_jobs import StoredJobs, common_folder
from adit_uploader.desktop.values import Severity
from adit_uploader.desktop.views.unfinished_box import UnfinishedBox
from adit_uploader.dicom.scan import scan
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.transfer.line import DIRECT
from adit_uploader.transfer.plan import make_plan
from adit_uploader.transfer.upload import Upload
from tests.desktop.parts import SERVER, TWO, signed_in, welcome
from tests.desktop.room import Room
from tests.desktop.states.made_up import AREAS
from tests.desktop.uploads import Uploads

WANTED = Wanted(("/made-up",), "internal", "research", "archive")
JOB = LocalJob(
    job="1" * 32,
    created=1_700_000_000.0,
    server=SERVER.key,
    destination="archive",
    mode="internal",
    state="open",
    images=4,
    stored=1,
    delivered=0,
    refused=0,
    held=0,
    folder="/made-up",
    key_list=True,
    saved=False,
    request=request_of(WANTED),
)


@pytest.fixture
def resuming(room: Room, controller: SendingController) -> ResumingController:
    room.services.jobs.local.return_value = (JOB,)
    room.services.scan.return_value = TWO
    made = ResumingController(
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
    made.start()
    room.gateway.finish()
    return made


def shown(room: Room) -> UnfinishedState | None:
    state = room.last(room.unfinished.show_unfinished)
    assert state is None or isinstance(state, UnfinishedState)
    return state


def test_an_open_job_is_offered_with_what_is_left(room: Room, resuming: ResumingController) -> None:
    state = shown(room)
    assert state is not None
    assert (state.left, state.images, state.folder, state.destination) == (3, 4, "/made-up", "archive")
    assert state.block is None


@pytest.mark.usefixtures("resuming")
@pytest.mark.parametrize(
    ("change", "offered"),
    [({"state": "finished"}, False), ({"state": "canceled"}, False), ({"stored": 4}, False), ({"refused": 1}, True)],
)
def test_only_what_is_left_is_offered(
    room: Room, resuming: ResumingController, change: dict[str, object], offered: bool
) -> None:
    room.services.jobs.local.return_value = (replace(JOB, **change),)  # type: ignore[arg-type]  # of several kinds
    resuming.start()
    room.gateway.finish()
    assert (shown(room) is not None) is offered


def test_it_goes_on_under_its_own_id_with_the_same_plan(
    room: Room, resuming: ResumingController, uploads: Uploads
) -> None:
    room.services.jobs.is_job_of.return_value = True
    resuming.go_on()
    room.gateway.finish()
    assert uploads.requests == [(JOB.request, JOB.job)]
    assert uploads.made[0].counts.to_send == 4
    assert [Path("/made-up")] == room.services.scan.call_args.args[0]
    assert shown(room) is None


def test_a_job_that_was_a_part_goes_on_as_that_part(room: Room, resuming: ResumingController, uploads: Uploads) -> None:
    one = next(TWO.instances())
    room.services.jobs.is_job_of.side_effect = [False, True]
    room.services.jobs.places.return_value = frozenset({(str(one.location.path), one.location.member)})
    resuming.go_on()
    room.gateway.finish()
    assert [each.instance for each in uploads.made[0].instances()] == [one]


def test_who_signs_in_as_somebody_else_during_the_search_sends_nothing(
    room: Room, resuming: ResumingController, uploads: Uploads
) -> None:
    room.services.jobs.is_job_of.return_value = True
    resuming.go_on()
    room.desk.account = signed_in(welcome(department="Cardiology"))
    room.gateway.finish()
    assert uploads.made == []
    assert room.messages.show_message.call_args.args[2].title == "The plan does not fit the server any more"


def test_other_files_than_then_are_said_and_nothing_is_sent(
    room: Room, resuming: ResumingController, uploads: Uploads
) -> None:
    room.services.jobs.is_job_of.return_value = False
    room.services.jobs.places.return_value = frozenset()
    resuming.go_on()
    room.gateway.finish()
    assert uploads.made == []
    assert room.messages.show_message.call_args.args[1] is Severity.ERROR
    assert room.messages.show_message.call_args.args[2].title == "This is not the upload that was begun"
    assert shown(room) is not None


@pytest.mark.parametrize(
    ("job", "block"),
    [
        (replace(JOB, request='{"folder": "/x", "words": []}'), UnfinishedBlock.MADE_ELSEWHERE),
        (replace(JOB, server="wss://other:443"), UnfinishedBlock.OTHER_SERVER),
    ],
)
def test_what_can_t_go_on_here_says_why(
    room: Room, resuming: ResumingController, uploads: Uploads, job: LocalJob, block: UnfinishedBlock
) -> None:
    room.services.jobs.local.return_value = (job,)
    resuming.start()
    room.gateway.finish()
    state = shown(room)
    assert state is not None
    assert state.block is block
    resuming.go_on()
    room.gateway.finish()
    assert uploads.made == []


def test_without_a_sign_in_it_waits_for_one(room: Room, resuming: ResumingController) -> None:
    account, room.desk.account = room.desk.account, None
    room.desk.tell(Change.ACCOUNT)
    state = shown(room)
    assert state is not None
    assert state.block is UnfinishedBlock.SIGNED_OUT
    room.desk.account = account
    room.desk.tell(Change.ACCOUNT)
    state = shown(room)
    assert state is not None
    assert state.block is None


def test_not_now_leads_to_the_next_and_deleting_needs_a_second_word(room: Room, resuming: ResumingController) -> None:
    room.services.jobs.local.return_value = (JOB, replace(JOB, job="2" * 32, saved=True))
    resuming.start()
    room.gateway.finish()
    resuming.leave()
    resuming.ask_to_delete()
    room.window.ask_to_delete_traces.assert_called_once_with(key_list_saved=True, unfinished=True)
    assert not room.services.jobs.delete.called
    resuming.delete()
    resuming.delete()
    room.gateway.finish()
    room.services.jobs.delete.assert_called_once_with("2" * 32)
    assert shown(room) is None


def test_what_was_asked_for_comes_back_as_it_was() -> None:
    blanking = Blanking(320, 240, AREAS)
    wanted = replace(WANTED, blanked={"1.2": areas_of(blanking)}, released=("1.3",), pseudonym="Study-17")
    read = wanted_of(request_of(wanted))
    assert read == wanted
    assert blanking_of(read.blanked["1.2"]) == blanking
    for strange in ("", "{", '{"folder": "/x", "words": []}', '{"made_in": "elsewhere", "wanted": {}}'):
        assert wanted_of(strange) is None
    assert "Study-17" not in repr(wanted)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.usefixtures("home")
def test_journal_and_key_list_are_found_again_and_deleted_together(studies: Path) -> None:
    stored = StoredJobs(lambda _: DIRECT)
    assert stored.local() == ()
    plan = make_plan(
        scan([studies]), InternalChoice("Radiology"), profile="research", site_key=b"k" * 32, destination="archive"
    )
    server = ServerAddress.parse("https://adit.example.org")
    upload = Upload(plan, server, "0123456789abcdef", journal=journal_path(), request=request_of(WANTED))
    job = upload.queue()
    (line,) = stored.local()
    assert (line.job, line.state, line.images, line.left) == (job, "open", plan.counts.to_send, plan.counts.to_send)
    assert Path(line.folder).is_relative_to(studies)
    assert (line.key_list, line.saved) == (True, False)
    assert stored.is_job_of(job, plan.fingerprint(server.key))
    assert len(stored.places(job)) == plan.counts.to_send
    stored.key_list_saved(job)
    assert stored.local()[0].saved
    stored.delete(job)
    assert stored.local() == ()
    left = [path.name for path in journal_path().parent.rglob("*") if path.is_file()]
    assert all(name.startswith("journal.sqlite3") for name in left)
    for patient in plan.patients:
        assert patient.patient.patient_id.encode() not in journal_path().read_bytes()


def test_the_folder_of_all_files_is_named() -> None:
    assert common_folder(["/a/b/c.dcm", "/a/b/d/e.dcm"]) == "/a/b"
    assert common_folder([]) == ""


def test_the_box_says_why_it_can_t_go_on(no_leaks: None) -> None:
    around = QWidget()
    box = UnfinishedBox(around)
    state = UnfinishedState(1_700_000_000.0, "archive", SERVER.key, "/made-up", 3, 4, 1, UnfinishedBlock.SIGNED_OUT)
    box.show_unfinished(state)
    assert not box._go_on.isEnabled()
    assert box._go_on.accessibleDescription() == "Sign in to go on with it."
    asked = Mock()
    for signal in (box.go_on_wanted, box.leave_wanted, box.delete_wanted):
        signal.connect(asked)
    box.show_unfinished(replace(state, block=None))
    for button in (box._go_on, box._leave, box._delete):
        button.click()
    assert asked.call_count == 3
    box.show_unfinished(None)
    assert box.isHidden()
    around.deleteLater()
