"""The one place where errors become messages and exit statuses."""

import argparse
import os
import sys

from adit_uploader.account.errors import AccountError
from adit_uploader.deid.errors import DeidentificationError, InvalidProfile
from adit_uploader.diagnostics.errors import DiagnosticsError
from adit_uploader.dicom.errors import DicomError
from adit_uploader.pseudonyms.errors import BatchFileRefused, PseudonymError
from adit_uploader.transfer.errors import TransferError

from .errors import CommandError, ExitStatus
from .terminal import Terminal


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
    except (PseudonymError, AccountError, TransferError, DeidentificationError, DicomError, DiagnosticsError) as error:
        terminal.problem(error.title, error.message)
    except BrokenPipeError:
        # whoever read our output has gone; what is still buffered must not fail again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        terminal.problem("The system does not let this happen", f"{error.filename or ''}: {error.strerror or error}")
    except KeyboardInterrupt:
        terminal.warn("Stopped.")
    return ExitStatus.NOT_DONE
