"""``adit-uploader``: the window, or one of the commands."""

# A worker process imports this module again before it starts: what only the first process needs is imported where it is
# used.
# ruff: noqa: PLC0415

import atexit
import gc
import io
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import argparse

    from adit_uploader.transfer.zygote import Zygote

DESCRIPTION = """\
Sends imaging studies from folders to an ADIT server, pseudonymized on this computer. Without a command the window
opens, with the folders that are named, if any: adit-uploader [PATH ...]
"""
DEMO = "demo"
WITH_LANES = {"deidentify": False, "upload": True}  # commands that begin with a zygote; whether lanes send by the wire
EPILOG = """\
Exit status: 0 if everything that was asked for was done, 1 if an instance failed or was refused or nothing could be
done, 2 for wrong usage.
"""


def program() -> NoReturn:
    """Runs the program in a process of its own, and ends it."""
    try:
        status = main()
    except SystemExit as end:  # argparse has said what there is to say
        if not isinstance(end.code, int):
            raise
        status = end.code
    except KeyboardInterrupt:  # before a command has begun, which hears it by itself
        from adit_uploader.cli.errors import ExitStatus
        from adit_uploader.cli.terminal import Terminal

        Terminal().warn("Stopped.")
        status = ExitStatus.NOT_DONE
    leave(status)


def leave(status: int) -> NoReturn:
    """Ends the process in order: threads, exit functions, output. A command's memory needs no taking apart, which
    takes as long as many a command.
    """
    if "PySide6" in sys.modules or threading.active_count() > 1:
        sys.exit(status)
    atexit._run_exitfuncs()  # noqa: SLF001 - what the interpreter itself calls first
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # a program without a console has none
                stream.flush()
    except OSError:
        sys.exit(status)  # the interpreter has its own way to tell that nobody reads
    os._exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program; returns the exit status."""
    if getattr(sys, "frozen", False):  # in an installed program, whose lanes start as it does
        import multiprocessing

        multiprocessing.freeze_support()
    sys.excepthook = report_fault
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal can't show is no reason to stop
    words = list(sys.argv[1:] if argv is None else argv)
    known = known_commands()
    if not words or not (words[0].startswith("-") or words[0] in known):
        return open_window(words, known)
    if words[0] not in WITH_LANES:
        return run(words, None)
    from adit_uploader.transfer.zygote import begun

    with begun(wire=WITH_LANES[words[0]]) as zygote:  # imports what lanes need, while we read what was typed
        return run(words, zygote)


def run(words: Sequence[str], zygote: "Zygote | None") -> int:
    """Runs a command; returns the exit status. zygote: of which its lanes can be copies."""
    gc.disable()  # importing leaves nothing to collect, and looking for it takes a tenth of the time
    try:
        parser = make_parser(words[0])
    finally:
        gc.freeze()
        gc.enable()
    typed = tuple(words[1:])  # for ``upload``
    parser.set_defaults(words=typed, resume_job="", refused_of="", zygote=zygote)
    arguments = parser.parse_args(words)
    from adit_uploader.cli.commands import run_command

    return run_command(arguments)


def known_commands() -> list[str]:
    """The names of all commands, as ``--help`` lists them."""
    from adit_uploader.cli.registry import MODULES

    return [*MODULES, DEMO]


def make_parser(first: str) -> "argparse.ArgumentParser":
    """The parser for a command line that begins with a word: it knows that command, or else all of them."""
    import argparse

    from adit_uploader import __version__
    from adit_uploader.cli import registry

    parser = argparse.ArgumentParser(prog="adit-uploader", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"adit-uploader {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    every = [] if first == "--version" else known_commands()
    wanted = [first] if first in every else every
    registry.register(subparsers, (name for name in wanted if name != DEMO))
    if DEMO in wanted:
        from adit_uploader.demo import command as demo

        demo.register(subparsers)
    return parser


def open_window(words: Sequence[str], known: Sequence[str]) -> int:
    """Opens the window on some paths; returns the exit status."""
    import importlib.util
    from difflib import get_close_matches

    from adit_uploader.cli.errors import ExitStatus
    from adit_uploader.cli.terminal import Terminal

    terminal = Terminal()
    for word in words:
        if not Path(word).exists():
            near = get_close_matches(word, known, 1)
            hint = f"Is the command {near[0]} meant?" if near else "adit-uploader --help shows the commands."
            terminal.problem("Neither a folder nor a command", f"There is no {word!r}. {hint}")
            return ExitStatus.WRONG_USAGE
    if importlib.util.find_spec("PySide6") is None:
        terminal.problem(
            "The window is not installed", "Install adit-uploader[desktop], or use the commands: adit-uploader --help."
        )
        return ExitStatus.NOT_DONE
    if not has_display():
        terminal.problem(
            "There is no display for the window",
            "Start the program in a graphical session, or use the commands: adit-uploader upload --help.",
        )
        return ExitStatus.NOT_DONE
    from adit_uploader.desktop import application

    return application.run([Path(word).absolute() for word in words])


def report_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What is said about a fault of this program: its kind and place, without values, which may be a patient's."""
    from adit_uploader.cli.terminal import Terminal
    from adit_uploader.diagnostics.log import EventLog, log_path

    EventLog(log_path()).fault(kind, trace)
    place = "unknown place"
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{Path(code.co_filename).name}, line {trace.tb_lineno}, {code.co_name}"
        trace = trace.tb_next
    Terminal().problem("This program has a fault", f"Please report it: {kind.__name__} in {place}.")


def has_display() -> bool:
    """Whether a window can be shown: always on Windows and macOS, elsewhere with an X or Wayland server."""
    if sys.platform in {"win32", "darwin"} or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    program()
