"""The program's log: what happened, by fixed words, with counts. No value of anything ever gets into it.

There is no way to hand it a text: an event is one of ``Event``, an error or a fault is named by its class and by the
place in the code, and everything else is a number.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any

from adit_uploader.account.settings import data_dir

MOST = 256 * 1024  # bytes; the older half goes when it is longer
_CLASS = re.compile(r"[A-Za-z_]{1,60}")  # no digits: no name of a class of ours has any
_PLACE = re.compile(r"\w{1,60}\.pyc?:\d{1,6} [A-Za-z_<>]{1,60}")  # of a module and a function, as ``fault`` writes it
_OTHER = "other"


class Event(StrEnum):
    """What is written down."""

    OPENED = "window-opened"
    CLOSED = "window-closed"
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    FOUND = "search-ended"
    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sending-ended"
    ERROR = "error"
    FAULT = "fault"


def log_path() -> Path:
    """Where the program's own log is."""
    return data_dir() / "events.jsonl"


class EventLog:
    """Lines of JSON in a file. That it can't be written keeps nothing from going on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, event: Event, **counts: int) -> None:
        """Writes down that this happened."""
        self._write({"event": event.value} | {name: int(count) for name, count in counts.items()})

    def error(self, error: BaseException) -> None:
        """Writes down that this was said to the user, by its class alone: its text may hold data."""
        self._write({"event": Event.ERROR.value, "kind": class_name(type(error))})

    def fault(self, kind: type[BaseException], trace: TracebackType | None) -> None:
        """Writes down where in the program's code a fault was."""
        places = []
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        self._write({"event": Event.FAULT.value, "kind": class_name(kind), "places": places[-20:]})

    def read(self) -> list[Mapping[str, Any]]:
        """All that is there, oldest first; lines that are none of ours are left out."""
        try:
            lines = self._path.read_text("utf-8", "replace").splitlines()
        except OSError:
            return []
        return [one for one in map(_read, lines) if one is not None]

    def _write(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds")} | dict(entry)) + "\n"
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
                length = file.tell()
            if length > MOST:
                self._shorten()

    def _shorten(self) -> None:
        data = self._path.read_bytes()
        half = data[len(data) // 2 :]
        self._path.write_bytes(half[half.find(b"\n") + 1 :])


def class_name(kind: type[BaseException]) -> str:
    """The name of an error's class."""
    return kind.__name__ if _CLASS.fullmatch(kind.__name__) else _OTHER


def _read(line: str) -> Mapping[str, Any] | None:
    """One line, if it is what ``EventLog`` writes; whatever else came into the file is not passed on."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or entry.get("event") not in set(Event):
        return None
    with suppress(ValueError, TypeError, KeyError):
        found: dict[str, Any] = {"at": datetime.fromisoformat(entry["at"]).isoformat(), "event": entry["event"]}
        if _CLASS.fullmatch(str(entry.get("kind", ""))):
            found["kind"] = entry["kind"]
        if entry["event"] == Event.FAULT:
            found["places"] = [place for place in map(str, entry.get("places", [])) if _PLACE.fullmatch(place)]
        return found | {
            name: count for name, count in entry.items() if _CLASS.fullmatch(name) and isinstance(count, int)
        }
    return None
