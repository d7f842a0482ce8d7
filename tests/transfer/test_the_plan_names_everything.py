"""The plan: every instance found is sent, refused, held or not chosen, and each is counted once."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.uid import UltrasoundImageStorage

from adit_uploader.deid.engine import Blanking, Rectangle
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.dicom.scan import scan
from adit_uploader.protocol.messages import Policies
from adit_uploader.pseudonyms.batch_file import read_batch_file
from adit_uploader.pseudonyms.choice import BatchChoice, Choice, FixedChoice, InternalChoice, NoneChoice
from adit_uploader.pseudonyms.errors import ChoiceRefused
from adit_uploader.pseudonyms.internal import internal_pseudonym
from adit_uploader.transfer.plan import NotChosenReason, UploadPlan, make_plan
from tests.transfer.small_receiver import SITE_KEY
from tests.transfer.studies import ROOT, write_instance, write_studies


@pytest.fixture
def found(tmp_path: Path) -> Inventory:
    """Two patients with two series of three images; the first has an ultrasound beside them; one file is a text."""
    folder = write_studies(tmp_path / "in")
    write_instance(folder / "us.dcm", series=9, sop_class=UltrasoundImageStorage)
    (folder / "readme.txt").write_text("not an image")
    return scan([folder])


def plan(found: Inventory, choice: Choice, **options: object) -> UploadPlan:
    made = make_plan(found, choice, profile="research", site_key=SITE_KEY, destination="Archive", **options)  # type: ignore[arg-type]  # passed on as they are
    counts = made.counts
    assert counts.found == counts.to_send + counts.refused + counts.held + counts.not_chosen
    assert counts.to_send == len(list(made.instances()))
    return made


def test_internal_gives_every_patient_the_published_pseudonym(found: Inventory) -> None:
    made = plan(found, InternalChoice("Radiology"))
    assert {one.patient.patient_id: one.pseudonym for one in made.patients} == {
        f"PAT-0000{number}": internal_pseudonym("Radiology", f"PAT-0000{number}") for number in (1, 2)
    }
    assert (made.counts.found, made.counts.to_send, made.counts.held, made.counts.left_out) == (13, 12, 1, 1)


def test_a_held_series_is_not_sent_by_silence(found: Inventory) -> None:
    made = plan(found, InternalChoice("Radiology"))
    assert [(one.series.series_instance_uid, one.reason, one.count) for one in made.held] == [
        (f"{ROOT}.1.1.9", "ultrasound", 1)
    ]
    assert made.held[0].may_be_released


def test_a_held_series_goes_when_the_user_releases_it(found: Inventory) -> None:
    released = plan(found, InternalChoice("Radiology"), released_series=frozenset({f"{ROOT}.1.1.9"}))
    assert (released.counts.to_send, released.held) == (13, ())
    assert released.burned_in_released
    assert plan(found, InternalChoice("Radiology"), send_burned_in=True).counts.to_send == 13


def test_the_receivers_policy_is_above_the_user(found: Inventory) -> None:
    made = plan(found, InternalChoice("Radiology"), send_burned_in=True, policies=Policies(burned_in="never"))
    assert made.counts.held == 1
    assert not made.held[0].may_be_released
    assert not made.burned_in_released


US = f"{ROOT}.1.1.9"
CORNER = Blanking(16, 16, (Rectangle(0, 0, 16, 4),))


def test_a_held_series_goes_when_the_user_blanks_it(found: Inventory) -> None:
    made = plan(found, InternalChoice("Radiology"), blanked_series={US: CORNER})
    assert (made.counts.to_send, made.held) == (13, ())
    assert [(one.series.series_instance_uid, one.count, one.blanking) for one in made.released] == [(US, 1, CORNER)]
    assert [one.blanking for one in made.instances() if one.instance.series_instance_uid == US] == [CORNER]
    assert {one.blanking for one in made.instances() if one.instance.series_instance_uid != US} == {None}


def test_a_picture_of_another_size_stays_held_whatever_else_was_said(found: Inventory, tmp_path: Path) -> None:
    write_instance(tmp_path / "in" / "us2.dcm", series=9, number=2, rows=20, sop_class=UltrasoundImageStorage)
    made = plan(
        scan([tmp_path / "in"]),
        InternalChoice("Radiology"),
        blanked_series={US: CORNER},
        released_series=frozenset({US}),
        send_burned_in=True,
    )
    (held,) = made.held
    assert (held.count, held.instances[0].rows, held.obstacle, held.blanking) == (1, 20, "size", CORNER)
    assert (made.counts.to_send, made.counts.held) == (13, 1)


def test_rectangles_on_a_series_with_a_harmless_header_hold_what_they_do_not_fit(
    found: Inventory, tmp_path: Path
) -> None:
    write_instance(tmp_path / "in" / "more.dcm", series=1, number=9, rows=20)
    made = plan(scan([tmp_path / "in"]), InternalChoice("Radiology"), blanked_series={f"{ROOT}.1.1.1": CORNER})
    assert [(one.series.series_instance_uid, one.count) for one in made.released] == [(f"{ROOT}.1.1.1", 3)]
    assert [one.count for one in made.held if one.series.series_instance_uid == f"{ROOT}.1.1.1"] == [1]


def test_never_means_never_blanked_pictures_too(found: Inventory) -> None:
    for series in (US, f"{ROOT}.1.1.1"):
        made = plan(
            found, InternalChoice("Radiology"), blanked_series={series: CORNER}, policies=Policies(burned_in="never")
        )
        assert series in {one.series.series_instance_uid for one in made.held}
        assert not made.burned_in_released


def test_files_that_go_as_they_are_are_not_blanked(found: Inventory) -> None:
    made = plan(found, NoneChoice(), blanked_series={f"{ROOT}.1.1.1": CORNER})
    assert [(one.count, one.obstacle) for one in made.held] == [(3, "mode")]
    assert {one.blanking for one in made.instances()} == {None}


def test_other_rectangles_are_another_upload(found: Inventory) -> None:
    other = Blanking(16, 16, (Rectangle(0, 0, 16, 5),))
    decisions: list[dict[str, object]] = [
        {"blanked_series": {US: CORNER}},
        {"blanked_series": {US: other}},
        {"released_series": frozenset({US})},
        {},
    ]
    prints = [plan(found, InternalChoice("Radiology"), **one).fingerprint("server") for one in decisions]
    assert len(set(prints)) == 4
    again = plan(found, InternalChoice("Radiology"), blanked_series={US: CORNER})
    assert again.fingerprint("server") == prints[0]


def test_an_unticked_series_is_not_sent_and_counted(found: Inventory) -> None:
    made = plan(found, InternalChoice("Radiology"), excluded_series=frozenset({f"{ROOT}.2.1.1"}))
    assert (made.counts.to_send, made.counts.not_chosen) == (9, 3)
    assert [one.reason for one in made.not_chosen] == [NotChosenReason.EXCLUDED]


def test_a_patient_whom_the_batch_file_does_not_list_is_named(found: Inventory, tmp_path: Path) -> None:
    path = tmp_path / "batch.csv"
    path.write_text("PatientID,Pseudonym\nPAT-00001,ALPHA\nPAT-00077,OMEGA\n")
    made = plan(found, BatchChoice(read_batch_file(path)))
    assert [one.pseudonym for one in made.patients] == ["ALPHA"]
    assert [one.patient.patient_id for one in made.refusals] == ["PAT-00002"]
    assert made.counts.refused == 6
    rows = [(row.patient_id, row.pseudonym) for row in made.key_list().rows]
    assert rows == [("PAT-00001", "ALPHA"), ("PAT-00077", "OMEGA")]  # as the user gave it


def test_what_the_batch_file_does_not_select_is_not_chosen(found: Inventory, tmp_path: Path) -> None:
    path = tmp_path / "batch.csv"
    path.write_text(
        "PatientID,Pseudonym,StudyInstanceUID,SeriesInstanceUID\n"
        f"PAT-00001,ALPHA,{ROOT}.1.1,{ROOT}.1.1.2\nPAT-00002,BETA,,\n"
    )
    made = plan(found, BatchChoice(read_batch_file(path)))
    assert made.counts.to_send == 9
    assert {(one.series.series_instance_uid, one.reason) for one in made.not_chosen} == {
        (f"{ROOT}.1.1.1", NotChosenReason.NOT_LISTED),
        (f"{ROOT}.1.1.9", NotChosenReason.NOT_LISTED),
    }


def test_fixed_refuses_two_patients(found: Inventory) -> None:
    with pytest.raises(ChoiceRefused):
        plan(found, FixedChoice("P1"))


def test_mode_none_keeps_uids_and_ids_and_holds_nothing(found: Inventory) -> None:
    made = plan(found, NoneChoice())
    assert made.counts.to_send == 13
    assert all(one.sop_instance_uid == one.instance.sop_instance_uid for one in made.instances())
    assert {one.pseudonym for one in made.patients} == {"PAT-00001", "PAT-00002"}


def test_new_uids_say_nothing_of_the_old_ones_and_are_always_the_same(found: Inventory) -> None:
    first = [one.sop_instance_uid for one in plan(found, InternalChoice("Radiology")).instances()]
    again = [one.sop_instance_uid for one in plan(found, InternalChoice("Radiology")).instances()]
    assert first == again
    assert len(set(first)) == 12
    assert all(uid.startswith("2.25.") for uid in first)


def test_the_fingerprint_tells_plans_apart_and_knows_the_same_one(found: Inventory) -> None:
    one = plan(found, InternalChoice("Radiology"))
    assert one.fingerprint("s") == plan(found, InternalChoice("Radiology")).fingerprint("s")
    others = [
        one.fingerprint("t"),
        replace(one, destination="Elsewhere").fingerprint("s"),
        replace(one, profile="basic").fingerprint("s"),
        plan(found, InternalChoice("Urology")).fingerprint("s"),
        plan(found, InternalChoice("Radiology"), send_burned_in=True).fingerprint("s"),
        plan(found, InternalChoice("Radiology"), excluded_series=frozenset({f"{ROOT}.2.1.1"})).fingerprint("s"),
    ]
    assert len({one.fingerprint("s"), *others}) == 7


@pytest.mark.parametrize("secret", ["PAT-0000", "Möhrenfeld", "19510713", SITE_KEY.hex()])
def test_a_plans_repr_of_its_own_shows_no_secret(found: Inventory, secret: str) -> None:
    made = plan(found, InternalChoice("Radiology"))
    shown = repr(replace(made, held=(), not_chosen=(), left_out=(), refusals=(), patients=()))
    assert secret not in shown
