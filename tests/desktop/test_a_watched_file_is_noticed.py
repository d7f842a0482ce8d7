"""A list that another program saves is noticed, in whatever way that program saves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from adit_uploader.desktop.watched_file import WatchedFile


def written_over(path: Path) -> None:
    path.write_text("other")


def replaced(path: Path) -> None:
    """As spreadsheets do it."""
    new = path.with_suffix(".tmp")
    new.write_text("other")
    new.replace(path)


def deleted_and_written_anew(path: Path) -> None:
    path.unlink()
    path.write_text("other")


@pytest.fixture
def watched(qtbot: QtBot) -> Iterator[WatchedFile]:
    owner = QObject()
    yield WatchedFile(owner)
    owner.deleteLater()


@pytest.mark.parametrize("save", [written_over, replaced, deleted_and_written_anew])
def test_each_way_to_save_is_noticed_again_and_again(
    qtbot: QtBot, watched: WatchedFile, tmp_path: Path, save: Callable[[Path], None]
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("first")
    watched.watch(path)
    for _ in range(2):
        with qtbot.waitSignal(watched.touched, timeout=30_000):
            save(path)


def test_the_file_before_is_not_watched_any_more(qtbot: QtBot, watched: WatchedFile, tmp_path: Path) -> None:
    old, new = tmp_path / "old" / "list.csv", tmp_path / "new" / "list.csv"
    for path in (old, new):
        path.parent.mkdir()
        path.write_text("first")
        watched.watch(path)
    with qtbot.assertNotEmitted(watched.touched, wait=500):
        written_over(old)
    with qtbot.waitSignal(watched.touched, timeout=30_000):
        written_over(new)
