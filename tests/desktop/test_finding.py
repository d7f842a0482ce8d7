"""Drops become an inventory: they add up, the newest search counts, nothing hides."""

from pathlib import Path

import pytest

from adit_uploader.desktop.controllers.finding import FindingController
from adit_uploader.desktop.values import ScanState, Step
from adit_uploader.dicom.errors import ScanCancelled
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.dicom.scan import ScanProgress
from tests.desktop.parts import ONE, TWO, inventory
from tests.desktop.room import Room


@pytest.fixture
def controller(room: Room) -> FindingController:
    room.services.scan.return_value = TWO
    return FindingController(
        room.desk,
        window=room.window,
        strip=room.strip,
        page=room.page,
        messages=room.messages,
        gateway=room.gateway,
        services=room.services,
        words=room.words,
    )


def test_a_drop_is_looked_through_and_shown(room: Room, controller: FindingController) -> None:
    controller.add([Path("/a")])
    assert room.desk.scanning
    room.gateway.finish()
    assert room.desk.inventory is TWO
    assert not room.desk.scanning
    shown, totals = room.page.show_inventory.call_args.args
    assert shown is TWO
    assert (totals.patients, totals.studies, totals.series, totals.instances, totals.size) == (2, 2, 2, 4, 4000)
    room.page.set_left_out.assert_called_once_with(TWO.left_out)
    room.window.show_step.assert_called_once_with(Step.CHECK)


def test_several_drops_add_up_and_the_same_one_counts_once(room: Room, controller: FindingController) -> None:
    controller.add([Path("/a")])
    room.gateway.finish()
    controller.add([Path("/b"), Path("/a")])
    room.gateway.finish()
    assert room.services.scan.call_args.args[0] == (Path("/a"), Path("/b"))


def test_a_drop_during_a_search_takes_its_place_with_everything(room: Room, controller: FindingController) -> None:
    controller.add([Path("/a")])
    controller.add([Path("/b")])
    first, second = (reporter for reporter, _ in room.gateway.waiting)
    assert first.cancelled()
    assert not second.cancelled()
    room.services.scan.side_effect = [ScanCancelled("stopped"), ONE]
    room.gateway.finish()
    assert room.services.scan.call_args.args[0] == (Path("/a"), Path("/b"))
    assert room.desk.inventory is ONE
    assert not room.messages.show_message.called


def test_progress_is_shown(room: Room, controller: FindingController) -> None:
    def scan(paths: object, *, progress: object, cancelled: object) -> Inventory:
        progress(ScanProgress(10, 5, 1, 1000))
        progress(ScanProgress(20, 9, 2, 2000))
        return TWO

    room.services.scan.side_effect = scan
    controller.add([Path("/a")])
    room.gateway.finish()
    room.strip.set_scan.assert_any_call(ScanState(20, 9, 2))
    room.strip.set_scan.assert_called_with(None)


def test_a_stopped_search_keeps_what_was_there(room: Room, controller: FindingController) -> None:
    controller.add([Path("/a")])
    room.gateway.finish()
    room.services.scan.side_effect = ScanCancelled("stopped")
    controller.add([Path("/b")])
    controller.stop()
    room.gateway.finish()
    assert room.desk.inventory is TWO
    assert not room.messages.show_message.called
    room.services.scan.side_effect = None
    controller.add([Path("/c")])
    room.gateway.finish()
    assert room.services.scan.call_args.args[0] == (Path("/a"), Path("/c"))


def test_a_folder_without_images_says_so(room: Room, controller: FindingController) -> None:
    room.services.scan.return_value = inventory()
    controller.add([Path("/a")])
    room.gateway.finish()
    assert room.messages.show_message.call_args.args[2].title == "No DICOM images were found"
    assert not room.window.show_step.called


def test_while_sending_nothing_is_added(room: Room, controller: FindingController) -> None:
    room.desk.sending = True
    controller.add([Path("/a")])
    assert room.gateway.waiting == []
    assert room.messages.show_message.call_args.args[2].title == "An upload is under way"
