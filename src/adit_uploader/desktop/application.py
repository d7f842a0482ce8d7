"""Starts the window."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from adit_uploader.account.errors import SettingsError
from adit_uploader.account.settings import Settings
from adit_uploader.desktop import icons
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.smoothness import stay_smooth
from adit_uploader.desktop.theme import DARK, LIGHT, Theme, apply_theme, system_is_dark
from adit_uploader.desktop.values import Severity
from adit_uploader.desktop.views.main_window import APPLICATION_NAME
from adit_uploader.desktop.wiring import build, real_services
from adit_uploader.desktop.words.errors import explain


def run(paths: Sequence[Path], *, server: str = "", token: str = "") -> int:
    """Shows the window until it is closed; returns the exit status.

    Args:
        paths: as if they had been dropped on it.
        server, token: sign in with these at once (the demo does); by default with what the keyring has.
    """
    app = make_application()
    problem: SettingsError | None = None
    try:
        settings = Settings.load()
    except SettingsError as error:
        settings, problem = Settings(), error
    languages = Languages(app)
    languages.use(settings.language)
    program = build(settings, real_services(settings), languages)
    if problem is not None:
        program.window.messages.show_message("settings", Severity.WARNING, explain(problem))
    program.window.show()
    stay_smooth()
    program.account.start(server, token)
    program.resuming.start()
    program.add(paths)
    status = app.exec()
    program.close()
    return status


def make_application() -> QApplication:
    """The application object with the program's look, following the system between light and dark."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("adit-uploader")
    app.setApplicationDisplayName(APPLICATION_NAME)
    app.setDesktopFileName("adit-uploader")
    app.setStyle("Fusion")
    app.setWindowIcon(QIcon(icons.pixmap("adit-uploader", "#ffffff", 256)))
    QLocale.setDefault(QLocale.system())
    apply_theme(app, DARK if system_is_dark() else LIGHT)
    hints = QGuiApplication.styleHints()
    hints.colorSchemeChanged.connect(lambda scheme: apply_theme(app, _theme(scheme)))
    return app


def _theme(scheme: Qt.ColorScheme) -> Theme:
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
