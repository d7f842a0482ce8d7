"""How the way to a server is made, as the user or an administrator has set it; plain values for worker processes."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Compression = Literal["auto", "on", "off"]

SYSTEM_PROXY = ""
NO_PROXY = "none"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Line:
    """The settings of a line.

    Attributes:
        proxy: ``''``: what the system says; ``none``: no proxy; else its address, such as ``http://proxy:3128`` or
            ``socks5h://proxy:1080``, with ``user:password@`` if it asks for them.
        ca_file: PEM file of authorities that count beside those of the system, or None.
        pin: SHA-256 of the one certificate that the server must have, as 64 lower-case hex digits; '': none. A pin
            stands for all other checks: who has confirmed it knows the server by it.
        rate: most bytes a second that are sent, by all lanes of an upload together; 0: no limit.
        compression: ``auto``: on slow lines; needs a receiver that takes it.
    """

    proxy: str = field(default=SYSTEM_PROXY, repr=False)
    ca_file: Path | None = None
    pin: str = ""
    rate: int = 0
    compression: Compression = "auto"

    def __post_init__(self) -> None:
        if self.rate < 0 or (self.pin and not _FINGERPRINT.fullmatch(self.pin)):
            raise ValueError("a rate is positive, and a pin is a SHA-256")


DIRECT = Line()
"""Nothing is set."""


def shown(fingerprint: str) -> str:
    """A fingerprint as people compare it, and as openssl prints it: pairs of capital digits."""
    digits = fingerprint.upper()
    return ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def fingerprint_in(text: str) -> str:
    """The fingerprint in what somebody typed or pasted (with or without colons, spaces or ``sha256:`` before it).

    Raises:
        ValueError: it is none.
    """
    digits = re.sub(r"[:\s]", "", text.lower().removeprefix("sha256 fingerprint=").removeprefix("sha256:"))
    if not _FINGERPRINT.fullmatch(digits):
        raise ValueError("not a SHA-256 fingerprint")
    return digits
