"""A picture of the real window on given folders, without a display."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer

from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import Settings
from adit_uploader.desktop.application import make_application
from adit_uploader.desktop.colours import DARK, LIGHT
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.theme import apply_theme
from adit_uploader.desktop.wiring import build

WIDTH, HEIGHT = 1180, 760
DEADLINE = 180.0  # seconds for the scan and the sign-in
BEAT = 10  # milliseconds


class PictureError(Exception):
    """The picture could not be made. title, message: for people."""

    title = "The picture of the window could not be made"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NothingKept:
    """Stands where the keyring does: what is signed in with for a picture is not kept."""

    def probe(self) -> None:
        return

    def save(self, server: ServerAddress, token: str) -> None:
        return

    def load(self, server: ServerAddress) -> str | None:
        return None

    def delete(self, server: ServerAddress) -> None:
        return


def leave(settings: Settings) -> None:
    """Settings stay as they are on disk."""


def save_window_picture(
    paths: Sequence[Path],
    out: Path,
    *,
    server: str = "",
    token: str = "",
    dark: bool = False,
    language: str = "en",
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> None:
    """Opens the window off screen on some paths, waits until all is found, and saves what it shows as PNG.

    Call it from the main thread of a process that has no Qt application with a display.

    Args:
        server, token: where to sign in; empty: nobody is signed in on the picture.
        size: of the window, in pixels.

    Raises:
        PictureError: it took too long, or the file can't be written.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = make_application()
    apply_theme(app, DARK if dark else LIGHT)
    languages = Languages(app)
    languages.use(language)
    settings = Settings(language="de" if language == "de" else "en")
    services = replace(real_services(settings), tokens=NothingKept(), save_settings=leave)
    program = build(settings, services, languages)
    program.window.resize(*size)
    program.window.show()
    try:
        if server and token:
            program.account.sign_in(server, token)
        program.add(paths)
        wait_until(lambda: program.idle)
        if not program.window.grab().save(str(out), "PNG"):
            raise PictureError(f"{out} can't be written.")
    finally:
        program.close()
        program.window.close()
        program.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait_until(condition: Callable[[], bool]) -> None:
    """Lets Qt work until something is so.

    Raises:
        PictureError: it took longer than ``DEADLINE``.
    """
    end = time.monotonic() + DEADLINE
    beat = QTimer()
    beat.start(BEAT)  # not all that is waited for comes with an event
    while not condition():
        if time.monotonic() > end:
            raise PictureError("The window did not get ready in time.")
        # asleep until there is one: whoever only asks again takes the processor from those who work
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    beat.stop()
    QCoreApplication.processEvents()
