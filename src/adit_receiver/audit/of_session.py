"""What one connection leaves in the audit log. Refusals are counted in memory first: none costs a statement."""

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from django.utils import timezone

from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.messages import Counts, OpenJob

from .models import Event
from .record import Fact, count_refusals, record, record_often, write_counted

_IN_MEMORY_SECONDS = 5.0


@dataclass(slots=True)
class SessionAudit:
    """Writes what the user does on this connection. What writes may raise django.db.DatabaseError."""

    who: str
    address: str
    _refused: Counter[Fact] = field(default_factory=Counter)
    _since: float = 0.0

    def opened(self, asked: OpenJob, *, resumed: bool) -> None:
        """A job, new or, for another lane or after a break, once more."""
        event = Event.JOB_RESUMED if resumed else Event.JOB_OPENED
        announced = {"patients": asked.patients, "studies": asked.studies, "instances": asked.instances}
        fact = Fact(event, self.who, self.address, UUID(hex=asked.job), asked.mode, asked.destination, announced)
        if resumed:
            record_often(fact)
        else:
            record(fact)

    def sent(self, job: UUID, counts: Counts) -> None:
        """The client has sent everything, as both ends count. What is counted in memory is written before."""
        write_counted(timezone.now(), job)
        told = {name: getattr(counts, name) for name in counts.__struct_fields__}
        record(Fact(Event.JOB_SENT, self.who, self.address, job, counts=told))

    def canceled(self, job: UUID) -> None:
        """The client cancels a job. What is counted in memory is written before."""
        write_counted(timezone.now(), job)
        record(Fact(Event.JOB_CHANGED, self.who, self.address, job, code="cancel"))

    def ended(self, code: CloseCode | RefusalCode) -> None:
        """The connection is closed because the user may not be here any more."""
        record_often(Fact(Event.LOGIN_REFUSED, self.who, self.address, code=code.name))

    def instance_refused(self, job: UUID, code: RefusalCode) -> None:
        """At the door; written later, and when the job ends."""
        self._count(Fact(Event.INSTANCE_REFUSED, self.who, self.address, job, code.name))

    def request_refused(self, kind: str, job: UUID | None, code: CloseCode | RefusalCode) -> None:
        """A request that is not fulfilled, or for which the connection is closed; written later.

        Args:
            job: the open one. What a client writes into a request may be made up anew each time.
        """
        self._count(Fact(Event.JOB_REFUSED, self.who, self.address, job, code.name, kind))

    def broke_rule(self, code: CloseCode) -> None:
        """The connection is closed because of what the client sent; written when it ends."""
        self._count(Fact(Event.RULE_BROKEN, self.who, self.address, code=code.name))

    def look(self) -> None:
        """The regular look: writes what has been counted for a while."""
        if self._refused and monotonic() - self._since >= _IN_MEMORY_SECONDS:
            self.write()

    def write(self) -> None:
        """Writes what has been counted so far."""
        while self._refused:
            fact, number = next(iter(self._refused.items()))
            if fact.event is Event.INSTANCE_REFUSED:
                count_refusals(fact, number)
            else:
                record_often(fact, number)
            del self._refused[fact]

    def _count(self, fact: Fact) -> None:
        if not self._refused:
            self._since = monotonic()
        self._refused[fact] += 1
