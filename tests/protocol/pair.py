"""Two ends of one connection, joined in memory."""

from collections import deque
from dataclasses import dataclass, field

from adit_uploader.protocol.client import ClientEvent, UploadClient
from adit_uploader.protocol.codec import encode_client
from adit_uploader.protocol.messages import (
    Begin,
    Counts,
    DestinationInfo,
    JobFinished,
    JobOpened,
    Limits,
    OfferAnswer,
    OpenJob,
    Tasks,
    Welcome,
)
from adit_uploader.protocol.server import ServerEvent, UploadServer

JOB = "0" * 31 + "1"
OTHER_JOB = "0" * 31 + "2"
FIRST_JOB = "0" * 31 + "3"
DIGEST = "ab" * 32
CREDIT = 1000
LIMITS = Limits(credit=CREDIT, chunk=400, instance=5000, offer=4, streams=3)


def make_welcome(limits: Limits = LIMITS, features: tuple[str, ...] = ()) -> Welcome:
    return Welcome(
        program="receiver 1",
        user="doe",
        department="Radiology",
        modes=("internal", "fixed"),
        destinations=(DestinationInfo("Archive", "folder"),),
        profile="research",
        profiles=("basic", "research"),
        site_key="cd" * 32,
        features=features,
        limits=limits,
    )


def begin_text(stream: int, uid: str = "1.2.9", length: int = 20, offset: int = 0) -> str:
    """A Begin as it lies on the wire."""
    return encode_client(Begin(stream, uid, "1.1", "1.1.1", "1.9", "1.9.1", "p", length, offset))


def make_job(job: str = JOB) -> OpenJob:
    return OpenJob(job, "internal", "Archive", "research", patients=1, studies=1, instances=3)


@dataclass
class Pair:
    """A client and a receiver, and what is under way between them."""

    client: UploadClient = field(default_factory=UploadClient)
    server: UploadServer = field(default_factory=UploadServer)
    upward: deque[str | bytes] = field(default_factory=deque)
    downward: deque[str | bytes] = field(default_factory=deque)

    def collect(self) -> None:
        """Puts what both ends want to send on its way."""
        self.upward.extend(self.client.outgoing())
        self.downward.extend(self.server.outgoing())

    def step_up(self) -> list[ServerEvent]:
        """One message arrives at the receiver."""
        return self.server.receive(self.upward.popleft())

    def step_down(self) -> list[ClientEvent]:
        """One message arrives at the client."""
        return self.client.receive(self.downward.popleft())

    def settle(self) -> tuple[list[ServerEvent], list[ClientEvent]]:
        """Everything arrives; returns the receiver's events and the client's."""
        at_server: list[ServerEvent] = []
        at_client: list[ClientEvent] = []
        self.collect()
        while self.upward or self.downward:
            if self.upward:
                at_server += self.step_up()
            if self.downward:
                at_client += self.step_down()
            self.collect()
        return at_server, at_client

    # ------------------------------------------------------------ the way to a state

    def greet(self, limits: Limits = LIMITS) -> "Pair":
        self.client.hello("client 1")
        self.settle()
        self.server.welcome(make_welcome(limits))
        self.settle()
        return self

    def open(self, job: str = JOB) -> "Pair":
        self.client.open_job(make_job(job))
        self.settle()
        self.server.job_opened(JobOpened(job))
        self.settle()
        return self

    def begin(self, uid: str = "1.2.3", length: int = 20, offset: int = 0) -> int:
        number = self.client.begin(
            sop_instance_uid=uid,
            sop_class_uid="1.1",
            transfer_syntax_uid="1.1.1",
            study_instance_uid="1.9",
            series_instance_uid="1.9.1",
            patient_id="p",
            length=length,
            offset=offset,
        )
        self.settle()
        return number

    def send(self, uid: str = "1.2.3", length: int = 20) -> int:
        """A whole instance, up to its End."""
        number = self.begin(uid, length)
        self.client.send_chunk(number, b"x" * length)
        self.client.end(number, DIGEST)
        self.settle()
        return number

    def offer(self, *uids: str) -> None:
        self.client.offer(uids)
        self.settle()

    def answer_need(self, *uids: str) -> None:
        self.server.answer_offer(OfferAnswer(need=uids))
        self.settle()

    def finish(self, stored: int = 0) -> None:
        self.client.finish(Counts(stored=stored))
        self.settle()
        job = self.server.job
        assert job is not None
        self.server.job_finished(JobFinished(job.job, stored))
        self.settle()

    def use_credit(self) -> "Pair":
        """A job is done whose bytes were not granted back."""
        self.open(FIRST_JOB)
        number = self.send(length=100)
        self.server.stored(number)
        self.settle()
        self.finish(1)
        return self

    def tell(self, job: str, state: str = "IP") -> None:
        self.server.tasks(Tasks(job, state, ()))  # type: ignore[arg-type]  # the states are literals
