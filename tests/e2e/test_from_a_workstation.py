"""A workstation sends to the window by DICOM: from the switch in the menu to the server, and nothing stays behind."""

from pathlib import Path

import pytest

from tests.e2e.keyboard import Keyboard
from tests.e2e.material import IDS, write_export, write_later_export
from tests.e2e.person import Person, person_at_work
from tests.e2e.screen import Ear, Screen, open_ear, until
from tests.e2e.words import ENGLISH, GERMAN, Words
from tests.e2e.world import World
from tests.parts.orthanc import free_port
from tests.receiving.senders import store

ALLOWED, STRANGER = "CTROOM1", "CTROOM2"
IMAGES = 6


def images_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.dcm"))


def switch_on(person: Person, keyboard: Keyboard, ear: Ear, port: int) -> None:
    """By the menu, without a mouse; at first nobody is named, which the dialog does not take."""
    reader, words = person.reader, person.words.receiving
    person.screen.keys(f"alt+{words.menu_key}")
    reader.wait_for(words.settings)
    keyboard.press(words.settings_key)
    keyboard.arrive_at(words.switch)
    assert not keyboard.focused()["checked"]
    reader.wait_for(words.nothing_here)
    keyboard.press("space")
    until(lambda: keyboard.focused().get("checked"), "it is switched on")
    keyboard.press("Return")
    ear.wait_for(words.nobody_may_send)
    keyboard.tab_to(words.who_may_send)
    keyboard.write(ALLOWED)
    keyboard.tab_to(words.port)
    keyboard.write(str(port))
    keyboard.press("Return")
    keyboard.leave(words.switch)
    reader.wait_for(f"{words.ready}{port}")
    ear.wait_for(f"{words.ready}{port}")


def switch_off(person: Person, keyboard: Keyboard, ear: Ear) -> None:
    """By the button of the line at the top; the dialog names what still lies here: nothing."""
    reader, words = person.reader, person.words.receiving
    reader.press(words.settings_again)
    keyboard.arrive_at(words.switch)
    reader.wait_for(words.nothing_here)
    assert keyboard.focused()["checked"]
    keyboard.press("space")
    until(lambda: not keyboard.focused().get("checked", True), "it is switched off")
    reader.press(words.save)
    ear.wait_for(words.no_longer)
    keyboard.leave(words.ready)


@pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=lambda words: words.language)
def test_what_a_workstation_sends_goes_to_the_server_and_stays_nowhere_else(
    screen: Screen, world: World, tmp_path: Path, words: Words
) -> None:
    sent, strangers = write_export(tmp_path / "sent"), write_later_export(tmp_path / "strangers")
    home, port = Path(screen.environment["ADIT_UPLOADER_HOME"]), free_port()
    with person_at_work(screen, words) as person, open_ear(screen) as ear:
        reader, keyboard = person.reader, Keyboard(screen, person.reader)
        person.signed_in(world.url, world.token)
        assert "Connection refused" in store(port, *images_in(sent), calling=ALLOWED).stderr
        switch_on(person, keyboard, ear, port)

        done = store(port, *images_in(sent), calling=ALLOWED)
        assert done.returncode == 0, done.stderr
        reader.wait_for(words.two_patients)
        ear.wait_for(f"{words.receiving.images_from}{ALLOWED}")
        assert len(images_in(home)) == IMAGES

        done = store(port, *images_in(strangers), calling=STRANGER)
        assert "Calling AE Title Not Recognized" in done.stderr
        assert STRANGER in ear.wait_for(words.receiving.refused)
        assert len(images_in(home)) == IMAGES

        person.choose_mode(words.internal)
        assert person.send() == dict.fromkeys(words.figures, str(IMAGES))
        pseudonyms = world.orthanc.patient_ids()
        assert [len(pseudonym) for pseudonym in pseudonyms] == [64] * len(IDS)
        assert world.patient_names() == pseudonyms
        until(lambda: not images_in(home), "nothing of what was sent is on this computer")

        switch_off(person, keyboard, ear)
        assert "Connection refused" in store(port, *images_in(sent), calling=ALLOWED).stderr
    assert world.orthanc.count() == IMAGES
    assert list((home / "data" / "inbox").rglob("*")) == []
