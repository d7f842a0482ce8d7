"""Names of folders and files made from values that a client sent."""

import hashlib
import string

PLAIN = frozenset(string.ascii_letters + string.digits + "-_.")
LONGEST = 120
RESERVED = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{name}{n}" for name in ("COM", "LPT") for n in range(1, 10))})


def safe_name(value: str) -> str:
    """A name for one folder or file; different values never get the same name.

    Letters, digits, ``-``, ``_`` and ``.`` stay, everything else becomes ``%`` and two hex digits a byte of UTF-8. So
    does the first character of a name that means something to a file system: leading and trailing dots, and what
    Windows reserves. Long names end in a digest. The empty value becomes ``%``.
    """
    encoded = "".join(character if character in PLAIN else _escaped(character) for character in value)
    if not encoded:
        return "%"
    if encoded[-1] == ".":
        encoded = encoded[:-1] + _escaped(".")
    if encoded[0] == "." or encoded.split(".")[0].upper() in RESERVED:
        encoded = _escaped(encoded[0]) + encoded[1:]
    if len(encoded) > LONGEST:
        digest = hashlib.sha256(value.encode()).hexdigest()[:24]
        encoded = f"{encoded[: LONGEST - 25]}~{digest}"
    return encoded


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
