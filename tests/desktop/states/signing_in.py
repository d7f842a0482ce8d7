"""Who is signed in where, or why not, and the way there."""

from adit_uploader.account.errors import SettingsError
from adit_uploader.account.settings import LineSettings
from adit_uploader.desktop.values import (
    DestinationOption,
    Identity,
    ModeBlock,
    ModeOption,
    ScanState,
    SendBlock,
    SendState,
    Severity,
    TokenKept,
    Totals,
)
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.words import errors
from adit_uploader.desktop.words.speaker import Speaker
from adit_uploader.filled import Filled
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import (
    CertificateChanged,
    CertificateOfNobody,
    ProxySettingWrong,
    ServerUnreachable,
    WrongToken,
)
from tests.desktop.states.made_up import ALL_MODES, BUILT_IN


def signed_out(window: MainWindow) -> None:
    window.panel.account.set_keyring(False)


def wrong_token(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_error(errors.explain(WrongToken()))
    window.scan.set_scan(ScanState(12_345, 11_222, 3))


def signed_in(window: MainWindow) -> None:
    identity = Identity("anna.beispiel", "Radiology", "https://adit.example.org", TokenKept.SESSION)
    panel = window.panel
    panel.account.set_identity(identity)
    panel.destination.set_destinations((DestinationOption("Research archive"),), "Research archive")
    panel.mode.set_options((*ALL_MODES[:3], ModeOption(Mode.NONE, ModeBlock.NOT_PERMITTED)))
    panel.mode.set_department("Radiology")
    panel.mode.set_mode(Mode.INTERNAL)
    panel.profile.set_profiles(BUILT_IN, "research")


def token_page(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_token_page("https://adit.example.org/token-authentication/")


def line_settings(window: MainWindow) -> None:
    signed_in(window)
    line = LineSettings("http://proxy.example.org:3128", "/made-up/authority.pem", {"a": "ab" * 32}, 12_500_000, "on")
    window.line.show_line(line, line, frozenset())
    window.line.set_error(errors.explain(ProxySettingWrong()))


def managed_line_settings(window: MainWindow) -> None:
    signed_in(window)
    line = LineSettings(limit_rate=1_000_000)
    window.line.show_line(LineSettings(), line, frozenset({"proxy", "ca_file", "limit_rate", "compress"}))


def several_servers(window: MainWindow) -> None:
    signed_in(window)
    servers = ("https://adit.example.org", "https://second.adit.example.org")
    window.panel.account.set_servers(servers, servers[0])


def several_servers_signed_out(window: MainWindow) -> None:
    several_servers(window)
    window.panel.account.set_identity(None)
    window.panel.profile.set_profiles((), "")


def managed(window: MainWindow) -> None:
    signed_in(window)
    panel = window.panel
    panel.profile.set_fixed(True)
    panel.profile.set_profiles(BUILT_IN[:1], "research")
    panel.mode.set_options(
        tuple(ModeOption(mode, None if mode is Mode.INTERNAL else ModeBlock.MANAGED) for mode in Mode)
    )
    panel.mode.set_mode(Mode.INTERNAL)


def managed_signed_out(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_fixed(True)


def dragged_over(window: MainWindow) -> None:
    signed_in(window)
    window.drop.set_over(True)


def signing_in(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_busy(True)


def server_silent(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_error(errors.explain(ServerUnreachable()))


def unknown_authority(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_error(errors.explain(CertificateOfNobody()))


def another_certificate(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    changed = CertificateChanged(expected=":".join(["AB"] * 32), found=":".join(["CD"] * 32))
    window.panel.account.set_error(errors.explain(changed))


def no_browser(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_error(Speaker().no_browser("https://adit.example.org/token-authentication/"))


def no_department(window: MainWindow) -> None:
    signed_in(window)
    panel = window.panel
    panel.account.set_identity(Identity("anna.beispiel", "", "https://adit.example.org", TokenKept.KEYRING))
    blocked = (ModeOption(Mode.INTERNAL, ModeBlock.NO_DEPARTMENT), *ALL_MODES[1:3])
    panel.mode.set_department("")
    panel.mode.set_options(blocked)
    panel.mode.set_mode(None)
    panel.send.set_state(SendState(Totals(), None, SendBlock.NO_MODE))


def long_names(window: MainWindow) -> None:
    signed_in(window)
    user, department = "anna-katharina.beispiel_mustermann@klinikum.example.org", "Strahlentherapieundradioonkologie"
    server = "https://adit-upload.radiologie.universitaetsklinikum-musterstadt.example.org"
    panel = window.panel
    panel.account.set_identity(Identity(user, department, server, TokenKept.KEYRING))
    panel.mode.set_department(department)
    panel.destination.set_destinations((DestinationOption("The archive of our heart study, since 2019"),), "")


def settings_unreadable(window: MainWindow) -> None:
    signed_out(window)
    why = Filled("{path} is damaged. Tell whoever manages this computer.", path="/etc/xdg/adit-uploader/managed.json")
    problem = SettingsError("The settings of this computer can't be read", why)
    window.messages.show_message("settings", Severity.WARNING, errors.explain(problem))


def plain_line_settings(window: MainWindow) -> None:
    signed_in(window)
    window.line.show_line(LineSettings(), LineSettings(), frozenset())


def line_being_checked(window: MainWindow) -> None:
    line_settings(window)
    window.line.set_error(None)
    window.line.set_busy(True)
