"""``adit-uploader demo``: the whole way on this machine, with made-up studies."""

import argparse
import os
import sys
from pathlib import Path

from adit_uploader.cli import upload
from adit_uploader.cli.errors import NotDone
from adit_uploader.cli.options import Subparsers
from adit_uploader.cli.terminal import Terminal

from .receiver import DESTINATION, LoopbackReceiver, loopback_receiver

DESCRIPTION = """\
Tries the program on this machine, with studies of two made-up patients and a receiver of its own that only this
machine can reach. Opens the window on them where there is a display. Without one it sends them in the terminal, and
leaves a receipt, the key list and a picture of the window.
"""


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    """Adds the command to the program's parser."""
    parser = subparsers.add_parser("demo", help="try the program with made-up studies", description=DESCRIPTION)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("adit-uploader-demo"),
        metavar="DIR",
        help="folder for all that the demo makes (%(default)s)",
    )
    parser.add_argument("--terminal", action="store_true", help="send in the terminal, even if there is a display")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the demo; returns the exit status."""
    terminal = Terminal()
    out = arguments.out.resolve()
    studies = out / "studies"
    studies.mkdir(parents=True, exist_ok=True)
    # the demo's journal, key lists and settings stay with the demo
    os.environ["ADIT_UPLOADER_HOME"] = str(out / "program")
    terminal.note(f"Making studies of two made-up patients in {studies} ...")
    _make_studies(studies)
    terminal.note("Starting a receiver that only this machine can reach ...")
    with loopback_receiver(out) as receiver:
        if has_display() and not arguments.terminal:
            terminal.note(f"Opening the window. What is sent arrives in {receiver.delivered}")
            return _show_window(receiver, studies)
        return _send_in_terminal(terminal, receiver, studies, out)


def _make_studies(folder: Path) -> None:
    try:
        from .studies import make_demo_studies  # noqa: PLC0415 - its pictures need numpy, which the commands do without
    except ImportError:
        raise NotDone(
            "The demo's studies can't be made", "Install what the window needs: pip install 'adit-uploader[desktop]'."
        ) from None
    make_demo_studies(folder)


def has_display() -> bool:
    """Whether a window can be shown: always on Windows and macOS, elsewhere with an X or Wayland server."""
    return sys.platform in {"win32", "darwin"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _show_window(receiver: LoopbackReceiver, studies: Path) -> int:
    try:
        from adit_uploader.desktop import application  # noqa: PLC0415 - the terminal's demo works without Qt
    except ImportError:
        raise NotDone(
            "The window is not installed", "Install adit-uploader[desktop], or use adit-uploader demo --terminal."
        ) from None
    return application.run([studies], server=receiver.url, token=receiver.token_file.read_text().strip())


def _send_in_terminal(terminal: Terminal, receiver: LoopbackReceiver, studies: Path, out: Path) -> int:
    key_list, report, picture = out / "key-list.csv", out / "receipt.json", out / "window.png"
    status = _upload(
        *(str(studies), "--server", receiver.url, "--insecure-loopback", "--destination", DESTINATION),
        *("--mode", "internal", "--token-file", str(receiver.token_file)),
        *("--key-list", str(key_list), "--report", str(report)),
    )
    left = {"receipt": report, "key list": key_list, "delivered": receiver.delivered}
    if _take_picture(terminal, receiver, studies, picture):
        left["window"] = picture
    else:
        status = status or 1
    for name, path in left.items():
        terminal.note(f"{name + ':':<12}{path}")
    return status


def _upload(*words: str) -> int:
    parser = argparse.ArgumentParser()
    parser.set_defaults(words=words, resume_job="", refused_of="", zygote=None)  # as the program's own parser does
    upload.register(parser.add_subparsers())
    return upload.run(parser.parse_args(["upload", *words]))


def _take_picture(terminal: Terminal, receiver: LoopbackReceiver, studies: Path, picture: Path) -> bool:
    try:
        from adit_uploader.desktop.picture import PictureError, save_window_picture  # noqa: PLC0415 - as above
    except ImportError:
        terminal.warn("No picture of the window: adit-uploader[desktop] is not installed.")
        return False
    try:
        save_window_picture([studies], picture, server=receiver.url, token=receiver.token_file.read_text().strip())
    except PictureError as error:
        terminal.warn(f"{error.title}: {error.message}")
        return False
    return True
