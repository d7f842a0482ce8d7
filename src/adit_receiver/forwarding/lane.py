"""One lane: takes lease after lease for one destination, and writes down what became of each instance."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from django.db import DatabaseError, connection
from django.utils import timezone

from adit_receiver.accounts import Target, accounts
from adit_receiver.conf import ReceiverSettings
from adit_receiver.errors import DestinationUnknownError
from adit_receiver.spool import Spool
from adit_receiver.transactions import tell_failed_database

from . import queue
from .dicom_libraries import import_dicom
from .errors import DestinationUnavailableError
from .folder_writer import FolderWriter
from .models import Verification
from .pacing import BROKEN, Outages
from .parcels import Carrier, Delivery, Outcome, Parcel
from .slots import Slot
from .task_texts import waiting_text

logger = logging.getLogger(__name__)

BATCH = 64  # instances a lease
GROUP = 32  # outcomes a transaction
_ANSWERED = frozenset({Outcome.DELIVERED, Outcome.FAILED})
TOGETHER_SECONDS = 0.2  # between two leases while there is not enough for a whole one
CANCELED_SECONDS = 1.0  # between two looks whether jobs were canceled whose instances are being sent
GROUP_SECONDS = 0.5  # an outcome waits at most so long for its transaction


def carrier_for(target: Target, ae_title: str) -> Carrier:
    """What carries parcels to such a destination.

    Raises:
        DestinationUnknownError: a folder destination without a folder.
    """
    if target.kind == "dicom":
        import_dicom()
        from .dicom_sender import DicomSender, Peer  # noqa: PLC0415 - see the package's text

        return DicomSender(Peer.of(target, ae_title))
    if target.folder is None:
        raise DestinationUnknownError("The destination has no folder.")
    return FolderWriter(target.folder, target.quota)


@dataclass(slots=True)
class _Canceled:
    """Which parcels of a lease belong to jobs that were canceled since; asked in the lane's thread."""

    held: queue.Lease
    _keys: frozenset[int] = frozenset()
    _looked: float = field(default_factory=time.monotonic)

    def holds(self, parcel: Parcel) -> bool:
        """Whether this one does, as it was at the last look, which is never long ago."""
        now = time.monotonic()
        if now - self._looked >= CANCELED_SECONDS:
            self._looked = now
            with suppress(DatabaseError):  # is noticed when the outcome is written down
                self._keys = queue.given_up(self.held)
        return parcel.key in self._keys


@dataclass(slots=True)
class Lane:
    """Work of one thread for one destination; ``run`` ends when nothing is due any more."""

    destination_key: str
    destination_name: str
    worker: str
    settings: ReceiverSettings
    spool: Spool
    outages: Outages
    stopped: Callable[[], bool]
    ended: Callable[[], None]  # called at the end, from the lane's thread
    pause: Callable[[float], object]  # waits so many seconds, or until the worker stops
    urgent_only: Callable[[], bool]
    slot: Slot
    among: Callable[[], int]  # how many lanes of this worker share what is due
    linger: float = 0.0  # seconds for which it waits for more, with its association open, before it ends
    random: Random = field(default_factory=Random)
    token: str = ""  # of the lease that it holds now
    finished: bool = False
    sound: bool = False  # it came to its end; else it fails by a defect
    thread: threading.Thread | None = None
    retiring: bool = False  # it ends after its lease: somebody else waits for its slot
    _more: threading.Event = field(default_factory=threading.Event)
    _deleter: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "delete"))
    _deleting: "Future[None] | None" = None
    _carrier: Carrier | None = None
    _target: Target | None = None

    def wake(self) -> None:
        """Tells it that there may be more, or that it is to stop."""
        self._more.set()

    def start(self) -> None:
        """Runs in a thread of its own."""
        self.thread = threading.Thread(target=self.run, name=f"lane-{self.destination_key}")
        self.thread.start()

    def run(self) -> None:
        """Takes and carries until nothing is due for a while, the destination is down, or the worker stops."""
        try:
            self._carry_on()
            self.sound = True
        finally:
            if not self.sound:
                self.outages.down(self.destination_key, BROKEN, timezone.now())
            if self._carrier is not None:
                self._carrier.close()
            self.slot.free()
            with suppress(DatabaseError):  # the file is left for the next look at what was delivered
                self._end_deleting()
            connection.close()
            self.finished = True
            self.ended()

    def _carry_on(self) -> None:
        try:
            while not self.stopped():
                self._more.clear()
                began = time.monotonic()
                held = self._one_lease()
                if held is None or self.retiring:
                    break
                if held.more:
                    continue
                # nothing else was due then: who stores more rings, and without a bell it looks again after a while
                if not self._more.wait(self.linger) and not held.parcels:
                    break
                if self.linger:
                    # those that arrive one after the other are taken together: a lease costs as much as ten of them
                    self.pause(began + TOGETHER_SECONDS - time.monotonic())
        except DestinationUnknownError as error:
            queue.fail_all(self.destination_key, error.message)
        except DatabaseError as error:
            tell_failed_database(logger, error, f"destination {self.destination_name} waits")
            self.outages.down(self.destination_key, "the receiver's database failed", timezone.now())

    def _carrier_to(self, target: Target) -> Carrier:
        """The one for the lease before, unless the destination was changed meanwhile."""
        if self._carrier is None or target != self._target:
            if self._carrier is not None:
                self._carrier.close()
            self._carrier, self._target = carrier_for(target, self.settings.ae_title), target
        return self._carrier

    def _one_lease(self) -> queue.Lease | None:
        """What it took, which may be nothing; None if the destination takes nothing now."""
        target = accounts().target(self.destination_key)
        carrier = self._carrier_to(target)
        held = queue.lease(
            self.destination_key,
            self.worker,
            limit=BATCH,
            seconds=self.settings.forward_lease_seconds,
            now=timezone.now(),
            spool=self.spool,
            confirm_after=None if target.verification == Verification.NONE else self.settings.confirm_seconds,
            urgent_only=self.urgent_only(),
            among=self.among(),
            own_digests=target.kind == "folder",
        )
        if held is None:
            return queue.Lease("", self.destination_key, (), frozenset())
        self.token = held.token
        whole = False
        try:
            whole = self._carry(carrier, held)
        except DestinationUnavailableError as error:
            now = timezone.now()
            outage = self.outages.down(self.destination_key, error.message, now)
            logger.warning("Destination %s: %s", target.name, error.message)
            text = waiting_text(target.name, outage.reason, outage.until)
            queue.postpone(self.destination_key, text, outage.until, now, held)
            return None
        finally:
            if not whole:
                queue.give_back(held)
            self.token = ""
        return held

    def _carry(self, carrier: Carrier, held: queue.Lease) -> bool:
        """Whether every instance has its outcome."""
        group: list[Delivery] = []
        told = 0
        since = time.monotonic()
        try:
            for delivery in carrier.carry(held.parcels, self.stopped, _Canceled(held).holds):
                group.append(delivery)
                told += 1
                # who cancels waits for it
                at_once = delivery.outcome is Outcome.GIVEN_UP
                if at_once or len(group) >= GROUP or time.monotonic() - since >= GROUP_SECONDS:
                    self._record(held, group)
                    group, since = [], time.monotonic()
        finally:
            self._record(held, group)
        return told == len(held.parcels)

    def _record(self, held: queue.Lease, group: list[Delivery]) -> None:
        if not group:
            return
        if any(delivery.outcome in _ANSWERED for delivery in group):
            self.outages.up(self.destination_key)
        queue.record(
            held,
            group,
            attempts=self.settings.forward_attempts,
            now=timezone.now(),
            random=self.random,
            spool=self.spool,
            then=self._delete_beside,
        )

    def _delete_beside(self, delete: Callable[[], None]) -> None:
        """Deletes while the next instances are sent: a file system takes longer for it than for many a C-STORE."""
        if self._deleting is not None:
            self._deleting.result()  # not more than one group is behind
        self._deleting = self._deleter.submit(delete)

    def _end_deleting(self) -> None:
        """Waits for it; raises as the deleting did."""
        if self._deleting is not None:
            self._deleter.submit(connection.close)
        self._deleter.shutdown()
        if self._deleting is not None:
            self._deleting.result()
