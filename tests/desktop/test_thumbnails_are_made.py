"""Thumbnails in the tree: which are made, in what order, and when they are forgotten. Without Qt."""

from collections.abc import Callable
from unittest.mock import Mock, call

import pytest

from adit_uploader.desktop.controllers import thumbnails as module
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.pictures import PicturesController
from adit_uploader.desktop.controllers.thumbnails import KEPT, Ahead, ThumbnailsController
from adit_uploader.desktop.values import HeldChoice
from adit_uploader.desktop.views.inventory_view import InventoryView
from adit_uploader.dicom.errors import NoPicture
from adit_uploader.dicom.inventory import Inventory, Series
from adit_uploader.dicom.pictures.render import Picture
from adit_uploader.values import replace
from tests.desktop.parts import instance, inventory, patient
from tests.desktop.room import Room

PICTURE = Picture(32, 24, True, bytes(32 * 24), columns=320, rows=240, frames=1)
SIDE = 20


@pytest.fixture
def view() -> Mock:
    return Mock(spec=InventoryView)


@pytest.fixture
def render(room: Room) -> Mock:
    made = Mock(return_value=PICTURE)
    room.services.render = made
    return made


@pytest.fixture
def ahead(room: Room) -> Ahead:
    return Ahead(room.gateway)


@pytest.fixture
def thumbnails(room: Room, view: Mock, render: Mock, ahead: Ahead) -> ThumbnailsController:
    return ThumbnailsController(room.desk, view=view, gateway=room.gateway, ahead=ahead, render=render)


def series(uid: int, images: int = 1) -> Series:
    return Series(f"1.2.3.{uid}", "CT", "", uid, tuple(instance("1", f"1.2.3.{uid}", one + 1) for one in range(images)))


def rows(*places: int) -> dict[int, Series]:
    return {place: series(place) for place in places}


def shown(view: Mock) -> list[int]:
    """Places in the order in which their pictures came."""
    return [each.args[0] for each in view.set_thumbnail.call_args_list]


def asked(render: Mock) -> list[str]:
    """Folders of the files that were asked for, which are named as their series."""
    return [each.args[0].path.parent.name for each in render.call_args_list]


def test_only_series_that_are_seen_get_a_picture(room: Room, thumbnails: ThumbnailsController, view: Mock) -> None:
    room.gateway.finish()
    view.set_thumbnail.assert_not_called()
    thumbnails.show(rows(3, 4), SIDE)
    room.gateway.finish()
    assert view.set_thumbnail.call_args_list == [call(3, PICTURE), call(4, PICTURE)]
    assert thumbnails.idle


def test_it_is_that_of_the_middle_image_and_of_its_middle_frame(
    room: Room, thumbnails: ThumbnailsController, render: Mock
) -> None:
    one, many = series(1, images=5), series(2)
    many = replace(many, instances=(replace(many.instances[0], number_of_frames=61),))
    thumbnails.show({1: one, 2: many}, SIDE)
    room.gateway.finish()
    wide = (2 * SIDE, 2 * SIDE)
    assert render.call_args_list == [
        call(one.instances[2].location, 0, wide),
        call(many.instances[0].location, 30, wide),
    ]


def test_they_are_made_one_at_a_time_and_those_that_came_into_view_last_first(
    room: Room, thumbnails: ThumbnailsController, view: Mock
) -> None:
    thumbnails.show(rows(1, 2, 3, 4), SIDE)
    assert len(room.gateway.waiting) == 1
    room.gateway.finish_one()
    assert len(room.gateway.waiting) == 1
    thumbnails.show(rows(3, 4, 5, 6), SIDE)
    room.gateway.finish()
    assert shown(view) == [1, 2, 5, 6, 3, 4]


def test_a_row_that_went_out_of_view_before_its_turn_gets_none(
    room: Room, thumbnails: ThumbnailsController, view: Mock
) -> None:
    thumbnails.show(rows(1, 2, 3), SIDE)
    thumbnails.show({}, SIDE)
    room.gateway.finish()
    assert shown(view) == [1]


def test_none_is_asked_for_while_rows_move(room: Room, thumbnails: ThumbnailsController, view: Mock) -> None:
    thumbnails.show(rows(1, 2), SIDE)
    thumbnails.hold()
    room.gateway.finish()
    assert shown(view) == [1]
    assert not thumbnails.idle
    thumbnails.show(rows(2, 3), SIDE)
    room.gateway.finish()
    assert shown(view) == [1, 3, 2]


def test_a_row_that_is_seen_again_while_its_picture_is_made_is_not_asked_for_twice(
    room: Room, thumbnails: ThumbnailsController, render: Mock
) -> None:
    thumbnails.show(rows(1), SIDE)
    thumbnails.show(rows(1), SIDE)
    room.gateway.finish()
    thumbnails.show(rows(1), SIDE)
    room.gateway.finish()
    assert render.call_count == 1


def test_a_series_without_a_picture_is_asked_once_and_keeps_none_of_the_others_from_theirs(
    room: Room, thumbnails: ThumbnailsController, view: Mock, render: Mock
) -> None:
    render.side_effect = [NoPicture("A report."), PICTURE]
    thumbnails.show(rows(1, 2), SIDE)
    room.gateway.finish()
    assert shown(view) == [2]
    thumbnails.show(rows(1, 2), SIDE)
    room.gateway.finish()
    assert render.call_count == 2
    assert thumbnails.idle


def other_inventory(room: Room) -> None:
    room.desk.inventory = inventory(patient("1001", root="1.2.9"))
    room.desk.tell(Change.INVENTORY)


def emptied(room: Room) -> None:
    room.desk.inventory = Inventory()
    room.desk.tell(Change.INVENTORY)


@pytest.mark.parametrize("change", [other_inventory, emptied])
def test_a_picture_asked_for_an_inventory_that_is_gone_is_not_shown(
    room: Room, thumbnails: ThumbnailsController, view: Mock, change: Callable[[Room], None]
) -> None:
    thumbnails.show(rows(1, 2, 3), SIDE)
    room.gateway.finish_one()
    change(room)
    view.drop_thumbnails.assert_called()
    room.gateway.finish()
    assert shown(view) == [1]
    assert thumbnails.idle


def test_the_same_places_of_another_inventory_get_pictures_of_their_own(
    room: Room, thumbnails: ThumbnailsController, view: Mock, render: Mock
) -> None:
    render.side_effect = [PICTURE, NoPicture("A report."), PICTURE, PICTURE, PICTURE]
    thumbnails.show(rows(1, 2, 3), SIDE)
    room.gateway.finish_one()
    room.gateway.finish_one()
    other_inventory(room)
    thumbnails.show({1: series(7), 2: series(8)}, SIDE)  # while the third of the old ones is still made
    room.gateway.finish()
    assert asked(render) == ["1.2.3.1", "1.2.3.2", "1.2.3.3", "1.2.3.7", "1.2.3.8"]
    assert shown(view) == [1, 1, 2]


def test_a_search_that_ends_with_nothing_new_loses_no_picture(
    room: Room, thumbnails: ThumbnailsController, view: Mock, render: Mock
) -> None:
    thumbnails.show(rows(1), SIDE)
    room.gateway.finish()
    view.drop_thumbnails.reset_mock()
    room.desk.tell(Change.INVENTORY)
    view.drop_thumbnails.assert_not_called()
    thumbnails.show(rows(1), SIDE)
    room.gateway.finish()
    assert render.call_count == 1


def test_rows_of_another_height_get_other_pictures(
    room: Room, thumbnails: ThumbnailsController, view: Mock, render: Mock
) -> None:
    thumbnails.show(rows(1, 2), SIDE)
    room.gateway.finish_one()
    view.drop_thumbnails.reset_mock()
    thumbnails.show(rows(1, 2), 2 * SIDE)
    view.drop_thumbnails.assert_called_once_with()
    room.gateway.finish()
    assert [each.args[2] for each in render.call_args_list] == [(40, 40), (40, 40), (80, 80), (80, 80)]
    assert shown(view) == [1, 1, 2]  # that of the second for the old height is not shown


def test_no_more_than_so_many_are_kept_and_those_that_were_not_seen_for_longest_go(
    room: Room, thumbnails: ThumbnailsController, view: Mock, render: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    for seen in ((1, 2, 3), (1,), (4,)):
        thumbnails.show(rows(*seen), SIDE)
        room.gateway.finish()
    assert view.drop_thumbnail.call_args_list == [call(2)]
    render.reset_mock()
    thumbnails.show(rows(1, 2), SIDE)
    room.gateway.finish()
    assert asked(render) == ["1.2.3.2"]
    assert view.drop_thumbnail.call_args_list == [call(2), call(3)]
    assert KEPT == 500


def test_held_series_pictures_go_before(
    room: Room, thumbnails: ThumbnailsController, view: Mock, render: Mock, ahead: Ahead
) -> None:
    held = ("1.2.3.1.2", "1.2.4.1.2")
    room.desk.inventory = inventory(
        patient("1001", root="1.2.3", ultrasound=True), patient("1002", root="1.2.4", ultrasound=True)
    )
    room.desk.tell(Change.INVENTORY)
    pictures = PicturesController(
        room.desk, page=room.page, review=room.review, gateway=ahead, render=render, words=room.words
    )
    thumbnails.show(rows(1, 2), SIDE)
    choices = tuple(HeldChoice(key, "1001", "US", "", 1, Mock()) for key in held)
    pictures.set_held(choices)
    pictures.look_at(held[0])
    room.gateway.finish()
    # the first one was under way; the large look and the list of held series had their turn before the second
    assert asked(render) == ["1.2.3.1", held[0], held[0], held[1], "1.2.3.2"]
    assert shown(view) == [1, 2]


def test_one_that_cannot_be_shown_to_those_who_go_before_lets_the_thumbnails_go_on(
    room: Room, thumbnails: ThumbnailsController, view: Mock, ahead: Ahead
) -> None:
    failed = Mock()
    ahead.run(Mock(side_effect=NoPicture("A report.")), done=Mock(), failed=failed)
    thumbnails.show(rows(1), SIDE)
    assert len(room.gateway.waiting) == 1
    room.gateway.finish_one()
    failed.assert_called_once()
    room.gateway.finish()
    assert shown(view) == [1]
    assert not ahead.busy


def test_nothing_is_asked_for_when_the_program_ends(room: Room, thumbnails: ThumbnailsController) -> None:
    thumbnails.close()
    thumbnails.show(rows(1), SIDE)
    assert not room.gateway.waiting
