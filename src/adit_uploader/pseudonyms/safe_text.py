"""Texts in tables that no spreadsheet takes for anything else, and back."""

import re

_STARTS = "=+-@\t\r\n＝＋－＠'"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def guarded(text: str) -> str:
    """The text for a CSV file.

    A spreadsheet runs a cell that begins with one of a few characters. Such texts get an apostrophe in front, as do
    those that would otherwise look as if they had got one.
    """
    return f"'{text}" if text.startswith(tuple(_STARTS)) else text


def unguarded(text: str) -> str:
    """The text that ``guarded`` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(tuple(_STARTS)) else text


def escaped(text: str) -> str:
    """The text for a workbook: what XML can't hold as ``_xHHHH_`` (ECMA-376 part 1, 22.9.2.19, ST_Xstring)."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return _NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def unescaped(text: str) -> str:
    """The text that ``escaped`` was given."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
