"""Where this program keeps its things, and the few settings that it remembers.

What it never remembers: a token, a key, and the mode ``none``.
"""

import contextlib
import os
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

import msgspec
from msgspec import Meta
from platformdirs import PlatformDirs

from adit_uploader.filled import Filled, system_says

from .errors import SettingsError
from .limits import MAX_LANES
from .receiving import ReceivingSettings

HOME_VARIABLE = "ADIT_UPLOADER_HOME"
"""Environment variable: one folder for everything, instead of the system's own places."""

_DIRS = PlatformDirs("adit-uploader", appauthor=False)
_UNREADABLE = "{path}: {why}. Check its rights: the program goes on with fresh ones."


def data_dir() -> Path:
    """Folder for the journal and the key lists; it may not exist yet (``make_private``)."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home).absolute() / "data" if home else Path(_DIRS.user_data_dir)


def config_dir() -> Path:
    """Folder for the settings; it may not exist yet."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home).absolute() / "config" if home else Path(_DIRS.user_config_dir)


def journal_path() -> Path:
    """The journal of all uploads."""
    return data_dir() / "journal.sqlite3"


def key_lists_dir() -> Path:
    """Folder for the key lists that are written before anything is sent."""
    return data_dir() / "key_lists"


def inbox_dir() -> Path:
    """Folder for what workstations send, until it is uploaded."""
    return data_dir() / "inbox"


def settings_path() -> Path:
    """The file of ``Settings``."""
    return config_dir() / "settings.json"


def make_private(folder: Path) -> Path:
    """Makes the folder, readable by its owner only, and returns it.

    Raises:
        SettingsError: it can't be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        why = Filled(
            "{path}: {why}. Check the rights of the folder above it, and the free space.",
            path=str(folder),
            why=system_says(error),
        )
        raise SettingsError("A folder of this program can't be made", why) from None
    return folder


def managed_path() -> Path:
    """The file in which whoever manages this computer sets up the way to the server for all its users."""
    home = os.environ.get(HOME_VARIABLE)
    return (Path(home).absolute() if home else Path(_DIRS.site_config_dir)) / "managed.json"


Compression = Literal["auto", "on", "off"]
Fingerprint = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


@dataclass(frozen=True, slots=True)
class LineSettings:
    """The way to the servers.

    Attributes:
        proxy: empty: the system's; ``none``; or an address such as ``http://proxy.example.org:3128``.
        ca_file: PEM file of authorities that count beside the system's; empty: none.
        pins: SHA-256 of the certificate that a server must have, by ``ServerAddress.key``.
        limit_rate: most bytes a second that are sent; 0: no limit.
        compress: ``auto``: on slow lines.
    """

    proxy: str = ""
    ca_file: str = ""
    pins: dict[str, Fingerprint] = field(default_factory=dict)
    limit_rate: Annotated[int, Meta(ge=0)] = 0
    compress: Compression = "auto"

    def with_pin(self, server: str, fingerprint: str) -> Self:
        """The same with another pin for a server; an empty one forgets it."""
        pins = {key: pin for key, pin in self.pins.items() if key != server}
        return replace(self, pins=pins | ({server: fingerprint} if fingerprint else {}))


MAX_SERVERS = 10  # that are remembered

RememberedMode = Literal["", "internal", "batch", "fixed"]
_REMEMBERED: tuple[RememberedMode, ...] = get_args(RememberedMode)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is remembered between two starts.

    Attributes:
        server: the last server, as text for ``ServerAddress.parse``.
        servers: those that were signed in to, newest first.
        language: of the window; empty: the system's.
        lanes: worker processes; 0: as many as fit this machine.
        mode: the last mode; empty: none yet, or the mode ``none``, which is never remembered.
        destination: the last destination's name.
        line: proxy, certificates and speed.
        keep_days: after so many days the journal forgets uploads that came to their end; 0: never. Key lists stay.
        receiving: from workstations.
    """

    server: str = ""
    language: Literal["", "de", "en"] = ""
    lanes: Annotated[int, Meta(ge=0, le=MAX_LANES)] = 0
    mode: RememberedMode = ""
    destination: str = ""
    line: LineSettings = LineSettings()
    keep_days: Annotated[int, Meta(ge=0)] = 90
    servers: tuple[str, ...] = ()
    receiving: ReceivingSettings = field(default_factory=ReceivingSettings)

    def with_server(self, server: str) -> Self:
        """The same with this server as the last one."""
        others = tuple(one for one in self.servers if one != server)
        return replace(self, server=server, servers=(server, *others)[:MAX_SERVERS])

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """The settings of the file, by default ``settings_path()``; without a file the defaults.

        Raises:
            SettingsError: it can't be read, or is damaged.
        """
        path = path or settings_path()
        title = "The settings can't be read"
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise SettingsError(title, Filled(_UNREADABLE, path=str(path), why=system_says(error))) from None
        except msgspec.MsgspecError:
            raise SettingsError(
                title, Filled("{path} is damaged. Delete it: the program then starts with fresh ones.", path=str(path))
            ) from None

    def save(self, path: Path | None = None) -> None:
        """Writes the file, whole or not at all, readable by its owner only.

        Raises:
            SettingsError: it can't be written.
        """
        path = path or settings_path()
        make_private(path.parent)
        try:
            _write_whole(path, msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        except OSError as error:
            why = Filled(
                "{path}: {why}. Check the folder's rights and the free space; until then they count for this session.",
                path=str(path),
                why=system_says(error),
            )
            raise SettingsError("The settings can't be saved", why) from None

    def with_mode(self, mode: str) -> Self:
        """The same with this mode remembered; the mode ``none`` is not."""
        return replace(self, mode=next((known for known in _REMEMBERED if known == mode), ""))


def _write_whole(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
