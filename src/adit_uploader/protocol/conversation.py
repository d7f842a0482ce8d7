"""The rules of the wire, the same for both ends: what was said so far, and whether this may be said next.

``UploadClient`` and ``UploadServer`` keep one Conversation each; what the own side says goes through ``give``, what
the other side said through ``take``. Every rule is checked before anything changes.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

import msgspec

from .chunks import Chunk
from .codes import CloseCode
from .digests import SHA256
from .errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from .limits import MAX_REQUESTS, MAX_WATCHED, SITE_PROFILES, VERSION
from .messages import (
    Abandon,
    Begin,
    Cancel,
    ClientMessage,
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
    Request,
    Saved,
    ServerMessage,
    Stored,
    Tasks,
    Watch,
    Welcome,
)
from .transitions import LATE, STREAM_TRANSITIONS, TRANSITIONS, State, Step, StreamState

Message = ClientMessage | ServerMessage | Chunk

RUNNING = frozenset({"UV", "PE", "IP"})  # states of a job that was not canceled and is not over; others answer a Cancel

_REQUESTS = frozenset(kind.__name__ for kind in get_args(Request))
_R = TypeVar("_R", bound=Request)


@dataclass(slots=True)
class _Stream:
    """One instance on its way. next: offset of the next chunk; saved: bytes known to be durable."""

    begin: Begin
    next: int
    saved: int
    state: StreamState = StreamState.SENDING


class Conversation:
    """What one end knows of a connection.

    Attributes:
        state: where the connection is.
        hello, welcome: what was said, or None.
        job: the job that is open, or being opened, finished or canceled.
        limits: the receiver's.
        credit: what chunks may still use up, bytes; see ``Limits.cost``.
        watched: jobs whose changes are told.
        sending: number of the stream whose chunks are being sent, or None.
    """

    def __init__(self) -> None:
        self.state = State.NEW
        self.hello: Hello | None = None
        self.welcome: Welcome | None = None
        self.job: OpenJob | None = None
        self.limits = Limits()
        self.credit = 0
        self.watched: set[str] = set()
        self.sending: int | None = None
        self._last_stream = -1
        self._streams: dict[int, _Stream] = {}
        self._refused: dict[int, _Stream] = {}  # the one stream that was refused while it was being sent
        self._partial: dict[str, int] = {}
        self.pending: deque[Request] = deque()
        self._offers: deque[set[str]] = deque()  # of each pending Offer the keys that were not refused
        self._mine = False
        self._rules: dict[type, Callable[[Any], bool | None]] = {
            Hello: self._on_hello,
            Welcome: self._on_welcome,
            OpenJob: self._on_open_job,
            JobOpened: self._on_job_opened,
            Offer: self._on_offer,
            OfferAnswer: self._on_offer_answer,
            Begin: self._on_begin,
            Chunk: self._on_chunk,
            End: self._on_end,
            Abandon: self._on_abandon,
            Stored: self._on_done,
            Duplicate: self._on_done,
            Refused: self._on_refused,
            Saved: self._on_saved,
            Credit: self._on_credit,
            Finish: self._on_finish,
            JobFinished: self._on_job_finished,
            Cancel: self._on_cancel,
            Watch: self._on_watch,
            Tasks: self._on_tasks,
            ListJobs: self._on_list_jobs,
            Jobs: self._on_jobs,
            Failed: self._on_failed,
        }

    # ------------------------------------------------------------ the doors

    def give(self, message: Message) -> None:
        """Our side says this.

        Raises:
            LocalProtocolError: it may not, now. Nothing has changed.
        """
        self._mine = True
        self._rules[type(message)](message)

    def take(self, message: Message) -> bool:
        """The other side said this; returns whether it still means anything to our caller.

        Raises:
            RemoteProtocolError: it may not, now.
        """
        self._mine = False
        return self._rules[type(message)](message) is not False

    def close(self) -> None:
        """Nothing more counts."""
        self.state = State.CLOSED

    # ------------------------------------------------------------ what is known

    def uses(self, feature: str) -> bool:
        """Whether a feature is used on this connection."""
        return self.welcome is not None and feature in self.welcome.features

    @property
    def ungranted(self) -> int:
        """Bytes that were sent and not granted back."""
        return (self.limits.credit if self.welcome else 0) - self.credit

    def open_streams(self) -> Mapping[int, Begin]:
        """Begun and not answered, oldest first."""
        return {number: stream.begin for number, stream in self._streams.items()}

    def is_open(self, number: int | None) -> bool:
        """Whether a stream was begun and not answered."""
        return number in self._streams

    @property
    def waits(self) -> bool:
        """Whether any stream was begun and not answered."""
        return bool(self._streams)

    def can_begin(self) -> bool:
        """Whether a Begin is allowed now."""
        return self.state is State.OPEN and self.sending is None and len(self._streams) < self.limits.streams

    def next_offset(self, number: int) -> int:
        """Where the next chunk of our own stream starts, bytes."""
        self._mine = True
        return self._stream(number).next

    def uid_of(self, number: int) -> str:
        """The instance of an open stream that our side is about to answer."""
        self._mine = True
        return self._stream(number).begin.sop_instance_uid

    def addressed(self, failed: Failed) -> Failed:
        """The answer with the request that it answers, where it names none."""
        if failed.request or failed.code in CloseCode.__members__ or not self.pending:
            return failed
        return msgspec.structs.replace(failed, request=type(self.pending[0]).__name__)

    # ------------------------------------------------------------ rules of every message

    def _broken(self, text: str, code: CloseCode = CloseCode.PROTOCOL_ERROR) -> ProtocolError:
        return LocalProtocolError(text) if self._mine else RemoteProtocolError(code, text)

    def _next(self, step: Step) -> State:
        then = TRANSITIONS[self.state].get(step)
        if then is None:
            raise self._broken(f"{step.value} is not allowed in the state {self.state.value}")
        return then

    def _next_of(self, stream: _Stream, step: Step) -> StreamState:
        then = STREAM_TRANSITIONS[stream.state].get(step)
        if then is None or (self._mine and (stream.state, step) in LATE):
            raise self._broken(f"{step.value} is not allowed for a stream that is {stream.state.value}")
        return then

    def _stream(self, number: int) -> _Stream:
        stream = self._streams.get(number) or self._refused.get(number)
        if stream is None:
            raise self._broken("there is no such open stream")
        return stream

    def _room_for(self, request: Request) -> None:
        if len(self.pending) >= MAX_REQUESTS:
            raise self._broken(f"more than {MAX_REQUESTS} requests without an answer: {type(request).__name__}")

    def _asked(self, kind: type[_R], job: str | None = None) -> _R | None:
        """The oldest request of this kind (about this job) that has no answer."""
        for request in self.pending:
            if isinstance(request, kind) and (job is None or getattr(request, "job", None) == job):
                return request
        return None

    # ------------------------------------------------------------ greeting

    def _on_hello(self, message: Hello) -> None:
        then = self._next(Step.HELLO)
        if message.version != VERSION:
            raise self._broken(f"this side speaks version {VERSION} of the protocol", CloseCode.VERSION)
        self.hello = message
        self.state = then

    def _on_welcome(self, message: Welcome) -> None:
        then = self._next(Step.WELCOME)
        if message.version != VERSION:
            raise self._broken(f"this side speaks version {VERSION} of the protocol", CloseCode.VERSION)
        if self.hello is None or not set(message.features) <= set(self.hello.features):
            raise self._broken("Welcome names features that Hello did not")
        names = [profile.name for profile in message.site_profiles]
        if names and SITE_PROFILES not in message.features:
            raise self._broken("Welcome has site profiles without their feature")
        if len(set(names)) != len(names) or message.site_profile not in {"", *names}:
            raise self._broken("Welcome names a site profile that it does not have, or one twice")
        self.welcome = message
        self.limits = message.limits
        self.credit = message.limits.credit
        self.state = then

    # ------------------------------------------------------------ the job

    def _on_open_job(self, message: OpenJob) -> None:
        then = self._next(Step.OPEN_JOB)
        self._room_for(message)
        if message.digest != SHA256 and not self.uses(message.digest):
            raise self._broken("OpenJob names a digest that is not used on this connection")
        if self._asked(Cancel, message.job):
            raise self._broken("OpenJob names a job whose Cancel has no answer")
        self.pending.append(message)
        self.job = message
        self.state = then

    def _on_job_opened(self, message: JobOpened) -> None:
        then = self._next(Step.JOB_OPENED)
        request = self._asked(OpenJob, message.job)
        if request is None:
            raise self._broken("JobOpened names another job than OpenJob")
        self.pending.remove(request)
        self.state = then

    def _on_finish(self, message: Finish) -> None:
        then = self._next(Step.FINISH)
        self._room_for(message)
        if self._streams or self._offers:
            raise self._broken("Finish comes after every stream and offer was answered")
        self.pending.append(message)
        self.state = then

    def _on_job_finished(self, message: JobFinished) -> None:
        then = self._next(Step.JOB_FINISHED)
        request = self._asked(Finish)
        if not self._is_own(message.job) or request is None or message.stored != request.counts.stored:
            raise self._broken("JobFinished does not agree with Finish")
        self.pending.remove(request)
        self._leave_job(then)

    def _on_cancel(self, message: Cancel) -> None:
        own = self._is_own(message.job)
        then = self._next(Step.CANCEL if own else Step.CANCEL_OTHER)
        self._room_for(message)
        if own and self.sending is not None:
            raise self._broken("Cancel comes after the stream that is being sent was ended or abandoned")
        self.pending.append(message)
        self.state = then

    def _is_own(self, job: str) -> bool:
        return self.job is not None and self.job.job == job

    def _leave_job(self, then: State) -> None:
        self.job = None
        self._refused.clear()
        self._partial.clear()
        self.state = then

    # ------------------------------------------------------------ offers

    def _on_offer(self, message: Offer) -> None:
        self._next(Step.OFFER)
        self._room_for(message)
        keys = set(message.sop_instance_uids)
        if len(message.sop_instance_uids) > self.limits.offer:
            raise self._broken("Offer holds more keys than the receiver takes", CloseCode.TOO_LARGE)
        if len(keys) < len(message.sop_instance_uids):
            raise self._broken("Offer names a key twice")
        self.pending.append(message)
        self._offers.append(keys)

    def _on_offer_answer(self, message: OfferAnswer) -> None:
        self._next(Step.OFFER_ANSWER)
        request = self._asked(Offer)
        named = [*message.need, *message.have, *message.partial]
        if request is None or set(named) != self._offers[0] or len(named) != len(self._offers[0]):
            raise self._broken("OfferAnswer does not name each key of the oldest Offer exactly once")
        self.pending.remove(request)
        self._offers.popleft()
        for uid in (*message.need, *message.have):
            self._partial.pop(uid, None)
        self._partial.update(message.partial)

    # ------------------------------------------------------------ streams

    def _on_begin(self, message: Begin) -> None:
        self._next(Step.BEGIN)
        if self.sending is not None:
            raise self._broken("Begin comes after the stream that is being sent was ended or abandoned")
        if message.stream <= self._last_stream:
            raise self._broken("Begin's stream number is not higher than all before it")
        if len(self._streams) >= self.limits.streams:
            raise self._broken("Begin opens more streams than the receiver takes", CloseCode.TOO_LARGE)
        if message.length > self.limits.instance:
            raise self._broken("Begin's length is over the receiver's limit", CloseCode.TOO_LARGE)
        if any(stream.begin.sop_instance_uid == message.sop_instance_uid for stream in self._streams.values()):
            raise self._broken("Begin names an instance that is open in another stream")
        if message.offset not in (0, self._partial.get(message.sop_instance_uid)) or message.offset > message.length:
            raise self._broken("Begin's offset is neither 0 nor the one in the answer to the offer")
        self._refused.clear()
        self._streams[message.stream] = _Stream(message, next=message.offset, saved=message.offset)
        self._last_stream = self.sending = message.stream

    def _on_chunk(self, chunk: Chunk) -> bool:
        self._next(Step.CHUNK)
        stream = self._stream(chunk.stream)
        late = self._next_of(stream, Step.CHUNK) is StreamState.REFUSED
        size = len(chunk.data)
        cost = self.limits.cost(size)
        if cost > self.credit:
            raise self._broken("more bytes were sent than credit allows", CloseCode.CREDIT_EXCEEDED)
        if size > self.limits.chunk:
            raise self._broken("a chunk is larger than the receiver takes", CloseCode.TOO_LARGE)
        if chunk.offset != stream.next or chunk.offset + size > stream.begin.length:
            raise self._broken("a chunk leaves a gap, repeats bytes, or goes beyond its instance's length")
        stream.next += size
        self.credit -= cost
        return not late

    def _on_end(self, message: End) -> bool:
        self._next(Step.END)
        stream = self._stream(message.stream)
        then = self._next_of(stream, Step.END)
        if stream.next != stream.begin.length:
            raise self._broken("End comes before all bytes of the instance were sent")
        if self.job is None or not message.is_by(self.job.digest):
            raise self._broken("End holds another digest than the job's")
        return self._stop_sending(stream, then)

    def _on_abandon(self, message: Abandon) -> bool:
        self._next(Step.ABANDON)
        stream = self._stream(message.stream)
        return self._stop_sending(stream, self._next_of(stream, Step.ABANDON))

    def _stop_sending(self, stream: _Stream, then: StreamState) -> bool:
        stream.state = then
        self.sending = None
        self._refused.clear()
        return then is not StreamState.DONE

    def _on_done(self, message: Stored | Duplicate) -> None:
        step = Step.STORED if isinstance(message, Stored) else Step.DUPLICATE
        self._next(step)
        stream = self._stream(message.stream)
        self._next_of(stream, step)
        self._answer(message, stream)

    def _on_refused(self, message: Refused) -> bool:
        self._next(Step.REFUSED)
        if message.stream is None:
            keys = next((keys for keys in self._offers if message.sop_instance_uid in keys), None)
            if keys is None:
                raise self._broken("Refused without a stream names no key of an open Offer")
            keys.remove(message.sop_instance_uid)
            return True
        stream = self._stream(message.stream)
        given_up = stream.state is StreamState.ABANDONED
        then = self._next_of(stream, Step.REFUSED)
        self._answer(message, stream)
        if then is StreamState.REFUSED:
            self.sending = None
            stream.state = then
            self._refused[message.stream] = stream
        return not given_up

    def _answer(self, message: Stored | Duplicate | Refused, stream: _Stream) -> None:
        if message.sop_instance_uid != stream.begin.sop_instance_uid:
            raise self._broken("an answer names another instance than its stream")
        del self._streams[stream.begin.stream]
        self._partial.pop(message.sop_instance_uid, None)

    def _on_saved(self, message: Saved) -> bool:
        self._next(Step.SAVED)
        stream = self._stream(message.stream)
        then = self._next_of(stream, Step.SAVED)
        if not stream.saved < message.offset <= stream.next:
            raise self._broken("Saved names an offset that was said before or not sent yet")
        stream.saved = message.offset
        return then is not StreamState.ABANDONED

    def _on_credit(self, message: Credit) -> None:
        self._next(Step.CREDIT)
        if message.size > self.ungranted:
            raise self._broken("Credit gives more back than was sent")
        self.credit += message.size

    # ------------------------------------------------------------ at any time

    def _on_watch(self, message: Watch) -> None:
        self._next(Step.WATCH)
        self._room_for(message)
        if len(self.watched | {message.job}) > MAX_WATCHED:
            raise self._broken(f"more than {MAX_WATCHED} jobs are watched")
        self.pending.append(message)
        self.watched.add(message.job)

    def _on_tasks(self, message: Tasks) -> None:
        over = message.state not in RUNNING
        own = (
            self.state is State.CANCELING
            and self._is_own(message.job)
            and over
            and not self._streams
            and not self._offers
        )
        then = self._next(Step.TASKS_CANCELED if own else Step.TASKS)
        cancel = self._asked(Cancel, message.job) if own or (over and not self._is_own(message.job)) else None
        if cancel is None and message.job not in self.watched:
            raise self._broken("Tasks answers no Watch and no Cancel, or comes before all else was answered")
        if message.more:
            return
        watch = self._asked(Watch, message.job)
        for request in (cancel, watch):
            if request is not None:
                self.pending.remove(request)
        if own:
            self._leave_job(then)

    def _on_list_jobs(self, message: ListJobs) -> None:
        self._next(Step.LIST_JOBS)
        self._room_for(message)
        self.pending.append(message)

    def _on_jobs(self, message: Jobs) -> None:
        self._next(Step.JOBS)
        request = self._asked(ListJobs)
        if request is None:
            raise self._broken("Jobs answers no ListJobs")
        if not message.more:
            self.pending.remove(request)

    def _on_failed(self, message: Failed) -> None:
        if message.code in CloseCode.__members__:
            self.state = self._next(Step.CLOSING)
            return
        names = (message.request,) if message.request else _REQUESTS
        request = next((request for request in self.pending if type(request).__name__ in names), None)
        if request is None:
            raise self._broken("Failed answers no request")
        then = self._next(self._failing(request))
        self.pending.remove(request)
        if isinstance(request, OpenJob):
            self._leave_job(then)
        elif isinstance(request, Offer):
            self._offers.popleft()
        elif isinstance(request, Watch) and self._asked(Watch, request.job) is None:
            self.watched.discard(request.job)
        self.state = then

    def _failing(self, request: Request) -> Step:
        if isinstance(request, Cancel) and self._is_own(request.job):
            return Step.FAILED_CANCEL
        steps = {OpenJob: Step.FAILED_OPEN_JOB, Offer: Step.FAILED_OFFER, Finish: Step.FAILED_FINISH}
        return steps.get(type(request), Step.FAILED_OTHER)
