"""Messages that no rule allows, or that look as if one did: made at random, from a message that is right."""

import json
from random import Random
from struct import pack
from typing import Any

from backports.zstd import compress

_VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**63, 2**64, -(2**63), 0.5, 1e308, "", "0", "x", "..",
    "../../../etc/passwd", "/etc/passwd", "C:\\x", "a" * 64, "a" * 65, "a" * 1024, "a" * 1025, "0" * 32, "f" * 64,
    "\ud800", "\x00", "\n", "ü" * 300,
    "\U0010ffff" * 1024, "1.2.3", "1..2", "1.02", "2.25." + "9" * 59, "2.25." + "9" * 60,
    [], {}, [[]], ["1.2"] * 501, ["1.2", "1.2"], {"a": {"b": []}}, "internal", "none", "research", "archive",
)  # fmt: skip
_TYPES = (
    "Hello",
    "OpenJob",
    "Offer",
    "Begin",
    "End",
    "Abandon",
    "Finish",
    "Cancel",
    "Watch",
    "ListJobs",
    "Welcome",
    "X",
)


def mutated(message: dict[str, Any], rng: Random) -> dict[str, Any] | str:
    """The message with something missing, added, or of another kind; or as text that is nearly JSON."""
    made = dict(message)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name = rng.choice(sorted(made))
        match rng.randrange(5):
            case 0:
                made.pop(name)
            case 1:
                made[rng.choice(("unknown", "type", "version", "part", "offset", "features"))] = rng.choice(_VALUES)
            case _:
                made[name] = rng.choice(_VALUES)
        if not made:
            break
    if rng.random() < 0.8:
        return made
    return _damaged(json.dumps(made), rng)


def _damaged(text: str, rng: Random) -> str:
    at = rng.randrange(len(text) + 1)
    match rng.randrange(6):
        case 0:
            return text[:at]
        case 1:
            return (
                text[:at]
                + rng.choice(("NaN", "Infinity", '"', "{", "]", "\\u0000", "9" * 5000, " " * 1000))
                + text[at:]
            )
        case 2:
            return text.replace("{", '{"type": "Hello", ', 1)
        case 3:
            return '{"a":' * rng.choice((10, 2000, 60_000)) + text
        case 4:
            return "[" * rng.choice((1, 1000, 200_000))
        case _:
            return text + text


def text(rng: Random) -> dict[str, Any] | str:
    """A text message that is none of ours."""
    match rng.randrange(4):
        case 0:
            return {"type": rng.choice(_TYPES), rng.choice(("job", "stream", "counts")): rng.choice(_VALUES)}
        case 1:
            return rng.choice(("", "null", "0", "[]", "{}", '""', "true", "NaN", "\x00", "\ufeff{}", "a" * 600_000))
        case 2:
            return "".join(chr(rng.randrange(1, 0xD800)) for _ in range(rng.randrange(200)))
        case _:
            return json.dumps(rng.choice(_VALUES))


def binary(stream: int, offset: int, rng: Random) -> bytes:  # noqa: PLR0911 - one for each way
    """A binary message that is no chunk of the open stream."""
    head = pack("!IQ", stream, offset)
    packed = pack("!IQ", stream, offset | 1 << 63)
    match rng.randrange(9):
        case 0:
            return head[: rng.randrange(13)]
        case 1:
            return pack("!IQ", rng.randrange(2**32), rng.randrange(2**64)) + rng.randbytes(20)
        case 2:
            return pack("!IQ", stream, max(0, offset + rng.choice((-1, 1, 4096)))) + rng.randbytes(20)
        case 3:
            return head + bytes(rng.choice((2**19, 2**19 + 1, 2**20)))
        case 4:
            return packed + rng.randbytes(rng.randrange(200))
        case 5:
            return packed + compress(bytes(rng.choice((1000, 2**19, 2**19 + 1, 2**24))))
        case 6:
            frame = bytearray(compress(bytes(2000)))
            frame[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
            return packed + bytes(frame)
        case 7:
            return packed + compress(bytes(1000)) * 2
        case _:
            return rng.randbytes(rng.randrange(1000))
