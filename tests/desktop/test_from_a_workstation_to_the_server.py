"""The whole way with real parts: storescu, the window, a receiver; then nothing of the patient is left in the inbox."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.account.settings import Settings, inbox_dir
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.picture import NothingKept, leave
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.values import Sent, Step
from adit_uploader.desktop.wiring import Program, build
from adit_uploader.dicom.inventory import LeftOutReason
from adit_uploader.pseudonyms.mode import Mode
from tests.parts.receiver import Receiver
from tests.receiving.senders import WORKSTATION, made_up, received, save, store

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    made = Receiver(tmp_path / "receiver")
    made.data.mkdir()
    (tmp_path / "delivered").mkdir()
    made.destination("archive", "--folder", str(tmp_path / "delivered"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def program(no_leaks: None, languages: Languages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))
    settings = Settings(receiving=ReceivingSettings(enabled=True, port=0, callers=(WORKSTATION,)))
    services = replace(real_services(settings), tokens=NothingKept(), save_settings=leave)
    made = build(settings, services, languages)
    made.window.show()
    yield made
    made.close()
    made.window.set_unsaved(0)  # else it asks for key lists first
    made.window.set_busy(False)
    made.window.close()
    made.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def images(program: Program) -> int:
    plan = program.desk.plan
    return plan.counts.to_send if plan is not None else 0


def port_of(program: Program, receiver: Receiver, until: Until) -> int:
    """Signed in, and listening."""
    token = receiver.user("anna", destinations=("archive",)).read_text(encoding="utf-8").strip()
    program.account.sign_in(receiver.url, token)
    until(lambda: program.desk.account is not None)
    program.receiving.start()
    until(lambda: "port" in program.window.receiving.text)
    return int(program.window.receiving.text.rpartition(" ")[2])


def test_what_is_stored_at_the_server_goes_from_this_computer(
    program: Program, receiver: Receiver, until: Until, tmp_path: Path
) -> None:
    port = port_of(program, receiver, until)
    assert store(port, *save(tmp_path / "sent", [made_up(1), made_up(2)])).returncode == 0
    program.naming.choose(Mode.INTERNAL)
    until(lambda: images(program) == 2)
    assert program.window.step is Step.CHECK
    assert len(received(inbox_dir())) == 2
    program.sending.send()
    until(lambda: program.desk.sent is not None)
    assert program.desk.sent is Sent.WHOLE
    until(lambda: received(inbox_dir()) == [])
    assert len(list((tmp_path / "delivered").rglob("*.dcm"))) == 2
    assert store(port, *save(tmp_path / "late", [made_up(3)])).returncode == 0
    until(lambda: "Received for the next upload: 1 image." in program.window.receiving.text)
    program.finding.clear()
    until(lambda: images(program) == 1)
    assert len(received(inbox_dir())) == 1


def test_what_a_workstation_sent_twice_is_sent_once_and_both_go_from_this_computer(
    program: Program, receiver: Receiver, until: Until, tmp_path: Path
) -> None:
    port = port_of(program, receiver, until)
    sent = save(tmp_path / "sent", [made_up(1), made_up(2)])
    for _ in range(2):
        assert store(port, *sent).returncode == 0
    program.naming.choose(Mode.INTERNAL)
    until(lambda: images(program) == 2 and len(program.desk.inventory.left_out) == 2)
    assert {one.reason for one in program.desk.inventory.left_out} == {LeftOutReason.DUPLICATE}
    program.sending.send()
    until(lambda: program.desk.sent is Sent.WHOLE)
    until(lambda: received(inbox_dir()) == [])
    assert len(list((tmp_path / "delivered").rglob("*.dcm"))) == 2
