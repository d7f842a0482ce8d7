"""Signing in and out; where to send to."""

from dataclasses import dataclass, field, replace

from adit_uploader.account.errors import AccountError, KeyringUnavailable
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.tokens import check_token
from adit_uploader.desktop.controllers.desk import Change, Desk, SignedIn
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.ports import AccountView, DestinationView, Services, WindowView, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import DestinationOption, Identity, TokenKept
from adit_uploader.transfer.errors import CertificateOfNobody, CertificateSelfSigned
from adit_uploader.transfer.line import shown


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A server whose certificate nobody vouches for, while the user compares its fingerprint."""

    server: ServerAddress
    token: str = field(repr=False)
    fingerprint: str


class AccountController:
    """Who is signed in, and to which destinations they may send."""

    def __init__(
        self,
        desk: Desk,
        *,
        view: AccountView,
        window: WindowView,
        destinations: DestinationView,
        gateway: Gateway,
        services: Services,
        memory: Memory,
        words: Words,
    ) -> None:
        self._desk = desk
        self._view = view
        self._window = window
        self._destinations = destinations
        self._gateway = gateway
        self._services = services
        self._memory = memory
        self._words = words
        self._session: dict[str, str] = {}  # tokens of this session, by origin; never written anywhere
        self._to_trust: _Unknown | None = None

    def start(self, address: str = "", token: str = "") -> None:
        """Looks for the keyring, and signs in with what it has for the last server (or with what is given)."""
        fixed = self._desk.managed.server
        address = address or fixed or self._desk.settings.server
        self._view.set_address(address)
        self._view.set_fixed(bool(fixed))
        self._show_servers()
        if address and token:
            self.sign_in(address, token)
            return
        self._look_for_token(address)

    def _look_for_token(self, address: str) -> None:
        """Signs in with the token that was kept for a server, if there is one."""

        def look(_: Reporter) -> str | None:
            self._services.tokens.probe()
            return self._services.tokens.load(parse(address)) if address else None

        def found(token: str | None) -> None:
            self._view.set_keyring(True)
            if token and self._desk.account is None:
                self.sign_in(address, token)

        def missing(error: BaseException) -> None:
            self._view.set_keyring(not isinstance(error, KeyringUnavailable))

        self._gateway.run(look, done=found, failed=missing)

    def choose_server(self, address: str) -> None:
        """To another server that was signed in to before, without typing; its token stays where it is."""
        account = self._desk.account
        if self._desk.sending or (account is not None and account.server.origin == address):
            return
        self._leave()
        self._view.set_address(address)
        self._view.set_error(None)
        self._show_servers(address)
        token = self._session.get(address)
        if token is not None:
            self.sign_in(address, token)
        else:
            self._look_for_token(address)

    def sign_in(self, address: str, token: str) -> None:
        """Asks the server who this is. The token goes into the keyring only after it has worked."""
        try:
            server, token = parse(address), check_token(token)
            self._desk.managed.check_server(server)
        except AccountError as error:
            self._view.set_error(self._words.explain(error))
            return
        self._view.set_error(None)
        self._view.set_busy(True)

        def ask(_: Reporter) -> tuple[SignedIn, TokenKept]:
            account = SignedIn(server, token, self._services.sign_in(server, token))
            try:
                self._services.tokens.save(server, token)
            except KeyringUnavailable:
                return account, TokenKept.SESSION
            return account, TokenKept.KEYRING

        def refused(error: BaseException) -> None:
            if isinstance(error, CertificateSelfSigned | CertificateOfNobody):
                self._look_at_certificate(server, token, error)
            else:
                self._refused(error)

        self._gateway.run(ask, done=self._signed_in, failed=refused)

    def open_token_page(self, address: str) -> None:
        """In the browser: where the server's users make their tokens."""
        try:
            server = parse(address)
            self._desk.managed.check_server(server)
        except AccountError as error:
            self._view.set_error(self._words.explain(error))
            return
        self._view.set_error(None)

        def found(url: str) -> None:
            if self._window.open_page(url):
                self._view.set_token_page(url)
            else:
                self._view.set_error(self._words.no_browser(url))

        self._gateway.run(lambda _: self._services.token_page(server), done=found, failed=self._refused)

    def _look_at_certificate(self, server: ServerAddress, token: str, refusal: BaseException) -> None:
        """Asks whether the certificate that nobody vouches for is the right one; the token was not sent yet."""

        def seen(fingerprint: str) -> None:
            self._refused(refusal)
            self._to_trust = _Unknown(server, token, fingerprint)
            self._window.ask_to_trust(str(server), shown(fingerprint))

        def failed(_: BaseException) -> None:
            self._refused(refusal)

        self._gateway.run(lambda _: self._services.certificate(server), done=seen, failed=failed)

    def trust(self) -> None:
        """The user has compared the fingerprint: this certificate, and no other, is the server's from now on."""
        unknown, self._to_trust = self._to_trust, None
        if unknown is None or self._desk.account is not None:
            return
        settings = self._desk.settings
        line = settings.line.with_pin(unknown.server.key, unknown.fingerprint)
        self._memory.keep(replace(settings, line=line))
        self.sign_in(unknown.server.origin, unknown.token)

    def sign_out(self) -> None:
        """Forgets the token, here and in the keyring."""
        account = self._desk.account
        if account is None or self._desk.sending:
            return
        self._leave()
        self._forget((account.server,))

    def sign_out_everywhere(self) -> None:
        """Forgets the tokens of all servers, here and in the keyring; their addresses stay."""
        if self._desk.sending:
            return
        account = self._desk.account
        known = {one.key: one for one in map(parsed, self._desk.settings.servers) if one is not None}
        if account is not None:
            known[account.server.key] = account.server
        self._leave()
        self._session.clear()
        self._forget(tuple(known.values()))

    def _leave(self) -> None:
        """Nobody is signed in any more."""
        if self._desk.account is None:
            return
        self._desk.account = None
        self._desk.destination = ""
        self._view.set_identity(None)
        self._destinations.set_destinations((), "")
        self._desk.tell(Change.ACCOUNT)

    def _forget(self, servers: tuple[ServerAddress, ...]) -> None:
        for server in servers:
            self._session.pop(server.origin, None)

        def forget(_: Reporter) -> None:
            for server in servers:
                self._services.tokens.delete(server)

        self._gateway.run(forget, done=lambda _: None, failed=self._not_forgotten)

    def _show_servers(self, current: str = "") -> None:
        servers = () if self._desk.managed.server else self._desk.settings.servers
        self._view.set_servers(servers, current or self._desk.settings.server)

    def choose_destination(self, name: str) -> None:
        self._desk.destination = name
        self._memory.keep(replace(self._desk.settings, destination=name))
        self._desk.tell(Change.CHOICE)

    # ------------------------------------------------------------ ends of background work

    def _signed_in(self, result: tuple[SignedIn, TokenKept]) -> None:
        account, kept = result
        welcome = account.welcome
        self._desk.account = account
        self._view.set_busy(False)
        self._view.set_keyring(kept is TokenKept.KEYRING)
        self._view.set_identity(Identity(welcome.user, welcome.department, account.server.origin, kept))
        options = tuple(DestinationOption(each.name, each.preselected) for each in welcome.destinations)
        self._desk.destination = preselected(options, self._desk.settings.destination)
        self._destinations.set_destinations(options, self._desk.destination)
        self._session[account.server.origin] = account.token
        self._memory.keep(self._desk.settings.with_server(account.server.origin))
        self._show_servers()
        self._desk.tell(Change.ACCOUNT)

    def _refused(self, error: BaseException) -> None:
        self._view.set_busy(False)
        self._view.set_error(self._words.explain(error))

    def _not_forgotten(self, error: BaseException) -> None:
        if not isinstance(error, KeyringUnavailable):
            self._view.set_error(self._words.explain(error))


def parse(address: str) -> ServerAddress:
    """The address as typed. Plain http is let through to this computer itself: nobody else hears it."""
    return ServerAddress.parse(address, insecure_loopback=True)


def parsed(address: str) -> ServerAddress | None:
    """The address as it was remembered; None where it is none."""
    try:
        return parse(address)
    except AccountError:
        return None


def preselected(options: tuple[DestinationOption, ...], last: str) -> str:
    """The last one if it is still there, else the receiver's preselection, else the only one there is."""
    names = [option.name for option in options]
    if last in names:
        return last
    marked = [option.name for option in options if option.preselected]
    if marked:
        return marked[0]
    return names[0] if len(names) == 1 else ""
