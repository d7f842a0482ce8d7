"""Who is signed in: what is said, what is kept, what is forgotten."""

from unittest.mock import Mock

import pytest

from adit_uploader.account.errors import KeyringUnavailable
from adit_uploader.account.settings import Settings
from adit_uploader.desktop.controllers.account import AccountController
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.values import TokenKept
from adit_uploader.protocol.messages import DestinationInfo
from adit_uploader.transfer.errors import WrongToken
from tests.desktop.parts import SERVER, welcome
from tests.desktop.room import Room

TOKEN = "0123456789abcdef"


@pytest.fixture
def controller(room: Room) -> AccountController:
    room.services.tokens = Mock()
    room.services.sign_in.return_value = welcome()
    memory = Memory(room.desk, room.services.save_settings, room.messages, room.words)
    return AccountController(
        room.desk,
        view=room.account,
        destinations=room.destinations,
        gateway=room.gateway,
        services=room.services,
        memory=memory,
        words=room.words,
    )


def test_who_is_signed_in_is_shown_and_the_token_is_kept_only_after_it_worked(
    room: Room, controller: AccountController
) -> None:
    controller.sign_in("https://adit.example.org/", TOKEN)
    assert not room.services.tokens.save.called
    room.gateway.finish()
    identity = room.last(room.account.set_identity)
    assert (identity.user, identity.department, identity.kept) == ("anna", "Radiology", TokenKept.KEYRING)
    room.services.tokens.save.assert_called_once_with(SERVER, TOKEN)
    assert room.desk.destination == "archive"
    assert room.desk.settings.server == "https://adit.example.org"


def test_without_a_keyring_the_token_lives_for_the_session_and_that_is_said(
    room: Room, controller: AccountController
) -> None:
    room.services.tokens.save.side_effect = KeyringUnavailable("none")
    controller.sign_in("adit.example.org", TOKEN)
    room.gateway.finish()
    assert room.last(room.account.set_identity).kept is TokenKept.SESSION
    room.account.set_keyring.assert_called_with(False)
    assert TOKEN not in str(room.services.save_settings.mock_calls)


def test_a_wrong_token_is_explained_beside_the_field_and_nobody_is_signed_in(
    room: Room, controller: AccountController
) -> None:
    room.services.sign_in.side_effect = WrongToken()
    controller.sign_in("adit.example.org", TOKEN)
    room.gateway.finish()
    assert room.last(room.account.set_error).title == "The token was not accepted"
    assert room.desk.account is None
    assert not room.services.tokens.save.called


@pytest.mark.parametrize(("address", "token"), [("", TOKEN), ("http://elsewhere.example.org", TOKEN), ("a.b", "x y")])
def test_what_can_t_work_is_said_without_asking_the_server(
    room: Room, controller: AccountController, address: str, token: str
) -> None:
    controller.sign_in(address, token)
    assert room.gateway.waiting == []
    assert room.last(room.account.set_error).message


def test_the_kept_token_of_the_last_server_signs_in_at_start(room: Room, controller: AccountController) -> None:
    room.desk.settings = Settings(server="https://adit.example.org")
    room.services.tokens.load.return_value = TOKEN
    controller.start()
    room.gateway.finish()
    room.services.sign_in.assert_called_once_with(SERVER, TOKEN)
    room.account.set_address.assert_called_with("https://adit.example.org")


def test_signing_out_forgets_the_token_everywhere(room: Room, controller: AccountController) -> None:
    controller.sign_in("adit.example.org", TOKEN)
    room.gateway.finish()
    controller.sign_out()
    room.gateway.finish()
    room.services.tokens.delete.assert_called_once_with(SERVER)
    assert room.desk.account is None
    assert room.last(room.account.set_identity) is None
    assert room.desk.destination == ""


def test_the_last_destination_comes_before_the_preselected_one(room: Room, controller: AccountController) -> None:
    room.desk.settings = Settings(destination="second")
    room.services.sign_in.return_value = welcome(
        destinations=(DestinationInfo("first", "folder", preselected=True), DestinationInfo("second", "dicom"))
    )
    controller.sign_in("adit.example.org", TOKEN)
    room.gateway.finish()
    assert room.desk.destination == "second"
