"""A receiver in memory, for tests of the client: the real wire, and faults on demand."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from adit_uploader.protocol.chunks import Chunk
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.digests import algorithm_of, as_text, hasher
from adit_uploader.protocol.errors import RemoteProtocolError
from adit_uploader.protocol.limits import SUBPROTOCOL, ZSTD
from adit_uploader.protocol.messages import (
    Abandon,
    Begin,
    Cancel,
    DestinationInfo,
    End,
    Failed,
    Finish,
    Hello,
    JobFinished,
    JobInfo,
    JobOpened,
    Jobs,
    Limits,
    ListJobs,
    Offer,
    OfferAnswer,
    OpenJob,
    Policies,
    TaskInfo,
    Tasks,
    Watch,
    Welcome,
)
from adit_uploader.protocol.server import UploadServer

SITE_KEY = bytes(range(32))
TOKEN = "a" * 40


@dataclass
class Kept:
    """A stored instance."""

    begin: Begin
    data: bytes


@dataclass
class SmallReceiver:
    """What it does and what it has seen. All knobs may be turned while it runs.

    Attributes:
        refuse: by new SOPInstanceUID: code and how many times.
        cut_after: connections are cut once, without goodbye, when so many instances were stored.
        silent: takes everything and says nothing any more.
        frozen: reads nothing any more, until ``thaw`` is set; the connection is then gone.
        close_with: closes with this code in answer to hello.
        withhold: new SOPInstanceUIDs whose bytes give no credit back, so that the lane stays with them.
        features: of the protocol that it takes.
        received: bytes of messages.
        deliver: whether tasks become SU when their instances are stored.
    """

    url: str = ""
    refuse: dict[str, tuple[RefusalCode, int]] = field(default_factory=dict)
    cut_after: int | None = None
    silent: bool = False
    frozen: bool = False
    thaw: threading.Event = field(default_factory=threading.Event)
    close_with: CloseCode | None = None
    deliver: bool = True
    task_message: str = ""
    credit: int = 4 * 1024 * 1024
    features: frozenset[str] = frozenset({ZSTD})
    received: int = 0
    withhold: set[str] = field(default_factory=set)
    partial: dict[str, bytes] = field(default_factory=dict)
    welcome_changes: dict[str, Any] = field(default_factory=dict)
    on_store: Callable[[str], None] = lambda uid: None
    on_finish: Callable[[], None] = lambda: None
    kept: dict[tuple[str, str], Kept] = field(default_factory=dict)
    jobs: dict[str, OpenJob] = field(default_factory=dict)
    finished: dict[str, Finish] = field(default_factory=dict)
    canceled: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)
    begun: list[Begin] = field(default_factory=list)
    connections: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # what a ServerAddress has
    @property
    def websocket_url(self) -> str:
        return f"{self.url}/ws/upload/"

    @property
    def origin(self) -> str:
        return self.url.replace("ws://", "http://")

    @property
    def key(self) -> str:
        return self.url

    def stored(self, job: str | None = None) -> dict[str, Kept]:
        """By new SOPInstanceUID."""
        return {uid: one for (of, uid), one in self.kept.items() if job is None or of == job}

    def welcome(self) -> Welcome:
        values: dict[str, Any] = {
            "program": "small-receiver/1",
            "user": "ada",
            "department": "Radiology",
            "modes": ("internal", "batch", "fixed", "none"),
            "destinations": (DestinationInfo("Archive", "folder"),),
            "profile": "research",
            "profiles": ("research", "basic"),
            "site_key": SITE_KEY.hex(),
            "limits": Limits(credit=self.credit, chunk=64 * 1024),
            "policies": Policies(),
        }
        return Welcome(**(values | self.welcome_changes))

    def tasks(self, job: str) -> Tasks:
        studies: dict[str, TaskInfo] = {}
        done = self.deliver and job in self.finished
        for one in self.stored(job).values():
            study = one.begin.study_instance_uid
            before = studies.get(study)
            stored = 1 + (before.stored if before else 0)
            studies[study] = TaskInfo(
                study_instance_uid=study,
                patient_id=one.begin.patient_id,
                state="CA" if job in self.canceled else "SU" if done else "PE",
                stored=stored,
                delivered=stored if done else 0,
                attempts=1 if self.task_message else 0,
                message=self.task_message,
            )
        state = "CA" if job in self.canceled else "SU" if done else "PE"
        return Tasks(job, state, tuple(studies.values()))

    # ------------------------------------------------------------ a connection

    def handle(self, websocket: ServerConnection) -> None:
        self.connections += 1
        assert websocket.request is not None
        self.headers.append(dict(websocket.request.headers.raw_items()))
        machine = UploadServer()
        partial: dict[int, bytearray] = {}
        try:
            for message in websocket:
                if self.frozen:
                    self.thaw.wait(120)
                    return
                with self._lock:
                    if self.silent:
                        continue
                    self.received += len(message)
                    if not self._take(websocket, machine, message, partial):
                        return
                    for answer in machine.outgoing():
                        websocket.send(answer)
        except (ConnectionClosed, OSError):
            return

    def _take(
        self, websocket: ServerConnection, machine: UploadServer, message: str | bytes, partial: dict[int, bytearray]
    ) -> bool:
        try:
            events = machine.receive(message)
        except RemoteProtocolError as error:
            websocket.close(error.close_code, error.text)
            return False
        for event in events:
            self.seen[type(event).__name__] += 1
            if isinstance(event, Hello) and self.close_with is not None:
                websocket.close(self.close_with, "no")
                return False
            self._answer(machine, event, partial)
            if self.cut_after is not None and len(self.kept) >= self.cut_after:
                self.cut_after = None
                websocket.socket.close()
                return False
        return True

    def _answer(  # noqa: PLR0912 -- one branch a message, and that is the whole of it
        self, machine: UploadServer, event: object, partial: dict[int, bytearray]
    ) -> None:
        job = machine.job.job if machine.job is not None else ""
        match event:
            case Hello():
                features = tuple(name for name in event.features if name in self.features)
                machine.welcome(msgspec.structs.replace(self.welcome(), features=features))
            case OpenJob():
                if event.job in self.canceled:
                    machine.failed(Failed(RefusalCode.JOB_CLOSED))
                    return
                resumed = event.job in self.jobs
                self.jobs.setdefault(event.job, event)
                machine.job_opened(JobOpened(event.job, len(self.stored(event.job)), resumed))
            case Offer():
                have = tuple(uid for uid in event.sop_instance_uids if (job, uid) in self.kept)
                part = {uid: len(self.partial[uid]) for uid in event.sop_instance_uids if uid in self.partial}
                need = tuple(uid for uid in event.sop_instance_uids if uid not in have and uid not in part)
                machine.answer_offer(OfferAnswer(need, have, part))
            case Begin():
                self.begun.append(event)
                before = self.partial.get(event.sop_instance_uid, b"") if event.offset else b""
                partial[event.stream] = bytearray(before)
            case Chunk():
                partial[event.stream] += event.data
                if machine.open_streams[event.stream].sop_instance_uid not in self.withhold:
                    machine.grant(machine.limits.cost(len(event.data)))
            case End():
                self._store(machine, job, event, bytes(partial.pop(event.stream)))
            case Abandon():
                partial.pop(event.stream, None)
            case Finish():
                stored = len(self.stored(job))
                if event.counts.stored == stored:
                    self.on_finish()
                    self.finished[job] = event
                    machine.job_finished(JobFinished(job, stored))
                else:
                    machine.failed(Failed(RefusalCode.COUNTS_DIFFER))
                if job in machine.watched:
                    machine.tasks(self.tasks(job))
            case Watch():
                machine.tasks(self.tasks(event.job))
            case Cancel():
                self.canceled.add(event.job)
                machine.tasks(self.tasks(event.job))
            case ListJobs():
                machine.jobs(
                    Jobs(
                        tuple(
                            JobInfo(one.job, self.tasks(one.job).state, one.mode, one.destination, "")
                            for one in self.jobs.values()
                        )
                    )
                )

    def _store(self, machine: UploadServer, job: str, end: End, data: bytes) -> None:
        begin = machine.open_streams[end.stream]
        uid = begin.sop_instance_uid
        code, times = self.refuse.get(uid, (None, 0))
        if code is not None and times:
            self.refuse[uid] = (code, times - 1)
            machine.refused(end.stream, uid, code, "Not now.")
            return
        made = hasher(algorithm_of(end.digest))
        made.update(data)
        if as_text(algorithm_of(end.digest), made.hexdigest()) != end.digest:
            machine.refused(end.stream, uid, RefusalCode.DIGEST)
            return
        if (job, uid) in self.kept:
            machine.duplicate(end.stream)
            return
        self.kept[job, uid] = Kept(begin, data)
        machine.stored(end.stream)
        self.on_store(uid)


@contextmanager
def small_receiver() -> Iterator[SmallReceiver]:
    """A running one, on a free port of this computer."""
    receiver = SmallReceiver()
    with serve(
        receiver.handle, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None, close_timeout=1
    ) as server:
        receiver.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def web_server(status: HTTPStatus) -> Iterator[SmallReceiver]:
    """Something that answers every request with this status and no websocket."""
    address = SmallReceiver()

    def answer(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(status, "no receiver here\n")

    with serve(lambda _: None, "127.0.0.1", 0, process_request=answer) as server:
        address.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield address
        finally:
            server.shutdown()
            thread.join()
