"""``adit-uploader profile``: a site's own de-identification profiles, checked and told."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from adit_uploader.deid.profiles import DEFAULT, PROFILES, SHORT_DIGEST, profile

from .errors import ExitStatus, NotDone
from .options import Subparsers, existing_path
from .terminal import Terminal, count_of

if TYPE_CHECKING:
    from adit_uploader.deid.profiles import Profile

DESCRIPTION = """\
A site may keep or remove single elements otherwise than the built-in profiles do, each for a reason, by a file that is
described in docs/profiles.md.
"""
_MAX_BYTES = 1024 * 1024  # far more than any profile has; what is larger is not read into memory


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "profile", help="check or describe a de-identification profile", description=DESCRIPTION
    )
    commands = parser.add_subparsers(required=True, metavar="check|describe")
    check = commands.add_parser(
        "check",
        help="find all mistakes of a profile's file",
        description="Names every mistake with its line, exit status 1; or says what the profile keeps, exit status 0.",
    )
    check.add_argument("file", type=existing_path, metavar="F.toml")
    check.set_defaults(run=run_check)
    describe = commands.add_parser(
        "describe",
        help="write what a profile does with each element",
        description="Writes what the profile does with each element, and why, as Markdown.",
    )
    describe.add_argument(
        "file", metavar="F.toml|NAME", help=f"a profile's file, or a built-in one ({', '.join(PROFILES)})"
    )
    describe.set_defaults(run=run_describe)


def add_local_profile_options(parser: argparse.ArgumentParser) -> None:
    """For runs without a server: a built-in profile, or one in a file."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--profile", choices=list(PROFILES), help=f"what is removed and what is kept, built in ({DEFAULT.name})"
    )
    group.add_argument(
        "--profile-file",
        type=existing_path,
        metavar="F.toml",
        help="the same, by a profile of your own (docs/profiles.md)",
    )


def local_profile(arguments: argparse.Namespace) -> "Profile":
    """The profile of a run without a server.

    Raises:
        InvalidProfile: its file has mistakes.
        NotDone: the file can't be read.
    """
    if arguments.profile_file is not None:
        return read_profile_file(arguments.profile_file)
    return profile(arguments.profile or DEFAULT.name)


def read_profile_file(path: Path) -> "Profile":
    """Raises: as ``local_profile``."""
    from adit_uploader.deid.profile_file import read_profile  # noqa: PLC0415 - most runs need none

    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except OSError as error:
        raise NotDone("The profile can't be read", f"{path}: {error.strerror}.") from None
    return read_profile(data, path.name)


def tell_profile(terminal: Terminal, used: "Profile") -> None:
    """Before a run: which profile of a site's own it is, and what it keeps. Says nothing of built-in ones."""
    if used.site is None:
        return
    terminal.note(
        f"De-identification profile {used.name}, version {used.version} (hash {used.digest[:SHORT_DIGEST]}): "
        f"{used.summary}"
    )
    if used.keeps_identifiers:
        terminal.warn(f"This profile keeps identifiers: {', '.join(target.name for target in used.keeps_identifiers)}.")


def run_check(arguments: argparse.Namespace) -> int:
    terminal = Terminal()
    found = read_profile_file(arguments.file)
    rules = found.site.rules if found.site else ()
    terminal.say(f"{found.name}, version {found.version}: no mistakes. {found.summary}")
    terminal.say(f"Based on {found.site.base if found.site else ''}, with {count_of(len(rules), 'rule')} of its own.")
    if found.keeps_identifiers:
        terminal.say("It keeps identifiers:")
        reasons = {rule.target: rule.reason for rule in rules}
        for target in found.keeps_identifiers:
            terminal.say(f"  {target.name}: {reasons[target]}")
    else:
        terminal.say("It keeps no identifiers beyond its base.")
    claimed = ", ".join(code.value for code in found.codes)
    terminal.say(f"Codes that results claim in (0012,0064): {claimed or 'none'}.")
    terminal.say(f"Hash: {found.digest}")
    return ExitStatus.DONE


def run_describe(arguments: argparse.Namespace) -> int:
    from adit_uploader.deid.describe_profile import page_of  # noqa: PLC0415 - most runs need none

    found = PROFILES.get(arguments.file)
    if found is None:
        try:
            path = existing_path(arguments.file)
        except argparse.ArgumentTypeError as error:
            raise NotDone("There is no such profile", f"{error}. Built in: {', '.join(PROFILES)}.") from None
        found = read_profile_file(path)
    Terminal().raw(page_of(found))
    return ExitStatus.DONE
