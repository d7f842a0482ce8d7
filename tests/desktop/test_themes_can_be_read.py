"""Contrast of all pairs of text and ground, in all themes. Source: WCAG 2.2, 1.4.3, 1.4.6 and 1.4.11."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from adit_uploader.desktop.colours import CONTRAST, CONTRAST_DARK, DARK, LIGHT, THEMES, Theme, contrast
from adit_uploader.desktop.theme import apply_theme, palette, theme_for
from adit_uploader.desktop.views.main_window import MainWindow
from tests.desktop.contrasts import poor
from tests.desktop.pictures import SIZE, settle
from tests.desktop.states import EVERY_COLOUR, State

# the platform without a screen says that it can't do what a window manager would
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

TEXT = 4.5
HIGH = 7.0
CONTROL = 3.0


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[Callable[[Theme], None]]:
    """Puts the application into a theme; it is light again after the test."""
    yield lambda theme: apply_theme(qapp, theme)
    apply_theme(qapp, LIGHT)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_text_has_contrast(theme: Theme) -> None:
    grounds = (theme.window, theme.surface, theme.alternate)
    pairs = [(text, ground) for text in (theme.text, theme.muted) for ground in grounds]
    pairs += [(theme.accent, ground) for ground in (theme.window, theme.surface)]
    pairs += [(text, theme.surface) for text in (theme.danger, theme.warning, theme.success)]
    pairs += [(text, theme.window) for text in (theme.danger, theme.warning, theme.success)]
    pairs += [
        (theme.on_accent, theme.accent),
        (theme.on_accent, theme.accent_hover),
        (theme.on_selection, theme.selection),
        (theme.on_danger_fill, theme.danger_fill),
        (theme.text, theme.accent_ground),
        (theme.text, theme.success_ground),
        (theme.text, theme.warning_ground),
        (theme.text, theme.danger_ground),
        (theme.muted, theme.accent_ground),
    ]
    least = HIGH if theme in {CONTRAST, CONTRAST_DARK} else TEXT
    poor = [
        (text, ground, round(contrast(text, ground), 2)) for text, ground in pairs if contrast(text, ground) < least
    ]
    assert poor == []


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_fields_and_focus_can_be_seen(theme: Theme) -> None:
    for edge in (theme.field_border, theme.accent):
        for ground in (theme.surface, theme.window):
            assert contrast(edge, ground) >= CONTROL


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_fusions_own_selection_is_overridden(theme: Theme) -> None:
    made = palette(theme)
    assert contrast(made.highlightedText().color().name(), made.highlight().color().name()) >= TEXT


def test_high_contrast_shows_every_edge() -> None:
    for theme in (CONTRAST, CONTRAST_DARK):
        assert contrast(theme.border, theme.surface) >= HIGH


def test_the_theme_is_what_the_desktop_asks_for() -> None:
    assert theme_for(dark=False, contrast=False) is LIGHT
    assert theme_for(dark=True, contrast=False) is DARK
    assert theme_for(dark=False, contrast=True) is CONTRAST
    assert theme_for(dark=True, contrast=True) is CONTRAST_DARK


@pytest.mark.parametrize("state", EVERY_COLOUR, ids=lambda state: state.__name__)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_drawn_can_be_read(
    window: MainWindow, themed: Callable[[Theme], None], state: State, theme: Theme
) -> None:
    themed(theme)
    window.resize(*SIZE)
    window.show()
    state(window)
    settle()
    assert poor(window) == []


def test_text_that_is_drawn_too_faint_is_found(window: MainWindow, themed: Callable[[Theme], None]) -> None:
    themed(replace(LIGHT, muted="#8a94a0", field_border="#b8c0c8"))
    window.show()
    settle()
    found = poor(window)
    assert [name for name in found if name.startswith("QLabel Folders, files, zip archives")]
    assert [name for name in found if name.startswith("QLineEdit")]
    assert [name for name in found if name.startswith("edge of QLineEdit")]


def test_contrast_is_computed_as_defined() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
