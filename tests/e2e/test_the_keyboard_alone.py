"""The whole way without a mouse: signed in, a folder chosen, a held series blanked, sent, and the key list saved."""

import csv
from pathlib import Path

import pytest

from tests.e2e.keyboard import Keyboard
from tests.e2e.material import FIRST_IMAGES, IDS, write_first_export
from tests.e2e.person import DELIVERY, Person, person_at_work
from tests.e2e.screen import Screen, until
from tests.e2e.words import ENGLISH, GERMAN, Words
from tests.e2e.world import World


def sign_in(person: Person, keyboard: Keyboard, world: World) -> None:
    """By the underlined letter to the address, by Tab to the token."""
    words = person.words
    person.screen.keys(f"alt+{words.keys.server_address}")
    keyboard.arrive_at(words.server_address)
    keyboard.write(world.url)
    person.reader.wait_for(world.url)
    keyboard.tab_to(words.token)
    keyboard.write(world.token)
    keyboard.press("Return")
    person.reader.wait_for(words.department)


def add_folder(person: Person, keyboard: Keyboard, folder: Path) -> None:
    keyboard.press("ctrl+o")
    keyboard.arrive_at(person.words.directory)
    keyboard.write(str(folder))
    person.reader.wait_for(str(folder))
    keyboard.press("Return")
    person.reader.wait_for(person.words.two_patients)


def look_into_a_row(person: Person, keyboard: Keyboard) -> None:
    """From the search field the arrow leads into the tree."""
    reader, words = person.reader, person.words
    person.screen.keys("ctrl+f")
    keyboard.arrive_at(words.search)
    keyboard.press("Down", "Down", "Return")
    reader.wait_for(words.before_after)
    keyboard.arrive_at(words.search_elements)
    keyboard.press("Escape")
    keyboard.leave(words.search_elements)


def blank_the_ultrasound(person: Person, keyboard: Keyboard) -> None:
    reader, words = person.reader, person.words
    reader.wait_for(words.held)
    keyboard.press(f"alt+{words.keys.look_at_pictures}")
    reader.wait_for(words.first_of_one)
    until(lambda: reader.can_press(words.add_area), "its picture is there")
    keyboard.arrive_at(words.picture)
    keyboard.press(f"alt+{words.keys.add_area}")
    reader.wait_for(words.strip)
    keyboard.press("shift+Down", "shift+Down")
    reader.wait_for(words.strip_made_higher)
    keyboard.press(f"alt+{words.keys.done}")
    keyboard.leave(words.first_of_one)
    reader.wait_for(words.blanked)


def save_the_key_list(person: Person, keyboard: Keyboard, path: Path) -> None:
    keyboard.press(f"alt+{person.words.keys.save_key_list}")
    keyboard.arrive_at(person.words.file_name)
    keyboard.write(str(path))
    keyboard.press("Return")
    until(path.is_file, "the key list is written")
    person.reader.wait_for(person.words.saved)


@pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=lambda words: words.language)
def test_a_first_upload_needs_no_mouse(screen: Screen, world: World, tmp_path: Path, words: Words) -> None:
    export, key_list = write_first_export(tmp_path / "export"), tmp_path / "keys.csv"
    with person_at_work(screen, words) as person:
        reader, keyboard = person.reader, Keyboard(screen, person.reader)
        sign_in(person, keyboard, world)
        add_folder(person, keyboard, export)
        person.choose_mode(words.internal)
        blank_the_ultrasound(person, keyboard)
        look_into_a_row(person, keyboard)
        until(lambda: reader.can_press(words.send_pseudonymized), "it can be sent")
        screen.keys(f"alt+{words.keys.send}")
        reader.wait_for(words.arrived, DELIVERY)
        assert person.figures() == dict.fromkeys(words.figures, str(FIRST_IMAGES))
        save_the_key_list(person, keyboard, key_list)
        screen.keys("ctrl+j")
        keyboard.arrive_at(words.all_uploads)
        keyboard.press("ctrl+j")
        until(lambda: reader.can_press(words.new_upload), "the receipt again")
        keyboard.press(f"alt+{words.keys.new_upload}")
        reader.wait_for(words.empty_window)
        keyboard.press(f"alt+{words.keys.sign_out}")
        reader.wait_for(words.server_address)
    with key_list.open(encoding="utf-8-sig", newline="") as file:
        assert {row["PatientID"]: len(row["Pseudonym"]) for row in csv.DictReader(file)} == dict.fromkeys(IDS, 64)
