"""Before and after are those of the bytes that are sent, each element with its rule, and nothing lies on disk."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest

from adit_uploader.deid.comparison import Basis, Fate, Line, Why
from adit_uploader.demo.studies import make_demo_studies
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.dicom.scan import scan
from adit_uploader.pseudonyms.choice import FixedChoice, InternalChoice, NoneChoice
from adit_uploader.transfer.comparing import Compared, Comparer
from adit_uploader.transfer.errors import InstanceRefusal
from adit_uploader.transfer.plan import UploadPlan, make_plan

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    folder = tmp_path_factory.mktemp("compared")
    make_demo_studies(folder)
    return scan([folder])


def planned(found: Inventory, choice: Any = None, profile: str = "research") -> UploadPlan:
    return make_plan(found, choice or InternalChoice("Radiology"), profile=profile, site_key=KEY, send_burned_in=True)


def first(plan: UploadPlan) -> tuple[Any, Any]:
    patient = plan.patients[0]
    return patient, next(patient.patient.instances())


def line_of(compared: Compared, keyword: str) -> Line:
    return next(one for one in compared.lines if one.keyword == keyword and not one.depth)


def test_what_is_shown_is_what_the_file_has_and_what_is_sent(found: Inventory) -> None:
    plan = planned(found)
    patient, instance = first(plan)
    compared = Comparer(plan).compare(patient, instance)
    source = pydicom.dcmread(instance.location.path)
    name = line_of(compared, "PatientName")
    assert name.before is not None
    assert name.after is not None
    assert (name.before.text, name.after.text) == (str(source.PatientName), patient.pseudonym)
    assert (name.fate, name.rule.why) == (Fate.CHANGED, Why.PSEUDONYM)
    study_date = line_of(compared, "StudyDate")
    assert study_date.before is not None
    assert study_date.after is not None
    moved = date.fromisoformat(study_date.after.text) - date.fromisoformat(study_date.before.text)
    assert (moved.days, study_date.fate, study_date.rule.why) == (compared.days, Fate.MOVED, Why.SHIFT)
    assert line_of(compared, "Rows").fate is Fate.KEPT
    assert line_of(compared, "PixelData").rule.why is Why.PICTURE


@pytest.mark.parametrize("profile", ["research", "basic", "research-full-dates"])
def test_no_fate_contradicts_its_rule_and_nothing_is_missing(found: Inventory, profile: str) -> None:
    plan = planned(found, profile=profile)
    comparer = Comparer(plan)
    allowed = {
        Why.KEEP: {Fate.KEPT},
        Why.REMOVE: {Fate.REMOVED},
        Why.EMPTY: {Fate.EMPTIED, Fate.KEPT},
        Why.UID: {Fate.CHANGED, Fate.KEPT},
        Why.SHIFT: {Fate.MOVED, Fate.KEPT},
        Why.PRIVATE: {Fate.REMOVED},
        Why.MARK: {Fate.ADDED, Fate.CHANGED},
        Why.WITHIN: {Fate.REMOVED},
    }
    for patient in plan.patients:
        for instance in [*patient.patient.instances()][::7]:
            lines = comparer.compare(patient, instance).lines
            source = pydicom.dcmread(instance.location.path)
            top = {one.tag for one in lines if not one.depth and one.before is not None}
            assert top == {int(element.tag) for element in source}
            for one in lines:
                assert one.fate in allowed.get(one.rule.why, set(Fate)), one
                if one.rule.why in {Why.KEEP, Why.REMOVE, Why.UID}:
                    assert one.rule.basis in {Basis.TABLE, Basis.UNLISTED, Basis.SAFE_PRIVATE, Basis.PLACE}


def test_with_real_names_everything_is_as_it_is(found: Inventory) -> None:
    plan = planned(found, NoneChoice())
    compared = Comparer(plan).compare(*first(plan))
    assert {one.fate for one in compared.lines} == {Fate.KEPT}
    assert {one.rule.why for one in compared.lines} == {Why.AS_IT_IS, Why.PICTURE}
    assert compared.days == 0


def test_what_could_not_be_sent_is_refused_here_too(found: Inventory, tmp_path: Path) -> None:
    make_demo_studies(tmp_path)
    mine = scan([tmp_path])
    plan = planned(mine.only(lambda one: one.patient_id == mine.patients[0].patient_id), FixedChoice("P1"))
    patient, instance = first(plan)
    dataset = pydicom.dcmread(instance.location.path)
    dataset.StudyDescription = "changed meanwhile"
    written = BytesIO()
    dataset.save_as(written)
    instance.location.path.write_bytes(written.getvalue())
    with pytest.raises(InstanceRefusal):
        Comparer(plan).compare(patient, instance)


def test_nothing_is_written(found: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    plan = planned(found)
    assert Comparer(plan).compare(*first(plan)).lines
    assert not list(tmp_path.rglob("*"))
