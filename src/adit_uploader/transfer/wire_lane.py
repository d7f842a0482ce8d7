"""A lane that sends to a receiver: offers, begins, streams by credit, and takes the answers as they come."""

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from adit_uploader.deid.engine import Deidentifier, PassThrough
from adit_uploader.protocol.digests import hasher
from adit_uploader.protocol.messages import (
    Duplicate,
    Failed,
    OfferAnswer,
    ServerMessage,
)
from adit_uploader.protocol.messages import Refused as RefusedThere
from adit_uploader.protocol.messages import Stored as StoredThere

from .budget import Allowance
from .connection import Connection, open_connection
from .errors import InstanceRefusal, JobInUse, LineError, refused_by_receiver
from .lane_link import LaneLink
from .lane_messages import (
    Done,
    Granted,
    Hungry,
    Moved,
    NoMoreWork,
    Refused,
    Retrying,
    Sent,
    Stored,
    WireTarget,
    Wished,
    Work,
    WorkItem,
)
from .packing import Packing
from .preparing import Prepared, prepared
from .receipt import ReasonCode
from .waking import Outage, clock, pause

OFFER = 100  # keys in one offer: so many that an offer costs nothing, so few that the first answer comes soon
ENOUGH = 150  # instances at hand below which the lane asks for more
ENOUGH_BYTES = 64 * 1024 * 1024  # the same, for large ones
IN_FLIGHT = 128  # instances sent and not acknowledged
TRIES = 3
FIRST_DELAY = 0.5  # seconds; doubles
LONGEST_DELAY = 30.0
SHORT = 4  # attempts, after which pauses for our own last connection do not grow any more: it goes within half a minute
IDLE = 0.05
TELL = 0.1


@dataclass(frozen=True, slots=True)
class _Entry:
    work: Work
    item: WorkItem


class _Stopped(Exception):
    """Leave whatever is under way."""


def back_off(attempt: int, draw: Callable[[], float] = random.random) -> float:
    """Seconds before attempt number ``attempt`` (from 1): doubles, with jitter, so that lanes don't come in step."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (attempt - 1)) * (0.5 + 0.5 * draw())


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise InstanceRefusal(ReasonCode.TOO_LARGE, "The file is larger than the server takes.")


class WireLane:
    def __init__(self, link: LaneLink, engine: Deidentifier | PassThrough, target: WireTarget) -> None:
        self._link = link
        self._engine = engine
        self._target = target
        self._new: deque[_Entry] = deque()  # not offered on this connection
        self._offers: deque[dict[str, _Entry]] = deque()  # offered, no answer
        self._needed: deque[tuple[_Entry, int]] = deque()  # to be sent, from this offset
        self._sent: dict[int, _Entry] = {}  # by stream: ended, no answer
        self._current: tuple[int, _Entry] | None = None  # being sent
        self._current_refused = False
        self._later: list[tuple[float, _Entry]] = []  # to be tried again, not before this time
        self._tries: dict[int, int] = {}
        self._no_more = False
        self._hungry_told = False
        self._moved = 0
        self._moved_told = 0.0
        self._attempt = 0
        self._outage = Outage(clock())
        self._allowance = Allowance(target.line.rate)
        self._packing = Packing(target.line.compression, target.lanes)

    def run(self) -> None:
        """Until there is no more work, or the program says stop.

        Raises:
            TransferError: the receiver can't or won't go on.
        """
        while not self._link.stopped.is_set():
            try:
                with open_connection(
                    self._target.address,
                    self._target.token,
                    line=self._target.line,
                    silence_limit=self._target.silence_limit,
                ) as connection:
                    connection.hello()
                    connection.open_job(self._target.job)
                    self._converse(connection)
            except _Stopped:
                return
            except LineError as error:
                self._take_back()
                self._wait_after(error)
            else:
                self._tell_moved(at_once=True)
                self._link.report(Done())
                return

    def _wait_after(self, error: LineError) -> None:
        if not error.retriable or self._outage.seconds(clock()) > self._target.give_up_after:
            raise error
        self._attempt += 1
        ours = isinstance(error, JobInUse)  # our own last connection, which the receiver has not missed yet
        seconds = back_off(min(self._attempt, SHORT) if ours else self._attempt)
        if not ours:
            self._link.report(Retrying(error.title, error.message, seconds, self._attempt))
        pause(seconds, self._link.stopped.wait)

    def _take_back(self) -> None:
        """What was not acknowledged on a lost connection is offered again on the next one."""
        back = list(self._sent.values())
        if self._current is not None:
            back.append(self._current[1])
        back += [entry for entry, _ in self._needed]
        back += [entry for offer in self._offers for entry in offer.values()]
        self._new.extendleft(reversed(back))
        self._sent.clear()
        self._needed.clear()
        self._offers.clear()
        self._current = None

    # ------------------------------------------------------------ the conversation

    def _converse(self, connection: Connection) -> None:
        while True:
            self._take_commands()
            self._try_again_what_is_due()
            self._offer(connection)
            if self._needed and connection.client.can_begin and len(self._sent) < IN_FLIGHT:
                self._send(connection, *self._needed.popleft())
                self._listen(connection, 0.0)
                continue
            if self._idle():
                if self._no_more:
                    return
                self._tell_moved(at_once=True)
                command = self._link.take(IDLE * 4)
                if command is not None:
                    self._command(command)
                self._listen(connection, 0.0)
                continue
            self._listen(connection, IDLE)

    def _idle(self) -> bool:
        return not (self._new or self._offers or self._needed or self._sent or self._later)

    def _take_commands(self) -> None:
        if self._link.stopped.is_set():
            raise _Stopped
        while (command := self._link.take()) is not None:
            self._command(command)
        if not self._hungry_told and not self._no_more and self._could_use_more():
            self._hungry_told = True
            self._link.report(Hungry())

    def _could_use_more(self) -> bool:
        if len(self._new) + len(self._needed) >= ENOUGH:
            return False
        at_hand = chain(self._new, (entry for entry, _ in self._needed))
        return sum(entry.item.size for entry in at_hand) < ENOUGH_BYTES

    def _command(self, command: object) -> None:
        match command:
            case Work() as work:
                self._new.extend(_Entry(work, item) for item in work.items)
                self._hungry_told = False
            case NoMoreWork():
                self._no_more = True
            case Granted(size):
                self._allowance.grant(size)

    def _try_again_what_is_due(self) -> None:
        now = time.monotonic()
        due = [entry for when, entry in self._later if when <= now]
        if due:
            self._later = [(when, entry) for when, entry in self._later if when > now]
            self._needed.extend((entry, 0) for entry in due)

    def _offer(self, connection: Connection) -> None:
        if not self._new or self._offers or len(self._needed) > OFFER:
            return
        count = min(len(self._new), OFFER, connection.client.limits.offer)
        offer = {entry.item.sop_instance_uid: entry for entry in (self._new.popleft() for _ in range(count))}
        self._offers.append(offer)
        connection.client.offer(offer)
        connection.flush()

    def _send(self, connection: Connection, entry: _Entry, offset: int) -> None:
        """De-identify one instance and stream it; a refusal of ours is reported and ends there."""
        number = entry.item.number
        self._link.in_hand.take(number)
        pseudonymized = False
        try:
            with prepared(self._engine, entry.work, entry.item) as one:
                pseudonymized = True
                _check_length(one.instance.length, connection.client.limits.instance)
                digest = self._stream(connection, one, entry, offset if offset < one.instance.length else 0)
        except InstanceRefusal as refusal:
            if self._current is not None:
                if self._current_refused:
                    self._later = [(when, other) for when, other in self._later if other is not entry]
                else:
                    connection.client.abandon(self._current[0])
                    connection.flush()
                self._current = None
            self._link.in_hand.let_go()
            self._link.report(Refused(number, refusal.code, refusal.message, True, pseudonymized))
            return
        self._link.in_hand.let_go()
        if digest is not None:
            self._link.hold(Sent(number, one.instance.length, digest))

    def _stream(self, connection: Connection, one: Prepared, entry: _Entry, offset: int) -> str | None:
        """Send the bytes; returns the digest, or None if the receiver refused it meanwhile."""
        client = connection.client
        instance = one.instance
        stream = client.begin(
            sop_instance_uid=instance.sop_instance_uid,
            sop_class_uid=instance.sop_class_uid,
            transfer_syntax_uid=instance.transfer_syntax_uid,
            study_instance_uid=instance.study_instance_uid,
            series_instance_uid=instance.series_instance_uid,
            patient_id=instance.patient_id,
            length=instance.length,
            offset=offset,
        )
        self._current = (stream, entry)
        self._current_refused = False
        self._packing.begin()
        digest = hasher(self._target.job.digest)
        position = 0
        for piece in one.chunks(self._allowance.chunk(client.limits.chunk)):
            digest.update(piece)
            skip = max(0, min(len(piece), offset - position))
            position += len(piece)
            if skip == len(piece):
                continue
            data = memoryview(piece)[skip:]
            self._await_credit(connection, len(data))
            if self._current_refused:
                self._current = None
                return None
            self._send_piece(connection, stream, data)
            self._moved += len(data)
            self._tell_moved()
            self._listen(connection, 0.0)
        if self._current_refused:
            self._current = None
            return None
        client.end(stream, digest.hexdigest())
        connection.flush()
        self._current = None
        self._sent[stream] = entry
        return digest.hexdigest()

    def _send_piece(self, connection: Connection, stream: int, data: memoryview) -> None:
        # waiting for credit does not count: a receiver that is busy would only be busier with unpacking
        compress = connection.client.compresses and self._packing.wanted()
        on_wire = connection.client.send_chunk(stream, data, compress=compress)
        began = time.monotonic()
        self._await_allowance(connection, on_wire)
        connection.flush()
        self._packing.sent(len(data), on_wire, time.monotonic() - began, tried=compress)

    def _await_credit(self, connection: Connection, size: int) -> None:
        cost = connection.client.limits.cost(size)
        while connection.client.credit < cost and not self._current_refused:
            if self._link.stopped.is_set():
                raise _Stopped
            self._listen(connection, IDLE * 4)

    def _await_allowance(self, connection: Connection, size: int) -> None:
        while not self._allowance.spend(size):
            if wish := self._allowance.wish(size):
                self._link.report(Wished(wish))
            self._take_commands()
            self._listen(connection, IDLE)

    # ------------------------------------------------------------ what the receiver says

    def _listen(self, connection: Connection, timeout: float) -> None:
        if self._link.stopped.is_set():
            raise _Stopped
        events = connection.receive(timeout)
        for event in events:
            self._heard(event)
        if events:
            self._attempt = 0
            self._outage.end(clock())
        self._tell_moved()

    def _heard(self, event: ServerMessage) -> None:
        match event:
            case StoredThere() | Duplicate():
                entry = self._sent.pop(event.stream)
                self._link.hold(Stored(entry.item.number))
            case RefusedThere():
                self._refused(event)
            case OfferAnswer():
                self._answered(event)
            case Failed():
                # an offer was not taken: the job is closed, or the receiver can't look it up
                raise refused_by_receiver(event.text, event.code, retriable=event.retriable)

    def _answered(self, answer: OfferAnswer) -> None:
        offer = self._offers.popleft()
        for uid in answer.have:
            self._link.hold(Stored(offer[uid].item.number, known=True))
        for uid, entry in offer.items():  # in our order, so that a series goes as one
            if uid in answer.partial:
                self._needed.append((entry, answer.partial[uid]))
        needed = set(answer.need)
        self._needed.extend((entry, 0) for uid, entry in offer.items() if uid in needed)

    def _refused(self, refused: RefusedThere) -> None:
        if refused.stream is None:
            entry = next(offer[refused.sop_instance_uid] for offer in self._offers if refused.sop_instance_uid in offer)
        elif self._current is not None and self._current[0] == refused.stream:
            entry = self._current[1]
            self._current_refused = True
        else:
            entry = self._sent.pop(refused.stream)
        number = entry.item.number
        tries = self._tries[number] = self._tries.get(number, 0) + 1
        if refused.retriable and tries < TRIES:
            self._later.append((time.monotonic() + back_off(tries), entry))
            return
        message = refused.text or "The server did not take the file."
        self._link.report(Refused(number, refused.code, message, False, pseudonymized=refused.stream is not None))

    def _tell_moved(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if self._moved and (at_once or now - self._moved_told > TELL):
            self._link.report(Moved(self._moved))
            self._moved = 0
            self._moved_told = now
