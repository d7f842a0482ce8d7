"""``adit-uploader diagnostics``: a file for whoever helps, without patient data."""

import argparse

from adit_uploader.diagnostics.bundle import write_bundle

from .errors import ExitStatus
from .options import Subparsers, new_file
from .terminal import Terminal

DESCRIPTION = """\
Writes versions, settings (no token), what the computer is, what happened by codes, and the states and counts of uploads
into a zip archive. There are no names, numbers, UIDs or folders of patients in it.
"""


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "diagnostics", help="write a file for whoever helps, without patient data", description=DESCRIPTION
    )
    parser.add_argument("--out", type=new_file, required=True, metavar="F.zip", help="this new file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    write_bundle(arguments.out)
    Terminal().note(f"Saved as {arguments.out}. about.txt in it says what it holds.")
    return ExitStatus.DONE
