"""Somebody who has only a keyboard: keys go where the window manager sends them, and eyes see where they arrive."""

from dataclasses import dataclass
from typing import Any

from tests.e2e.screen import Reader, Screen, until

MOST_STOPS = 60  # of Tab in one window


@dataclass
class Keyboard:
    """reader: reads, and does nothing else."""

    screen: Screen
    reader: Reader

    def press(self, *keys: str) -> None:
        """One after the other, as ``Return`` or ``alt+s``."""
        self.screen.mouse("key", *keys)

    def focused(self) -> dict[str, Any]:
        return self.reader.ask("focused") or {}

    def arrive_at(self, name: str) -> None:
        """Waits until what has this in its name has the keyboard."""
        try:
            until(lambda: name in self.focused().get("name", ""), f"the keyboard at {name!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is at {self.focused()}") from None

    def leave(self, name: str) -> None:
        """Waits until this is gone; the window behind it is then brought to the front by ``Screen.keys``."""
        until(lambda: not self.reader.ask("see", name), f"{name!r} is gone")

    def tab_to(self, name: str, key: str = "Tab") -> list[str]:
        """Presses Tab until it is there; returns the names of all that it came by."""
        passed: list[str] = []
        now = until(lambda: self.focused().get("name"), "the keyboard somewhere")
        while name not in now:
            assert len(passed) < MOST_STOPS, f"{name!r} is not among {passed}"
            passed.append(now)
            self.press(key)
            now = until(lambda: self._elsewhere(passed[-1]), f"{key} leads on from {passed[-1]!r}")
        return passed

    def _elsewhere(self, before: str) -> str | None:
        name: str = self.focused().get("name", "")
        return name if name and name != before else None

    def write(self, text: str) -> None:
        """Types over what stands there."""
        self.press("ctrl+a")
        self.screen.mouse("type", "--delay", 20, text)
        until(lambda: len(self.focused().get("text", "")) == len(text), f"all of {len(text)} characters")
