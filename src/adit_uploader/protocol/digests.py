"""Digests of finished files: SHA-256, which everybody speaks, and BLAKE3, which takes a tenth of the time.

A job has one algorithm from its first opening on, so that digests of one job are always of one kind. As a text a
digest names its algorithm, so that two of different kinds are never equal by chance: ``64 hex digits`` is a SHA-256,
``blake3:64 hex digits`` a BLAKE3 with 256 bits.
"""

import hashlib
from typing import Literal, Protocol, cast

DigestName = Literal["sha256", "blake3"]

SHA256: DigestName = "sha256"
BLAKE3: DigestName = "blake3"  # also the feature by which both ends agree on it

_PREFIX = f"{BLAKE3}:"


class DigestUnknownError(Exception):
    """This program lacks the library for an algorithm."""


class Hasher(Protocol):
    """A digest in the making."""

    def update(self, data: bytes | memoryview, /) -> object: ...
    def hexdigest(self) -> str: ...


def knows(name: str) -> bool:
    """Whether this program can make digests by an algorithm."""
    try:
        hasher(name)
    except DigestUnknownError:
        return False
    return True


def hasher(name: str) -> Hasher:
    """A new digest over nothing.

    Raises:
        DigestUnknownError: the algorithm's library is missing, or it is none of the protocol.
    """
    if name == SHA256:
        return hashlib.sha256()
    if name != BLAKE3:
        raise DigestUnknownError
    try:
        from blake3 import blake3  # noqa: PLC0415 - most programs and connections do without the library
    except ImportError:  # there is no wheel for this machine
        raise DigestUnknownError from None
    return cast("Hasher", blake3())


def as_text(name: str, digits: str) -> str:
    """A digest with its algorithm; digits: as ``hexdigest`` gives them."""
    return digits if name == SHA256 else f"{name}:{digits}"


def algorithm_of(digest: str) -> str:
    """The algorithm that a digest names."""
    return BLAKE3 if digest.startswith(_PREFIX) else SHA256
