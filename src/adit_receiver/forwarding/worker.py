"""The embedded worker: looks for due rows when the bell rings and at least every few seconds, and runs lanes for them.

It keeps nothing that matters: killed at any moment, its leases are given back by the next worker that looks (at once
on the same machine, else when they run out), and what it had delivered but not yet written down is delivered again,
which destinations take as the same instance.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from socket import gethostname
from uuid import uuid4

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from adit_receiver.accounts import accounts
from adit_receiver.conf import ReceiverSettings
from adit_receiver.errors import DestinationUnknownError
from adit_receiver.models import WorkerBeat
from adit_receiver.policy import current_policy, urgent_only
from adit_receiver.spool import Spool
from adit_receiver.sweep import tidy
from adit_receiver.transactions import tell_failed_database

from . import queue, sent
from .confirming import ConfirmingLane
from .errands import Errands
from .lane import Lane
from .pacing import Outages, SetBack
from .slots import Slot, slots_folder, take_slot
from .task_texts import waiting_text
from .wake import Doorbell, bury_dead, ring, workers_folder

logger = logging.getLogger(__name__)

MAX_LANES = 8
STOP_SECONDS = 20.0  # for instances that are being sent when the worker is asked to end
CLEANING_SWEEPS = 20  # sweeps between two looks for spooled files that a crash has left
SHORTEST_WAIT = 0.05  # seconds
LINGER = 1.0  # seconds for which a lane waits for more
BEAT_SECONDS = 10.0
LEASE_LOOKS = 6  # at leases, while one lasts
FEW = 8  # instances for which a further association is worth opening
BUSY_SECONDS = 0.5  # between two looks at the whole queue while lanes work, which themselves look for what is theirs


@dataclass(slots=True)
class Worker:
    """One worker process; ``run`` blocks until ``stop``.

    Attributes:
        name: unique for ever, so that leases of another worker are never taken for its own.
        on_look: called after each look for work.
    """

    settings: ReceiverSettings
    name: str = field(default_factory=lambda: uuid4().hex)
    outages: Outages = field(default_factory=Outages)
    on_look: Callable[[], None] = lambda: None
    _clock: SetBack = field(default_factory=SetBack)
    _set_back: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)
    _lanes: list[Lane | ConfirmingLane] = field(default_factory=list)
    _bell: Doorbell | None = None
    _suspended: bool = False
    _urgent_only: bool = False
    _linger: float = LINGER
    _said: float | None = None
    _looked_after: float | None = None
    _errands: Errands = field(init=False)

    def __post_init__(self) -> None:
        self._errands = Errands(self.settings, self._lane_ended)

    @property
    def spool(self) -> Spool:
        """Where the files lie."""
        return Spool(self.settings.spool)

    def stop(self) -> None:
        """Asks it to end soon; fit for a signal handler and for other threads."""
        self._stop.set()
        if self._bell is not None:
            self._bell.ring()

    def run(self, *, until_idle: bool = False, linger: float | None = None) -> bool:
        """Works until it is stopped; with ``until_idle`` until nothing is due and nothing is being sent.

        Args:
            linger: seconds for which lanes wait for more; by default none with ``until_idle``.

        Returns:
            Whether everything has ended; else a destination has kept a lane waiting for too long.
        """
        folder = workers_folder(self.settings.spool)
        self._bell = Doorbell(folder, self.name)
        self._linger = (0.0 if until_idle else LINGER) if linger is None else linger
        sweeps = 0
        try:
            while not self._stop.is_set():
                wait = self._sweep(cleaning=sweeps % CLEANING_SWEEPS == 0)
                sweeps += 1
                self.on_look()
                if until_idle and not self._lanes:
                    break
                self._wait(wait)
        finally:
            self._stop.set()
            self._end_lanes()
            with contextlib.suppress(DatabaseError):  # then it is forgotten by itself
                WorkerBeat.objects.filter(name=self.name).delete()
            self._bell.close()
            self._bell = None
            connection.close()
        return all(lane.finished for lane in self._lanes)

    def _wait(self, seconds: float) -> None:
        """Waits for the bell, and lets the lanes that are there look first."""
        assert self._bell is not None  # noqa: S101 - it hangs as long as the worker runs
        until = time.monotonic() + seconds
        busy = time.monotonic() + BUSY_SECONDS
        while (now := time.monotonic()) < until and not self._stop.is_set():
            self._bell.wait(until - now)
            for lane in self._lanes:
                lane.wake()
            if time.monotonic() >= busy or any(lane.finished for lane in self._lanes) or not self._lanes:
                return
            until = min(until, busy)

    def _stopped(self) -> bool:
        """Whether lanes are to end."""
        return self._stop.is_set() or self._suspended

    def _sweep(self, *, cleaning: bool) -> float:
        """Looks once; returns for how many seconds it may wait for the bell."""
        close_old_connections()
        self._lanes = [lane for lane in self._lanes if not lane.finished]
        try:
            now = timezone.now()
            self._set_back = (
                self._clock.look(now, time.monotonic(), partial(queue.speaks_of_the_future, now)) or self._set_back
            )
            if self._set_back:
                logger.warning("The clock was set back: everything that waits is tried now.")
                self.outages.forget()
                queue.wait_no_more(now)
                self._set_back = False
            for dead in bury_dead(workers_folder(self.settings.spool)):
                queue.give_back_of(dead)
                sent.release_of(dead)
            self._look_after_leases(now)
            self._beat(now)
            if cleaning:
                queue.delete_delivered(self.spool)
                tidy(now)
            policy = current_policy()
            self._errands.look(now)
            self._suspended, self._urgent_only = policy.suspended, urgent_only(policy, now)
            if self._suspended:
                return self.settings.forward_sweep_seconds
            for due in sent.due(now):
                self._confirm(due, now)
            for due in queue.due_destinations(now, urgent_only=self._urgent_only):
                self._serve(due)
            soon = queue.next_due(now)
        except DatabaseError as error:
            tell_failed_database(logger, error, "trying again")
            connection.close()
            return self.settings.forward_sweep_seconds
        seconds = self.settings.forward_sweep_seconds
        if soon is not None:
            seconds = min(seconds, (soon - timezone.now()).total_seconds())
        return max(SHORTEST_WAIT, seconds)

    def _look_after_leases(self, now: datetime) -> None:
        """Prolongs its own and takes back those that ran out; not at each of the many sweeps of a busy worker."""
        seconds = self.settings.forward_lease_seconds
        pause = min(self.settings.forward_sweep_seconds / 2, seconds / LEASE_LOOKS)
        if self._looked_after is not None and time.monotonic() - self._looked_after < pause:
            return
        queue.wait_no_longer_than_ever(now)
        queue.hold([lane.token for lane in self._lanes if lane.token], seconds, now)
        queue.give_back_expired(now, seconds)
        sent.release_expired(now, seconds)
        self._looked_after = time.monotonic()

    def _beat(self, now: datetime) -> None:
        """Says that it looks for work: for the health page, and for nothing else."""
        if self._said is not None and time.monotonic() - self._said < BEAT_SECONDS:
            return
        self._said = time.monotonic()
        WorkerBeat.objects.update_or_create(name=self.name, defaults={"host": gethostname(), "seen": now})

    def _serve(self, due: queue.Due) -> None:
        """Starts the lanes that a destination needs now, or lets its instances wait."""
        now = timezone.now()
        if outage := self.outages.now(due.destination_key, now):
            text = waiting_text(due.destination_name, outage.reason, outage.until)
            queue.postpone(due.destination_key, text, outage.until, now)
            return
        running = self._running(due.destination_key)
        # after an outage a single lane tries first
        allowed = self._associations(due.destination_key) if self.outages.is_up(due.destination_key) else 1
        for _ in range(running, min(allowed, -(-due.count // FEW))):
            slot = self._slot(due.destination_key)
            if slot is None or self._bell is None:
                return
            lane = Lane(
                due.destination_key,
                due.destination_name,
                self.name,
                self.settings,
                self.spool,
                self.outages,
                self._stopped,
                self._lane_ended,
                self._stop.wait,
                self._only_urgent,
                slot,
                partial(self._running, due.destination_key),
                self._linger,
            )
            self._lanes.append(lane)
            lane.start()

    def _confirm(self, due: queue.Due, now: datetime) -> None:
        """Starts the lane that asks a destination for what was sent there, if it takes another connection."""
        if outage := self.outages.now(due.destination_key, now):
            sent.postpone(due.destination_key, outage.until, now)
            return
        ours = [lane for lane in self._lanes if lane.destination_key == due.destination_key]
        if any(isinstance(lane, ConfirmingLane) for lane in ours):
            return
        slot = self._slot(due.destination_key)
        if slot is None:
            for lane in ours[:1]:
                lane.retiring = True
                lane.wake()
            return
        lane = ConfirmingLane(
            due.destination_key,
            due.destination_name,
            self.name,
            self.settings,
            self.outages,
            self._stopped,
            self._lane_ended,
            slot,
        )
        self._lanes.append(lane)
        lane.start()

    def _slot(self, destination_key: str) -> Slot | None:
        """The right to one more connection to a destination; None if it has as many as it may."""
        if len(self._lanes) >= MAX_LANES:
            return None
        return take_slot(slots_folder(self.settings.spool), destination_key, self._associations(destination_key))

    def _associations(self, destination_key: str) -> int:
        try:
            return accounts().target(destination_key).associations or self.settings.associations
        except DestinationUnknownError:
            return 1  # which finds out the same, and says so

    def _running(self, destination_key: str) -> int:
        """How many lanes carry to a destination."""
        lanes = [lane for lane in self._lanes if isinstance(lane, Lane) and not lane.finished]
        return sum(lane.destination_key == destination_key for lane in lanes)

    def _only_urgent(self) -> bool:
        return self._urgent_only

    def _lane_ended(self) -> None:
        """Lets everybody look: another worker may have waited for the slot."""
        ring(workers_folder(self.settings.spool))

    def _end_lanes(self) -> None:
        for lane in self._lanes:
            lane.wake()
        for lane in self._lanes:
            if lane.thread is not None:
                lane.thread.join(STOP_SECONDS)
        self._errands.join(STOP_SECONDS)
