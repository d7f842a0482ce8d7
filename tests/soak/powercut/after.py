"""What has to be true of a disk after its power was cut: at once, after the receiver's start, and in the end."""

import contextlib
import csv
import hashlib
import os
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adit_uploader.transfer.journal import Journal
from tests.soak.faults.audit import INCOMING, audit, digests_below
from tests.soak.faults.machine import Machine
from tests.soak.faults.material import LARGE, digest_of
from tests.soak.faults.server import DATABASE, Server

from .life import Life, make_machine, make_server

RESUME_SECONDS = 240.0


@dataclass
class Findings:
    """What is wrong after one cut; empty if nothing is.

    Attributes:
        acknowledged: instances of which the client had been told that they are stored.
        rows: instances that the receiver has a row of.
        missing: acknowledged ones that are not there, or not whole.
    """

    moment: int
    acknowledged: int = 0
    rows: int = 0
    saved: int = 0
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.missing and not self.wrong


def check_cut(life: Life, disk: Path, findings: Findings) -> None:
    """The disk as it is when the power is back and nobody has touched it."""
    acknowledged = life.heard.stored_before(findings.moment)
    findings.acknowledged = len(acknowledged)
    stored = _check_receiver(life, disk, acknowledged, findings)
    _check_client(life, disk, acknowledged, stored, findings)


def _check_receiver(life: Life, disk: Path, acknowledged: set[str], findings: Findings) -> set[str]:
    data = disk / "receiver"
    with contextlib.closing(sqlite3.connect(data / DATABASE)) as tables:
        (state,) = tables.execute("PRAGMA integrity_check").fetchone()
        if state != "ok":
            findings.wrong.append(f"the receiver's database: {state}")
        rows = tables.execute(
            "SELECT s.sop_instance_uid, s.digest, s.spool_name, f.state FROM adit_receiver_storedinstance s"
            " LEFT JOIN adit_receiver_forward f ON f.instance_id = s.id"
        ).fetchall()
        partials = tables.execute(
            'SELECT sop_instance_uid, "offset", spool_name FROM adit_receiver_partialinstance'
        ).fetchall()
    archive = digests_below(disk / "archive")
    whole: set[str] = set()
    for uid, sha256, name, forward in rows:
        if forward == "delivered":
            there = archive.get(uid)
        else:
            there = [digest_of(path)] if (path := data / "spool" / "stored" / name).is_file() else None
        if there == [sha256] and sha256 == life.digests[uid]:
            whole.add(uid)
        else:
            findings.wrong.append(f"{uid} has a row, is {forward}, and is not there as it was")
    findings.rows = len(rows)
    findings.missing += sorted(acknowledged - whole)
    _check_partial(life, data, partials, whole, findings)
    return {row[0] for row in rows}


def _check_partial(
    life: Life, data: Path, partials: list[tuple[str, int, str]], whole: set[str], findings: Findings
) -> None:
    """What was said to be saved of the large instance is there, and is its beginning."""
    findings.saved = life.heard.saved_before(findings.moment)
    for uid, offset, name in partials:
        (expected,) = life.expected.rglob(f"{uid}.dcm")
        with expected.open("rb") as file:
            beginning = hashlib.sha256(file.read(offset)).digest()
        path = data / "spool" / "incoming" / name
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            if hashlib.sha256(file.read(offset)).digest() == beginning:
                continue
        findings.wrong.append(f"the row of a partial instance speaks of {offset} bytes that are not there")
    if findings.saved and not any(offset >= findings.saved for _, offset, _ in partials):
        large = {path.stem for path in life.expected.rglob("*.dcm") if path.stat().st_size > LARGE}
        if not large & whole:
            findings.missing.append(f"{findings.saved} bytes of a large instance that were said to be saved")


def _check_client(life: Life, disk: Path, acknowledged: set[str], stored: set[str], findings: Findings) -> None:
    """The journal opens, promises nothing that the receiver lacks, and knows its job; the key list is there."""
    path = disk / "client" / "data" / "journal.sqlite3"
    if not path.exists():
        if acknowledged:
            findings.wrong.append("instances are stored, and the client has no journal")
        return
    with Journal(path) as journal:
        jobs = [row.job for row in journal.jobs()]
    with contextlib.closing(sqlite3.connect(path)) as tables:
        (state,) = tables.execute("PRAGMA integrity_check").fetchone()
        if state != "ok":
            findings.wrong.append(f"the journal: {state}")
        rows = tables.execute(
            "SELECT sop_instance_uid FROM instances WHERE state IN ('stored', 'delivered')"
        ).fetchall()
    if boasts := {uid for (uid,) in rows} - stored:
        findings.wrong.append(f"the journal says stored of {len(boasts)} instances that the receiver lacks")
    if acknowledged and len(jobs) != 1:
        findings.wrong.append(f"instances are stored, and the journal knows {len(jobs)} jobs")
    lists = list((path.parent / "key_lists").glob("*.csv"))
    if acknowledged and [one.stem for one in lists] != jobs:
        findings.wrong.append(f"instances are stored, and {len(lists)} key lists are there")
    for one in lists:
        with one.open(encoding="utf-8-sig", newline="") as file:
            patients = len(list(csv.reader(file))) - 1
        if patients != _patients(life):
            findings.wrong.append(f"a key list holds {patients} patients")


def _patients(life: Life) -> int:
    return sum(path.is_dir() for path in life.expected.iterdir())


def check_start(life: Life, disk: Path, findings: Findings) -> Server:
    """The receiver is started on it; its sweep leaves what rows speak of, and nothing else. Returns it running."""
    server = make_server(disk, life.wish, life.port)
    if findings.moment < life.ready:
        server.start()  # of an installation that was cut off no more is asked
        return server
    server.change_policy(suspended=1)  # until it has been looked at
    server.start()
    spool = server.data / "spool"
    rows = server.rows(
        "SELECT s.spool_name, f.state = 'delivered' FROM adit_receiver_storedinstance s"
        " JOIN adit_receiver_forward f ON f.instance_id = s.id WHERE s.spool_name != ''"
    )
    named = {str(name) for name, _ in rows}
    needed = {str(name) for name, delivered in rows if not delivered}
    files = {path.name for path in (spool / "stored").iterdir()}
    # what is delivered may have been deleted before its row was told
    if files - named or needed - files:
        findings.wrong.append(f"{len(files - named)} orphans in the spool, {len(needed - files)} rows without a file")
    partials = {str(name) for (name,) in server.rows("SELECT spool_name FROM adit_receiver_partialinstance")}
    incoming = {path.name for path in (spool / "incoming").iterdir()}
    if incoming != partials:
        findings.wrong.append(f"incoming holds {len(incoming)} files, the rows speak of {len(partials)}")
    return server


def _days_later(life: Life, server: Server) -> None:
    """What lies about in the archive is old when the power comes back; without a further delivery nobody would look."""
    incoming = server.archive / INCOMING
    ((delivered,),) = server.rows("SELECT count(*) FROM adit_receiver_forward WHERE state = 'delivered'")
    for path in incoming.iterdir() if incoming.is_dir() else ():
        os.utime(path, (0, 0))
        if delivered == len(life.digests):
            path.unlink()


def resume(life: Life, disk: Path, server: Server, findings: Findings) -> None:
    """The same command is given again until all is delivered; then everything is counted. Stops the server."""
    _days_later(life, server)
    server.change_policy(suspended=0)
    machine = make_machine(disk, life.client_port, life.token)
    report = _upload(machine, life)
    server.stop()
    server.clear_up()
    swept = server.command("manage", "sweep_spool")
    assert swept.returncode == 0, swept.stderr
    if report is None:
        findings.wrong.append(f"the resumed upload does not come to its end: {machine.output.read_text()[-1000:]}")
        return
    counted = audit(server, [machine], life.digests, [report])
    jobs = Counter(str(job) for (job,) in server.rows("SELECT job_id FROM adit_receiver_storedinstance"))
    if findings.acknowledged and len(jobs) != 1:
        findings.wrong.append(f"after the cut it became another job: {sorted(jobs.values())} instances")
    if not counted.clean or counted.again:
        findings.wrong.append(str(counted))


def _upload(machine: Machine, life: Life) -> dict[str, Any] | None:
    for _ in range(3):
        machine.start(life.source)
        assert machine.process is not None
        machine.process.wait(RESUME_SECONDS)
        if (report := machine.last_report()) is not None and report["complete"]:
            return report
    return None
