"""The receipt: found = pseudonymized = sent = stored = delivered, and a reason for everything that isn't."""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from adit_uploader.values import dataclass, field

if TYPE_CHECKING:  # a lane needs the reasons alone, and starts without the wire
    from adit_uploader.protocol.messages import TaskInfo

SCHEMA = "adit-uploader/receipt/1"


class Outcome(StrEnum):
    """What became of something that did not go the whole way."""

    REFUSED = "refused"  # by a check here, or by the receiver
    HELD = "held"  # the picture itself may show the patient's name
    LEFT_OUT = "left-out"  # by the scan: not DICOM, damaged, ...
    NOT_CHOSEN = "not-chosen"
    NOT_SENT = "not-sent"  # the upload ended before its turn


class ReasonCode(StrEnum):
    """Stable codes of refusals made here; others are the scan's, the hold's and the receiver's own."""

    CHANGED = "source-changed"
    VANISHED = "source-vanished"
    UNREADABLE = "source-unreadable"
    DAMAGED = "source-damaged"
    RESIDUAL = "residual-identity"
    DEIDENTIFICATION = "not-deidentifiable"
    NOT_BLANKABLE = "not-blankable"  # the rectangles can't be blanked in this picture
    CRASHED = "crashed"  # the worker process ended twice while it had this instance
    OTHER_BYTES = "other-bytes-exist"  # local run: the output file exists and differs
    TOO_LARGE = "too-large"
    STOPPED = "stopped"  # by the user
    INTERRUPTED = "interrupted"  # by a failure


class RunState(StrEnum):
    """How the run ended."""

    FINISHED = "finished"  # every instance has its final outcome
    CANCELED = "canceled"  # by the user; the receiver delivers nothing more of it
    PAUSED = "paused"  # by the user; sending the same again goes on with it
    INTERRUPTED = "interrupted"  # by a failure; sending the same again goes on with it


@dataclass(frozen=True, slots=True)
class Counts:
    """Instances by how far they came; each step counts those that came at least so far.

    found: all DICOM instances of the scan but those not chosen. In a local run ``stored`` are the files written,
    and ``sent`` and ``delivered`` stay 0.
    """

    found: int = 0
    pseudonymized: int = 0
    sent: int = 0
    stored: int = 0
    delivered: int = 0
    refused: int = 0
    held: int = 0
    left_out: int = 0
    not_chosen: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """Something that did not go the whole way.

    Attributes:
        code: why, stable.
        message: why, for people.
        count: instances that this line stands for (a held series, a refused patient).
        path: file, with the archive's member after ``!``; may itself name the patient; '' where it isn't one file.
        sop_instance_uid: the new one where it is known.
        patient_id: the original one; '' in reports unless asked for.
    """

    outcome: Outcome
    code: str
    message: str
    count: int = 1
    path: str = ""
    sop_instance_uid: str = ""
    series_instance_uid: str = ""
    patient_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the run as a whole did not come to its end, for people."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class SentPatient:
    """A patient of whom something was to be sent."""

    pseudonym: str
    studies: int
    instances: int
    stored: int
    patient_id: str = field(default="", repr=False)


class Decision(StrEnum):
    """What became of a series with pictures that may show the patient's name."""

    HELD = "held"  # nobody decided, or the decision does not fit these pictures
    LEFT_OUT = "left-out"  # the user left the series out
    RELEASED = "released"  # sent as it is, after a look
    BLANKED = "blanked"  # rectangles were overwritten with black


@dataclass(frozen=True, slots=True)
class PictureSeries:
    """A series with pictures that may show the patient's name; one that was blanked in part has two entries.

    Attributes:
        reason: why its pictures are suspected, stable.
        count: instances concerned; stored: how many of them are stored.
        size: columns x rows of the pictures that the rectangles were drawn for; '' without rectangles.
        rectangles: x, y, width, height of each, in pixels.
        series_instance_uid: the new one.
        patient_id: the original one; left out of reports unless asked for.
    """

    decision: Decision
    reason: str
    message: str
    count: int
    stored: int
    size: str
    rectangles: tuple[tuple[int, int, int, int], ...]
    series_instance_uid: str
    patient_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Versions:
    """program: this one; receiver: as it says; profile: version of the de-identification profile, 0 in mode none."""

    program: str
    receiver: str = ""
    protocol: int = 0
    profile: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a run did, to the instance.

    Attributes:
        kind: ``upload``, or ``local`` for de-identification into a folder.
        job: id, 32 hex digits; '' in a local run.
        profile_hash: SHA-256 hex of a site's own profile, '' of a built-in one.
        keeps_identifiers: the elements that a site's own profile keeps beyond its base, ``(gggg,eeee) Keyword``.
        complete: everything found arrived at its end: delivered (local: written), nothing refused, held or
            damaged. Files that are no images (not DICOM, DICOMDIR, exact duplicates) don't count against it.
        waiting: stored at the receiver; the destination did not take all of it yet, the receiver goes on trying.
        manifest_sha256: over the lines ``new SOPInstanceUID, space, SHA-256 of the file, newline``, sorted, of all
            stored instances whose digest this computer knows; ``manifest_instances`` says how many those are.
        started, ended: ISO 8601 in UTC.
    """

    kind: Literal["upload", "local"]
    job: str
    state: RunState
    mode: str
    profile: str
    server: str
    destination: str
    counts: Counts
    complete: bool
    waiting: bool
    items: tuple[Item, ...]
    patients: tuple[SentPatient, ...]
    tasks: "tuple[TaskInfo, ...]"
    problem: Problem | None
    versions: Versions
    manifest_sha256: str
    manifest_instances: int
    started: str
    ended: str
    key_list: str = ""
    resumed: bool = False
    bytes_sent: int = 0
    pictures: tuple[PictureSeries, ...] = ()
    profile_hash: str = ""
    keeps_identifiers: tuple[str, ...] = ()
    manifest_digest: str = "sha256"

    @property
    def sentence(self) -> str:
        """The result in one line, for people."""
        counts = self.counts
        if self.kind == "local":
            return f"{counts.found} found, {counts.pseudonymized} pseudonymized, {counts.stored} written."
        sentence = (
            f"{counts.found} found, {counts.pseudonymized} pseudonymized, {counts.sent} sent, {counts.stored} stored, "
            f"{counts.delivered} delivered."
        )
        if self.waiting:
            sentence += " Stored on the server; waiting for the destination."
        return sentence

    def to_dict(self, *, include_paths: bool = True, include_patient_ids: bool = False) -> dict[str, Any]:
        """The report as plain values; docs/report.md describes it.

        Args:
            include_paths: names the files concerned by their paths. They may hold names: False for a report
                that is passed on. The path of the key list is left out with them.
            include_patient_ids: adds the original PatientIDs.
        """
        from dataclasses import asdict  # noqa: PLC0415 - most runs write no report, and it takes long to import

        report: dict[str, Any] = {"schema": SCHEMA} | asdict(self)
        report["tasks"] = [{name: getattr(task, name) for name in task.__struct_fields__} for task in self.tasks]
        report["sentence"] = self.sentence
        for entry in (*report["items"], *report["patients"], *report["pictures"]):
            if not include_patient_ids:
                del entry["patient_id"]
            if not include_paths:
                entry.pop("path", None)
        if self.mode == "none" and not include_patient_ids:
            for entry in report["patients"]:
                del entry["pseudonym"]
            for task in report["tasks"]:
                del task["patient_id"]
        if not include_paths:
            del report["key_list"]
        return report

    def to_json(self, *, include_paths: bool = True, include_patient_ids: bool = False) -> str:
        """The report as JSON text; see ``to_dict``."""
        values = self.to_dict(include_paths=include_paths, include_patient_ids=include_patient_ids)
        return json.dumps(values, ensure_ascii=False, indent=2) + "\n"
