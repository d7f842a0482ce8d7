"""What happens in the window is written down as events, and saved with facts about the screen."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QLabel

from adit_uploader.account.settings import Settings
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.diagnosing import DiagnosingController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.wiring import build
from adit_uploader.diagnostics.log import Event, EventLog, log_path
from adit_uploader.transfer.errors import ServerUnreachable
from tests.desktop.parts import TWO, signed_in
from tests.desktop.room import Room


@pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
def test_the_help_menu_saves_a_bundle_without_the_names_on_the_desk(
    no_leaks: None,
    languages: Languages,
    until: Callable[[Callable[[], bool]], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))
    program = build(Settings(), real_services(Settings()), languages)
    window, desk = program.window, program.desk
    try:
        program.diagnosing.opened()
        window.show()
        desk.inventory, desk.found_in = TWO, (tmp_path / "Quillfeather",)
        desk.tell(Change.INVENTORY)
        window.panel.account.set_error(program.words.explain(ServerUnreachable("Quillfeather")))
        next(one for one in window.findChildren(QAction) if "diagnostic" in one.text()).trigger()
        (dialog,) = window.findChildren(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / "help.zip"))
        dialog.close()
        until(lambda: any(label.text() == "Saved" for label in window.messages.findChildren(QLabel)))
    finally:
        program.close()
        window.close()
        window.deleteLater()
    with zipfile.ZipFile(tmp_path / "help.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    shown, log = json.loads(texts["window.json"]), json.loads(texts["log.json"])
    assert (shown["platform"], shown["language"]) == ("offscreen", "en_US")
    assert shown["screens"]
    assert [one["event"] for one in log] == ["window-opened", "search-ended", "error"]
    assert log[1]["patients"] == len(TWO.patients)
    assert log[2]["kind"] == "ServerUnreachable"
    everything = "\n".join(texts.values())
    for patient in TWO.patients:
        assert patient.patient_id not in everything
    assert "Quillfeather" not in everything
    assert [one["event"] for one in EventLog(log_path()).read()][-1] == "window-closed"


def test_events_are_counted_and_told_once(room: Room) -> None:
    log = Mock(spec=EventLog)
    DiagnosingController(room.desk, log=log, services=room.services, saving=Mock())
    room.desk.account = signed_in()
    for _ in range(2):
        room.desk.tell(Change.ACCOUNT)
    room.desk.scanning, room.desk.found_in = True, (Path("/a"),)
    room.desk.tell(Change.INVENTORY)
    room.desk.sending = True
    for _ in range(2):
        room.desk.tell(Change.SENDING)
    room.desk.sending, room.desk.account = False, None
    room.desk.tell(Change.SENDING)
    room.desk.tell(Change.ACCOUNT)
    told = [call.args[0] for call in log.note.call_args_list]
    assert told == [Event.SIGNED_IN, Event.SENDING, Event.SENT, Event.SIGNED_OUT]
