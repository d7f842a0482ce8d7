"""From a real storescu to rows in Check, through the real window; and what becomes of the files."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton

from adit_uploader.account.managed import Managed, managed
from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.account.settings import Settings, inbox_dir, journal_path
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.values import Step
from adit_uploader.desktop.views.confirmation import Confirmation
from adit_uploader.desktop.views.receiving_dialog import ReceivingDialog
from adit_uploader.desktop.wiring import Program, build
from adit_uploader.receiving.inbox import FLOOR
from adit_uploader.transfer.journal import JobState, Journal, NewInstance
from adit_uploader.transfer.notes import InstanceState, Note
from tests.receiving.senders import WORKSTATION, listening, made_up, received, save, store
from tests.soak.faults.small_disk import SmallDisk, small_disk

# the platform without a screen says that it can't pass sizes on to a window manager
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

Until = Callable[[Callable[[], bool]], None]
Make = Callable[..., Program]
ON = ReceivingSettings(enabled=True, port=0, callers=(WORKSTATION,))


@pytest.fixture
def make(no_leaks: None, languages: Languages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """The real program, which keeps everything in a folder of the test."""
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))
    made: list[Program] = []

    def make_one(receiving: ReceivingSettings = ON, fixed: Managed | None = None) -> Program:
        settings = Settings(receiving=receiving)
        made.append(build(settings, real_services(settings), languages, fixed or Managed()))
        made[-1].window.show()
        made[-1].receiving.start()
        return made[-1]

    yield make_one
    for program in made:
        program.close()
        program.window.close()
        program.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of its own for what is received; to be asked for before the program."""
    with small_disk(tmp_path / "home" / "data" / "inbox", FLOOR + 8 * 1024 * 1024) as made:
        yield made


def strip(program: Program) -> str:
    return program.window.receiving.text if program.window.receiving.isVisible() else ""


def port_of(program: Program, until: Until) -> int:
    """Where it listens, as the window says it."""
    until(lambda: "port" in strip(program) or "Port" in strip(program))
    return int(strip(program).rpartition(" ")[2])


def found(program: Program) -> int:
    return sum(
        len(series.instances)
        for patient in program.desk.inventory.patients
        for study in patient.studies
        for series in study.series
    )


def opened(program: Program) -> ReceivingDialog:
    action = next(one for one in program.window.findChildren(QAction) if "workstations" in one.text())
    action.trigger()
    assert program.window.receiving_settings.isVisible()
    return program.window.receiving_settings


def field(dialog: ReceivingDialog, label: str) -> QLineEdit:
    (made,) = (one.buddy() for one in dialog.findChildren(QLabel) if label in one.text().replace("&", ""))
    assert isinstance(made, QLineEdit)
    return made


def typed(widget: QLineEdit, text: str) -> None:
    widget.clear()
    QTest.keyClicks(widget, text)


def press(dialog: ReceivingDialog | Confirmation, text: str) -> None:
    (button,) = (one for one in dialog.findChildren(QPushButton) if one.text().replace("&", "") == text)
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def said(dialog: ReceivingDialog) -> str:
    return "\n".join(one.text() for one in dialog.findChildren(QLabel) if one.isVisible())


def send(port: int, folder: Path, *numbers: int) -> None:
    sent = store(port, *save(folder, [made_up(number) for number in numbers]))
    assert sent.returncode == 0, sent.stderr


def test_what_a_workstation_sends_appears_in_check_like_a_drop_and_adds_up(
    make: Make, until: Until, tmp_path: Path
) -> None:
    program = make()
    port = port_of(program, until)
    send(port, tmp_path / "a", 1, 2, 3)
    until(lambda: found(program) == 3)
    assert program.window.step is Step.CHECK
    send(port, tmp_path / "b", 4)
    until(lambda: found(program) == 4)
    assert len(received(inbox_dir())) == 4
    until(lambda: strip(program).startswith("Ready to receive"))


def test_it_is_off_until_somebody_switches_it_on_and_named_as_long_as_it_is_on(make: Make, until: Until) -> None:
    program = make(ReceivingSettings())
    until(lambda: program.background.idle)
    assert strip(program) == ""
    dialog = opened(program)
    (switch,) = dialog.findChildren(QCheckBox)
    assert not switch.isChecked()
    assert field(dialog, "Port").text() == "11112"
    assert field(dialog, "AE title of this").text() == "ADITUPLOADER"
    switch.setChecked(True)
    press(dialog, "Save")
    assert "Nobody may send to this computer yet" in said(dialog)
    typed(field(dialog, "Workstations that may"), "WORKSTATION1; WORKSTATION2,WORKSTATION1")
    typed(field(dialog, "Port"), "none")
    press(dialog, "Save")
    assert "This is not a port" in said(dialog)
    assert not Settings.load().receiving.enabled
    with listening(inbox_dir().with_name("elsewhere")) as other:
        typed(field(dialog, "Port"), str(other.port))
        press(dialog, "Save")
        assert not dialog.isVisible()
        until(lambda: any("the port is taken" in text for text in program.window.messages.texts))
        until(lambda: program.background.idle)
        assert strip(program) == ""
    kept = Settings.load().receiving
    assert (kept.enabled, kept.address, kept.callers) == (True, "127.0.0.1", ("WORKSTATION1", "WORKSTATION2"))
    program.receiving.save(ON)
    port_of(program, until)
    program.receiving.save(ReceivingSettings())
    until(lambda: program.background.idle)
    assert strip(program) == ""


def test_listening_to_the_network_is_chosen_by_hand_and_warned_of(
    make: Make, until: Until, languages: Languages
) -> None:
    program = make(ReceivingSettings())
    dialog = opened(program)
    assert "Other computers in the network" not in said(dialog)
    (where,) = dialog.findChildren(QComboBox)
    where.setCurrentIndex(1)
    where.activated.emit(1)
    assert "Other computers in the network can then send to this one" in said(dialog)
    assert "not encrypted" in said(dialog)
    dialog.findChildren(QCheckBox)[0].setChecked(True)
    typed(field(dialog, "Workstations that may"), WORKSTATION)
    press(dialog, "Save")
    assert "This is not an address of a computer" in said(dialog)
    (address,) = (
        one for one in dialog.findChildren(QLineEdit) if one.accessibleName() == "IP address of this computer"
    )
    typed(address, "192.0.2.10")
    typed(field(dialog, "may connect"), "192.0.2.300")
    press(dialog, "Save")
    assert "This is not an address of a workstation" in said(dialog)
    languages.use("de")
    QCoreApplication.processEvents()
    assert "Andere Computer im Netz können dann an diesen senden" in said(dialog)
    assert "Das ist keine Adresse einer Workstation" in said(dialog)
    dialog.reject()
    until(lambda: program.background.idle)


def test_who_is_refused_is_named_in_both_languages(
    make: Make, until: Until, tmp_path: Path, languages: Languages
) -> None:
    program = make()
    port = port_of(program, until)
    assert store(port, *save(tmp_path / "a", [made_up(1)]), calling="STRANGER").returncode != 0
    until(lambda: any(text.startswith("Refused: STRANGER") for text in program.window.messages.texts))
    languages.use("de")
    QCoreApplication.processEvents()
    assert any(text.startswith("Abgelehnt: STRANGER") for text in program.window.messages.texts)
    assert strip(program).startswith("Bereit zum Empfang von Workstations: ADITUPLOADER, 127.0.0.1, Port ")
    assert received(inbox_dir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="disks of memory are Linux's")
def test_a_full_disk_is_said_and_when_there_is_room_again_it_goes_on(
    disk: SmallDisk, make: Make, until: Until, languages: Languages, tmp_path: Path
) -> None:
    program = make()
    port = port_of(program, until)
    send(port, tmp_path / "a", 1)
    until(lambda: found(program) == 1)
    disk.fill(left=FLOOR - 1)
    assert store(port, *save(tmp_path / "b", [made_up(2)])).returncode != 0
    title = f"Not everything from {WORKSTATION} was taken"
    until(lambda: any(text.startswith(title) for text in program.window.messages.texts))
    (said,) = program.window.messages.texts
    assert said == f"{title} There is too little room on this computer. Make room, then send again at the workstation."
    languages.use("de")
    QCoreApplication.processEvents()
    assert "Auf diesem Computer ist zu wenig Platz." in program.window.messages.texts[0]
    assert len(received(inbox_dir())) == found(program) == 1
    disk.empty()
    send(port, tmp_path / "c", 2)
    until(lambda: found(program) == 2)


def test_whoever_manages_the_computer_can_forbid_it_or_fix_how(make: Make, until: Until) -> None:
    program = make(ON, Managed(receive=False))
    until(lambda: program.background.idle)
    assert strip(program) == ""
    dialog = opened(program)
    (switch,) = dialog.findChildren(QCheckBox)
    assert (switch.isEnabled(), switch.isChecked()) == (False, False)
    assert switch.accessibleDescription() == "Set by your IT department."
    typed(field(dialog, "Port"), "11113")
    press(dialog, "Save")
    until(lambda: program.background.idle)
    assert strip(program) == ""
    assert program.desk.settings.receiving.enabled, "what the user has set stays theirs"
    fixed = Managed(receive=True, receive_port=None, receive_callers=("PACS1",), receive_ae_title="HOUSE")
    assert fixed.receiving(ReceivingSettings()) == ReceivingSettings(enabled=True, callers=("PACS1",), ae_title="HOUSE")
    assert fixed.fixed_receiving == {"enabled", "callers", "ae_title"}


def test_nothing_is_received_where_it_can_t_be_read_what_it_allows(make: Make, until: Until, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "managed.json").write_text('{"receive": fal')
    program = make()
    until(lambda: any("settings of this computer can't be read" in text for text in program.window.messages.texts))
    until(lambda: program.background.idle)
    assert strip(program) == ""


def test_the_file_and_the_policy_say_it(tmp_path: Path) -> None:
    path = tmp_path / "managed.json"
    path.write_text(json.dumps({"receive": True, "receive_callers": ["PACS1"], "receive_port": 4242}))
    read = managed(path, lambda: {"receive": 0, "receive_peers": ["192.0.2.0/24"]})
    assert read == Managed(
        receive=False, receive_callers=("PACS1",), receive_port=4242, receive_peers=("192.0.2.0/24",)
    )


def test_what_comes_while_an_upload_runs_waits_for_the_next_one(make: Make, until: Until, tmp_path: Path) -> None:
    program = make()
    port = port_of(program, until)
    send(port, tmp_path / "a", 1)
    until(lambda: found(program) == 1)
    first = program.desk.found_in
    program.desk.sending = True
    program.window.show_step(Step.SEND)
    program.desk.tell(Change.SENDING)
    send(port, tmp_path / "b", 2, 3)
    until(lambda: "Received for the next upload: 2 images." in strip(program))
    assert program.desk.found_in == first
    program.desk.sending = False
    program.desk.tell(Change.SENDING)
    until(lambda: program.window.receiving.isVisible() and not program.desk.scanning)
    assert program.desk.found_in == first, "the receipt is not taken away"
    program.finding.clear()
    until(lambda: found(program) == 2)
    assert set(program.desk.found_in).isdisjoint(first)


def test_files_are_deleted_when_their_upload_has_ended_and_no_other_needs_them(make: Make, until: Until) -> None:
    program = make(ReceivingSettings())
    names = ("stored", "refused", "open", "both", "unknown")
    paths = {name: inbox_dir() / "sitting" / f"{name}.dcm" for name in names}
    paths["stored"].parent.mkdir(parents=True)
    for name, path in paths.items():
        path.write_text(name)
    with Journal(journal_path()) as journal:
        begin(journal, "ended", [paths["stored"], paths["refused"], paths["both"]])
        notes = (InstanceState.STORED, InstanceState.REFUSED, InstanceState.DELIVERED)
        journal.note("ended", [Note(number, state) for number, state in enumerate(notes)])
        begin(journal, "cut", [paths["open"], paths["both"]])
        journal.note("cut", [Note(0, InstanceState.STORED), Note(1, InstanceState.STORED)])
    program.services.inbox.clear_sent()
    assert all(path.exists() for path in paths.values()), "both uploads are open"
    with Journal(journal_path()) as journal:
        journal.close_job("ended", JobState.FINISHED)
    program.services.inbox.clear_sent()
    assert [name for name in names if not paths[name].exists()] == ["stored"]
    look = program.services.inbox.look()
    assert (set(look.paths), look.needed) == ({paths["refused"], paths["unknown"]}, 2)
    program.services.inbox.delete([paths["refused"], paths["open"]])
    assert [name for name in names if not paths[name].exists()] == ["stored", "refused"]
    with Journal(journal_path()) as journal:
        journal.close_job("cut", JobState.CANCELED)
    program.services.inbox.clear_sent()
    assert [name for name in names if paths[name].exists()] == ["open", "unknown"]
    until(lambda: program.background.idle)


def test_what_lies_here_from_earlier_is_named_shown_and_deleted_on_request(
    make: Make, until: Until, tmp_path: Path
) -> None:
    program = make()
    send(port_of(program, until), tmp_path / "a", 1, 2)
    until(lambda: found(program) == 2)
    program.close()
    again = make(ReceivingSettings())
    named = "2 received images from earlier were not uploaded"
    until(lambda: any(text.startswith(named) for text in again.window.messages.texts))
    assert found(again) == 0
    dialog = opened(again)
    until(lambda: "2 received images lie on this computer" in said(dialog))
    press(dialog, "Show them in Check")
    until(lambda: found(again) == 2)
    dialog = opened(again)
    press(dialog, "Delete them …")
    question = next(one for one in again.window.findChildren(Confirmation) if one.isVisible())
    assert question.windowTitle() == "Delete 2 received images?"
    assert len(received(inbox_dir())) == 2
    press(question, "Delete")
    until(lambda: "No received images lie on this computer." in said(dialog))
    assert received(inbox_dir()) == []
    assert found(again) == 0
    dialog.reject()
    until(lambda: again.background.idle)


def test_a_copy_goes_with_what_is_stored_unless_an_upload_needs_one_of_them(make: Make, until: Until) -> None:
    program = make(ReceivingSettings())
    names = ("stored", "copy", "copy that is needed", "other", "needed too", "its copy")
    paths = {name: inbox_dir() / "sitting" / f"{name}.dcm" for name in names}
    paths["stored"].parent.mkdir(parents=True)
    texts = dict.fromkeys(names, "x") | {"other": "y"} | dict.fromkeys(("needed too", "its copy"), "z")
    for name, path in paths.items():
        path.write_text(texts[name])
    with Journal(journal_path()) as journal:
        begin(journal, "ended", [paths["stored"], paths["needed too"]])
        journal.note("ended", [Note(number, InstanceState.STORED) for number in range(2)])
        journal.close_job("ended", JobState.FINISHED)
        begin(journal, "open", [paths["copy that is needed"], paths["needed too"]])
    program.services.inbox.clear_sent()
    assert [name for name in names if not paths[name].exists()] == ["stored", "copy"]
    until(lambda: program.background.idle)


def begin(journal: Journal, job: str, paths: list[Path]) -> None:
    journal.begin(
        job,
        fingerprint=job,
        server="wss://adit.example.org:443",
        destination="archive",
        mode="internal",
        profile="research",
        program="test",
        instances=[
            NewInstance(number, f"1.2.{number}", "1.2", str(path), None, 1, 0) for number, path in enumerate(paths)
        ],
    )
