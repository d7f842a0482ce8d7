"""An X screen of its own with a window manager and a session bus, and people who work on it."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"  # the one that Debian's pyatspi belongs to
AGAIN = 5.0  # seconds after which a key that did nothing is pressed once more
DEADLINE = 60.0  # seconds
POLL = 0.1
PRESSES = 12  # of the mouse, until a drag begins
Value = TypeVar("Value")
_never = threading.Event()


def is_so(look: Callable[[], bool], deadline: float) -> bool:
    """Looks again and again; returns whether it became so. deadline: seconds."""
    end = time.monotonic() + deadline
    while not look():
        if time.monotonic() > end:
            return False
        _never.wait(POLL)
    return True


def until(look: Callable[[], Value | None], what: str, deadline: float = DEADLINE) -> Value:
    """Looks again and again until there is something (not None, not False)."""
    end = time.monotonic() + deadline
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        assert time.monotonic() < end, f"waited {deadline:.0f} s in vain: {what}"
        _never.wait(POLL)


def program_of(name: str) -> str:
    found = shutil.which(name)
    assert found, f"these tests need {name}: see installer/debian/system-libraries.sh"
    return found


@contextmanager
def running(command: list[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """A process that is ended with its surroundings."""
    process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@dataclass
class Screen:
    """environment: for every process that shall appear on this screen."""

    environment: dict[str, str]

    def mouse(self, *arguments: str | int) -> None:
        """Runs xdotool."""
        self._run(*arguments, check=True)

    def _run(self, *arguments: str | int, check: bool) -> bool:
        command = [program_of("xdotool"), *map(str, arguments)]
        return subprocess.run(command, env=self.environment, check=check).returncode == 0

    def keys(self, *names: str) -> None:
        """Presses keys, as ``alt+p``, in the program's window."""
        activate = ("search", "--onlyvisible", "--name", "^ADIT Uploader$", "windowactivate", "--sync")
        # it gives up if any window closes, as a tooltip does, while it looks through all of them
        until(lambda: self._run(*activate, check=False), "the program's window in front")
        self.mouse("key", *names)

    @contextmanager
    def drag(self, paths: list[Path], target: tuple[int, int]) -> Iterator[str]:
        """Drags files from a window of another program onto a point; gives what that program says of it.

        That program stays until the end of the ``with``: it is asked for the paths only after the drop.
        """
        command = [sys.executable, str(HERE / "drag_source.py"), "5", "5", *map(str, paths)]
        with running(command, env=self.environment) as source:
            window = first_line(source).removeprefix("window ")
            self.mouse("windowmove", "--sync", window, 5, 5)
            said: list[str] = []
            listener = threading.Thread(target=lambda: said.extend(line.strip() for line in source.stdout or ()))
            listener.start()
            self._take(said)
            x, y = target
            wobble = itertools.cycle((0, 3))

            def taken() -> bool:
                # a hand moves all the time; the target answers each move, and says that it would take the drop
                self.mouse("mousemove", "--sync", x + next(wobble), y)
                return "over CopyAction" in said

            until(taken, "the window takes the drag")
            self.mouse("mouseup", 1)
            until(lambda: any(line.startswith("dropped") for line in said), "the drop")
            yield said[-1].removeprefix("dropped ")
            source.terminate()
            listener.join()

    def _take(self, said: list[str]) -> None:
        """Presses until the other program begins the drag: where its window was not there yet, nothing has happened."""
        for _ in range(PRESSES):
            self.mouse("mousemove", "--sync", 45, 45)
            self.mouse("mousedown", 1)
            self.mouse("mousemove", "--sync", 60, 60)
            if is_so(lambda: "dragging" in said, DEADLINE / PRESSES):
                return
            self.mouse("mouseup", 1)
        raise AssertionError("no drag begins")

    def picture(self, out: Path) -> None:
        """What the screen shows, as PNG."""
        subprocess.run([program_of("import"), "-window", "root", str(out)], env=self.environment, check=True)


@dataclass
class Reader:
    """The screen reader (screen_reader.py) at work on the program's window."""

    process: "subprocess.Popen[str]"

    def ask(self, *command: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the screen reader has ended"
        return json.loads(answer)

    def everything(self) -> list[dict[str, Any]]:
        return self.ask("tree") or []

    def texts(self) -> list[str]:
        return [thing["name"] for thing in self.everything() if thing["name"]]

    def press(self, name: str, role: str = "push button") -> None:
        until(lambda: self.ask("act", role, name, "press"), f"press {name!r}")

    def can_press(self, name: str) -> bool:
        """Whether there is such a button, and it is enabled."""
        return bool((self.ask("button", name) or {}).get("enabled"))

    def write(self, name: str, text: str) -> None:
        until(lambda: self.ask("write", name, text), f"write into {name!r}")

    def wait_for(self, text: str, deadline: float = DEADLINE) -> str:
        """Waits until something with this text in its name or text is on screen."""

        def look() -> str | None:
            seen: str | None = self.ask("see", text)
            return seen

        try:
            return until(look, f"see {text!r}", deadline)
        except AssertionError as error:
            raise AssertionError(f"{error}; on screen: {self.texts()}") from None

    def choose(self, screen: Screen, box: str, mnemonic: str, item: str) -> None:
        """Chooses a line of a dropdown by keyboard: the mnemonic leads to it, the item's first letter chooses."""

        def now() -> dict[str, Any]:
            return self.ask("combo", box) or {}

        typed = float("-inf")

        def chosen() -> bool:
            nonlocal typed
            seen = now()
            if item in seen.get("value", ""):
                return True
            if not seen.get("focused"):  # or no longer: the window may have put it elsewhere after a drop
                screen.keys(f"alt+{mnemonic}")
            elif time.monotonic() - typed > AGAIN:
                typed = time.monotonic()
                screen.mouse("type", item[0])  # more letters make a word only if they come fast: not on a busy machine
            return False

        until(chosen, f"choose {item!r} in {box!r}")


@contextmanager
def open_screen(folder: Path) -> Iterator[Screen]:
    """Xvfb on a free number, openbox, a session bus with the accessibility bus behind it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with ExitStack() as stack:
        # -r: on a busy machine a key that is let go late would be taken for one that is held, and repeated
        # -noreset: else it begins anew whenever nobody is on it, as between xdotool and the window manager
        options = ("-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp", "-r", "-noreset")
        xvfb = stack.enter_context(running([program_of("Xvfb"), *options]))
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "QT_", "DBUS_"))
        }
        environment |= {
            "DISPLAY": f":{first_line(xvfb)}",
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "LANGUAGE": "en",
            "NO_AT_BRIDGE": "0",
        }
        bus = stack.enter_context(
            running([program_of("dbus-daemon"), "--session", "--nofork", "--print-address=1"], env=environment)
        )
        environment["DBUS_SESSION_BUS_ADDRESS"] = first_line(bus)
        stack.enter_context(running([program_of("openbox")], env=environment))
        screen = Screen(environment)
        until(lambda: screen._run("get_desktop", check=False), "the window manager")
        screen.mouse("key", "shift")  # the first key makes the keyboard known, and Alt may be forgotten over that
        yield screen


@contextmanager
def open_reader(screen: Screen) -> Iterator[Reader]:
    with running([SYSTEM_PYTHON, str(HERE / "screen_reader.py")], env=screen.environment) as process:
        yield Reader(process)


@dataclass
class Ear:
    """Hears what the window says by itself (announcements.py), though nobody asks."""

    heard: list[str]

    def wait_for(self, text: str) -> str:
        """Waits until something with this text was said; returns all of it."""
        try:
            return until(lambda: next((said for said in self.heard if text in said), None), f"hear {text!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}; heard: {self.heard}") from None


@contextmanager
def open_ear(screen: Screen) -> Iterator[Ear]:
    with running([SYSTEM_PYTHON, str(HERE / "announcements.py")], env=screen.environment) as process:
        assert first_line(process) == "listening"
        ear = Ear([])
        listener = threading.Thread(target=lambda: ear.heard.extend(line.strip() for line in process.stdout or ()))
        listener.start()
        try:
            yield ear
        finally:
            process.terminate()
            listener.join()


@contextmanager
def open_program(screen: Screen, *arguments: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """The real program, as a process of its own."""
    command = [sys.executable, "-m", "adit_uploader", *map(str, arguments)]
    with running(command, env=screen.environment) as process:
        yield process
