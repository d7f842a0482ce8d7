"""The profile: what the server offers, what the user picks, and that a profile which keeps identifiers is called so."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QLabel

from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.planning import PlanningController
from adit_uploader.desktop.controllers.profile import ProfileController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.values import ProfileOption
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.protocol.messages import SiteProfile, Welcome
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.pseudonyms.mode import Mode
from tests.deid.site_profiles import rule, site_profile
from tests.desktop.parts import TWO, signed_in, welcome
from tests.desktop.room import Room
from tests.desktop.states.checking import own_profile
from tests.desktop.states.made_up import BUILT_IN

OURS = site_profile(rule("PatientBirthDate", "keep"), rule("AccessionNumber", "keep"), name="heart-study")


def offering(digest: str = OURS.digest, preferred: str = "heart-study") -> Welcome:
    text = OURS.site.text if OURS.site else ""
    offer = SiteProfile(OURS.name, OURS.version, digest, text)
    return replace_welcome(welcome(), site_profiles=(offer,), site_profile=preferred)


def replace_welcome(said: Welcome, **fields: object) -> Welcome:
    return Welcome(**{name: getattr(said, name) for name in said.__struct_fields__} | fields)


@pytest.fixture
def controller(room: Room) -> ProfileController:
    return ProfileController(room.desk, view=room.profile, gateway=room.gateway)


def sign_in(room: Room, said: Welcome) -> None:
    room.desk.account = signed_in(said)
    room.desk.tell(Change.ACCOUNT)
    room.gateway.finish()


def shown(room: Room) -> tuple[dict[str, ProfileOption], str, tuple[str, ...]]:
    options, chosen, unusable = room.profile.set_profiles.call_args.args
    return {option.name: option for option in options}, chosen, unusable


def test_the_servers_own_choice_is_shown_with_what_it_keeps(room: Room, controller: ProfileController) -> None:
    sign_in(room, offering())
    options, chosen, unusable = shown(room)
    assert (chosen, unusable, list(options)) == ("heart-study", (), ["heart-study", "research"])
    assert options["heart-study"].keeps == ("AccessionNumber", "PatientBirthDate")
    assert options["heart-study"].hash == OURS.digest[:16]
    assert options["research"].keeps == ()


def test_a_profile_that_this_program_reads_otherwise_is_named_and_not_offered(
    room: Room, controller: ProfileController
) -> None:
    sign_in(room, offering(digest="0" * 64, preferred=""))
    options, chosen, unusable = shown(room)
    assert (list(options), chosen, unusable) == (["research"], "research", ("heart-study",))


def test_a_choice_ends_with_the_sign_in(room: Room, controller: ProfileController) -> None:
    sign_in(room, offering())
    controller.choose("research")
    assert (room.desk.profile, shown(room)[1]) == ("research", "research")
    sign_in(room, offering())
    assert (room.desk.profile, shown(room)[1]) == ("", "heart-study")
    room.desk.account = None
    room.desk.tell(Change.ACCOUNT)
    assert shown(room)[0] == {}


def test_where_nothing_is_de_identified_no_profile_is_shown(room: Room, controller: ProfileController) -> None:
    sign_in(room, offering())
    room.desk.mode = Mode.NONE
    room.desk.tell(Change.CHOICE)
    assert shown(room) == ({}, "", ())


def test_the_plan_is_made_by_the_profile_that_is_chosen(room: Room, controller: ProfileController) -> None:
    planning = PlanningController(
        room.desk, page=room.page, mode=room.mode, button=room.button, gateway=room.gateway, words=room.words
    )
    assert planning is not None
    room.desk.destination, room.desk.inventory, room.desk.mode = "archive", TWO, Mode.INTERNAL
    room.desk.choice, room.desk.choice_block = InternalChoice("Radiology"), None
    sign_in(room, offering())
    room.gateway.finish()
    assert room.desk.plan is not None
    assert (room.desk.plan.profile, room.desk.plan.profile_hash) == ("heart-study", OURS.digest)
    controller.choose("research")
    room.gateway.finish()
    assert (room.desk.plan.profile, room.desk.plan.profile_hash) == ("research", "")


def _texts(window: MainWindow) -> list[str]:
    return [label.text() for label in window.panel.profile.findChildren(QLabel) if not label.isHidden()]


def test_a_profile_that_keeps_identifiers_is_called_so_in_both_languages(
    window: MainWindow, languages: Languages
) -> None:
    own_profile(window)
    window.show()
    assert any(text.startswith("This profile keeps identifiers: PatientBirthDate") for text in _texts(window))
    assert any("and 6 more" in text for text in _texts(window))
    assert "Not usable by this version of the program: next-study." in _texts(window)
    languages.use("de")
    QCoreApplication.processEvents()
    assert any(text.startswith("Dieses Profil behält Identifizierendes: PatientBirthDate") for text in _texts(window))
    window.panel.profile.set_profiles(BUILT_IN, "basic")
    assert not any("Identifizierendes" in text for text in _texts(window))


def test_picking_a_profile_is_told_by_its_name(window: MainWindow) -> None:
    own_profile(window)
    told: list[str] = []
    window.panel.profile.profile_chosen.connect(told.append)
    combo = window.panel.profile.findChild(QComboBox)
    assert combo is not None
    combo.activated.emit(2)
    assert told == ["basic"]
    window.panel.set_locked(True)
    assert not combo.isEnabled()


def test_options_are_values() -> None:
    assert replace(BUILT_IN[0], name="basic") == BUILT_IN[1]
