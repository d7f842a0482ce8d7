"""Options that several commands share, and what argparse checks of them."""

import argparse
from pathlib import Path

from adit_uploader.account.limits import MAX_LANES
from adit_uploader.pseudonyms.errors import InvalidPseudonym
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.pseudonyms.syntax import check_pseudonym

from .decisions import add_decision_options

_LIST_ENDINGS = (".csv", ".xlsx")

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for what add_subparsers returns


def existing_path(text: str) -> Path:
    """A folder or file that is there."""
    path = Path(text)
    try:
        path.lstat()
    except FileNotFoundError:
        raise argparse.ArgumentTypeError(f"there is no file or folder {text!r}") from None
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text!r} can't be reached: {error.strerror}") from None
    return path.absolute()


def new_file(text: str) -> Path:
    """A file that is to be written: its folder is there, and it is no folder itself."""
    path = Path(text).absolute()
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"the folder of {text!r} does not exist")
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder")
    return path


def key_list_file(text: str) -> Path:
    path = new_file(text)
    if path.suffix.lower() not in _LIST_ENDINGS:
        raise argparse.ArgumentTypeError(f"the name of a key list must end in .csv or .xlsx, unlike {text!r}")
    return path


def receipt_file(text: str) -> Path:
    path = new_file(text)
    if path.suffix.lower() == ".pdf":
        raise argparse.ArgumentTypeError(
            f"the command line writes no PDF, as {text!r} asks for: name a file that ends in .html and print it from a "
            "browser, or save the receipt from the window"
        )
    if path.suffix.lower() not in {".html", ".htm"}:
        raise argparse.ArgumentTypeError(f"the name of a receipt must end in .html, unlike {text!r}")
    return path


def pseudonym(text: str) -> str:
    try:
        check_pseudonym(text)
    except InvalidPseudonym as error:
        raise argparse.ArgumentTypeError(error.message) from None
    return text


def lanes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_LANES:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {MAX_LANES}")
    return int(text)


def trial_text(text: str) -> str:
    if len(text) > 64 or "\\" in text or not text.isprintable():
        raise argparse.ArgumentTypeError("at most 64 characters, without backslash and control characters")
    return text


def add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=existing_path, metavar="PATH", help="folder, file or zip archive")


def add_pseudonym_options(parser: argparse.ArgumentParser, *, department_help: str) -> None:
    group = parser.add_argument_group("pseudonyms")
    group.add_argument(
        "--mode",
        required=True,
        choices=[mode.value for mode in Mode],
        help="internal: computed from department and PatientID; batch: as a list says; fixed: one pseudonym for one "
        "patient; none: the files go as they are",
    )
    group.add_argument("--department", metavar="D", help=department_help)
    group.add_argument("--batch-file", type=existing_path, metavar="F", help="mode batch: the list, as CSV or .xlsx")
    group.add_argument("--pseudonym", type=pseudonym, metavar="P", help="mode fixed: the pseudonym")
    keys = group.add_mutually_exclusive_group()
    keys.add_argument(
        "--keyed",
        action="store_true",
        help="mode internal: with the department key from the system's keyring (see the command key)",
    )
    keys.add_argument(
        "--pseudonym-key-file", type=existing_path, metavar="F", help="mode internal: with the department key in a file"
    )


def add_run_options(parser: argparse.ArgumentParser, *, site_key_help: str, key_list_help: str) -> None:
    group = parser.add_argument_group("de-identification")
    group.add_argument("--site-key-file", type=Path, metavar="F", help=site_key_help)
    group.add_argument("--trial-protocol-id", type=trial_text, default="", metavar="T", help="written into the results")
    group.add_argument(
        "--trial-protocol-name", type=trial_text, default="", metavar="T", help="written into the results"
    )
    add_decision_options(parser)
    group = parser.add_argument_group("results")
    group.add_argument("--key-list", type=key_list_file, metavar="F.csv|F.xlsx", help=key_list_help)
    group.add_argument(
        "--report", type=new_file, metavar="F.json", help="the receipt as JSON; it names files by their local paths"
    )
    group.add_argument(
        "--receipt",
        type=receipt_file,
        metavar="F.html",
        help="the receipt as a page to read, keep and print; it names no files and no patients",
    )
    group.add_argument("--receipt-language", choices=("en", "de"), default="en", help="English or German (%(default)s)")
    group.add_argument("--receipt-with-patient-ids", action="store_true", help="the page also names the PatientIDs")
    group.add_argument("--receipt-with-paths", action="store_true", help="the page also names files by their paths")
    group.add_argument(
        "--lanes",
        type=lanes,
        default=2,
        metavar="N",
        help=f"processes that work side by side, 1 to {MAX_LANES} (%(default)s)",
    )


def add_server_options(parser: argparse.ArgumentParser, *, required: bool) -> None:
    group = parser.add_argument_group("server")
    group.add_argument(
        "--server",
        required=required,
        metavar="URL",
        help="address of the server, such as https://adit.example.org"
        + ("" if required else " (the one that was signed in to last)"),
    )
    group.add_argument(
        "--token-file",
        type=existing_path,
        metavar="F",
        help="file that holds the token, instead of the system's keyring",
    )
    group.add_argument(
        "--insecure-loopback",
        action="store_true",
        help="allow an unencrypted connection to this computer itself (http://127.0.0.1), and to no other",
    )
