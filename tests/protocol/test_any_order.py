"""Two honest ends never break each other's rules, whatever the order in which messages cross, and whatever is cut."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adit_uploader.protocol.chunks import Chunk, encode_chunk
from adit_uploader.protocol.codec import encode_client
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.errors import LocalProtocolError, RemoteProtocolError
from adit_uploader.protocol.messages import (
    Abandon,
    Begin,
    Cancel,
    Counts,
    Duplicate,
    End,
    Failed,
    Finish,
    Hello,
    JobFinished,
    JobOpened,
    Jobs,
    ListJobs,
    Offer,
    OfferAnswer,
    OpenJob,
    Refused,
    Stored,
    Tasks,
    Watch,
)
from adit_uploader.protocol.server import ServerEvent, UploadServer
from adit_uploader.protocol.transitions import State
from tests.protocol.pair import CREDIT, JOB, LIMITS, OTHER_JOB, Pair, make_job, make_welcome

FILES = {f"1.2.{number}": bytes([number]) * size for number, size in enumerate((1, 7, 400, 900, 1700))}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Receiver:
    """A receiver's memory that outlives its connections: whole files, and durable parts of files."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.parts: dict[str, bytes] = {}
        self.commits: dict[str, int] = {}

    def commit(self, uid: str, data: bytes) -> None:
        self.files[uid] = data
        self.commits[uid] = self.commits.get(uid, 0) + 1


SEVERAL = st.sampled_from([1, 2, 9])


class TwoEnds(RuleBasedStateMachine):
    """A client with files to send, a receiver that may refuse, and a line that is cut at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = _Receiver()
        self.acknowledged: set[str] = set()

    @initialize(job_at_once=st.sampled_from([True, True, True, False]))
    def begin(self, *, job_at_once: bool) -> None:
        self.job_at_once = job_at_once
        self.connect()

    def connect(self) -> None:
        """A fresh connection; only ``memory`` and ``acknowledged`` outlive the old one."""
        self.pair = Pair()
        self.inbox: list[ServerEvent] = []  # what the receiver's writer has not worked on
        self.buffers: dict[int, bytes] = {}
        self.ended: dict[int, str] = {}
        self.needed: dict[str, int] = {}
        self.asked: set[str] = set()
        self.source: dict[int, int] = {}  # of the client's current stream: offset in the file
        self.begun: dict[int, str] = {}
        self.answers: dict[int, int] = {}
        self.given_up: set[int] = set()
        self.age = 0
        self.pair.client.hello("client 1")
        if self.job_at_once:
            self.bring_all()
            self.pair.client.open_job(make_job())
            self.bring_all()
            self.offer(uids=set(sorted(FILES)[1:]))
            self.bring_all()

    @rule()
    def quiet(self) -> None:
        """A moment in which everything arrives."""
        self.bring_all()

    def bring_all(self) -> None:
        """Everything arrives and is worked on, and nothing is refused."""
        self.pair.collect()
        while self.pair.upward or self.pair.downward or self.inbox or self.ended:
            self.arrives_at_receiver(count=9)
            self.work(count=9, refuse=False)
            self.arrives_at_client(count=9)
            if self.ended:
                self.commit()
            self.pair.collect()

    # ------------------------------------------------------------ the client

    @precondition(lambda self: self.pair.client.state is State.READY)
    @rule()
    def open_job(self) -> None:
        self.try_client(lambda: self.pair.client.open_job(make_job()))

    @precondition(lambda self: self.pair.client.state is State.OPEN)
    @rule(uids=st.sets(st.sampled_from(sorted(FILES)), min_size=1, max_size=LIMITS.offer))
    def offer(self, uids: set[str]) -> None:
        new = sorted(uids - self.asked - set(self.begun.values()))
        if new:
            self.pair.client.offer(new)
            self.asked.update(new)

    @precondition(lambda self: self.pair.client.can_begin and self.needed)
    @rule(data=st.data(), resume=st.booleans())
    def begin_stream(self, data: st.DataObject, *, resume: bool) -> None:
        uid = data.draw(st.sampled_from(sorted(self.needed)))
        offset = self.needed.pop(uid)
        self.start(uid, offset if resume else 0)

    def start(self, uid: str, offset: int) -> None:
        number = self.pair.client.begin(
            sop_instance_uid=uid,
            sop_class_uid="1.1",
            transfer_syntax_uid="1.1.1",
            study_instance_uid="1.9",
            series_instance_uid="1.9.1",
            patient_id="p",
            length=len(FILES[uid]),
            offset=offset,
        )
        self.begun[number] = uid
        self.source = {number: offset}

    @precondition(lambda self: self.source)
    @rule(size=st.integers(1, LIMITS.chunk), count=SEVERAL)
    def send(self, size: int, count: int) -> None:
        for _ in range(count):
            if self.source:
                self.send_once(size)

    def send_once(self, size: int) -> None:
        [(number, offset)] = self.source.items()
        file = FILES[self.begun[number]]
        size = min(size, self.pair.client.credit, len(file) - offset)
        if size:
            self.pair.client.send_chunk(number, memoryview(file)[offset : offset + size])
            self.source[number] += size
        elif offset == len(file):
            self.pair.client.end(number, _digest(file))
            self.source.clear()

    @precondition(lambda self: self.source)
    @rule()
    def abandon(self) -> None:
        [number] = self.source
        self.pair.client.abandon(number)
        self.given_up.add(number)
        self.source.clear()

    @rule(other=st.booleans())
    def watch(self, *, other: bool) -> None:
        self.try_client(lambda: self.pair.client.watch(OTHER_JOB if other else JOB))

    @rule()
    def list_jobs(self) -> None:
        self.try_client(self.pair.client.list_jobs)

    @precondition(lambda self: self.pair.client.state is State.OPEN)
    @rule()
    def finish(self) -> None:
        self.try_client(lambda: self.pair.client.finish(Counts(stored=len(self.memory.files))))

    @precondition(lambda self: self.pair.client.state in {State.READY, State.OPEN})
    @rule(other=st.booleans())
    def cancel(self, *, other: bool) -> None:
        if not other:
            self.given_up.update(self.source)
            self.source.clear()
        self.try_client(lambda: self.pair.client.cancel(OTHER_JOB if other else JOB))

    def try_client(self, say: object) -> None:
        """What the tables forbid now raises, and changes nothing."""
        before = self.pair.client.state
        try:
            say()  # type: ignore[operator]  # a lambda
        except LocalProtocolError:
            assert self.pair.client.state is before

    # ------------------------------------------------------------ the line

    @rule(count=SEVERAL)
    def arrives_at_receiver(self, count: int) -> None:
        self.pair.collect()
        for _ in range(min(count, len(self.pair.upward))):
            self.inbox += self.pair.step_up()

    @rule(count=SEVERAL)
    def arrives_at_client(self, count: int) -> None:
        self.age += 1
        self.pair.collect()
        for _ in range(min(count, len(self.pair.downward))):
            self.client_hears()

    def client_hears(self) -> None:
        for event in self.pair.step_down():
            if isinstance(event, OfferAnswer):
                self.needed |= dict.fromkeys(event.need, 0) | event.partial
            elif isinstance(event, Stored | Duplicate | Refused) and event.stream is not None:
                self.answers[event.stream] = self.answers.get(event.stream, 0) + 1
                self.source.pop(event.stream, None)
                self.asked.discard(event.sop_instance_uid)
                if not isinstance(event, Refused):
                    self.acknowledged.add(event.sop_instance_uid)

    @precondition(lambda self: self.age > 5)
    @rule()
    def cut(self) -> None:
        """Everything under way is lost; what the receiver kept of unfinished files stays."""
        for number, data in self.buffers.items():
            if number in self.begun:
                self.memory.parts[self.begun[number]] = data
        self.connect()

    # ------------------------------------------------------------ the receiver

    @precondition(lambda self: self.inbox)
    @rule(count=SEVERAL, refuse=st.sampled_from([False, False, False, True]))
    def work(self, count: int, *, refuse: bool) -> None:
        for _ in range(min(count, len(self.inbox))):
            self.work_on(self.inbox.pop(0), refuse=refuse)

    def work_on(self, event: ServerEvent, *, refuse: bool) -> None:  # noqa: PLR0912 - one branch a message
        server = self.pair.server
        match event:
            case Hello():
                server.welcome(make_welcome())
            case OpenJob():
                server.failed(Failed("quota")) if refuse else server.job_opened(JobOpened(event.job))
            case Offer():
                self.answer_offer(event, refuse=refuse)
            case Begin() if event.stream in server.open_streams:
                self.buffers[event.stream] = self.memory.parts.get(event.sop_instance_uid, b"")[: event.offset]
                assert len(self.buffers[event.stream]) == event.offset
            case Chunk():
                server.grant(server.limits.cost(len(event.data)))
                if event.stream in server.open_streams:
                    self.buffers[event.stream] += bytes(event.data)
                    self.saved_or_refused(event, refuse=refuse)
            case End():
                self.ended[event.stream] = event.sha256
            case Abandon():
                self.buffers.pop(event.stream, None)
            case Watch():
                refuse = refuse and server.awaits("Watch")  # what was told of the job meanwhile may have answered it
                server.failed(Failed("quota", request="Watch")) if refuse else self.tell(event.job, "IP")
            case ListJobs():
                server.jobs(Jobs(()))
            case Finish():
                agreed = event.counts.stored == len(self.memory.files)
                server.job_finished(JobFinished(JOB, event.counts.stored)) if agreed else server.failed(
                    Failed("counts-differ", request="Finish")
                )
            case Cancel():
                while self.ended:
                    self.commit()
                self.answer_cancel(event)

    def answer_offer(self, offer: Offer, *, refuse: bool) -> None:
        keys = list(offer.sop_instance_uids)
        if refuse:
            self.pair.server.refused(None, keys.pop(), RefusalCode.QUOTA)
        have = tuple(uid for uid in keys if uid in self.memory.files)
        partial = {
            uid: len(data) for uid, data in self.memory.parts.items() if data and uid in keys and uid not in have
        }
        need = tuple(uid for uid in keys if uid not in have and uid not in partial)
        self.pair.server.answer_offer(OfferAnswer(need, have, partial))

    def saved_or_refused(self, chunk: Chunk, *, refuse: bool) -> None:
        server = self.pair.server
        if refuse:
            server.refused(chunk.stream, server.open_streams[chunk.stream].sop_instance_uid, RefusalCode.STORAGE)
            self.buffers.pop(chunk.stream)
        else:
            server.saved(chunk.stream, chunk.offset + len(chunk.data))

    def answer_cancel(self, cancel: Cancel) -> None:
        server = self.pair.server
        if cancel.job == OTHER_JOB:
            server.failed(Failed("job-closed", request="Cancel"))
        elif server.state is State.CANCELING and (server.open_streams or self.inbox):
            self.inbox.append(cancel)  # later, when all before it is answered
        else:
            server.tasks(Tasks(JOB, "CA", ()))

    @precondition(lambda self: self.ended)
    @rule()
    def commit(self) -> None:
        number, sha256 = self.ended.popitem()
        begin = self.pair.server.open_streams.get(number)
        if begin is None:
            return
        uid, data = begin.sop_instance_uid, self.buffers.pop(number)
        assert data == FILES[uid]
        assert _digest(data) == sha256
        if uid in self.memory.files:
            self.pair.server.duplicate(number)
        else:
            self.memory.parts.pop(uid, None)
            self.memory.commit(uid, data)
            self.pair.server.stored(number)

    def tell(self, job: str, state: str) -> None:
        self.pair.server.tasks(Tasks(job, state, ()))  # type: ignore[arg-type]  # the states are literals

    # ------------------------------------------------------------ what always holds

    def teardown(self) -> None:
        """After the last cut everything is sent again until it is there: exactly once."""
        self.job_at_once = True
        self.connect()
        self.offer(uids={sorted(FILES)[0]})
        self.bring_all()
        for uid in sorted(FILES):
            if uid in self.needed:
                self.resume(uid)
        self.pair.client.finish(Counts(stored=len(FILES)))
        self.bring_all()
        assert self.pair.client.state is State.READY
        assert self.memory.commits == dict.fromkeys(FILES, 1)

    def resume(self, uid: str) -> None:
        self.start(uid, self.needed.pop(uid))
        while self.source:
            self.send_once(LIMITS.chunk)
            self.bring_all()

    @invariant()
    def nothing_is_acknowledged_that_is_not_there(self) -> None:
        assert self.acknowledged <= set(self.memory.files)

    @invariant()
    def nothing_is_there_twice_or_wrong(self) -> None:
        assert all(count == 1 for count in self.memory.commits.values())
        assert all(FILES[uid] == data for uid, data in self.memory.files.items())

    @invariant()
    def every_stream_is_answered_at_most_once(self) -> None:
        assert all(count == 1 for count in self.answers.values())
        assert not self.given_up & set(self.answers)

    @invariant()
    def credit_stays_in_its_bounds(self) -> None:
        if self.pair.client.welcome is not None:
            assert 0 <= self.pair.client.credit <= CREDIT
            assert 0 <= self.pair.server.ungranted <= CREDIT


TestTwoEnds = pytest.mark.timeout(600)(TwoEnds.TestCase)
TestTwoEnds.settings = settings(
    max_examples=80, stateful_step_count=80, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


# ---------------------------------------------------------------- dishonest clients

_NUMBERS = st.integers(0, 3)
_UIDS = st.sampled_from(["1.2.1", "1.2.2"])
_CLIENT_MESSAGES = st.one_of(
    st.just(encode_client(Hello("client 1"))),
    st.just(encode_client(make_job())),
    st.just(encode_client(Finish(Counts()))),
    st.just(encode_client(ListJobs())),
    st.sampled_from([JOB, OTHER_JOB]).map(lambda job: encode_client(Cancel(job))),
    st.sampled_from([JOB, OTHER_JOB]).map(lambda job: encode_client(Watch(job))),
    st.builds(lambda uid: encode_client(Offer((uid,))), _UIDS),
    st.builds(
        lambda number, uid, length, offset: encode_client(
            Begin(number, uid, "1.1", "1.1.1", "1.9", "1.9.1", "p", length, offset)
        ),
        _NUMBERS,
        _UIDS,
        st.integers(1, 1200),
        st.sampled_from([0, 0, 0, 1]),
    ),
    st.builds(
        lambda number, size, at: encode_chunk(Chunk(number, at, b"x" * size)), _NUMBERS, st.integers(1, 500), _NUMBERS
    ),
    st.builds(lambda number: encode_client(End(number, "ab" * 32)), _NUMBERS),
    st.builds(lambda number: encode_client(Abandon(number)), _NUMBERS),
)


@given(st.lists(_CLIENT_MESSAGES, max_size=40), st.data())
@settings(max_examples=300, deadline=None)
def test_any_order_and_any_duplicate_is_taken_or_closes(messages: list[str | bytes], data: st.DataObject) -> None:
    server = UploadServer()
    received = granted = 0
    greeting: list[str | bytes] = [encode_client(Hello("client 1")), encode_client(make_job())]
    for message in [*greeting, *messages] if data.draw(st.booleans()) else messages:
        try:
            events = server.receive(message)
        except RemoteProtocolError:
            assert server.state is State.CLOSED
            assert server.receive(message) == []
            return
        for event in events:
            if isinstance(event, Hello):
                server.welcome(make_welcome())
            elif isinstance(event, OpenJob):
                server.job_opened(JobOpened(event.job))
            elif isinstance(event, Chunk):
                received += len(event.data)
                if data.draw(st.booleans()):
                    server.grant(server.limits.cost(len(event.data)))
                    granted += len(event.data)
        assert received - granted == server.ungranted <= CREDIT
        assert len(server.open_streams) <= LIMITS.streams
