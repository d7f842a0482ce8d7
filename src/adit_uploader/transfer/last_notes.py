"""A job's end in the journal: tried again while the disk does not take it, and made up for by a later run."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from .errors import JournalError
from .journal import JobState, Journal

FIRST_DELAY = 0.1  # seconds; doubles
LONGEST_DELAY = 3.0
ENDED = {
    "SU": JobState.FINISHED,
    "WA": JobState.FINISHED,
    "FA": JobState.FINISHED,
    "CA": JobState.CANCELED,
}
"""What the journal says of a job that has come to such an end at the receiver."""


def persist(write: Callable[[], None], wait: Callable[[float], bool], *, seconds: float) -> bool:
    """Write into the journal, again and again for so many seconds while it can't be done.

    Args:
        wait: waits so many seconds, returns at once and True when there is to be no next try.

    Returns:
        Whether it is written.
    """
    until = time.monotonic() + seconds
    delay = FIRST_DELAY
    while True:
        with suppress(JournalError):
            write()
            return True
        if time.monotonic() + delay > until or wait(delay):
            return False
        delay = min(LONGEST_DELAY, 2 * delay)


def forgotten(journal: Journal, server: str, before: float) -> list[str]:
    """Jobs at this server that were begun before that time (seconds since 1970) and still count as open here.

    Younger ones are left: whoever gives the same upload again shall go on with them, and send nothing.
    """
    rows = journal.jobs()
    return [row.job for row in rows if row.state is JobState.OPEN and row.server == server and row.created < before]


def close_what_has_ended(journal: Journal, jobs: list[str], there: Mapping[str, str]) -> None:
    """Close those of these jobs that have come to their end at the receiver; a run before could not note it.

    Args:
        there: state of jobs at the receiver.
    """
    for job in jobs:
        state = there.get(job, "")
        if state in ENDED:
            if state == "SU":
                journal.delivered(job)
            journal.close_job(job, ENDED[state])
