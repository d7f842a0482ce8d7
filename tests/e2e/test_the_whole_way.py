"""From the first start to the key list that names everybody again: as clinicians go it, in both languages."""

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.keyboard import Keyboard
from tests.e2e.material import (
    FIRST_IMAGES,
    IDS,
    LATER_IMAGES,
    SIDE,
    ultrasound_of,
    write_first_export,
    write_later_export,
)
from tests.e2e.person import Person, person_at_work
from tests.e2e.screen import Screen, until
from tests.e2e.words import ENGLISH, GERMAN, Words
from tests.e2e.world import World

BLANKED = 8  # rows of the ultrasound's pictures, from above


def pseudonyms_for(words: Words) -> dict[str, str]:
    """Each journey has its own: what the server has delivered once, it does not deliver again."""
    return {patient_id: f"Study-{words.language}-{number}" for number, patient_id in enumerate(IDS, start=1)}


def write_list(path: Path, rows: dict[str, str]) -> None:
    lines = ["PatientID;Pseudonym", *(f"{patient_id};{pseudonym}" for patient_id, pseudonym in rows.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def name_patients_by_a_list_with_mistakes(person: Person, path: Path) -> None:
    """A spreadsheet has eaten one ID's zeros, and a pseudonym is missing: put right in the file, not in the window."""
    reader, words = person.reader, person.words
    right = pseudonyms_for(words)
    write_list(path, {IDS[0].lstrip("0"): right[IDS[0]], IDS[1]: ""})
    person.choose_mode(words.batch)
    reader.wait_for(words.no_batch_file)
    person.choose_batch_file(path)
    reader.wait_for(words.problems)
    reader.wait_for(words.lost_zeros)
    reader.wait_for(words.empty_cell)
    reader.wait_for(words.correct_it)
    assert not reader.can_press(words.send_pseudonymized)
    write_list(path, right)
    reader.wait_for(f"{path.name}: {words.two_rows}")  # the window has seen it by itself


def blank_the_ultrasound(person: Person) -> None:
    """What the device has written above the picture: a strip is added, and made higher by keys."""
    reader, words = person.reader, person.words
    reader.wait_for(words.held)
    reader.press(words.look_at_pictures)
    reader.wait_for(words.first_of_one)
    reader.press(words.add_area)
    reader.wait_for(words.strip)
    Keyboard(person.screen, reader).arrive_at(words.picture)
    person.screen.mouse("key", "shift+Down", "shift+Down")
    reader.wait_for(words.strip_made_higher)
    reader.press(words.done)
    reader.wait_for(words.blanked)


def check_what_arrived(world: World, original: Path, pseudonyms: set[str]) -> None:
    arrived = [world.orthanc.dataset(key) for key in world.orthanc.instances()]
    assert len(arrived) == FIRST_IMAGES
    assert {str(dataset.PatientID) for dataset in arrived} == pseudonyms
    assert all(dataset.PatientName == dataset.PatientID for dataset in arrived)
    (ultrasound,) = (dataset for dataset in arrived if dataset.Modality == "US")
    picture = np.frombuffer(ultrasound.PixelData, "<u2").reshape(SIDE, SIDE)
    before = np.frombuffer(ultrasound_of(original).PixelData, "<u2").reshape(SIDE, SIDE)
    assert before[:BLANKED].any()
    assert not picture[:BLANKED].any()
    assert np.array_equal(picture[BLANKED:], before[BLANKED:])


def save_the_key_list(person: Person, path: Path) -> None:
    person.reader.press(person.words.save_key_list)
    person.reader.write(person.words.file_name, str(path))
    person.reader.press(person.words.save)
    until(path.is_file, "the key list is written")
    person.reader.wait_for(person.words.saved)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert {row["PatientID"]: row["Pseudonym"] for row in csv.DictReader(file)} == pseudonyms_for(person.words)


@pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=lambda words: words.language)
def test_studies_of_two_days_arrive_under_the_same_pseudonyms_and_nothing_is_left_readable(
    screen: Screen, world: World, tmp_path: Path, words: Words
) -> None:
    first, later = write_first_export(tmp_path / "export"), write_later_export(tmp_path / "later")
    key_list, pseudonyms = tmp_path / "keys.csv", set(pseudonyms_for(words).values())
    with person_at_work(screen, words) as person:
        person.signed_in(world.url, world.token)
        person.drop(first, found=words.two_patients)
        name_patients_by_a_list_with_mistakes(person, tmp_path / "list.csv")
        blank_the_ultrasound(person)
        assert person.send() == dict.fromkeys(words.figures, str(FIRST_IMAGES))
        check_what_arrived(world, first, pseudonyms)
        save_the_key_list(person, key_list)

        world.orthanc.delete_all()
        person.reader.press(words.new_upload)
        person.reader.wait_for(words.empty_window)
        person.drop(later, found=words.two_patients)
        person.choose_batch_file(key_list)
        person.reader.wait_for(f"{key_list.name}: {words.two_rows}")
        assert person.send() == dict.fromkeys(words.figures, str(LATER_IMAGES))
    assert world.orthanc.patient_ids() == pseudonyms
