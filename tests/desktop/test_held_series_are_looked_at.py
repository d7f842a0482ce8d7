"""Held series: their pictures are asked for one by one, and what the user says of a series is planned and shown."""

from unittest.mock import Mock

import pytest

from adit_uploader.deid.blanking.areas import Blanking, Rectangle
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.pictures import THUMBNAIL, PicturesController
from adit_uploader.desktop.controllers.planning import PlanningController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.values import HeldDecision, ReviewState, RowState
from adit_uploader.dicom.errors import PictureDamaged
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.dicom.pictures.render import Picture
from adit_uploader.protocol.messages import Policies
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.pseudonyms.mode import Mode
from tests.desktop.parts import inventory, patient, signed_in, welcome
from tests.desktop.room import Room

FIRST, SECOND = "1.2.3.1.2", "1.2.4.1.2"
STRIP = Rectangle(0, 0, 320, 24)
PICTURE = Picture(32, 24, True, bytes(32 * 24), columns=320, rows=240, frames=5)


def two_ultrasounds() -> Inventory:
    """Two patients with an ultrasound of 320 x 240 pixels each."""
    return inventory(
        patient("1001", root="1.2.3", ultrasound=True, columns=320, rows=240),
        patient("0002734", root="1.2.4", ultrasound=True, columns=320, rows=240),
    )


@pytest.fixture
def pictures(room: Room) -> PicturesController:
    """The two controllers with two held series planned, and no picture made yet."""
    room.services.render = Mock(return_value=PICTURE)
    room.desk.account = signed_in()
    room.desk.destination = "archive"
    room.desk.inventory = two_ultrasounds()
    room.desk.mode = Mode.INTERNAL
    room.desk.choice, room.desk.choice_block = InternalChoice("Radiology"), None
    PlanningController(
        room.desk, page=room.page, mode=room.mode, button=room.button, gateway=room.gateway, words=room.words
    )
    made = PicturesController(
        room.desk,
        page=room.page,
        review=room.review,
        gateway=room.gateway,
        render=room.services.render,
        words=room.words,
    )
    room.desk.tell(Change.CHOICE)
    room.gateway.finish_one()
    return made


def shown(room: Room) -> ReviewState:
    state = room.last(room.review.show_review)
    assert isinstance(state, ReviewState)
    return state


def test_each_held_series_gets_its_thumbnail_once(room: Room, pictures: PicturesController) -> None:
    room.gateway.finish()
    room.desk.tell(Change.CHOICE)
    room.gateway.finish()
    assert [call.args for call in room.page.set_thumbnail.call_args_list] == [(FIRST, PICTURE), (SECOND, PICTURE)]
    assert all(call.args[1:] == (0, THUMBNAIL) for call in room.services.render.call_args_list)


def test_a_thumbnail_that_cannot_be_made_does_not_keep_the_next_from_being_made(
    room: Room, pictures: PicturesController
) -> None:
    room.services.render.side_effect = [PictureDamaged("It is cut."), PICTURE]
    room.gateway.finish()
    assert room.page.set_thumbnail.call_args.args == (SECOND, PICTURE)


def test_an_area_that_is_drawn_blanks_the_series_and_sends_it(room: Room, pictures: PicturesController) -> None:
    pictures.look_at(FIRST)
    room.gateway.finish()
    assert (shown(room).choice.decision, shown(room).position, shown(room).series) == (HeldDecision.LEAVE_OUT, 0, 2)
    pictures.draw((STRIP,))
    room.gateway.finish()
    assert shown(room).choice.decision is HeldDecision.BLANK
    assert shown(room).areas == (STRIP,)
    assert room.desk.plan is not None
    assert dict(room.desk.plan.blankings) == {FIRST: Blanking(320, 240, (STRIP,))}
    states = room.page.set_outcome.call_args.args[1]
    assert (states[FIRST], states[SECOND]) == (RowState.SENT, RowState.HELD)


def test_without_its_last_area_a_series_is_left_out_again(room: Room, pictures: PicturesController) -> None:
    pictures.look_at(FIRST)
    room.gateway.finish()
    pictures.draw((STRIP,))
    pictures.draw(())
    room.gateway.finish()
    assert shown(room).choice.decision is HeldDecision.LEAVE_OUT
    assert room.desk.plan is not None
    assert not room.desk.plan.blankings


def test_sent_as_it_is_then_left_out_then_blanked_again(room: Room, pictures: PicturesController) -> None:
    pictures.look_at(FIRST)
    room.gateway.finish()
    pictures.draw((STRIP,))
    pictures.decide(HeldDecision.AS_IT_IS)
    assert (room.desk.released, dict(room.desk.blanked)) == ({FIRST}, {})
    pictures.decide(HeldDecision.LEAVE_OUT)
    assert (room.desk.released, dict(room.desk.blanked)) == (frozenset(), {})
    pictures.decide(HeldDecision.BLANK)
    assert (room.desk.released, set(room.desk.blanked)) == (frozenset(), {FIRST})


def test_blanking_without_an_area_is_no_decision(room: Room, pictures: PicturesController) -> None:
    pictures.look_at(FIRST)
    room.gateway.finish()
    pictures.decide(HeldDecision.BLANK)
    assert not room.desk.blanked


def test_the_tick_of_a_series_with_areas_means_blanked(room: Room, pictures: PicturesController) -> None:
    pictures.look_at(FIRST)
    room.gateway.finish()
    pictures.draw((STRIP,))
    pictures.release(FIRST, False)
    pictures.release(FIRST, True)
    assert set(room.desk.blanked) == {FIRST}
    pictures.release(SECOND, True)
    assert room.desk.released == {SECOND}


def test_only_the_newest_picture_is_shown(room: Room, pictures: PicturesController) -> None:
    room.gateway.finish()
    pictures.look_at(FIRST)
    for frame in (1, 2, 3):
        pictures.show_picture(0, frame)
    room.gateway.finish()
    assert [call.args[2] for call in room.review.set_picture.call_args_list] == [3]
    asked = [call.args[1] for call in room.services.render.call_args_list if call.args[2] != THUMBNAIL]
    assert asked == [0, 3]  # those in between are never decoded


def test_a_picture_of_a_series_that_is_no_longer_looked_at_is_not_shown(
    room: Room, pictures: PicturesController
) -> None:
    room.gateway.finish()
    pictures.look_at(FIRST)
    pictures.close()
    room.gateway.finish()
    room.review.set_picture.assert_not_called()


def test_why_there_is_no_picture_stands_in_its_place(room: Room, pictures: PicturesController) -> None:
    room.gateway.finish()
    room.services.render.side_effect = PictureDamaged("It is cut.")
    pictures.look_at(FIRST)
    room.gateway.finish()
    picture, text, _ = room.review.set_picture.call_args.args
    assert picture is None
    assert "It is cut." in text


def test_why_there_is_no_picture_is_said_in_the_language_of_the_moment(
    room: Room, pictures: PicturesController, languages: Languages
) -> None:
    room.gateway.finish()
    room.services.render.side_effect = PictureDamaged("It is cut.")
    pictures.look_at(FIRST)
    room.gateway.finish()
    english = room.review.set_picture.call_args.args[1]
    languages.use("de")
    pictures.say_again()
    room.gateway.finish()
    assert room.review.set_picture.call_args.args[1].splitlines()[0] != english.splitlines()[0]


def test_the_series_before_and_after(room: Room, pictures: PicturesController) -> None:
    pictures.look_at(FIRST)
    pictures.step(-1)
    assert shown(room).choice.key == FIRST
    pictures.step(1)
    assert shown(room).choice.key == SECOND
    pictures.step(1)
    assert shown(room).choice.key == SECOND


def test_a_series_that_the_server_never_takes_stays_held(room: Room, pictures: PicturesController) -> None:
    room.desk.account = signed_in(welcome(policies=Policies(burned_in="never")))
    pictures.look_at(FIRST)
    room.gateway.finish()
    pictures.draw((STRIP,))
    room.gateway.finish()
    assert shown(room).choice.forbidden
    assert room.desk.plan is not None
    assert room.desk.plan.counts.held == 2


def test_other_files_forget_what_was_drawn(room: Room, pictures: PicturesController) -> None:
    pictures.look_at(FIRST)
    room.gateway.finish()
    pictures.draw((STRIP,))
    room.gateway.finish()
    room.desk.inventory = Inventory()
    room.desk.tell(Change.INVENTORY)
    room.desk.inventory, room.desk.blanked = two_ultrasounds(), {}
    room.desk.tell(Change.INVENTORY)
    room.gateway.finish()
    pictures.look_at(FIRST)
    assert shown(room).areas == ()
