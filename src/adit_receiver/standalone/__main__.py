"""The command ``adit-receiver``. Exit status: 0 done, 1 not done, 2 wrong usage."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from django.db import DatabaseError

from .databases import ENVIRONMENT as DATABASE
from .prepare import ENVIRONMENT, data_folder, make_folder, make_tables_and_spool

_MODES = ("internal", "batch", "fixed", "none")
_DEFAULT_PORT = 8000


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    options, rest = parser.parse_known_args(given)
    if rest and options.command != "manage":
        parser.error(f"unknown arguments: {' '.join(rest)}")
    data = data_folder(options.data)
    try:
        make_folder(data)
    except OSError as error:
        return _fail(f"the data folder {data} can't be used: {error.strerror}")
    if options.command in {"serve", "web"}:
        _allow_host(options.host)

    import django  # noqa: PLC0415 - its settings need the data folder
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    try:
        django.setup()
    except ImproperlyConfigured as error:
        return _fail(str(error))
    if options.command == "manage":
        from django.core.management import execute_from_command_line  # noqa: PLC0415

        execute_from_command_line(["adit-receiver manage", *rest])
        return 0
    return _run(options, data)


def _run(options: argparse.Namespace, data: Path) -> int:
    from adit_receiver.errors import ReceiverError  # noqa: PLC0415 - needs Django to be set up

    from .people import UserWishes, set_up_dicom_destination, set_up_folder_destination, set_up_user  # noqa: PLC0415
    from .profiles import add_profile_file  # noqa: PLC0415

    try:
        make_tables_and_spool()
        match options.command:
            case "user":
                set_up_user(
                    UserWishes(
                        name=options.name,
                        token_file=options.token_file,
                        department=options.department,
                        modes=options.permit,
                        destinations=tuple(options.destination) if options.destination is not None else None,
                        password_file=options.password_file,
                        superuser=options.superuser,
                    )
                )
            case "profile":
                add_profile_file(options.file, preferred=options.preferred)
            case "destination" if options.folder is not None:
                set_up_folder_destination(options.name, options.folder)
            case "destination":
                set_up_dicom_destination(options.name, options.dicom)
            case _:
                from .serve import serve  # noqa: PLC0415

                return serve(data, options.host, options.port, alone=options.command == "serve")
    except ReceiverError as error:
        return _fail(error.message)
    except DatabaseError as error:
        kind = type(error).__name__  # its text may hold values
        if os.environ.get(DATABASE):
            return _fail(
                f"the database that ${DATABASE} names can't be used ({kind}). Is its server running, and do "
                "the names of host, user and database and the password fit?"
            )
        return _fail(f"the database in {data} can't be used ({kind}). Is its disk full, or the folder another user's?")
    except OSError as error:
        return _fail(f"the data folder {data} can't be used: {error.strerror}")
    return 0


def _fail(message: str) -> int:
    sys.stderr.write(f"adit-receiver: {message}\n")
    return 1


def _allow_host(host: str) -> None:
    if host not in {"0.0.0.0", "::", "127.0.0.1", "::1", "localhost"}:  # noqa: S104 - compared, not bound
        known = [name for name in os.environ.get("ADIT_RECEIVER_HOSTS", "").split(",") if name]
        os.environ["ADIT_RECEIVER_HOSTS"] = ",".join([*known, f"[{host}]" if ":" in host else host])


def _parser() -> argparse.ArgumentParser:
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=f"folder of everything the receiver keeps (default: ${ENVIRONMENT}, else the system's place for data)",
    )
    parser = argparse.ArgumentParser(
        prog="adit-receiver", description="Takes uploads of DICOM studies, stores them durably and forwards them."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser(
        "serve",
        parents=[data],
        help="run the receiver",
        description="Creates what it needs, then serves uploads and pages, and forwards, until it is asked to end. "
        "Names under which browsers reach it come from $ADIT_RECEIVER_HOSTS (a,b,c); $ADIT_RECEIVER_DATABASE "
        "(postgresql://...) keeps the tables in PostgreSQL instead of a file in the data folder.",
    )
    web = commands.add_parser(
        "web",
        parents=[data],
        help="run a web server alone, one of several",
        description="As `serve`, without forwarding: any number of them run beside each other on one PostgreSQL and "
        "one data folder, and any number of workers (`manage forward`).",
    )
    for server in (serve, web):
        server.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        server.add_argument("--port", type=_port, default=_DEFAULT_PORT, help="0: any free one (default: %(default)s)")

    user = commands.add_parser(
        "user",
        parents=[data],
        help="create or update a user, and write a fresh token",
        description="Creates or updates a user. What is not given stays as it is. Earlier tokens stay valid.",
    )
    user.add_argument("name", metavar="NAME", type=_name)
    user.add_argument("--department", metavar="D", help="goes into internal pseudonyms: never change it for fun")
    user.add_argument(
        "--permit",
        type=_modes,
        metavar="MODES",
        help=f"comma-separated: {','.join(_MODES)}; '' for none at all (a new user: internal,batch,fixed)",
    )
    user.add_argument(
        "--destination", action="append", metavar="NAME", help="where the user may send to; several times for several"
    )
    user.add_argument("--token-file", type=Path, required=True, metavar="F", help="the token is written to it (0600)")
    user.add_argument("--password-file", type=Path, metavar="F", help="first line: password for the pages")
    user.add_argument("--superuser", action="store_true", help="may administer the receiver (and use every mode)")

    destination = commands.add_parser(
        "destination", parents=[data], help="create or update a destination", description="Creates or updates it."
    )
    destination.add_argument("name", metavar="NAME", type=_name)
    kind = destination.add_mutually_exclusive_group(required=True)
    kind.add_argument("--dicom", metavar="AET@HOST:PORT", help="a DICOM server")
    kind.add_argument("--folder", type=Path, metavar="DIR", help="a folder on this machine")

    profile = commands.add_parser(
        "profile",
        parents=[data],
        help="add a de-identification profile of your own",
        description="Checks the file (docs/profiles.md) and offers the profile; earlier versions of it are withdrawn.",
    )
    profile.add_argument("file", metavar="F.toml", type=Path)
    profile.add_argument("--preferred", action="store_true", help="used unless the user picks another")

    commands.add_parser(
        "manage", parents=[data], add_help=False, help="Django's manage.py (`manage help` lists its commands)"
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def _modes(text: str) -> tuple[str, ...]:
    modes = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := [mode for mode in modes if mode not in _MODES]:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are {', '.join(_MODES)}")
    return modes


if __name__ == "__main__":
    sys.exit(main())
