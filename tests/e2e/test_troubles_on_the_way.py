"""The program is killed, the server is gone for a while, the token ends: everything arrives, and once."""

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.material import write_export
from tests.e2e.person import DELIVERY, Person, person_at_work
from tests.e2e.screen import Screen, until
from tests.e2e.words import ENGLISH, GERMAN, Words
from tests.e2e.world import World

IMAGES = 60
SLOWEST, SLOW = 10_000, 50_000  # bytes a second: there is time to look, and to kill


def set_line(home: Path, rate: int) -> None:
    """How fast this computer sends."""
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.json").write_text(json.dumps({"line": {"limit_rate": rate}}))


def wait_for_more(person: Person, than: int) -> int:
    """Waits until the server has more images."""
    return until(lambda: now if (now := person.stored()) > than else None, f"more than {than} images are stored")


def begin_and_be_killed(screen: Screen, world: World, export: Path, words: Words) -> int:
    """Returns how many images the server had by then."""
    with person_at_work(screen, words, export) as person:
        person.reader.wait_for(words.two_patients)
        person.signed_in(world.url, world.token)
        person.choose_mode(words.internal)
        person.reader.press(words.send_pseudonymized)
        stored = wait_for_more(person, 0)
        person.program.send_signal(signal.SIGKILL)
        person.program.wait(30)
    return stored


def lose_the_server_for_a_while(person: Person, world: World) -> None:
    """The window says so, tries again by itself, and goes on."""
    stored = wait_for_more(person, 0)
    world.receiver.stop()
    person.reader.wait_for(person.words.connection_lost)
    world.receiver.start()
    wait_for_more(person, stored)


def go_on_with_another_token(person: Person, world: World) -> None:
    """The old one ends while the server is away; the window says so, and goes on after a new sign-in."""
    world.receiver.stop()
    world.let_token_expire()
    world.receiver.start()
    person.reader.wait_for(person.words.token_refused)
    person.reader.wait_for(person.words.interrupted)
    person.reader.press(person.words.sign_out)
    person.signed_in(world.url, world.new_token())
    person.reader.press(person.words.go_on_sending)


@pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=lambda words: words.language)
def test_an_upload_outlives_its_program_its_server_and_its_token(
    screen: Screen, world: World, tmp_path: Path, words: Words
) -> None:
    export = write_export(tmp_path / "export", images=IMAGES // 2, rows=72)
    home = Path(screen.environment["ADIT_UPLOADER_HOME"])
    set_line(home, SLOWEST)
    before = begin_and_be_killed(screen, world, export, words)
    assert 0 < before < IMAGES
    with closing(sqlite3.connect(home / "data" / "journal.sqlite3")) as journal:
        assert journal.execute("SELECT count(*), min(state) FROM jobs").fetchall() == [(1, "open")]
    set_line(home, SLOW)
    with person_at_work(screen, words) as person:
        reader = person.reader
        reader.wait_for(words.unfinished)
        reader.wait_for(words.sign_in_to_go_on)
        person.signed_in(world.url, world.token)
        reader.press(words.go_on_with_it)
        lose_the_server_for_a_while(person, world)
        go_on_with_another_token(person, world)
        reader.wait_for(words.arrived, DELIVERY)
        assert person.figures()[words.figures[-1]] == str(IMAGES)
    assert world.orthanc.count() == len(world.orthanc.sop_instance_uids()) == IMAGES
    with closing(sqlite3.connect(home / "data" / "journal.sqlite3")) as journal:
        assert journal.execute("SELECT count(*), min(state) FROM jobs").fetchall() == [(1, "finished")]
