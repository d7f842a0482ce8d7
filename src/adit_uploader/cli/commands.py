"""All commands, and the one place where errors become messages and exit statuses."""

import argparse
import importlib
import os
import sys
from collections.abc import Iterable

from adit_uploader.account.errors import AccountError
from adit_uploader.deid.errors import DeidentificationError, InvalidProfile
from adit_uploader.dicom.errors import DicomError
from adit_uploader.pseudonyms.errors import BatchFileRefused, PseudonymError
from adit_uploader.transfer.errors import TransferError

from .errors import CommandError, ExitStatus
from .options import Subparsers
from .terminal import Terminal

MODULES = {
    "scan": "scan",
    "deidentify": "deidentify",
    "upload": "upload",
    "jobs": "jobs",
    "login": "sign_in",
    "logout": "sign_in",
    "key": "key",
    "profile": "profiles",
}
"""The module of each command: a run imports its own alone, which decides how soon it is at work."""


def register(subparsers: "Subparsers[argparse.ArgumentParser]", commands: Iterable[str]) -> None:
    """Adds some commands of this room to the program's parser."""
    for module in dict.fromkeys(MODULES[command] for command in commands):
        importlib.import_module(f".{module}", __package__).register(subparsers)


def run_command(arguments: argparse.Namespace) -> int:
    """Runs what the parser chose; whatever goes wrong becomes a message on stderr. Returns the exit status."""
    terminal = Terminal()
    try:
        return int(arguments.run(arguments))
    except CommandError as error:
        terminal.problem(error.title, error.message)
        return error.status
    except BatchFileRefused as error:
        terminal.problem(error.title, error.message, [str(problem) for problem in error.problems])
    except InvalidProfile as error:
        terminal.problem(error.title, error.message, error.lines)
    except (PseudonymError, AccountError, TransferError, DeidentificationError, DicomError) as error:
        terminal.problem(error.title, error.message)
    except BrokenPipeError:
        # whoever read our output has gone; what is still buffered must not fail again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        terminal.problem("The system does not let this happen", f"{error.filename or ''}: {error.strerror or error}")
    except KeyboardInterrupt:
        terminal.warn("Stopped.")
    return ExitStatus.NOT_DONE
