"""The settings, with a word instead of whatever could name somebody."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from adit_uploader.account.errors import AccountError, SettingsError
from adit_uploader.account.managed import managed
from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import Settings, managed_path, settings_path

SET, NOT_SET = "set", ""


def settings_of() -> dict[str, Any]:
    """The user's own."""
    try:
        settings = Settings.load()
    except SettingsError:
        return {"file": "can't be read"}
    line = settings.line
    return {
        "file": "there" if settings_path().exists() else "not there",
        "server": server(settings.server),
        "servers": len(settings.servers),
        "language": settings.language,
        "lanes": settings.lanes,
        "mode": settings.mode,
        "destination": _whether(settings.destination),
        "keep_days": settings.keep_days,
        "proxy": proxy(line.proxy),
        "ca_file": _whether(line.ca_file),
        "pins": len(line.pins),
        "limit_rate": line.limit_rate,
        "compress": line.compress,
        "receiving": receiving(settings.receiving),
    }


def managed_of() -> dict[str, Any]:
    """Those for all users of this computer: which are set, and what to."""
    try:
        fixed = managed()
    except SettingsError:
        return {"file": "can't be read"}
    return {
        "file": "there" if managed_path().exists() else "not there",
        "server": server(fixed.server),
        "profile": _whether(fixed.profile),
        "modes": fixed.modes,
        "proxy": None if fixed.proxy is None else proxy(fixed.proxy),
        "ca_file": None if fixed.ca_file is None else _whether(fixed.ca_file),
        "pins": len(fixed.pins),
        "limit_rate": fixed.limit_rate,
        "compress": fixed.compress,
        "receive": fixed.receive,
        "receiving": sorted(fixed.fixed_receiving),
    }


def receiving(settings: ReceivingSettings) -> dict[str, Any]:
    """Whether workstations may send, and how many; titles and addresses may name a place."""
    return {
        "enabled": settings.enabled,
        "open_to_others": settings.open_to_others,
        "port": settings.port,
        "callers": len(settings.callers),
        "peers": len(settings.peers),
    }


def server(text: str) -> str:
    """The address as we understand it, and no word of it otherwise."""
    if not text:
        return NOT_SET
    try:
        return ServerAddress.parse(text, insecure_loopback=True).origin
    except AccountError:
        return "no address"


def proxy(text: str) -> str:
    """Which kind of proxy; its address may hold a password."""
    if text in {"", "none"}:
        return text or "system"
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        scheme = ""
    return f"{scheme} proxy" if scheme in {"http", "https", "socks4", "socks4a", "socks5", "socks5h"} else "no address"


def environment_of(environment: Mapping[str, str]) -> dict[str, bool]:
    """Which of the variables that change the program's way are set; not what to."""
    proxies, others = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"), ("SSL_CERT_FILE", "SSL_CERT_DIR")
    return {name: bool(environment.get(name) or environment.get(name.lower())) for name in (*proxies, *others)}


def _whether(text: str) -> str:
    return SET if text else NOT_SET
