"""All states, in both languages: nothing cut at 1024x700, nothing nameless, no key twice, everything come to by Tab."""

import re

import pytest

from adit_uploader.desktop.languages import LANGUAGES, Languages
from adit_uploader.desktop.views.main_window import MainWindow
from tests.desktop.inspection import cut, keys_taken_twice, nameless, overlapping, texts, unreachable
from tests.desktop.pictures import SIZE, settle
from tests.desktop.states import IN_FRONT, QUESTIONS, STATES, State

# the platform without a screen says that it can't do what a window manager would
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

MADE_UP = ("example.org", "anna", "ADIT Uploader", " / ", "US", "/home/", "Strahlen")
THE_SAME_IN_BOTH = {"Server", "Token", "Proxy", "Mbit/s", "Port"}
FAULTS = (cut, overlapping, nameless, keys_taken_twice, unreachable)


def show(window: MainWindow, state: State) -> None:
    window.resize(*SIZE)
    window.show()
    state(window)


def faults(window: MainWindow) -> dict[str, object]:
    settle()
    assert (window.width(), window.height()) == SIZE
    return {look.__name__: found for look in FAULTS if (found := look(window))}


@pytest.mark.parametrize("state", [*STATES, *IN_FRONT], ids=lambda state: state.__name__)
def test_every_state_is_whole_and_reachable_and_changes_its_language(
    window: MainWindow, languages: Languages, state: State
) -> None:
    show(window, state)
    said = {}
    for language in LANGUAGES:
        languages.use(language)
        assert faults(window) == {}, language
        said[language] = texts(window)
    assert len(said["de"]) == len(said["en"])
    same = {text for text in {*said["en"]} & {*said["de"]} if re.search(r"[A-Za-z]{2}", text)}
    assert {text for text in same if not any(part in text for part in MADE_UP)} <= THE_SAME_IN_BOTH


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", QUESTIONS, ids=lambda state: state.__name__)
def test_every_question_is_whole_and_reachable(
    window: MainWindow, languages: Languages, state: State, language: str
) -> None:
    languages.use(language)
    show(window, state)
    assert faults(window) == {}
