"""The count at the end: what was expected, what every table says, and what lies in the archive."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adit_uploader.protocol.digests import BLAKE3, as_text

from .machine import Machine
from .material import digest_of
from .server import Server

EARLIER = "Delivered by an earlier upload."
INCOMING = ".incoming"
SHOWN = 20


@dataclass
class Findings:
    """What is wrong; empty if nothing is.

    Attributes:
        again: instances that a later upload stored again while an earlier one was still being delivered.
    """

    expected: int = 0
    delivered: int = 0
    refused: int = 0
    again: int = 0
    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    corrupt: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    orphans: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.corrupt or self.strangers or self.orphans or self.disagreements)

    def __str__(self) -> str:
        text = (
            f"{self.expected} instances expected, {self.delivered} delivered, {self.refused} refused with a reason; "
            f"{len(self.lost)} lost, {len(self.doubled)} doubled, {len(self.corrupt)} corrupt, "
            f"{len(self.strangers)} strangers, {len(self.orphans)} orphans, {len(self.disagreements)} disagreements; "
            f"{self.again} stored again by a later upload"
        )
        wrong = [*self.lost, *self.doubled, *self.corrupt, *self.strangers, *self.orphans, *self.disagreements]
        return "\n    ".join([text, *wrong[:SHOWN]])


def digests_below(folder: Path) -> dict[str, list[str]]:
    """Digests of the files below a folder by the files' names without ending, which are the instances' UIDs."""
    found: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            found.setdefault(path.name.removesuffix(".dcm"), []).append(digest_of(path))
    return found


def audit(
    server: Server, machines: Iterable[Machine], expected: dict[str, str], reports: list[dict[str, Any]]
) -> Findings:
    """Compares everything; the server has been stopped and its spool swept.

    Args:
        expected: digest by new SOPInstanceUID, made without a server.
        reports: the last receipt of every folder.
    """
    findings = Findings(expected=len(expected))
    refused = {item["sop_instance_uid"] for report in reports for item in report["items"] if item["code"]}
    findings.refused = len(refused)
    _audit_archive(findings, server, expected, refused)
    _audit_tables(findings, server, expected, refused)
    _audit_spool(findings, server)
    for machine in machines:
        _audit_journal(findings, machine, expected)
        findings.orphans += [f"lane {pid} outlived its program" for pid in machine.lanes_without_program()]
    for report in reports:
        _audit_receipt(findings, server, report)
    return findings


def _audit_archive(findings: Findings, server: Server, expected: dict[str, str], refused: set[str]) -> None:
    there = digests_below(server.archive)
    findings.delivered = len(there)
    findings.lost |= expected.keys() - there.keys() - refused
    findings.strangers |= there.keys() - expected.keys()
    findings.doubled |= {uid for uid, digests in there.items() if len(digests) > 1}
    findings.corrupt |= {uid for uid, digests in there.items() if set(digests) != {expected.get(uid)}}


def _audit_tables(findings: Findings, server: Server, expected: dict[str, str], refused: set[str]) -> None:
    rows = server.rows(
        "SELECT s.sop_instance_uid, s.job_id, s.digest, s.spool_name, f.state, f.message"
        " FROM adit_receiver_storedinstance s LEFT JOIN adit_receiver_forward f ON f.instance_id = s.id"
    )
    stored: Counter[str] = Counter()
    jobs: Counter[tuple[str, str]] = Counter()
    for key, job, sha256, spool_name, state, message in rows:
        uid = str(key)
        jobs[uid, str(job)] += 1
        stored[uid] += message != EARLIER
        if sha256 != expected.get(uid):
            findings.corrupt.add(uid)
        if state != "delivered":
            findings.lost.add(uid)
        if spool_name:
            findings.orphans.append(f"row of a delivered instance with a spooled file: {spool_name}")
    findings.lost |= expected.keys() - stored.keys() - refused
    findings.doubled |= {uid for (uid, _), count in jobs.items() if count > 1}
    findings.lost |= {uid for uid, count in stored.items() if count < 1}
    findings.again = sum(count - 1 for count in stored.values() if count > 1)
    for state, count in server.rows("SELECT state, count(*) FROM adit_receiver_uploadjob GROUP BY state"):
        if state not in {"SU", "WA"}:
            findings.disagreements.append(f"{count} jobs end in state {state} at the receiver")
    for (text,) in server.rows("PRAGMA integrity_check"):
        if text != "ok":
            findings.disagreements.append(f"the receiver's database: {text}")


def _audit_spool(findings: Findings, server: Server) -> None:
    for folder in (server.spool / "incoming", server.spool / "stored", server.archive / INCOMING):
        if folder.is_dir():
            findings.orphans += [f"{folder.name}/{path.name}" for path in folder.iterdir()]
    ((partials,),) = server.rows("SELECT count(*) FROM adit_receiver_partialinstance")
    if partials:
        findings.orphans.append(f"{partials} rows of partial instances")


def _audit_journal(findings: Findings, machine: Machine, expected: dict[str, str]) -> None:
    for (text,) in machine.journal("PRAGMA integrity_check"):
        if text != "ok":
            findings.disagreements.append(f"the journal of {machine.user}: {text}")
    for uid, digest in machine.journal("SELECT sop_instance_uid, digest FROM instances WHERE digest != ''"):
        if as_text(BLAKE3, digest) != expected.get(uid):
            findings.disagreements.append(f"the journal has another digest of {uid}")
    for job, state in machine.journal("SELECT job, state FROM jobs WHERE state != 'finished'"):
        findings.disagreements.append(f"job {job} is {state} in the journal")


def _audit_receipt(findings: Findings, server: Server, report: dict[str, Any]) -> None:
    """The last receipt of a folder against the receiver's rows of its job."""
    job, counts = report["job"], report["counts"]
    rows = server.rows("SELECT count(*) FROM adit_receiver_storedinstance WHERE job_id = ?", job)
    if rows != [(counts["stored"],)]:
        findings.disagreements.append(f"job {job}: the receipt says {counts['stored']} stored, the receiver {rows}")
    reasons = sum(item["count"] for item in report["items"] if item["code"])
    if counts["found"] != counts["stored"] + reasons:
        findings.disagreements.append(f"job {job}: not everything that was found is stored or has its reason")


def audit_journal_of(machine: Machine, report: dict[str, Any]) -> list[str]:
    """The journal against the receipt of the command that has just ended."""
    job, counts = report["job"], report["counts"]
    rows = machine.journal("SELECT sop_instance_uid, state, digest FROM instances WHERE job = ?", job)
    arrived = [row for row in rows if row[1] in {"stored", "delivered"}]
    wrong = []
    if len(rows) != counts["found"] or len(arrived) != counts["stored"]:
        wrong.append(f"job {job}: the journal has {len(arrived)} of {len(rows)} stored, the receipt {counts}")
    lines = sorted(f"{uid} {digest}\n" for uid, _, digest in arrived if digest)
    manifest = hashlib.sha256("".join(lines).encode()).hexdigest()
    if (manifest, len(lines)) != (report["manifest_sha256"], report["manifest_instances"]):
        wrong.append(f"job {job}: the journal's digests are not those of the receipt's manifest")
    return wrong
