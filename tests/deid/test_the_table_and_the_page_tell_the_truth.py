"""The generated tables are whole, and the page says what the engine does."""

from pathlib import Path

import pytest

from adit_uploader.deid.annex_e import table
from adit_uploader.deid.describe import page
from adit_uploader.deid.errors import UnknownProfile
from adit_uploader.deid.iod_types import iod_types
from adit_uploader.deid.profiles import BASIC, PROFILES, RESEARCH, RESEARCH_FULL_DATES, Option, profile
from adit_uploader.deid.rules import Action, Rules

ROOT = Path(__file__).parents[2]
CT = "1.2.840.10008.5.1.4.1.1.2"


def test_the_page_is_what_the_rules_say() -> None:
    assert (ROOT / "docs/deidentification.md").read_text(encoding="utf-8") == page()


def test_the_table_has_every_row_of_its_edition() -> None:
    whole = table()
    assert whole.edition == "2026c"
    assert len(whole.rows) + len(whole.repeating) == 655
    assert len(whole.safe_private) == 474
    letters = {row.basic for row in (*whole.rows.values(), *whole.repeating)}
    assert letters == {"X", "Z", "D", "U", "X/Z", "X/D", "Z/D", "X/Z/D", "X/Z/U*"}
    assert {action for row in whole.rows.values() for action in row.options.values()} == {"K", "C"}


@pytest.mark.parametrize(
    ("tag", "vr", "actions"),
    [
        (0x00080020, "DA", (Action.EMPTY, Action.SHIFT, Action.KEEP)),  # StudyDate: Z, C, K
        (0x00080030, "TM", (Action.EMPTY, Action.KEEP, Action.KEEP)),
        (0x00081030, "LO", (Action.REMOVE, Action.CLEAN, Action.CLEAN)),  # StudyDescription
        (0x00100030, "DA", (Action.EMPTY, Action.EMPTY, Action.EMPTY)),  # PatientBirthDate
        (0x00101010, "AS", (Action.REMOVE, Action.AGE, Action.AGE)),
        (0x00181000, "LO", (Action.REMOVE, Action.KEEP, Action.KEEP)),  # DeviceSerialNumber: X/Z/D by Type
        (0x00080018, "UI", (Action.UID, Action.UID, Action.UID)),
        (0x00280010, "US", (Action.KEEP, Action.KEEP, Action.KEEP)),
        (0x00100021, "LO", (Action.REMOVE, Action.REMOVE, Action.REMOVE)),
        (0x60003000, "OW", (Action.REMOVE, Action.REMOVE, Action.REMOVE)),
    ],
)
def test_actions_come_from_the_columns_of_the_profile(tag: int, vr: str, actions: tuple[Action, ...]) -> None:
    found = tuple(Rules(one).action("ct-image", None, tag, vr) for one in (BASIC, RESEARCH, RESEARCH_FULL_DATES))
    assert found == actions


def test_a_choice_is_decided_by_type_and_unknown_iods_stay_valid() -> None:
    rules = Rules(BASIC)
    assert rules.iod(CT) == "ct-image"
    assert rules.iod("1.2.3.4") is None
    acquisition = 0x0008002A  # X/Z/D
    assert rules.action("ct-image", None, acquisition, "DT") is Action.REMOVE
    assert rules.action(None, None, acquisition, "DT") is Action.DUMMY
    assert rules.action("enhanced-ct-image", None, acquisition, "DT") is Action.DUMMY


def test_every_iod_of_a_class_is_known_and_pixel_elements_are_part_of_one() -> None:
    types = iod_types()
    assert set(types.classes.values()) <= set(types.top)
    assert {0x7FE00010, 0x00280010, 0x00280106, 0x54000100} <= types.known


def test_profiles_name_themselves_within_the_limits_of_their_elements() -> None:
    for one in PROFILES.values():
        assert all(len(value) <= 64 for value in one.methods)
        assert all(len(code.meaning) <= 64 and len(code.value) <= 16 for code in one.codes)
        assert profile(one.name) is one
    assert Option.MODIFIED_DATES in RESEARCH.options
    with pytest.raises(UnknownProfile):
        profile("full")
