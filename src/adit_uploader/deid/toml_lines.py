"""On which line each key of a TOML document stands.

The standard library reads TOML and keeps no positions, and of the kept packages none hands out positions by key; so
the document, already found valid by the standard library, is walked once more for nothing but its keys. A property
test holds the walk to the keys that ``tomllib`` finds. Source: TOML 1.0.0.
"""

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and, in arrays, positions from the root on."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_OTHER = re.compile(r"[^,\]}#\n]+")  # a number, a boolean, a date


def lines_of(text: str) -> Mapping[Path, int]:
    """Line, from 1 on, of each table and key of a valid document; line ends are LF.

    A table that is only implied by another one's header stands where that header stands.
    """
    walk = _Walk(text)
    walk.document()
    return walk.lines


class _Walk:
    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._line = 1
        self._counts: dict[Path, int] = {}  # of arrays of tables

    def document(self) -> None:
        table: Path = ()
        self._take(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._take(_BLANK)

    def _header(self) -> Path:
        line = self._line
        double = self._text.startswith("[[", self._at)
        self._at += 1 + double
        keys = self._keys()
        self._at += 1 + double
        path: Path = ()
        for key in keys[:-1]:
            path = self._current((*path, key))
            self.lines.setdefault(path, line)
        path = (*path, keys[-1])
        self.lines.setdefault(path, line)
        if double:
            self._counts[path] = self._counts.get(path, -1) + 1
            path = (*path, self._counts[path])
            self.lines[path] = line
        return path

    def _current(self, path: Path) -> Path:
        """A table's path, within the newest table of an array of tables."""
        count = self._counts.get(path)
        return path if count is None else (*path, count)

    def _pair(self, table: Path) -> None:
        line = self._line
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._take(_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._take(_SPACE)
            if self._text[self._at] in "\"'":
                word = self._take(_STRING)
                keys.append(str(tomllib.loads(f"key = {word}")["key"]))
            else:
                keys.append(self._take(_BARE))
            self._take(_SPACE)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        match self._text[self._at]:
            case '"' | "'":
                self._take(_STRING)
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case _:
                self._take(_OTHER)

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        self._take(_BLANK)
        while self._text[self._at] != "]":
            self.lines[*path, number] = self._line
            self._value((*path, number))
            number += 1
            self._take(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
                self._take(_BLANK)
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._take(_BLANK)
        while self._text[self._at] != "}":
            self._pair(path)
            self._take(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
                self._take(_BLANK)
        self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        found = match[0] if match else ""
        self._at += len(found)
        self._line += found.count("\n")
        return found
