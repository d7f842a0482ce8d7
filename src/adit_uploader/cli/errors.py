"""What can go wrong on the command line itself.

CommandError
    WrongUsage      what was typed can't be done, exit status 2
    NotDone         it could not be done, exit status 1
"""

from enum import IntEnum


class ExitStatus(IntEnum):
    """What scripts rely on."""

    DONE = 0  # everything that was asked for
    NOT_DONE = 1  # an instance failed or was refused, or nothing could be done at all
    WRONG_USAGE = 2


class CommandError(Exception):
    """title: what; message: why, and what to do."""

    status = ExitStatus.NOT_DONE

    def __init__(self, title: str, message: str) -> None:
        super().__init__(f"{title}: {message}")
        self.title = title
        self.message = message


class WrongUsage(CommandError):
    status = ExitStatus.WRONG_USAGE


class NotDone(CommandError):
    status = ExitStatus.NOT_DONE
