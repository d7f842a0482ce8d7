"""What whoever manages this computer has set for all its users: a file, and on Windows a policy that counts before it.

It narrows what the server allows and never widens it: the receiver checks everything once more.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from adit_uploader.filled import Filled, system_says
from adit_uploader.protocol.messages import Welcome

from .errors import AccountError, ServerIsSet, SettingsError
from .receiving import ReceivingSettings
from .servers import ServerAddress
from .settings import Compression, Fingerprint, LineSettings, managed_path

POLICY = r"SOFTWARE\Policies\adit-uploader"
"""Below HKEY_LOCAL_MACHINE: values named as the fields of ``Managed``; ``pins`` is a key of its own."""


@dataclass(frozen=True, slots=True)
class Managed:
    """What is set for all users; what is not named is theirs.

    Attributes:
        server: the only one that may be signed in to, as text for ``ServerAddress.parse``; empty: any.
        profile: name of the only de-identification profile; empty: what the server offers.
        modes: the only modes that may be chosen; None: what the server permits.
        proxy, ca_file, pins, limit_rate, compress: as in ``LineSettings``.
        receive: whether this computer receives from workstations; None: as the user says.
        receive_address, receive_port, receive_ae_title, receive_callers, receive_peers: as in ``ReceivingSettings``.
    """

    server: str = ""
    profile: str = ""
    modes: tuple[Literal["internal", "batch", "fixed", "none"], ...] | None = None
    proxy: str | None = None
    ca_file: str | None = None
    pins: dict[str, Fingerprint] = field(default_factory=dict)
    limit_rate: Annotated[int, Meta(ge=0)] | None = None
    compress: Compression | None = None
    receive: bool | None = None
    receive_address: str | None = None
    receive_port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    receive_ae_title: str | None = None
    receive_callers: tuple[str, ...] | None = None
    receive_peers: tuple[str, ...] | None = None

    def check_server(self, server: ServerAddress) -> None:
        """Raises:
        ServerIsSet: it is another one than that which is set.
        SettingsError: what is set is no address.
        """
        if not self.server:
            return
        try:
            only = ServerAddress.parse(self.server, insecure_loopback=True)
        except AccountError:
            raise _unreadable("The server's address in them is none. Tell whoever manages this computer.") from None
        if server != only:
            raise ServerIsSet(str(only))

    def narrow(self, welcome: Welcome) -> Welcome:
        """What is left of what the server permits."""
        if self.modes is not None:
            welcome = msgspec.structs.replace(
                welcome, modes=tuple(mode for mode in welcome.modes if mode in self.modes)
            )
        if self.profile:  # one that the server does not offer is refused when something is planned by it
            site = tuple(one for one in welcome.site_profiles if one.name == self.profile)
            welcome = msgspec.structs.replace(
                welcome,
                profile=self.profile,
                profiles=tuple(name for name in welcome.profiles if name == self.profile),
                site_profile=self.profile if site else "",
                site_profiles=site,
            )
        return welcome

    def line(self, own: LineSettings) -> LineSettings:
        """A user's settings under these, which count where both say something."""
        return LineSettings(
            proxy=own.proxy if self.proxy is None else self.proxy,
            ca_file=own.ca_file if self.ca_file is None else self.ca_file,
            pins=own.pins | self.pins,
            limit_rate=own.limit_rate if self.limit_rate is None else self.limit_rate,
            compress=self.compress or own.compress,
        )

    def receiving(self, own: ReceivingSettings) -> ReceivingSettings:
        """A user's settings under these, which count where both say something."""
        return replace(own, **self._receiving())

    @property
    def fixed_receiving(self) -> frozenset[str]:
        """Names of the fields of ``ReceivingSettings`` that users can't change."""
        return frozenset(self._receiving())

    def _receiving(self) -> dict[str, Any]:
        said = {
            "enabled": self.receive,
            "address": self.receive_address,
            "port": self.receive_port,
            "ae_title": self.receive_ae_title,
            "callers": self.receive_callers,
            "peers": self.receive_peers,
        }
        return {name: value for name, value in said.items() if value is not None}


def windows_policy() -> Mapping[str, object]:
    """The policy of the registry; nothing on other systems.

    Raises:
        OSError: it is there and can't be read.
    """
    if sys.platform != "win32":
        return {}
    import winreg  # noqa: PLC0415 - Windows alone has it

    def values(name: str) -> dict[str, object]:
        try:
            key = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, name)
        except FileNotFoundError:
            return {}
        with key:
            count = winreg.QueryInfoKey(key)[1]
            return {entry[0]: entry[1] for entry in (winreg.EnumValue(key, index) for index in range(count))}

    pins = values(POLICY + r"\pins")
    return values(POLICY) | ({"pins": pins} if pins else {})


def managed(path: Path | None = None, policy: Callable[[], Mapping[str, object]] = windows_policy) -> Managed:
    """What is set for all users of this computer.

    Raises:
        SettingsError: something is set and can't be read, or is damaged: then nothing is done as if it were not there.
    """
    path = path or managed_path()
    try:
        try:
            own: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        except (FileNotFoundError, NotADirectoryError):
            own = {}
        return msgspec.convert(own | dict(policy()), Managed, strict=False)
    except OSError as error:
        raise _unreadable(
            Filled("{path}: {why}. Tell whoever manages this computer.", path=str(path), why=system_says(error))
        ) from None
    except msgspec.MsgspecError:
        raise _unreadable(Filled("{path} is damaged. Tell whoever manages this computer.", path=str(path))) from None


def managed_line(own: LineSettings, path: Path | None = None) -> LineSettings:
    """``managed().line``; raises as that."""
    return managed(path).line(own)


def _unreadable(message: str) -> SettingsError:
    return SettingsError("The settings of this computer can't be read", message)
