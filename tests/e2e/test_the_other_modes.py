"""The three ways to name patients that need no file, one after the other in one window."""

from pathlib import Path

import pytest

from tests.e2e.material import IDS, write_export
from tests.e2e.person import person_at_work
from tests.e2e.screen import Screen
from tests.e2e.words import ENGLISH, GERMAN, Words
from tests.e2e.world import World

IMAGES = 6


@pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=lambda words: words.language)
def test_internal_fixed_and_real_names_are_each_what_the_user_was_told(
    screen: Screen, world: World, tmp_path: Path, words: Words
) -> None:
    orthanc = world.orthanc
    export = write_export(tmp_path / "export")
    with person_at_work(screen, words) as person:
        reader = person.reader
        person.signed_in(world.url, world.token)
        person.drop(export, found=words.two_patients)
        person.choose_mode(words.internal)
        assert person.send() == dict.fromkeys(words.figures, str(IMAGES))
        assert {len(pseudonym) for pseudonym in orthanc.patient_ids()} == {64}
        assert world.patient_names() == orthanc.patient_ids()

        orthanc.delete_all()
        reader.press(words.new_upload)
        reader.wait_for(words.empty_window)
        person.drop(export, found=words.two_patients)
        person.choose_mode(words.fixed)
        reader.write(words.typed_pseudonym, "Study-17")
        reader.wait_for(words.for_one_patient)
        reader.wait_for(words.does_not_fit)
        reader.write(words.search, IDS[1])
        reader.press(words.only_these)
        assert person.send()[words.figures[-1]] == str(IMAGES // 2)
        assert orthanc.patient_ids() == {"Study-17"}

        orthanc.delete_all()
        reader.press(words.new_upload)
        reader.wait_for(words.empty_window)
        person.drop(export, found=words.two_patients)
        person.choose_mode(words.none)
        reader.wait_for(words.real_names_warning)
        reader.press(words.send_real_names)
        assert words.of_two_patients in reader.wait_for(words.question)
        assert orthanc.count() == 0
        reader.press(words.confirm_real_names)
        reader.wait_for(words.arrived)
        assert reader.ask("combo", words.pseudonyms)["value"] == words.internal  # never remembered
    assert orthanc.patient_ids() == set(IDS)
    assert all("^" in name for name in world.patient_names())
