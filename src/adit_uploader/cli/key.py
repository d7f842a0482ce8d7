"""``adit-uploader key``: the department key, for keyed internal pseudonyms."""

import argparse

from adit_uploader.account.department_key import DepartmentKeys
from adit_uploader.pseudonyms.key_file import make_department_key, write_key_file

from .errors import ExitStatus, WrongUsage
from .options import Subparsers, existing_path, new_file
from .terminal import Terminal

DESCRIPTION = """\
The department key makes internal pseudonyms that nobody can guess who does not have it (docs/pseudonyms.md). It is made
once for a department, lies in the system's keyring, and is never sent to a server. Without it the same pseudonyms can't
be made again: keep an exported file in a safe place.
"""


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("key", help="make, export or import the department key", description=DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="create|export|import")
    department_help = "the department, exactly as the server writes it"

    create = commands.add_parser("create", help="make a new key", description="Makes a new key; never replaces one.")
    create.add_argument("--department", metavar="D", help=f"{department_help}; keeps the key in the keyring")
    create.add_argument("--file", type=new_file, metavar="F", help="writes the key to this new file")
    create.set_defaults(run=run_create)

    export = commands.add_parser("export", help="write the key to a file", description="Writes the key to a new file.")
    export.add_argument("--department", required=True, metavar="D", help=department_help)
    export.add_argument("file", type=new_file, metavar="F")
    export.set_defaults(run=run_export)

    import_ = commands.add_parser(
        "import", help="read the key from a file", description="Keeps the key of a file in the system's keyring."
    )
    import_.add_argument("--department", required=True, metavar="D", help=department_help)
    import_.add_argument("file", type=existing_path, metavar="F")
    import_.set_defaults(run=run_import)


def run_create(arguments: argparse.Namespace) -> int:
    terminal = Terminal()
    if arguments.department is None and arguments.file is None:
        raise WrongUsage("Where is the key to go?", "Give --department D (keyring), --file F, or both.")
    if arguments.department is None:
        write_key_file(arguments.file, make_department_key())
    else:
        keys = DepartmentKeys()
        keys.make(arguments.department)
        if arguments.file is not None:
            keys.export_to(arguments.department, arguments.file)
    if arguments.file is None:
        terminal.warn("Export the key now, and keep the file in a safe place: adit-uploader key export.")
    terminal.say("Made a new department key.")
    return ExitStatus.DONE


def run_export(arguments: argparse.Namespace) -> int:
    DepartmentKeys().export_to(arguments.department, arguments.file)
    Terminal().say(f"Wrote the department key to {arguments.file}. Keep it secret and safe.")
    return ExitStatus.DONE


def run_import(arguments: argparse.Namespace) -> int:
    DepartmentKeys().import_from(arguments.department, arguments.file)
    Terminal().say("The department key is in the system's keyring.")
    return ExitStatus.DONE
