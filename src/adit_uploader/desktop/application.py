"""Starts the window."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from adit_uploader.account.errors import SettingsError
from adit_uploader.account.managed import Managed, managed
from adit_uploader.account.settings import Settings
from adit_uploader.desktop import icons
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.smoothness import stay_smooth
from adit_uploader.desktop.theme import apply_theme, system_theme
from adit_uploader.desktop.values import Severity
from adit_uploader.desktop.views.main_window import APPLICATION_NAME
from adit_uploader.desktop.wiring import Program, build
from adit_uploader.desktop.words.errors import explain


def run(paths: Sequence[Path], *, server: str = "", token: str = "") -> int:
    """Shows the window until it is closed; returns the exit status.

    Args:
        paths: as if they had been dropped on it.
        server, token: sign in with these at once (the demo does); by default with what the keyring has.
    """
    app = make_application()
    program = open_program(app)
    program.account.start(server, token)
    program.resuming.start()
    program.key_lists.start()
    program.receiving.start()
    program.add(paths)
    status = app.exec()
    program.close()
    return status


def open_program(app: QApplication) -> Program:
    """The program in its window, as this computer and its user have set it up; nothing of it has begun yet."""
    problem: SettingsError | None = None
    fixed = Managed()
    try:
        settings = Settings.load()
    except SettingsError as error:
        settings, problem = Settings(), error
    try:
        fixed = managed()
    except SettingsError as error:  # nobody signs in either, as long as it is so
        problem = error
    languages = Languages(app)
    languages.use(settings.language)
    program = build(settings, real_services(settings), languages, fixed)
    if problem is not None:
        program.window.messages.show_message("settings", Severity.WARNING, explain(problem))
    program.diagnosing.opened()
    program.window.show()
    stay_smooth()
    return program


def make_application() -> QApplication:
    """The application object with the program's look: light, dark or high contrast, as the system is set."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("adit-uploader")
    app.setApplicationDisplayName(APPLICATION_NAME)
    app.setDesktopFileName("adit-uploader")
    app.setStyle("Fusion")
    app.setWindowIcon(QIcon(icons.pixmap("adit-uploader", "#ffffff", 256)))
    QLocale.setDefault(QLocale.system())
    before = QGuiApplication.palette()
    apply_theme(app, system_theme(before))
    hints = QGuiApplication.styleHints()
    hints.colorSchemeChanged.connect(lambda: apply_theme(app, system_theme(before)))
    if hasattr(hints, "accessibility"):
        hints.accessibility().contrastPreferenceChanged.connect(lambda: apply_theme(app, system_theme(before)))
    return app
