"""Who is signed in: what is said, what is kept, what is forgotten."""

from pathlib import Path
from unittest.mock import Mock

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from adit_uploader.account.errors import KeyringUnavailable
from adit_uploader.account.managed import Managed
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import MAX_SERVERS, LineSettings, Settings
from adit_uploader.desktop.controllers.account import AccountController
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.naming import options
from adit_uploader.desktop.real_services import Remembered
from adit_uploader.desktop.values import ModeBlock, TokenKept
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.protocol.messages import DestinationInfo
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import CertificateChanged, CertificateSelfSigned, WrongToken
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
        window=room.window,
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


class TestSeveralServers:
    OTHER = "https://other.example.org"

    def test_another_one_is_signed_in_to_without_typing(self, room: Room, controller: AccountController) -> None:
        controller.sign_in("adit.example.org", TOKEN)
        room.gateway.finish()
        room.services.tokens.load.return_value = "another-token"
        controller.choose_server(self.OTHER)
        assert room.desk.account is None  # nothing is planned for a server that is not signed in to
        room.gateway.finish()
        other = ServerAddress.parse(self.OTHER)
        assert room.services.sign_in.call_args.args == (other, "another-token")
        assert not room.services.tokens.delete.called
        assert room.desk.settings.servers == (self.OTHER, "https://adit.example.org")
        assert room.account.set_servers.call_args.args == (room.desk.settings.servers, self.OTHER)

    def test_without_a_keyring_the_session_s_token_is_taken(self, room: Room, controller: AccountController) -> None:
        room.services.tokens.save.side_effect = KeyringUnavailable("none")
        for address, token in ((self.OTHER, "another-token"), ("https://adit.example.org", TOKEN)):
            controller.sign_in(address, token)
            room.gateway.finish()
        controller.choose_server(self.OTHER)
        room.gateway.finish()
        assert room.services.sign_in.call_args.args[1] == "another-token"

    def test_one_without_a_token_asks_for_one(self, room: Room, controller: AccountController) -> None:
        room.services.tokens.load.return_value = None
        controller.choose_server(self.OTHER)
        room.gateway.finish()
        room.account.set_address.assert_called_with(self.OTHER)
        assert not room.services.sign_in.called

    def test_while_an_upload_runs_nobody_changes_the_server(self, room: Room, controller: AccountController) -> None:
        controller.sign_in("adit.example.org", TOKEN)
        room.gateway.finish()
        room.desk.sending = True
        controller.choose_server(self.OTHER)
        controller.sign_out_everywhere()
        assert room.desk.account is not None
        assert room.gateway.waiting == []

    def test_signing_out_everywhere_forgets_every_token(self, room: Room, controller: AccountController) -> None:
        for address in (self.OTHER, "https://adit.example.org"):
            controller.sign_in(address, TOKEN)
            room.gateway.finish()
        controller.sign_out_everywhere()
        room.gateway.finish()
        forgotten = {call.args[0] for call in room.services.tokens.delete.call_args_list}
        assert forgotten == {SERVER, ServerAddress.parse(self.OTHER)}
        room.services.tokens.load.return_value = None
        room.services.sign_in.reset_mock()
        controller.choose_server(self.OTHER)
        room.gateway.finish()
        assert not room.services.sign_in.called

    def test_the_newest_ones_are_remembered(self) -> None:
        settings = Settings()
        for number in range(MAX_SERVERS + 2):
            settings = settings.with_server(f"https://{number}.example.org")
        settings = settings.with_server("https://5.example.org")
        assert settings.servers[:2] == ("https://5.example.org", f"https://{MAX_SERVERS + 1}.example.org")
        assert len(set(settings.servers)) == MAX_SERVERS


class TestAnUnknownCertificate:
    FINGERPRINT = "ab" * 32

    @pytest.fixture(autouse=True)
    def asked(self, room: Room, controller: AccountController) -> None:
        room.services.sign_in.side_effect = [CertificateSelfSigned(), welcome()]
        room.services.certificate.return_value = self.FINGERPRINT
        controller.sign_in("adit.example.org", TOKEN)
        room.gateway.finish()

    def test_its_fingerprint_is_asked_about_before_anything_is_sent(self, room: Room) -> None:
        room.window.ask_to_trust.assert_called_once_with("adit.example.org", ":".join(["AB"] * 32))
        assert room.desk.account is None
        assert room.last(room.account.set_error) is not None

    def test_who_says_yes_signs_in_and_the_certificate_is_pinned(
        self, room: Room, controller: AccountController
    ) -> None:
        controller.trust()
        assert room.desk.settings.line.pins == {SERVER.key: self.FINGERPRINT}
        room.gateway.finish()
        assert room.desk.account is not None
        controller.trust()  # counts once
        assert room.services.sign_in.call_count == 2

    def test_another_one_than_the_pinned_is_refused_without_a_question(
        self, room: Room, controller: AccountController
    ) -> None:
        room.services.sign_in.side_effect = CertificateChanged(expected="a", found="b")
        controller.sign_in("adit.example.org", TOKEN)
        room.gateway.finish()
        assert room.window.ask_to_trust.call_count == 1
        assert room.desk.account is None


def test_what_is_changed_in_the_window_counts_for_the_next_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path))
    remembered = Remembered(Settings())
    assert remembered.line_to(SERVER).pin == ""
    remembered.save(Settings(line=LineSettings(proxy="none").with_pin(SERVER.key, "ab" * 32)))
    assert remembered.line_to(SERVER).pin == "ab" * 32
    assert remembered.line_to(SERVER).proxy == "none"
    assert Settings.load().line.pins == {SERVER.key: "ab" * 32}


class TestWhatIsManaged:
    @pytest.fixture(autouse=True)
    def fixed(self, room: Room) -> None:
        room.desk.managed = Managed(server="https://adit.example.org")

    def test_the_server_is_set_and_no_other_is_offered(self, room: Room, controller: AccountController) -> None:
        room.desk.settings = Settings().with_server("https://other.example.org")
        room.services.tokens.load.return_value = None
        controller.start()
        room.account.set_address.assert_called_once_with("https://adit.example.org")
        room.account.set_fixed.assert_called_once_with(True)
        room.account.set_servers.assert_called_once_with((), "https://other.example.org")

    def test_another_server_is_not_even_asked(self, room: Room, controller: AccountController) -> None:
        controller.sign_in("other.example.org", TOKEN)
        assert room.gateway.waiting == []
        assert room.last(room.account.set_error).title == "Another server is set by your IT department"

    def test_a_mode_that_is_not_allowed_here_says_who_forbids_it(self) -> None:
        blocked = {one.mode: one.blocked for one in options(welcome(), ("batch",))}
        assert blocked[Mode.BATCH] is None
        assert blocked[Mode.INTERNAL] is ModeBlock.MANAGED
        assert blocked[Mode.NONE] is ModeBlock.MANAGED


class TestTheTokenPage:
    PAGE = "https://adit.example.org/tokens/"

    def test_it_is_opened_in_the_browser_and_what_to_do_there_is_said(
        self, room: Room, controller: AccountController
    ) -> None:
        room.services.token_page.return_value = self.PAGE
        room.window.open_page.return_value = True
        controller.open_token_page("adit.example.org")
        room.gateway.finish()
        room.services.token_page.assert_called_once_with(SERVER)
        room.window.open_page.assert_called_once_with(self.PAGE)
        room.account.set_token_page.assert_called_once_with(self.PAGE)
        assert room.last(room.account.set_error) is None

    def test_without_a_browser_its_address_is_named(self, room: Room, controller: AccountController) -> None:
        room.services.token_page.return_value = self.PAGE
        room.window.open_page.return_value = False
        controller.open_token_page("adit.example.org")
        room.gateway.finish()
        assert self.PAGE in room.last(room.account.set_error).message
        assert not room.account.set_token_page.called

    @pytest.mark.parametrize("address", ["", "http://elsewhere.example.org", "other.example.org"])
    def test_of_no_server_that_may_be_used_none_is_opened(
        self, room: Room, controller: AccountController, address: str
    ) -> None:
        room.desk.managed = Managed(server="https://adit.example.org")
        controller.open_token_page(address)
        assert room.gateway.waiting == []
        assert room.last(room.account.set_error) is not None
        assert not room.window.open_page.called


def test_the_button_opens_the_page_and_the_field_for_the_token_takes_the_keyboard(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Mock(return_value=True)
    monkeypatch.setattr(QDesktopServices, "openUrl", opened)
    panel = window.panel.account
    panel.set_address("adit.example.org")
    window.show()
    wanted = Mock()
    panel.token_page_wanted.connect(wanted)
    (button,) = (one for one in panel.findChildren(QPushButton) if "browser" in one.text())
    button.click()
    wanted.assert_called_once_with("adit.example.org")
    assert window.open_page(TestTheTokenPage.PAGE)
    assert opened.call_args.args[0].toString() == TestTheTokenPage.PAGE
    panel.set_token_page(TestTheTokenPage.PAGE)
    assert any(TestTheTokenPage.PAGE in one.text() for one in panel.findChildren(QLabel) if one.isVisible())
    assert panel.focusWidget().echoMode() is QLineEdit.EchoMode.Password
