"""The window's tests run off screen; nothing of a test outlives it."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded

from collections.abc import Callable, Iterator
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from adit_uploader.desktop.application import make_application
from adit_uploader.desktop.controllers.desk import Desk
from adit_uploader.desktop.controllers.saving import Saving
from adit_uploader.desktop.controllers.sending import SendingController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.theme import unstyled
from adit_uploader.desktop.views.main_window import MainWindow
from tests.desktop.parts import TWO, signed_in
from tests.desktop.room import Room
from tests.desktop.uploads import Uploads


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application with the program's look (replaces pytest-qt's)."""
    return make_application()


@pytest.fixture
def languages(qapp: QApplication) -> Iterator[Languages]:
    """English before and after the test."""
    made = Languages(qapp)
    made.use("en")
    yield made
    made.use("en")


@pytest.fixture
def no_leaks(languages: Languages) -> Iterator[None]:
    """Fails when a window or dialog of the test is still there after it."""
    before = set(QApplication.topLevelWidgets())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [widget for widget in QApplication.topLevelWidgets() if widget not in before]
    assert not left, f"left behind: {left}"


@pytest.fixture
def window(no_leaks: None, languages: Languages) -> Iterator[MainWindow]:
    with unstyled():  # as the program makes it, and in half the time
        made = MainWindow()
    yield made
    made.set_busy(False)
    made.close()
    made.deleteLater()


@pytest.fixture
def room(languages: Languages) -> Room:
    return Room(Desk())


@pytest.fixture
def until(qapp: QApplication) -> Callable[[Callable[[], bool]], None]:
    """Lets Qt work until something is so."""
    from adit_uploader.desktop.picture import wait_until  # noqa: PLC0415 - Qt's platform is chosen above

    return wait_until


@pytest.fixture
def uploads(room: Room) -> Uploads:
    made = Uploads()
    room.services.make_upload = made
    room.services.stay_awake = made.stay_awake
    return made


@pytest.fixture
def ended() -> Mock:
    return Mock()


@pytest.fixture
def controller(room: Room, uploads: Uploads, ended: Mock) -> SendingController:
    room.desk.account = signed_in()
    room.desk.inventory = TWO
    return SendingController(
        room.desk,
        window=room.window,
        view=room.sending,
        messages=room.messages,
        gateway=room.gateway,
        services=room.services,
        saving=Saving(
            window=room.window, messages=room.messages, gateway=room.gateway, services=room.services, words=room.words
        ),
        words=room.words,
        ended=ended,
    )
