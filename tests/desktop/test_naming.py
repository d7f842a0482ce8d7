"""The mode: what is preselected, what is missing, and that real names are never a habit."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from adit_uploader.account.errors import KeyringUnavailable
from adit_uploader.account.settings import Settings
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.naming import NamingController
from adit_uploader.desktop.values import BatchState, KeyState, ModeBlock, SendBlock
from adit_uploader.pseudonyms.batch import BatchFile, BatchRow
from adit_uploader.pseudonyms.choice import BatchChoice, FixedChoice, InternalChoice, NoneChoice
from adit_uploader.pseudonyms.errors import BatchFileProblem, BatchFileProblemCode, BatchFileRefused
from adit_uploader.pseudonyms.mode import Mode
from tests.desktop.parts import TWO, signed_in, welcome
from tests.desktop.room import Room

ALL = ("internal", "batch", "fixed", "none")
KEY = bytes(range(32))


@pytest.fixture
def controller(room: Room) -> NamingController:
    room.services.keys, room.services.watch_batch_file = Mock(), Mock()
    room.services.batch_file_stamp.return_value = (1, 10, 7)
    memory = Memory(room.desk, room.services.save_settings, room.messages, room.words)
    return NamingController(
        room.desk,
        view=room.mode,
        page=room.page,
        messages=room.messages,
        gateway=room.gateway,
        services=room.services,
        memory=memory,
        words=room.words,
        watch=room.services.watch_batch_file,
    )


def enter(room: Room, *modes: str, department: str = "Radiology") -> None:
    room.desk.account = signed_in(welcome(tuple(modes), department=department))  # type: ignore[arg-type]
    room.desk.tell(Change.ACCOUNT)


def test_internal_is_preselected_with_the_servers_department(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    assert room.desk.choice == InternalChoice("Radiology")
    room.mode.set_department.assert_called_with("Radiology")


def test_none_is_never_preselected_even_if_nothing_else_is_allowed(room: Room, controller: NamingController) -> None:
    room.desk.settings = Settings(mode="")
    enter(room, "none")
    assert room.desk.mode is None
    assert room.desk.choice_block is SendBlock.NO_MODE


def test_none_is_not_remembered_and_gone_after_an_upload(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    controller.choose(Mode.NONE)
    assert room.desk.choice == NoneChoice()
    assert room.desk.settings.mode == ""
    assert "none" not in str(room.services.save_settings.mock_calls)
    controller.forget_real_names()
    assert room.desk.mode is Mode.INTERNAL


def test_other_modes_are_remembered(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    controller.choose(Mode.FIXED)
    assert room.desk.settings.mode == "fixed"
    enter(room, *ALL)
    assert room.desk.mode is Mode.FIXED


def test_what_is_not_allowed_is_shown_with_its_reason(room: Room, controller: NamingController) -> None:
    enter(room, "internal", "batch", department=" ")
    options = {option.mode: option.blocked for option in room.last(room.mode.set_options)}
    assert options == {
        Mode.INTERNAL: ModeBlock.NO_DEPARTMENT,
        Mode.BATCH: None,
        Mode.FIXED: ModeBlock.NOT_PERMITTED,
        Mode.NONE: ModeBlock.NOT_PERMITTED,
    }
    assert room.desk.mode is Mode.BATCH


def test_a_fixed_pseudonym_is_checked_while_it_is_typed(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    controller.choose(Mode.FIXED)
    assert room.desk.choice_block is SendBlock.NO_PSEUDONYM
    controller.type_pseudonym("A\\B")
    assert room.desk.choice_block is SendBlock.BAD_PSEUDONYM
    assert room.last(room.mode.set_wrong).title == "This pseudonym can't be used"
    controller.type_pseudonym("Study-17")
    assert room.desk.choice == FixedChoice("Study-17")
    assert room.last(room.mode.set_wrong) is None


def test_all_problems_of_a_batch_file_are_listed_and_block(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    room.desk.inventory = TWO
    problems = tuple(
        BatchFileProblem(line, "Pseudonym", BatchFileProblemCode.EMPTY_CELL, "The cell is empty.") for line in (2, 5)
    )
    room.services.read_batch_file.side_effect = BatchFileRefused(problems)
    controller.choose(Mode.BATCH)
    assert room.desk.choice_block is SendBlock.NO_BATCH_FILE
    controller.choose_batch_file(Path("/list.csv"))
    assert room.desk.choice_block is SendBlock.PLANNING
    room.gateway.finish()
    assert room.last(room.page.set_problems) == problems
    assert room.desk.choice_block is SendBlock.BATCH_FILE_PROBLEMS
    room.mode.set_batch.assert_called_with(BatchState(Path("/list.csv"), problems=2))
    assert room.services.read_batch_file.call_args.args == (Path("/list.csv"), ["1001", "0002734"])


def test_a_corrected_batch_file_is_taken(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    batch = BatchFile((BatchRow(2, "1001", "P1"),))
    room.services.read_batch_file.return_value = batch
    controller.choose(Mode.BATCH)
    controller.choose_batch_file(Path("/list.csv"))
    room.gateway.finish()
    assert room.desk.choice == BatchChoice(batch)
    assert room.last(room.page.set_problems) == ()


def test_a_batch_file_is_read_again_when_something_else_was_found(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    room.services.read_batch_file.return_value = BatchFile(())
    controller.choose(Mode.BATCH)
    controller.choose_batch_file(Path("/list.csv"))
    room.gateway.finish()
    room.desk.inventory = TWO
    room.desk.tell(Change.INVENTORY)
    room.gateway.finish()
    assert room.services.read_batch_file.call_args.args[1] == ["1001", "0002734"]


def test_a_batch_file_that_was_saved_elsewhere_is_read_again(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    problem = BatchFileProblem(2, "Pseudonym", BatchFileProblemCode.EMPTY_CELL, "The cell is empty.")
    room.services.read_batch_file.side_effect = BatchFileRefused((problem,))
    controller.choose(Mode.BATCH)
    controller.choose_batch_file(Path("/list.csv"))
    room.gateway.finish()
    room.services.watch_batch_file.assert_called_once_with(Path("/list.csv"))
    corrected = BatchFile((BatchRow(2, "1001", "P1"),))
    room.services.read_batch_file.side_effect = None
    room.services.read_batch_file.return_value = corrected
    room.services.batch_file_stamp.return_value = (2, 12, 8)
    controller.look_again()
    room.gateway.finish()
    assert room.desk.choice == BatchChoice(corrected)
    assert room.last(room.page.set_problems) == ()


@pytest.mark.parametrize("stamp", [(1, 10, 7), None], ids=["the same", "gone"])
def test_a_batch_file_that_is_the_same_or_gone_stays_as_it_was_read(
    room: Room, controller: NamingController, stamp: object
) -> None:
    enter(room, *ALL)
    room.services.read_batch_file.return_value = BatchFile(())
    controller.choose(Mode.BATCH)
    controller.choose_batch_file(Path("/list.csv"))
    room.gateway.finish()
    chosen = room.desk.choice
    room.services.batch_file_stamp.return_value = stamp
    controller.look_again()
    room.gateway.finish()
    assert room.desk.choice is chosen
    room.services.read_batch_file.assert_called_once()


def test_a_batch_file_is_not_read_again_while_its_upload_is_under_way(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    room.services.read_batch_file.return_value = BatchFile(())
    controller.choose(Mode.BATCH)
    controller.choose_batch_file(Path("/list.csv"))
    room.gateway.finish()
    room.services.batch_file_stamp.return_value = (2, 12, 8)
    controller.look_again()
    room.desk.sending = True  # begun before the file was looked at
    room.gateway.finish()
    controller.look_again()
    room.gateway.finish()
    room.services.read_batch_file.assert_called_once()


def test_the_keyed_variant_needs_a_key(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    room.services.keys.load.return_value = None
    controller.use_key(True)
    room.gateway.finish()
    assert room.desk.choice_block is SendBlock.NO_DEPARTMENT_KEY
    room.mode.set_key.assert_called_with(True, KeyState.MISSING)
    room.services.keys.make.return_value = KEY
    controller.make_key()
    room.gateway.finish()
    assert room.desk.choice == InternalChoice("Radiology", KEY)
    controller.use_key(False)
    assert room.desk.choice == InternalChoice("Radiology")


def test_without_a_keyring_a_key_lasts_for_the_session(room: Room, controller: NamingController) -> None:
    enter(room, *ALL)
    room.services.keys.load.side_effect = KeyringUnavailable("none")
    controller.use_key(True)
    room.gateway.finish()
    room.mode.set_key.assert_called_with(True, KeyState.NO_KEYRING)
    controller.make_key()
    assert isinstance(room.desk.choice, InternalChoice)
    assert room.desk.choice.key is not None
    assert len(room.desk.choice.key) == 32
