"""Options of the way to a server, and what the settings say where none is given."""

import argparse
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from adit_uploader.account.managed import managed_line
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import Settings
from adit_uploader.transfer.line import NO_PROXY, SYSTEM_PROXY, Line, fingerprint_in

from .options import existing_path

_RATE = re.compile(r"(\d{1,9})\s*([kMG]?)(bit|B)?(/s)?")
_FACTORS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


def proxy(text: str) -> str:
    if text == "system":
        return SYSTEM_PROXY
    if text != NO_PROXY and "@" in urlsplit(text).netloc:
        raise argparse.ArgumentTypeError(
            "a password on the command line can be read by others; put the address into HTTPS_PROXY or the settings"
        )
    return text


def pin(text: str) -> str:
    if text == "none":
        return ""
    try:
        return fingerprint_in(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a SHA-256 fingerprint has 64 hexadecimal digits") from None


def rate(text: str) -> int:
    """Bytes a second; 0: no limit."""
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise argparse.ArgumentTypeError("must look like 10M (bytes a second) or 80Mbit; 0: no limit")
    value = int(match[1]) * _FACTORS[match[2]]
    return value // 8 if match[3] == "bit" else value


def add_line_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the way to the server")
    group.add_argument(
        "--proxy",
        type=proxy,
        metavar="URL",
        help="http://HOST:PORT or socks5h://HOST:PORT; none: no proxy; system: what the system says, which is the "
        "default",
    )
    group.add_argument(
        "--ca-file", type=existing_path, metavar="F", help="certificates of authorities that count beside the system's"
    )
    group.add_argument(
        "--pin",
        type=pin,
        metavar="SHA256",
        help="fingerprint of the one certificate that the server must have; none: forget the one that is remembered",
    )


def add_speed_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("speed")
    group.add_argument(
        "--limit-rate",
        type=rate,
        metavar="RATE",
        help="send at most so much: 10M are 10 million bytes a second, 80Mbit the same in bits; 0: no limit",
    )
    group.add_argument(
        "--compress", choices=("auto", "on", "off"), help="compress on the way; auto: on slow lines, where it helps"
    )


def line_of(arguments: argparse.Namespace, server: ServerAddress) -> Line:
    """The line to a server: the options, else the settings of this computer, else the user's.

    Raises:
        SettingsError: they can't be read.
    """
    settings = managed_line(Settings.load().line)
    ca_file = arguments.ca_file or (Path(settings.ca_file) if settings.ca_file else None)
    limit_rate = getattr(arguments, "limit_rate", None)  # only commands that send have these two
    compress = getattr(arguments, "compress", None)
    return Line(
        proxy=settings.proxy if arguments.proxy is None else arguments.proxy,
        ca_file=ca_file,
        pin=settings.pins.get(server.key, "") if arguments.pin is None else arguments.pin,
        rate=settings.limit_rate if limit_rate is None else limit_rate,
        compression=compress or settings.compress,
    )


def remember(arguments: argparse.Namespace, server: ServerAddress, line: Line) -> None:
    """What has worked at a sign-in is used from now on, by the window too."""
    settings = Settings.load()
    kept = settings.line.with_pin(server.key, line.pin)
    if arguments.proxy is not None:
        kept = replace(kept, proxy=line.proxy)
    if arguments.ca_file is not None:
        kept = replace(kept, ca_file=str(line.ca_file))
    replace(settings, server=arguments.server, line=kept).save()
