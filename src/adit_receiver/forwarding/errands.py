"""What a worker does beside carrying: checks of destinations, mails, and what was kept long enough."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from time import monotonic

from django.db import DatabaseError
from django.utils import timezone

from adit_receiver.conf import ReceiverSettings
from adit_receiver.errors import SpoolError
from adit_receiver.mails import due_mails, send_due
from adit_receiver.policy import current_policy
from adit_receiver.retention import expire
from adit_receiver.spool import Spool

from .checking import Checker
from .chore import Chore

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between two looks whether there is anything to do
EXPIRE_SECONDS = 60.0


@dataclass(slots=True)
class Errands:
    """Each in a thread of its own where it may wait for somebody; ``join`` them at the end.

    Attributes:
        ended: called when one has ended.
    """

    settings: ReceiverSettings
    ended: Callable[[], None]
    random: Random = field(default_factory=Random)
    _checker: Checker = field(init=False)
    _mailing: Chore = field(init=False)
    _looked: float | None = None
    _expired: float | None = None

    def __post_init__(self) -> None:
        self._checker = Checker(self.settings, self.ended)
        self._mailing = Chore("lane-mails", self.ended)

    def look(self, now: datetime) -> None:
        """Begins what is due. Raises django.db.DatabaseError."""
        if self._looked is not None and monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = monotonic()
        self._checker.look(now)
        if self._mailing.ready and due_mails(now):
            self._mailing.begin(self._send_mails)
        if self._expired is None or monotonic() - self._expired >= EXPIRE_SECONDS:
            self._expired = monotonic()
            self._expire(now)

    def join(self, seconds: float) -> None:
        """Waits for what is under way."""
        self._checker.join(seconds)
        self._mailing.join(seconds)

    def _send_mails(self) -> None:
        try:
            send_due(timezone.now(), self.random)
        except DatabaseError as error:
            logger.warning("Mails wait, since the database failed: %s", type(error).__name__)

    def _expire(self, now: datetime) -> None:
        try:
            gone = expire(current_policy(), now, Spool(self.settings.spool))
        except SpoolError as error:
            logger.warning("What was kept long enough stays until the next sweep: %s", error.message)
            return
        if gone.unfinished or gone.files or gone.jobs:
            logger.info("Kept long enough: %d uploads, %d files, %d jobs", gone.unfinished, gone.files, gone.jobs)
