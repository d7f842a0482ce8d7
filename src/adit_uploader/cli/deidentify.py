"""``adit-uploader deidentify``: the same engine without a server."""

import argparse
import gc
from pathlib import Path

from adit_uploader.pseudonyms.mode import Mode

from .choices import check_mode_options
from .decisions import check_decision_options
from .errors import WrongUsage
from .options import Subparsers, add_paths, add_pseudonym_options, add_run_options
from .profiles import add_local_profile_options, local_profile, tell_profile
from .terminal import Terminal

DESCRIPTION = """\
De-identifies into a folder, without a server. The results are named DIR/STUDY/SERIES/INSTANCE.dcm by their new UIDs.
A file that is there already with other content is not overwritten. In mode none the files are copied as they are.
"""


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("deidentify", help="de-identify into a folder", description=DESCRIPTION)
    add_paths(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    add_pseudonym_options(parser, department_help="mode internal: your department, exactly as the server writes it")
    add_run_options(
        parser,
        site_key_help="key from which new UIDs and date shifts come; a file that does not exist is made. Without it "
        "the key is random, and the next run gives other UIDs",
        key_list_help="write the list PatientID, Pseudonym here, before the first file",
    )
    add_local_profile_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    terminal = Terminal()
    _check(arguments)
    profile = local_profile(arguments)
    if arguments.mode != Mode.NONE:
        tell_profile(terminal, profile)
    gc.disable()  # as for the first imports
    try:
        from .deidentifying import deidentify  # noqa: PLC0415 - what is typed wrong is told without it
    finally:
        gc.freeze()
        gc.enable()
    return deidentify(terminal, arguments, profile)


def _check(arguments: argparse.Namespace) -> None:
    check_mode_options(arguments)
    check_decision_options(arguments)
    if arguments.mode == Mode.INTERNAL and not (arguments.department or "").strip(" "):
        raise WrongUsage(
            "The department is missing", "Mode internal needs --department D, exactly as the server writes it."
        )
    if arguments.mode != Mode.INTERNAL and arguments.department is not None:
        raise WrongUsage("These options don't fit together", "--department belongs to --mode internal.")
    out = arguments.out.resolve()
    if out.exists() and not out.is_dir():
        raise WrongUsage("The output folder can't be used", f"{arguments.out} is a file.")
    for path in arguments.paths:
        if out.is_relative_to(path.resolve()):
            raise WrongUsage(
                "The output folder can't be used",
                f"{arguments.out} lies within {path}, so that the next run would find its own results.",
            )
