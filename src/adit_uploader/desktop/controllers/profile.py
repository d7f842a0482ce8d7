"""By which profile files are de-identified: what the server offers, and what the user picks of it."""

from adit_uploader.deid.profiles import SHORT_DIGEST, Profile
from adit_uploader.desktop.controllers.desk import Change, Desk, SignedIn
from adit_uploader.desktop.controllers.ports import ProfileView
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import ProfileOption
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.offered_profiles import OfferedProfiles, offered_profiles

NOTHING = OfferedProfiles((), (), "")


class ProfileController:
    """A choice lasts as long as the sign-in: the next one begins with the server's own choice."""

    def __init__(self, desk: Desk, *, view: ProfileView, gateway: Gateway) -> None:
        self._desk = desk
        self._view = view
        self._gateway = gateway
        self._account: SignedIn | None = None
        self._offered = NOTHING
        view.set_fixed(bool(desk.managed.profile))
        desk.listen(self._changed)

    def choose(self, name: str) -> None:
        self._desk.profile = name
        self._show()
        self._desk.tell(Change.PROFILE)

    def _changed(self, change: Change) -> None:
        if change is Change.ACCOUNT and self._desk.account is not self._account:
            self._account = self._desk.account
            self._offered = NOTHING
            self._desk.profile = ""
            self._read()
        if change in {Change.ACCOUNT, Change.CHOICE}:
            self._show()

    def _read(self) -> None:
        account = self._account
        if account is None:
            return

        def work(_: Reporter) -> tuple[SignedIn, OfferedProfiles]:
            return account, offered_profiles(account.welcome)

        self._gateway.run(work, done=self._found, failed=self._failed)

    def _found(self, result: tuple[SignedIn, OfferedProfiles]) -> None:
        account, offered = result
        if account is self._account:
            self._offered = offered
            self._show()

    def _failed(self, error: BaseException) -> None:
        raise error  # reading what was read before can't fail: a fault of this program

    def _show(self) -> None:
        if self._desk.mode is Mode.NONE:
            self._view.set_profiles((), "", ())
            return
        offered = self._offered
        chosen = self._desk.profile or offered.preferred
        self._view.set_profiles(tuple(map(option_of, offered.usable)), chosen, offered.unusable)


def option_of(profile: Profile) -> ProfileOption:
    """A profile as the window shows it."""
    return ProfileOption(
        name=profile.name,
        version=profile.version,
        summary=profile.summary,
        hash=profile.digest[:SHORT_DIGEST],
        keeps=tuple(dict.fromkeys(target.short for target in profile.keeps_identifiers)),
    )
