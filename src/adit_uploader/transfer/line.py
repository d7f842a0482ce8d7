"""How the way to a server is made, as the user or an administrator has set it; plain values for worker processes."""

from pathlib import Path
from typing import Literal

from adit_uploader.values import dataclass, field

Compression = Literal["auto", "on", "off"]

SYSTEM_PROXY = ""
NO_PROXY = "none"
_DIGITS = frozenset("0123456789abcdef")


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
        if self.rate < 0 or (self.pin and not _is_fingerprint(self.pin)):
            raise ValueError("a rate is positive, and a pin is a SHA-256")


def _is_fingerprint(text: str) -> bool:
    return len(text) == 64 and _DIGITS.issuperset(text)


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
    digits = text.lower().removeprefix("sha256 fingerprint=").removeprefix("sha256:")
    digits = "".join(digits.replace(":", " ").split())
    if not _is_fingerprint(digits):
        raise ValueError("not a SHA-256 fingerprint")
    return digits
