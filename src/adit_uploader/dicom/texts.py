"""Texts as the data set's character set means them; nothing is guessed for what becomes a pseudonym.

Source: PS3.3 section C.12.1.1.2 (the defined terms), PS3.5 section 6.1.2.5 (code extensions).
"""

import re

from adit_uploader.standard.characters import CODECS, ESCAPED_CODECS, ESCAPES

_DEFAULT = "ascii"
_ESCAPE = b"\x1b"
_FRAGMENTS = re.compile(rb"^[^\x1b]+|\x1b[^\x1b]*")
_TEXT_DELIMITERS = b"\\\r\n\t\f"
_NAME_DELIMITERS = b"\\^="
_PADDING = " \0"
_INTEGER = re.compile(r"[+-]?\d{1,12}", re.ASCII)


class UndecodableTextError(Exception):
    """A text is not in the character set that its file declares, or that character set is unknown."""


class CharacterSet:
    """What a data set declares in (0008,0005).

    Attributes:
        declared: whether it names any set; without one only ASCII is allowed (PS3.5 section 6.1.2.1).
        known: whether this program knows all of them.
    """

    __slots__ = ("_encodings", "declared", "known")

    def __init__(self, declaration: bytes) -> None:
        terms = [_normal(term) for term in declaration.decode("ascii", "replace").split("\\")]
        self.declared = any(terms)
        self.known = all(term in CODECS for term in terms)
        self._encodings = [
            _DEFAULT if term in {"", "ISO_IR 6", "ISO 2022 IR 6"} else CODECS.get(term, _DEFAULT) for term in terms
        ]

    def text(self, value: bytes) -> str:
        """A text, exactly, without the spaces around it.

        Raises:
            UndecodableTextError: it can't be decoded for certain.
        """
        return self._decode(value, _TEXT_DELIMITERS)

    def name(self, value: bytes) -> str:
        """A person's name. Where nothing is declared its bytes are taken for Latin-1, which keeps each of them.

        Raises:
            UndecodableTextError: it can't be decoded by what is declared.
        """
        if not self.declared and _ESCAPE not in value:
            return value.decode("latin-1").strip(_PADDING)
        return self._decode(value, _NAME_DELIMITERS)

    def label(self, value: bytes) -> str:
        """A text for people to look at: what can't be decoded is replaced."""
        try:
            return self._decode(value, _TEXT_DELIMITERS)
        except UndecodableTextError:
            encoding = self._encodings[0] if self.declared else "latin-1"
            return value.decode(encoding, "replace").strip(_PADDING)

    def _decode(self, value: bytes, delimiters: bytes) -> str:
        if not self.known and not (value.isascii() and _ESCAPE not in value):
            raise UndecodableTextError
        try:
            if _ESCAPE not in value:
                return value.decode(self._encodings[0]).strip(_PADDING)
            parts = [self._decode_fragment(part, delimiters) for part in _FRAGMENTS.findall(value)]
        except UnicodeError:
            raise UndecodableTextError from None
        return "".join(parts).strip(_PADDING)

    def _decode_fragment(self, fragment: bytes, delimiters: bytes) -> str:
        """A piece between two escape sequences; a delimiter in it ends what its escape sequence began."""
        if not fragment.startswith(_ESCAPE):
            return fragment.decode(self._encodings[0])
        for length in (3, 4):
            encoding = ESCAPES.get(fragment[:length])
            if encoding is None:
                continue
            if fragment[:length] == b"\x1b(B":
                encoding = _DEFAULT
            elif encoding not in self._encodings:
                raise UndecodableTextError
            if encoding in ESCAPED_CODECS:  # these need their escape sequence
                return fragment.decode(encoding)
            return self._decode_until_delimiter(fragment[length:], encoding, delimiters)
        raise UndecodableTextError

    def _decode_until_delimiter(self, fragment: bytes, encoding: str, delimiters: bytes) -> str:
        end = next((index for index, byte in enumerate(fragment) if byte in delimiters), len(fragment))
        return fragment[:end].decode(encoding) + fragment[end:].decode(self._encodings[0])


def _normal(term: str) -> str:
    """A defined term; the common misspellings ("ISO-IR 100", "ISO IR 100", "ISO_2022_IR_100") are understood."""
    term = term.strip(_PADDING)
    if term in CODECS:
        return term
    words = re.sub(r"[ _-]+", " ", term.upper())
    if words.startswith("ISO IR "):
        return "ISO_IR " + words.removeprefix("ISO IR ")
    return words


def integer(value: bytes) -> int | None:
    """An integer string (IS), or None where it is none."""
    text = value.decode("ascii", "replace").strip(_PADDING)
    return int(text) if _INTEGER.fullmatch(text) else None


def code(value: bytes) -> str:
    """A text of the default repertoire (CS, UI, DA): ASCII, without padding."""
    return value.decode("ascii", "replace").strip(_PADDING)
