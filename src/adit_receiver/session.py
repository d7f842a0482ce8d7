"""One connection's work: checks, files and rows. Runs in the connection's own thread, never in the event loop.

``Session.work`` takes what the client said, in order, and gives what is to be answered to ``emit``: messages of the
protocol as values, or ``Close``. It knows no socket.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import assert_never
from uuid import UUID, uuid4

from django.db import DatabaseError

from adit_uploader.protocol.chunks import Chunk
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.limits import ACKNOWLEDGED_OFFSET_STEP
from adit_uploader.protocol.messages import (
    Abandon,
    Begin,
    Cancel,
    Credit,
    Duplicate,
    End,
    Failed,
    Finish,
    Hello,
    JobFinished,
    JobOpened,
    Jobs,
    Limits,
    ListJobs,
    Offer,
    OfferAnswer,
    OpenJob,
    Refused,
    Saved,
    ServerMessage,
    Stored,
    Tasks,
    Watch,
)
from adit_uploader.protocol.server import ServerEvent

from . import jobs
from .accounts import Accounts, SignIn
from .allowance import Allowance
from .audit.of_session import SessionAudit
from .conf import ReceiverSettings
from .door import JobFacts, Refusal, check_begin, check_finished
from .errors import AccessDeniedError, SpoolError
from .forwarding.engines import wake
from .greeting import check_access, welcome
from .living import release_leases_of_dead
from .models import PartialInstance
from .policy import current_policy
from .session_state import ArrivingInstance, NeededKeys, SessionClock
from .spool import DigestOnly, IncomingFile, Spool
from .store import GROUP, Arrived, Kept, commit, conflict, digest_in_job, forget_partial, forget_unnamed, save_partial

_CREDIT_STEP = 1024 * 1024
_TELL_SECONDS = 1.0
_HOLD_SECONDS = 0.4  # instances that come one after the other are committed together; a client sends on meanwhile
_FIRST_HOLD_SECONDS = 0.025  # and doubling: the first ones of a job can be delivered while the others come
_TOKEN_SECONDS = 3.0  # a revoked token ends its connections within that time


@dataclass(frozen=True, slots=True)
class Close:
    """The connection ends with this code; reason: for people, at most 123 bytes."""

    code: CloseCode
    reason: str


Answer = ServerMessage | Close


def _to_nobody(_: Answer) -> None:
    """Takes the answers to a client that has gone."""


@dataclass(slots=True)
class Session:
    """What one connection does.

    Attributes:
        emit: takes the answers, in order.
        audit: takes what the user does.
        connection: random, names this connection's leases.
        server: the process that it belongs to.
    """

    sign_in: SignIn
    accounts: Accounts
    settings: ReceiverSettings
    spool: Spool
    emit: Callable[[Answer], None]
    audit: SessionAudit
    connection: UUID = field(default_factory=uuid4)
    server: str = ""
    _job: JobFacts | None = None
    _streams: dict[int, ArrivingInstance] = field(default_factory=dict)
    _group: list[Arrived] = field(default_factory=list)
    _watched: dict[UUID, Tasks] = field(default_factory=dict)
    _patients: set[str] = field(default_factory=set)
    _needed: NeededKeys = field(default_factory=NeededKeys)
    _tasks: dict[tuple[str, str], int] = field(default_factory=dict)  # of the open job, as ``commit`` has found them
    _freed: int = 0
    _allowance: Allowance = field(default_factory=Allowance)
    _clock: SessionClock = field(default_factory=lambda: SessionClock(token=monotonic()))
    _closed: bool = False

    @property
    def holds(self) -> bool:
        """Whether instances have arrived that are not committed yet, or credit was not given back."""
        return bool(self._group or self._freed)

    @property
    def credit_step(self) -> int:
        """Bytes after which credit is given back while more comes."""
        return min(_CREDIT_STEP, self.settings.credit // 8)

    @property
    def watches(self) -> bool:
        """Whether the client waits for news of a job."""
        return bool(self._watched)

    @property
    def _expects(self) -> bool:
        """Whether more is to come of what the client has offered, as far as it has offered what it sends."""
        return (
            bool(self._needed)
            or len(self._streams) > len(self._group)
            or any(arrived.partial for arrived in self._group)
        )

    def work(self, events: Sequence[ServerEvent], *, hold: bool = False) -> None:
        """Does what the client asked for, in order; ends with a commit of what has arrived.

        Args:
            hold: what has arrived just now may wait for more, so that there are fewer commits; ``work`` is called
                again soon, if only without events.

        Raises:
            django.db.DatabaseError: the database failed; close the connection, the client comes again.
        """
        if self._closed:
            return
        if events:
            self._clock.heard = monotonic()
        try:
            for event in events:
                self._dispatch(event)
            if not hold or not self._expects or monotonic() - self._clock.arrived >= self._clock.hold:
                self._commit()
                self._give_credit()
        except AccessDeniedError as error:
            self._deny(error)

    def look(self) -> None:
        """The regular look: is the user still welcome, whose lease, what has changed in watched jobs.

        Raises as ``work``.
        """
        try:
            self._look_at_access()
            self._hold_lease()
            self.audit.look()
        except AccessDeniedError as error:
            self._deny(error)
            return
        self._tell_watched()

    def _tell_watched(self) -> None:
        """What has changed in watched jobs: once a second, and at once when a job has come to another state."""
        now = monotonic()
        due = now - self._clock.told >= _TELL_SECONDS
        if due:
            self._clock.told = now
        for job_id, last in self._watched.items():
            if not due and jobs.state_of(job_id) == last.state:
                continue
            present = jobs.tasks_message(job_id)
            if present != last:
                self._watched[job_id] = present
                self.emit(present)

    def close(self) -> None:
        """Lets go of everything; what is durable stays, and what had arrived whole becomes so. Raises as ``work``."""
        self.emit = _to_nobody
        try:
            if not self._closed:  # a line that broke is no reason to send it again
                with suppress(AccessDeniedError):
                    self._commit()
            self.audit.write()
        except DatabaseError:
            self._let_go()
            raise
        self._let_go()

    def _let_go(self) -> None:
        self._closed = True
        saved: list[IncomingFile] = []
        for stream in self._streams.values():  # those that wait to be committed among them
            if stream.saved and isinstance(stream.sink, IncomingFile):
                stream.sink.close()
                saved.append(stream.sink)
            else:
                stream.sink.discard()
        self._streams.clear()
        self._group.clear()
        forget_unnamed(self.spool, saved)
        jobs.release_leases(self.connection)

    # ------------------------------------------------------------ one event

    def _dispatch(self, event: ServerEvent) -> None:
        match event:
            case Chunk():
                self._chunk(event)
            case Begin():
                self._begin(event)
            case End():
                self._end(event)
            case Abandon():
                self._drop(event.stream)
            case _:
                self._commit()
                self._request(event)

    def _request(self, event: Hello | OpenJob | Offer | Finish | Cancel | Watch | ListJobs) -> None:
        try:
            match event:
                case Hello():
                    self.emit(welcome(self.sign_in, self.accounts, self.settings, event))
                case OpenJob():
                    self._open(event)
                case Offer():
                    self._offer(event)
                case Finish():
                    self._finish(event)
                case Cancel():
                    self._cancel(event)
                case Watch():
                    job_id = jobs.own_job(self.sign_in.user, event.job)
                    self._watched[job_id] = jobs.tasks_message(job_id)
                    self.emit(self._watched[job_id])
                case ListJobs():
                    self.emit(Jobs(jobs.job_list(self.sign_in.user, event.limit)))
                case _:
                    assert_never(event)
        except AccessDeniedError as error:
            self.audit.request_refused(type(event).__name__, self._job.id if self._job else None, error.code)
            if isinstance(error.code, CloseCode):
                raise
            self.emit(Failed(error.code, error.message, error.code.retriable, type(event).__name__))

    def _open(self, asked: OpenJob) -> None:
        user = self.sign_in.user
        permissions = self._present_permissions()
        policy = current_policy()
        if self.spool.free() < policy.free_space_floor:
            raise AccessDeniedError("The receiver's disk is full. Try again later.", CloseCode.FULL)
        target, profile = jobs.check_opening(
            asked, permissions=permissions, destinations=self.accounts.destinations(user), policy=policy
        )
        job = JobFacts(
            id=UUID(hex=asked.job),
            owner_id=user.pk,
            part=jobs.part_key(asked.part),
            mode=asked.mode,
            profile=profile,
            destination_key=target.key,
            single_patient=policy.single_patient_only or asked.mode == "fixed",
            burned_in=policy.burned_in != "never",
            digest=asked.digest,
        )
        release_leases_of_dead(self.settings.spool)
        row, resumed = jobs.open_job(
            job,
            asked,
            target.name,
            connection=self.connection,
            lease_seconds=self.settings.lease_seconds,
            server=self.server,
            unverified=policy.unverified and not user.is_staff,
            audit=self.audit,
        )
        self._job = job
        self._clock.hold = _FIRST_HOLD_SECONDS
        self._clock.lease = monotonic()
        self._needed.forget()
        self._tasks.clear()
        kept = row.tasks.order_by().values_list("patient_id", flat=True).distinct() if job.single_patient else ()
        self._patients = set(kept)
        self.emit(JobOpened(asked.job, row.stored.count(), resumed))

    def _offer(self, offer: Offer) -> None:
        need, have, partial = jobs.split_offer(self._opened().id, offer.sop_instance_uids)
        self._needed.add(need)
        self.emit(OfferAnswer(tuple(need), tuple(have), partial))

    def _finish(self, finish: Finish) -> None:
        job = self._opened()
        stored = jobs.finish_job(job.id, finish.counts, self.audit)
        jobs.release_leases(self.connection)
        self._job = None
        self.emit(JobFinished(job.id.hex, stored))

    def _cancel(self, cancel: Cancel) -> None:
        job_id = jobs.cancel_own_job(self.sign_in.user, cancel.job, self.audit)
        if self._job is not None and self._job.id == job_id:
            for stream in tuple(self._streams):
                self._refuse(stream, Refusal(RefusalCode.JOB_CLOSED, "This job was canceled."))
            jobs.release_leases(self.connection)
            self._job = None
        self.emit(jobs.tasks_message(job_id))

    # ------------------------------------------------------------ one instance

    def _begin(self, begin: Begin) -> None:
        job = self._opened()
        policy = self._allowance.policy()
        refusal = check_begin(
            job,
            begin,
            largest=policy.largest_instance,
            patient_ids=self._patients,
        )
        # of what was offered it is known; if another lane stores it meanwhile, the commit finds out
        offered = self._needed.take(begin.sop_instance_uid)
        known = None if offered else digest_in_job(job.id, begin.sop_instance_uid)
        seen = DigestOnly(begin.length, algorithm=job.digest)
        self._streams[begin.stream] = stream = ArrivingInstance(begin, seen, known, offered=offered)
        if refusal is not None:
            self._refuse(begin.stream, refusal)
            return
        if job.single_patient:  # else nobody asks, and there may be very many
            self._patients.add(begin.patient_id)
        if known is not None and not begin.offset:
            return
        try:
            under_way = sum(one.begin.length for one in self._streams.values())
            self._allowance.reserve(job.owner_id, begin.length, under_way, policy.quota_per_user)
            if not offered and not begin.offset:
                forget_partial(self.spool, job.id, begin.sop_instance_uid)
            stream.sink = self._open_file(job, begin, floor=policy.free_space_floor)
            stream.saved = begin.offset > 0
        except SpoolError as error:
            self._refuse(begin.stream, Refusal(error.code, error.message))

    def _open_file(self, job: JobFacts, begin: Begin, *, floor: int) -> IncomingFile:
        if not begin.offset:
            return self.spool.begin(begin.length, floor=floor, algorithm=job.digest)
        row = PartialInstance.objects.filter(job_id=job.id, sop_instance_uid=begin.sop_instance_uid).first()
        if row is None or row.length != begin.length or row.offset < begin.offset:
            raise SpoolError("The beginning of this instance is not there any more.")
        try:
            return self.spool.resume(row.spool_name, begin.length, begin.offset, algorithm=job.digest)
        except SpoolError:
            forget_partial(self.spool, job.id, begin.sop_instance_uid)
            raise

    def _chunk(self, chunk: Chunk) -> None:
        self._freed += Limits(credit=self.settings.credit).cost(len(chunk.data))
        stream = self._streams.get(chunk.stream)
        if stream is not None:
            try:
                before = stream.sink.offset
                stream.sink.write(chunk.data)
                step = ACKNOWLEDGED_OFFSET_STEP
                if before // step < stream.sink.offset // step and isinstance(stream.sink, IncomingFile):
                    save_partial(self.spool, self._opened().id, stream.begin, stream.sink)
                    stream.saved = True
                    self.emit(Saved(chunk.stream, stream.sink.offset))
            except SpoolError as error:
                self._refuse(chunk.stream, Refusal(error.code, error.message))
        if self._freed >= self.credit_step:
            self._give_credit()

    def _end(self, end: End) -> None:
        stream = self._streams.get(end.stream)
        if stream is None:
            return
        try:
            stream.sink.check(end.digest)
        except SpoolError as error:
            self._refuse(end.stream, Refusal(error.code, error.message))
            return
        if not isinstance(stream.sink, IncomingFile):
            if stream.known == end.digest:
                del self._streams[end.stream]
                self.emit(Duplicate(end.stream, stream.begin.sop_instance_uid))
            else:
                self._refuse(end.stream, conflict())
            return
        if (refusal := check_finished(stream.sink.path, self._opened(), stream.begin)) is not None:
            self._refuse(end.stream, refusal)
            return
        if not self._group:
            self._clock.arrived = monotonic()
        partial = stream.saved or not stream.offered
        self._group.append(Arrived(stream.begin, stream.sink, end.digest, partial))
        if len(self._group) == GROUP:
            self._commit()

    def _commit(self) -> None:
        group, self._group = self._group, []
        if not group:
            return
        self._clock.hold = min(_HOLD_SECONDS, 2 * self._clock.hold)
        try:
            outcomes = commit(self.spool, self._opened(), self.connection, group, self._tasks)
        except SpoolError as error:
            outcomes = [Refusal(error.code, error.message)] * len(group)
        except AccessDeniedError as error:  # somebody else has the lease
            self.audit.request_refused("", self._opened().id, error.code)
            raise
        except DatabaseError:
            for arrived in group:  # rows may name the files all the same: not to be discarded at the end
                del self._streams[arrived.begin.stream]
            raise
        if Kept() in outcomes:
            wake()
        for arrived, outcome in zip(group, outcomes, strict=True):
            stream, uid = arrived.begin.stream, arrived.begin.sop_instance_uid
            if isinstance(outcome, Kept):
                del self._streams[stream]
                self.emit(Duplicate(stream, uid) if outcome.duplicate else Stored(stream, uid))
            else:
                self._refuse(stream, outcome)

    def _refuse(self, stream: int, refusal: Refusal) -> None:
        self._allowance.forget_policy()  # what it forbids may be allowed meanwhile
        begin = self._streams[stream].begin
        self._drop(stream)
        self.audit.instance_refused(self._opened().id, refusal.code)
        self.emit(Refused(begin.sop_instance_uid, refusal.code, refusal.text, refusal.code.retriable, stream))

    def _drop(self, number: int) -> None:
        stream = self._streams.pop(number, None)
        if stream is None:
            return
        stream.sink.discard()
        if stream.saved:
            forget_partial(self.spool, self._opened().id, stream.begin.sop_instance_uid)

    # ------------------------------------------------------------ the rest

    def _opened(self) -> JobFacts:
        """The open job; the protocol's machine lets nothing through that needs one and has none."""
        if self._job is None:
            raise AccessDeniedError("No job is open.", CloseCode.PROTOCOL_ERROR)
        return self._job

    def _give_credit(self) -> None:
        if self._freed:
            self.emit(Credit(self._freed))
            self._freed = 0

    def _look_at_access(self) -> None:
        now = monotonic()
        if now - self._clock.token < _TOKEN_SECONDS:
            return
        self._clock.token = now
        try:
            permissions = self._present_permissions()
            if self._job is not None:
                jobs.check_running(self._job, permissions, self.accounts.destinations(self.sign_in.user))
        except AccessDeniedError as error:
            self.audit.ended(error.code)
            raise

    def _present_permissions(self) -> frozenset[str]:
        """The user's permissions, while the token lets them in. Raises as ``check_access``, and for the token."""
        if not self.accounts.still_valid(self.sign_in):
            raise AccessDeniedError("The token is not valid any more.", CloseCode.TOKEN)
        return check_access(self.sign_in, self.accounts)

    def _hold_lease(self) -> None:
        # a client that says nothing keeps its lease only until it runs out: it may have gone without a word
        now = monotonic()
        due = now - self._clock.lease >= self.settings.lease_seconds / 3
        if self._job is None or not due or self._clock.heard < self._clock.lease:
            return
        self._clock.lease = now
        if not jobs.hold_lease(self._job.id, self._job.part, self.connection, self.settings.lease_seconds, self.server):
            error = AccessDeniedError("Another connection is sending this job.", CloseCode.JOB_IN_USE)
            self.audit.request_refused("", self._job.id, error.code)
            raise error

    def _deny(self, error: AccessDeniedError) -> None:
        code = error.code if isinstance(error.code, CloseCode) else CloseCode.PERMISSION
        self._closed = True
        self.emit(Failed(code.name, error.message, code.retriable))
        self.emit(Close(code, error.message))
