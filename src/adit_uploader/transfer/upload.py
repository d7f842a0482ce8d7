"""An upload, from the plan to the receipt."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .connection import Server
from .events import Event
from .plan import UploadPlan
from .receipt import Receipt


@dataclass(frozen=True, slots=True)
class JobDescription:
    """What the user says about a job, for the receiver's job list. No patient data belongs here."""

    project_name: str = ""
    project_description: str = ""
    urgent: bool = False
    mail: bool = False


def ignore(event: Event) -> None:
    """Take an event and do nothing."""


class Upload:
    """One upload. Made in any thread; ``run`` blocks, ``cancel`` and ``pause`` come from another one.

    Attributes:
        job: id of the job once ``run`` has begun, else ''. The same plan that was cut before goes on under its id.
        key_list_path: where the key list is written before the first byte is sent, once ``run`` has begun.
    """

    def __init__(
        self,
        plan: UploadPlan,
        server: Server,
        token: str,
        *,
        journal: Path,
        lanes: int = 2,
        on_event: Callable[[Event], None] = ignore,
        description: JobDescription = JobDescription(),
        wait_for_delivery: bool | float = True,
        give_up_after: float = 600.0,
    ) -> None:
        """
        Args:
            journal: file of the journal; the folder ``key_lists`` lies beside it.
            lanes: worker processes.
            on_event: called in the thread of ``run``, about ten times a second.
            wait_for_delivery: True: until every study is delivered or the destination is not taking any at the
                moment; a number: at most so many seconds; False: not at all.
            give_up_after: seconds without any connection after which the run ends as interrupted.
        """
        self.job = ""
        self.key_list_path: Path | None = None

    def run(self) -> Receipt:
        """Send everything and wait for its delivery.

        Raises:
            TransferError: nothing was sent: LineError, JobRefused, PlanOutdated, KeyListNotWritten, JournalError.
                Once sending has begun, a failure ends in a receipt that says so instead.
        """
        raise NotImplementedError

    def cancel(self) -> None:
        """Give the job up: ``run`` ends within some seconds, the receiver delivers nothing more of it."""

    def pause(self) -> None:
        """End ``run`` within some seconds; the same plan sent again goes on where it stopped."""
