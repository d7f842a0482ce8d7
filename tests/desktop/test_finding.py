"""Drops become an inventory: they add up, the newest search counts, nothing hides."""

from pathlib import Path

import pytest

from adit_uploader.desktop.controllers.finding import AT_ONCE, FindingController
from adit_uploader.desktop.values import ScanState, Step, Totals
from adit_uploader.dicom.errors import ScanCancelled
from adit_uploader.dicom.growing import Seen, SeenSeries
from adit_uploader.dicom.inventory import Inventory, LeftOut, LeftOutReason, Location
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


def test_what_may_be_a_lost_image_stands_before_what_is_none(room: Room, controller: FindingController) -> None:
    reasons = (LeftOutReason.NOT_DICOM, LeftOutReason.DICOMDIR, LeftOutReason.DAMAGED, LeftOutReason.NOT_DICOM)
    files = tuple(LeftOut(Location(Path(f"/cd/{n}")), reason) for n, reason in enumerate(reasons))
    room.services.scan.return_value = Inventory(ONE.patients, files)
    controller.add([Path("/cd")])
    room.gateway.finish()
    room.page.set_left_out.assert_called_once_with((files[2], files[0], files[1], files[3]))


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
    def scan(paths: object, *, progress: object, seen: object, cancelled: object) -> Inventory:
        progress(ScanProgress(10, 5, 1, 1000))
        progress(ScanProgress(20, 9, 2, 2000))
        return TWO

    room.services.scan.side_effect = scan
    controller.add([Path("/a")])
    room.gateway.finish()
    room.strip.set_scan.assert_any_call(ScanState(20, 9, 2))
    room.strip.set_scan.assert_called_with(None)


def seen(series: str, instances: int, patient: str = "1001") -> SeenSeries:
    return SeenSeries(patient, "Müller^Anna", "1.2.3", "20240229", "Head CT", series, "CT", "Head", 1, instances, 500)


def test_rows_are_shown_while_a_search_goes_on(room: Room, controller: FindingController) -> None:
    def scan(paths: object, *, progress: object, seen: object, cancelled: object) -> Inventory:
        progress(ScanProgress(10, 5, 1, 1000))
        seen(Seen((FIRST, SECOND)))
        progress(ScanProgress(20, 9, 2, 2000))
        seen(Seen((GROWN,)))
        return TWO

    room.services.scan.side_effect = scan
    controller.add([Path("/a")])
    assert not room.page.show_inventory.called
    room.gateway.finish()
    rows, totals = room.page.show_seen.call_args.args
    assert rows == (GROWN, SECOND)
    assert totals == Totals(patients=2, studies=2, series=2, instances=9, size=2000)
    assert room.page.show_inventory.call_args.args[0] is TWO
    assert room.window.show_step.call_args_list[0].args == (Step.CHECK,)


def test_what_was_found_before_stays_in_view_until_a_further_search_is_over(
    room: Room, controller: FindingController
) -> None:
    controller.add([Path("/a")])
    room.gateway.finish()

    def scan(paths: object, *, progress: object, seen: object, cancelled: object) -> Inventory:
        seen(Seen((FIRST,)))
        return ONE

    room.services.scan.side_effect = scan
    controller.add([Path("/b")])
    room.gateway.finish()
    assert not room.page.show_seen.called
    assert room.desk.inventory is ONE


def test_rows_of_a_search_that_was_stopped_go_again(room: Room, controller: FindingController) -> None:
    def scan(paths: object, *, progress: object, seen: object, cancelled: object) -> Inventory:
        seen(Seen((FIRST,)))
        raise ScanCancelled("stopped")

    room.services.scan.side_effect = scan
    controller.add([Path("/a")])
    room.gateway.finish()
    assert room.page.show_inventory.call_args.args[0].patients == ()
    assert room.window.show_step.call_args.args == (Step.DROP,)


def test_very_many_rows_at_once_are_shown_some_at_a_time(room: Room, controller: FindingController) -> None:
    many = [seen(f"1.2.{number}", 1) for number in range(AT_ONCE * 3)]

    def scan(paths: object, *, progress: object, seen: object, cancelled: object) -> Inventory:
        seen(Seen(tuple(many)))
        return TWO

    room.services.scan.side_effect = scan
    controller.add([Path("/a")])
    room.gateway.finish()
    assert room.page.show_seen.call_args.args[0] == tuple(many[:AT_ONCE])


FIRST, SECOND, GROWN = seen("1.2.3.1", 3), seen("1.2.4.1", 2, patient="1002"), seen("1.2.3.1", 7)


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
