"""Everything that a receiver has kept: files, tables, log. For tests that look for what must not be there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from tests.parts.receiver import Receiver
from tests.parts.tables import Tables

PATIENCE = 120.0  # seconds
PAUSE = 0.05  # seconds
ROWS = ("storedinstance", "uploadtask", "partialinstance")  # what a refused instance must not leave


def pauses() -> Iterator[None]:
    """Short ones, between looks at what another process is about to do, as long as it may take."""
    clock, until = Event(), monotonic() + PATIENCE
    while monotonic() < until:
        yield
        clock.wait(PAUSE)


Counts = list[tuple[str, str, int]]
"""How often: event and code, or the facts that hold both, and the number."""


@dataclass
class Kept:
    """A look into one receiver. before: what its audit log had counted when the look began."""

    receiver: Receiver
    tables: Tables
    before: Counts

    @classmethod
    def by(cls, receiver: Receiver, tables: Tables) -> "Kept":
        kept = cls(receiver, tables, [])
        kept.before = kept._counts()
        return kept

    def rows_of(self, job: str) -> dict[str, int]:
        """How many rows a job has in each table that it should have none in."""
        counts = {
            name: self.tables.one(f"SELECT count(*) FROM adit_receiver_{name} WHERE job_id = ?", job)  # noqa: S608
            for name in ROWS
        }
        return {name: number for name, number in counts.items() if number}

    def incoming(self) -> list[Path]:
        """Files that are being written, or were left."""
        return list((self.receiver.data / "spool" / "incoming").iterdir())

    def stray(self) -> set[str]:
        """Stored files of which no row speaks, but for delivered ones, which are deleted a moment after their rows."""
        stray = self._stray()
        for _ in pauses():
            if not stray:
                break
            stray &= self._stray()
        return stray

    def _stray(self) -> set[str]:
        names = {path.name for path in (self.receiver.data / "spool" / "stored").iterdir()}
        return names - {name for (name,) in self.tables.run("SELECT spool_name FROM adit_receiver_storedinstance")}

    def audited(self, event: str, code: str) -> int:
        """How often this was written down or counted since."""
        return _number(self._counts(), event, code) - _number(self.before, event, code)

    def _counts(self) -> Counts:
        entries = self.tables.run("SELECT event, code, sum(number) FROM adit_receiver_auditentry GROUP BY event, code")
        tallies = self.tables.run("SELECT CAST(facts AS TEXT), '', number FROM adit_receiver_audittally")
        return [(event, code, int(number)) for event, code, number in entries + tallies]

    def traces(self, *planted: str) -> list[str]:
        """Where these values stand: names of files and tables."""
        wanted = [value.encode() for value in planted]
        found = [name for name, text in self._tables() if any(value in text for value in wanted)]
        for path in self.receiver.data.rglob("*"):
            if "/out/" in str(path) or not path.is_file():
                continue
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # delivered meanwhile
                continue
            found += [path.name] * any(value in content or value in path.name.encode() for value in wanted)
        return found

    def _tables(self) -> list[tuple[str, bytes]]:
        if not self.receiver.database:
            return []  # a file like the others
        names = self.tables.run("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        return [(name, str(self.tables.run(f'SELECT * FROM "{name}"')).encode()) for (name,) in names]  # noqa: S608


def _number(counts: Counts, event: str, code: str) -> int:
    return sum(
        number
        for what, of, number in counts
        if (what, of) == (event, code) or (not of and f'"{event}"' in what and f'{code}"' in what)
    )
