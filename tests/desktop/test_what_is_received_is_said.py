"""Whoever can't see the line of receiving hears what it says: not each image, and nothing twice."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QWidget

from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.values import Caller, ReceivingState
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.receiving_strip import ReceivingStrip

Until = Callable[[Callable[[], bool]], None]
BEGINNING = ReceivingState("ADITUPLOADER", "127.0.0.1")
READY = ReceivingState("ADITUPLOADER", "127.0.0.1", 11112)
READY_SAID = "Ready to receive from workstations: ADITUPLOADER, 127.0.0.1, port 11112"


def busy(*images: int) -> ReceivingState:
    """Workstations send, each so many images by now."""
    callers = tuple(Caller(f"CT{number}", count) for number, count in enumerate(images, start=1))
    return ReceivingState("ADITUPLOADER", "127.0.0.1", 11112, callers)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []

    def announce(_: QWidget, text: str) -> None:
        texts.append(text)

    monkeypatch.setattr(parts, "announce", announce)
    return texts


@pytest.fixture
def strip(languages: Languages) -> Iterator[ReceivingStrip]:
    around = QWidget()
    yield ReceivingStrip(around)
    around.deleteLater()


def test_it_is_said_when_the_program_listens_and_when_it_no_longer_does(
    strip: ReceivingStrip, said: list[str], languages: Languages
) -> None:
    strip.set_receiving(None)
    strip.set_receiving(BEGINNING)
    assert said == [], "not on, and not yet"
    strip.set_receiving(READY)
    strip.set_receiving(READY)
    assert said == [READY_SAID]
    languages.use("de")
    strip.retranslate()
    assert said == [READY_SAID]
    strip.set_receiving(None)
    strip.set_receiving(None)
    assert said[1:] == ["Von Workstations wird nichts mehr empfangen"]


def test_that_something_comes_is_said_once_and_how_much_it_was_at_the_end(
    strip: ReceivingStrip, said: list[str], until: Until
) -> None:
    strip.set_receiving(READY)
    for state in (busy(1), busy(2), busy(2, 1), busy(40, 2)):
        strip.set_receiving(state)
    assert said[1:] == ["Receiving: 1 image from CT1"]
    strip.add_received(Caller("CT1", 40))
    strip.add_received(Caller("CT2", 2))
    strip.set_receiving(READY)
    until(lambda: len(said) == 3)
    assert said[2:] == ["Received: 40 images from CT1, 2 images from CT2"]
    strip.set_receiving(busy(1))
    assert said[3:] == ["Receiving: 1 image from CT1"]


def test_a_workstation_that_connects_for_each_image_is_heard_once(
    strip: ReceivingStrip, said: list[str], until: Until
) -> None:
    strip.set_receiving(READY)
    for _ in range(30):
        strip.set_receiving(busy(1))
        strip.add_received(Caller("CT1", 1))
        strip.set_receiving(READY)
    until(lambda: len(said) == 3)
    assert said[1:] == ["Receiving: 1 image from CT1", "Received: 30 images from CT1"]


def test_it_is_said_that_what_came_waits_for_the_next_upload(
    strip: ReceivingStrip, said: list[str], until: Until
) -> None:
    strip.set_receiving(ReceivingState("ADITUPLOADER", "127.0.0.1", 11112, waiting=2))
    strip.add_received(Caller("CT1", 2))
    until(lambda: len(said) == 2)
    assert said[1] == "Received: 2 images from CT1. Received for the next upload: 2 images."
