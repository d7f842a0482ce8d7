"""Texts in CSV files that no spreadsheet takes for formulas, and back.

A spreadsheet runs a cell that begins with one of a few characters. Such texts get an apostrophe in front, as do those
that would otherwise look as if they had got one; reading takes exactly that apostrophe away again.
"""

_STARTS = "=+-@\t\r\n＝＋－＠'"


def guarded(text: str) -> str:
    """The text as it is written into a CSV file."""
    return f"'{text}" if text.startswith(tuple(_STARTS)) else text


def unguarded(text: str) -> str:
    """The text that ``guarded`` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(tuple(_STARTS)) else text
