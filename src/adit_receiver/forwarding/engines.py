"""What starts the work: the seam between those who store instances and those who carry them on.

    embedded         processes of ``manage forward`` that never end, woken by a bell on their machine
    procrastinate    tasks "look at the queue" in a queue of their own, in PostgreSQL; ``manage forward`` runs them

Neither carries facts: the forward rows are the truth, and a bell or a task that is lost costs time alone.
"""

from collections.abc import Callable
from typing import Protocol

from adit_receiver.conf import ReceiverSettings, receiver_settings

from .wake import ring, workers_folder


class Engine(Protocol):
    """One of the two."""

    def wake(self) -> None:
        """Tells that there may be work. Never fails: it is found as well by those who look now and then."""

    def run(
        self, *, until_idle: bool, on_look: Callable[[], None], stops: Callable[[Callable[[], None]], None]
    ) -> bool:
        """Works until it is asked to end, or until nothing is due.

        Args:
            on_look: called after each look for work.
            stops: is given, before the work begins, what asks it to end; fit for a signal handler.

        Returns:
            Whether everything has ended; else a destination keeps a thread waiting.
        """


class Embedded:
    """This process looks for itself."""

    def __init__(self, settings: ReceiverSettings) -> None:
        self._settings = settings

    def wake(self) -> None:
        ring(workers_folder(self._settings.spool))

    def run(
        self, *, until_idle: bool, on_look: Callable[[], None], stops: Callable[[Callable[[], None]], None]
    ) -> bool:
        from .worker import Worker  # noqa: PLC0415 - with all that DICOM takes, and web servers only ring

        worker = Worker(self._settings, on_look=on_look)
        stops(worker.stop)
        return worker.run(until_idle=until_idle)


def engine() -> Engine:
    """The one that the settings name."""
    settings = receiver_settings()
    if settings.engine == "procrastinate":
        from .procrastinate_engine import Procrastinate  # noqa: PLC0415 - an extra, which not everybody has

        return Procrastinate(settings)
    return Embedded(settings)


def wake() -> None:
    """Tells whoever forwards that there may be work. Never fails."""
    engine().wake()
