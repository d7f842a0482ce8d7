"""The receiver without its sockets: the real machine, session, store, spool, sweep and tables, upon a modelled disk."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from django.contrib.auth.models import AbstractUser

from adit_receiver import endpoint
from adit_receiver.accounts import SignIn, Target
from adit_receiver.audit.of_session import SessionAudit
from adit_receiver.conf import ReceiverSettings
from adit_receiver.models import JobLease, StoredInstance, UploadJob
from adit_receiver.spool import Spool
from adit_receiver.sweep import sweep
from adit_uploader.protocol.messages import Stored
from adit_uploader.protocol.server import ServerEvent, UploadServer

from .disks import Crash, ModelledDisk

LEASE_SECONDS = 30.0
CREDIT = 400  # bytes
PERMISSIONS = frozenset({"adit_receiver.can_upload", "adit_receiver.can_upload_unpseudonymized"})


class Accounts:
    """Everybody may do everything."""

    def still_valid(self, sign_in: SignIn) -> bool:
        return True

    def maintenance(self) -> str:
        return ""

    def department(self, user: AbstractUser) -> str:
        return "Radiology"

    def permissions(self, user: AbstractUser) -> frozenset[str]:
        return PERMISSIONS

    def destinations(self, user: AbstractUser) -> tuple[Target, ...]:
        return (Target("1", "archive", "folder"),)


@dataclass(eq=False)
class ServerEnd:
    """The receiver's end of one connection.

    Attributes:
        inbox: what has arrived and waits for the session's thread.
        closed: how the receiver ended it.
        gone: the client has gone; nobody may have noticed.
    """

    receiver: "Receiver"
    machine: UploadServer = field(default_factory=UploadServer)
    inbox: list[ServerEvent] = field(default_factory=list)
    closed: "endpoint.Close | None" = None
    gone: bool = False

    def __post_init__(self) -> None:
        receiver = self.receiver
        # through its module, which a mutant may have taken over
        make = receiver.session_module.Session
        name = uuid.UUID(int=receiver.numbers())
        audit = SessionAudit("alice", "modelled")
        given = (receiver.sign_in, receiver.accounts, receiver.settings, receiver.spool, self._emit, audit, name)
        self.session = make(*given)

    def take(self, message: str | bytes) -> None:
        if self.closed is None and not self.gone:
            self.inbox += self.machine.receive(message)

    def work(self, count: int) -> None:
        """The session's thread gets so many events. Raises Crash."""
        events, self.inbox = self.inbox[:count], self.inbox[count:]
        if events:
            self.session.work(events)

    def _emit(self, answer: "endpoint.Answer") -> None:
        self.receiver.disk.step()
        if self.closed is not None:
            return
        if isinstance(answer, endpoint.Close):
            self.closed = answer
            return
        if isinstance(answer, Stored):
            self._check_lease()
        endpoint._say(self.machine, answer)

    def _check_lease(self) -> None:
        job = self.session._opened()
        holder = JobLease.objects.filter(job_id=job.id, part=job.part).values_list("connection", flat=True).first()
        assert holder in {None, self.session.connection}, "a connection stores what is another one's"

    def die(self) -> None:
        """As the process's end does it: descriptors and their locks are let go of, and nothing else."""
        for sink in [stream.sink for stream in self.session._streams.values()]:
            sink.close()
        for arrived in self.session._group:
            arrived.file.close()


@dataclass
class Receiver:
    """What outlives connections.

    Attributes:
        base: an empty folder.
        numbers: what is random elsewhere: nothing here is, so that what was found can be found again.
        lucky: whether a crash is one of the power, see ``ModelledDisk.lose_power``; None: of the process alone.
    """

    base: Path
    user: AbstractUser
    session_module: ModuleType
    numbers: Callable[[], int]
    ends: list[ServerEnd] = field(default_factory=list)
    crashes: int = 0
    lucky: Callable[[], bool] | None = None

    def __post_init__(self) -> None:
        self.spool = Spool(self.base / "spool")
        self.settings = ReceiverSettings(
            self.spool.root, self.base / "secret", credit=CREDIT, lease_seconds=LEASE_SECONDS
        )
        self.disk = ModelledDisk((self.spool.incoming, self.spool.stored))
        self.accounts = Accounts()
        self.sign_in = SignIn(self.user, "1")

    def connect(self) -> ServerEnd:
        end = ServerEnd(self)
        self.ends.append(end)
        return end

    def work(self, end: ServerEnd, count: int) -> None:
        """One connection works; what it crashes of is the whole receiver."""
        if end not in self.ends:
            return
        try:
            end.work(count)
        except Crash:
            self.crash()
            return
        if end.closed is not None:
            self._close(end)

    def notice_the_gone(self) -> None:
        """Sessions whose clients have gone end."""
        for end in [end for end in self.ends if end.gone]:
            if end in self.ends:  # no crash came between
                self._close(end)

    def _close(self, end: ServerEnd) -> None:
        try:
            end.session.close()
        except Crash:
            self.crash()
        else:
            self.ends.remove(end)

    def look(self) -> None:
        """The regular look of every connection."""
        for end in self.ends:
            end.session.look()

    def crash(self) -> None:
        """All connections end, and the receiver starts again. What had been said may still arrive."""
        self.crashes += 1
        self.disk.left = None
        for end in self.ends:
            end.die()
            end.gone = True
            end.inbox.clear()
        self.ends.clear()
        if self.lucky is not None:
            self.disk.lose_power(self.lucky)
        self.start()

    def start(self) -> None:
        """As ``serve`` does it."""
        JobLease.objects.all().delete()
        self.spool.prepare()
        sweep(self.spool, self.settings.partial_days)

    # ------------------------------------------------------------ what is there

    def stored(self) -> dict[str, tuple[str, bytes | None]]:
        """Digest and content of every instance by SOPInstanceUID."""
        found: dict[str, tuple[str, bytes | None]] = {}
        for uid, sha256, name in StoredInstance.objects.values_list("sop_instance_uid", "digest", "spool_name"):
            assert uid not in found, "an instance is there twice"
            path = self.spool.stored_path(name)
            found[uid] = (sha256, path.read_bytes() if path.exists() else None)
        return found

    def files(self) -> list[str]:
        """Everything that lies in the spool."""
        return sorted(path.name for folder in self.disk.folders for path in folder.iterdir())

    def jobs(self) -> int:
        return UploadJob.objects.count()
