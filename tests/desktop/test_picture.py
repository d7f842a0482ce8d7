"""The picture of the real window, made without a display."""

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from adit_uploader.account.settings import settings_path
from adit_uploader.desktop.colours import LIGHT
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.picture import PictureError, save_window_picture
from adit_uploader.desktop.theme import apply_theme

# the platform without a screen says that it can't pass sizes on to a window manager
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("dark", [False, True])
def test_the_window_on_a_folder_becomes_a_png_and_leaves_no_trace(
    tmp_path: Path, languages: Languages, no_leaks: None, qapp: QApplication, dark: bool
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("no image", encoding="utf-8")
    save_window_picture([tmp_path / "in"], tmp_path / "window.png", dark=dark, size=(1024, 700))
    apply_theme(qapp, LIGHT)
    picture = QImage(str(tmp_path / "window.png"))
    assert (picture.width(), picture.height()) == (1024, 700)
    assert (picture.pixelColor(5, 300).lightness() < 128) is dark
    assert not settings_path().exists()


def test_a_place_that_can_t_be_written_is_said(tmp_path: Path, languages: Languages, no_leaks: None) -> None:
    with pytest.raises(PictureError, match="can't be written"):
        save_window_picture([], tmp_path / "nowhere" / "window.png")
