"""Signing in and out; where to send to."""

from dataclasses import replace

from adit_uploader.account.errors import AccountError, KeyringUnavailable
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.tokens import check_token
from adit_uploader.desktop.controllers.desk import Change, Desk, SignedIn
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.ports import AccountView, DestinationView, Services, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import DestinationOption, Identity, TokenKept


class AccountController:
    """Who is signed in, and to which destinations they may send."""

    def __init__(
        self,
        desk: Desk,
        *,
        view: AccountView,
        destinations: DestinationView,
        gateway: Gateway,
        services: Services,
        memory: Memory,
        words: Words,
    ) -> None:
        self._desk = desk
        self._view = view
        self._destinations = destinations
        self._gateway = gateway
        self._services = services
        self._memory = memory
        self._words = words
        self._kept = TokenKept.SESSION

    def start(self, address: str = "", token: str = "") -> None:
        """Looks for the keyring, and signs in with what it has for the last server (or with what is given)."""
        address = address or self._desk.settings.server
        self._view.set_address(address)
        if address and token:
            self.sign_in(address, token)
            return

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

    def sign_in(self, address: str, token: str) -> None:
        """Asks the server who this is. The token goes into the keyring only after it has worked."""
        try:
            server, token = parse(address), check_token(token)
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

        self._gateway.run(ask, done=self._signed_in, failed=self._refused)

    def sign_out(self) -> None:
        """Forgets the token, here and in the keyring."""
        account = self._desk.account
        if account is None or self._desk.sending:
            return
        self._desk.account = None
        self._desk.destination = ""
        self._view.set_identity(None)
        self._destinations.set_destinations((), "")
        self._desk.tell(Change.ACCOUNT)

        def forget(_: Reporter) -> None:
            self._services.tokens.delete(account.server)

        self._gateway.run(forget, done=lambda _: None, failed=self._not_forgotten)

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
        self._memory.keep(replace(self._desk.settings, server=account.server.origin))
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


def preselected(options: tuple[DestinationOption, ...], last: str) -> str:
    """The last one if it is still there, else the receiver's preselection, else the only one there is."""
    names = [option.name for option in options]
    if last in names:
        return last
    marked = [option.name for option in options if option.preselected]
    if marked:
        return marked[0]
    return names[0] if len(names) == 1 else ""
