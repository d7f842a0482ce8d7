"""Proxy, own certificates, bandwidth and compression, set in the real window and kept for the next connection."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton

from adit_uploader.account.managed import Managed
from adit_uploader.account.settings import LineSettings, Settings
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.views.line_dialog import LineDialog
from adit_uploader.desktop.wiring import Program, build
from tests.desktop.parts import SERVER

# the platform without a screen says that it can't pass sizes on to a window manager
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

Until = Callable[[Callable[[], bool]], None]
PINS = {SERVER.key: "ab" * 32}


@pytest.fixture
def make(
    no_leaks: None, languages: Languages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Settings, Managed], Program]]:
    """The real program, which keeps its settings in a folder of the test."""
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))
    made: list[Program] = []

    def make_one(settings: Settings, fixed: Managed) -> Program:
        made.append(build(settings, real_services(settings), languages, fixed))
        made[-1].window.show()
        return made[-1]

    yield make_one
    for program in made:
        program.close()
        program.window.close()
        program.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def opened(program: Program) -> LineDialog:
    """By the menu, as a user does it."""
    action = next(one for one in program.window.findChildren(QAction) if one.text().startswith("&Connection"))
    action.trigger()
    dialog = program.window.line
    assert dialog.isVisible()
    return dialog


def field(dialog: LineDialog, label: str) -> QComboBox | QLineEdit:
    (found,) = (one.buddy() for one in dialog.findChildren(QLabel) if label in one.text().replace("&", ""))
    assert isinstance(found, QComboBox | QLineEdit)
    return found


def choose(dialog: LineDialog, label: str, text: str) -> None:
    combo = field(dialog, label)
    assert isinstance(combo, QComboBox)
    combo.setCurrentIndex(combo.findText(text))
    combo.activated.emit(combo.currentIndex())


def typed(widget: QLineEdit | QComboBox, text: str) -> None:
    assert isinstance(widget, QLineEdit)
    widget.clear()
    QTest.keyClicks(widget, text)


def press(dialog: LineDialog, text: str) -> None:
    (button,) = (one for one in dialog.findChildren(QPushButton) if one.text().replace("&", "") == text)
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def said(dialog: LineDialog) -> str:
    return "\n".join(one.text() for one in dialog.findChildren(QLabel) if one.isVisible())


def test_what_is_set_is_written_and_counts_for_the_next_connection(
    make: Callable[[Settings, Managed], Program], until: Until, tmp_path: Path
) -> None:
    authority = tmp_path / "authority.pem"
    trustme.CA().cert_pem.write_to_path(str(authority))
    program = make(Settings(line=LineSettings(pins=PINS)), Managed())
    dialog = opened(program)
    choose(dialog, "Proxy", "This one:")
    (address,) = (one for one in dialog.findChildren(QLineEdit) if one.accessibleName() == "Address of the proxy")
    typed(address, "http://proxy.example.org:3128")
    typed(field(dialog, "authorities"), str(authority))
    typed(field(dialog, "Send at most"), "12.5")
    choose(dialog, "Compress", "Never")
    press(dialog, "Save")
    until(lambda: not dialog.isVisible())
    kept = LineSettings("http://proxy.example.org:3128", str(authority), PINS, 1_562_500, "off")
    assert program.desk.settings.line == kept
    assert Settings.load().line == kept
    dialog = opened(program)
    assert field(dialog, "Send at most").property("text") == "12.5"
    press(dialog, "Forget these certificates")
    choose(dialog, "Proxy", "No proxy")
    press(dialog, "Save")
    until(lambda: not dialog.isVisible())
    assert (Settings.load().line.pins, Settings.load().line.proxy) == ({}, "none")


def test_what_can_t_be_right_is_said_and_not_kept(
    make: Callable[[Settings, Managed], Program], until: Until, tmp_path: Path, languages: Languages
) -> None:
    program = make(Settings(), Managed())
    dialog = opened(program)
    typed(field(dialog, "Send at most"), "fast")
    press(dialog, "Save")
    assert "This is not a speed" in said(dialog)
    typed(field(dialog, "Send at most"), "")
    choose(dialog, "Proxy", "This one:")
    press(dialog, "Save")
    assert "The proxy's address is missing" in said(dialog)
    (address,) = (one for one in dialog.findChildren(QLineEdit) if one.accessibleName() == "Address of the proxy")
    typed(address, "proxy.example.org")
    press(dialog, "Save")
    until(lambda: "The setting of the network's proxy is wrong" in said(dialog))
    choose(dialog, "Proxy", "As the system says")
    no_certificate = tmp_path / "letter.pem"
    no_certificate.write_text("Dear Sir or Madam")
    typed(field(dialog, "authorities"), str(no_certificate))
    press(dialog, "Save")
    until(lambda: "The file of certificate authorities can't be used" in said(dialog))
    languages.use("de")
    QCoreApplication.processEvents()
    assert "Zertifizierungsstellen" in said(dialog)
    assert "authorities" not in said(dialog)
    assert dialog.isVisible()
    assert program.desk.settings == Settings()
    dialog.reject()


def test_what_is_set_for_all_users_is_shown_and_can_t_be_changed(
    make: Callable[[Settings, Managed], Program], until: Until
) -> None:
    own = LineSettings(proxy="http://own.example.org:1", limit_rate=1_000_000, compress="on")
    program = make(Settings(line=own), Managed(proxy="http://theirs.example.org:3128", limit_rate=5_000_000))
    dialog = opened(program)
    assert not field(dialog, "Proxy").isEnabled()
    rate = field(dialog, "Send at most")
    assert (rate.isEnabled(), rate.property("text")) == (False, "40")
    assert rate.accessibleDescription() == "Set by your IT department."
    assert said(dialog).count("Set by your IT department.") == 2
    assert field(dialog, "Compress").isEnabled()
    choose(dialog, "Compress", "Never")
    press(dialog, "Save")
    until(lambda: not dialog.isVisible())
    assert Settings.load().line == LineSettings(own.proxy, "", {}, own.limit_rate, "off")


def test_german_numbers_are_understood(
    make: Callable[[Settings, Managed], Program], until: Until, languages: Languages
) -> None:
    program = make(Settings(line=LineSettings(limit_rate=187_500)), Managed())
    languages.use("de")
    QCoreApplication.processEvents()
    program.line.show()
    dialog = program.window.line
    rate = field(dialog, "senden")
    assert rate.property("text") == "1,5"
    press(dialog, "Speichern")
    until(lambda: not dialog.isVisible())
    assert program.desk.settings.line.limit_rate == 187_500
    program.line.show()
    typed(rate, "2,5")
    press(dialog, "Speichern")
    until(lambda: not dialog.isVisible())
    assert program.desk.settings.line.limit_rate == 312_500


def test_a_folder_that_takes_no_settings_is_said_and_they_count_for_this_session(
    make: Callable[[Settings, Managed], Program], until: Until, tmp_path: Path
) -> None:
    program = make(Settings(), Managed())
    shutil.rmtree(tmp_path / "home", ignore_errors=True)
    (tmp_path / "home").write_text("in the way")
    dialog = opened(program)
    choose(dialog, "Compress", "Always")
    press(dialog, "Save")
    until(lambda: not dialog.isVisible())
    assert program.desk.settings.line.compress == "on"
    assert any("can't be made" in one.text() for one in program.window.messages.findChildren(QLabel))


def test_nobody_changes_the_way_of_an_upload_that_runs(make: Callable[[Settings, Managed], Program]) -> None:
    program = make(Settings(), Managed())
    program.window.set_busy(True)
    program.desk.sending = True
    program.line.show()
    assert not program.window.line.isVisible()
    program.window.set_busy(False)
    program.desk.sending = False
