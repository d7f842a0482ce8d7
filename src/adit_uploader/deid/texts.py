"""Texts of a file as Unicode, and back as UTF-8, which every result is written in (ISO_IR 192)."""

from adit_uploader.dicom.texts import CharacterSet, UndecodableTextError

OUTPUT_CHARACTER_SET = b"ISO_IR 192"
_ESCAPE = 0x1B


def is_plain(value: bytes) -> bool:
    """Whether bytes mean the same in every character set: ASCII without escape sequences."""
    return value.isascii() and _ESCAPE not in value


def decode(value: bytes, characters: CharacterSet) -> str | None:
    """The text as declared; None where it can't be told.

    Bytes that the declared set can't hold are taken for UTF-8 if they are valid UTF-8, and where nothing is
    declared for Windows-1252, which is what undeclared files of Western systems hold.
    """
    if is_plain(value):
        return value.decode("ascii").strip(" \0")
    try:
        return characters.text(value)
    except UndecodableTextError:
        pass
    if _ESCAPE in value:
        return None
    for encoding in ("utf-8",) if characters.declared else ("utf-8", "cp1252"):
        try:
            return value.decode(encoding).strip(" \0")
        except UnicodeDecodeError:
            continue
    return None
