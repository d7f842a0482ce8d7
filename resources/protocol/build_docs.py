"""Writes the generated parts of docs/protocol.md: diagrams, state tables, fields, limits.

    python resources/protocol/build_docs.py

Each part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; a test compares them with the code.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from adit_uploader.protocol import limits, messages
from adit_uploader.protocol.transitions import ANYTIME, CLIENT_STEPS, LATE, STREAM_TRANSITIONS, TRANSITIONS, State, Step

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
PART = re.compile(r"(<!-- generated: ([a-zA-Z -]+) -->\n).*?(<!-- end -->)", re.DOTALL)

_NAMES: dict[Any, str] = {
    messages.Uid: "UID",
    messages.JobId: "job id",
    messages.Digest: "32 bytes",  # and the site key: both are 32 bytes
    messages.PatientId: "patient id",
    messages.Text: "text",
    messages.TrialText: "trial text",
    messages.Stream: "stream",
    messages.Size: "number",
    messages.TaskState: "task state",
    messages.JobState: "job state",
    messages.ModeName: "mode",
    messages.ProfileName: "profile",
    messages.AnyProfileName: "profile name",
    messages.NoProfileName: "profile name or empty",
    messages.NoDigest: "32 bytes or empty",
    messages.ProfileText: "profile text",
    bool: "true or false",
}

_MEANINGS = {
    "program": "name and version of the program, for people and logs",
    "version": "version of this protocol that the sender speaks",
    "Hello.features": "optional parts of the protocol that the client could use",
    "Welcome.features": "those of them that are used on this connection",
    "user": "name of the user whom the token belongs to",
    "department": "the user's department: what internal pseudonyms are computed from; empty: none",
    "modes": "pseudonym modes that this user may use",
    "destinations": "where this user may send to",
    "Welcome.profile": "built-in profile to use unless the user picks another",
    "profiles": "all built-in profiles that are allowed; may be empty where there are site profiles",
    "Welcome.site_profile": "name of the site profile to use instead of `profile`; empty: `profile` is to be used",
    "site_profiles": "the receiver's own profiles that are allowed; none unless the feature site-profiles is used",
    "site_key": "from it new UIDs and date shifts are derived; secret: never shown, logged or stored in the open",
    "limits": "what the receiver takes",
    "policies": "what the receiver decides for its clients",
    "job": "id of the job",
    "mode": "pseudonym mode of the job",
    "destination": "name of one of the destinations in Welcome",
    "OpenJob.profile": "profile by which the instances are de-identified; files of mode none are not held to it",
    "profile_hash": "of a site profile its hash as Welcome gave it; empty for a built-in one",
    "SiteProfile.name": "unique among the site profiles, and no built-in one",
    "SiteProfile.version": "grows with every change",
    "hash": "SHA-256 of the profile's content in canonical form",
    "SiteProfile.text": "the profile's file: TOML, line ends LF",
    "patients": "how many the client is about to send",
    "studies": "how many the client is about to send",
    "instances": "how many the client is about to send",
    "part": "which part of the job this connection sends; one connection at a time holds a part",
    "project_name": "shown in the job list",
    "project_description": "shown with the job",
    "trial_protocol_id": "written by the client into (0012,0020)",
    "trial_protocol_name": "written by the client into (0012,0021)",
    "urgent": "forwarded before others",
    "mail": "the user gets a mail when the job is over",
    "sop_instance_uids": "new SOPInstanceUIDs, none twice",
    "Begin.stream": "number of the stream: higher than all before it on this connection",
    "Refused.stream": "the stream; absent or null: a key of an Offer is refused",
    "stream": "number of the stream",
    "sop_instance_uid": "(0008,0018) of the finished file",
    "sop_class_uid": "(0008,0016) of the finished file",
    "transfer_syntax_uid": "(0002,0010) of the finished file",
    "study_instance_uid": "(0020,000D) of the finished file",
    "TaskInfo.study_instance_uid": "the study",
    "series_instance_uid": "(0020,000E) of the finished file",
    "Begin.patient_id": "(0010,0020) of the finished file: the pseudonym; in mode none the PatientID",
    "TaskInfo.patient_id": "as in Begin",
    "length": "bytes of the whole finished file",
    "Begin.offset": "where its chunks start: 0, or what OfferAnswer named as partial",
    "Saved.offset": "bytes from the file's start that are durable",
    "digest": "algorithm of the digests of its files, `sha256` or `blake3`; the same each time the job is opened",
    "sha256": "SHA-256 of the whole finished file, from its first byte on; of a job whose digest is `sha256`",
    "blake3": "BLAKE3 of it, the first 256 bits; of a job whose digest is `blake3`",
    "Finish.counts": "of the whole job, all its parts together",
    "limit": "at most so many jobs",
    "JobOpened.stored": "instances of this job that are there already",
    "resumed": "the job existed before",
    "need": "nothing of these is there",
    "have": "these are there and need not be sent",
    "partial": "needed, but the bytes up to this offset are there",
    "Credit.size": "so many bytes of chunks more may be sent",
    "Refused.code": "a refusal code",
    "Failed.code": "a refusal code, or the name of a close code: then the connection is closed with it",
    "text": "for people; names elements, never values",
    "retriable": "whether the same, sent again later, may be taken",
    "JobFinished.stored": "equal to counts.stored of Finish",
    "state": "where it is",
    "tasks": "all studies of the job, in this message or page",
    "message": "for people; never a patient's data",
    "more": "the list goes on in the next message of this type",
    "jobs": "newest first",
    "request": "type of the request that failed; empty: the oldest one without an answer",
    "name": "unique among the destinations",
    "kind": "a DICOM server, or a folder",
    "preselected": "what a client offers first",
    "answers": "whether it answered when the receiver looked last",
    "Limits.credit": "bytes of chunks that may be under way on the connection",
    "Limits.chunk": "bytes of data in one chunk",
    "Limits.instance": "bytes of one finished file",
    "Limits.offer": "keys in one Offer",
    "Limits.streams": "streams that were begun and not answered",
    "burned_in": "`ask`: series with burned-in text may be sent if the user says so for each; "
    "`never`: not at all, blanked or not",
    "single_patient_only": "a job holds one patient",
    "quota": "bytes that the user's instances may take until they are delivered; 0: not told",
    "used": "bytes that they take now",
    "keep_files_days": "days after which what could not be delivered is deleted; 0: never",
    "keep_jobs_days": "days after which records of ended jobs are deleted; 0: never",
    "forwarding_hours": "hours in which jobs that are not urgent are forwarded, for people; empty: all",
    "verified_first": "jobs are forwarded once an administrator has looked at them",
    "mails": "whether the receiver can send the mail that a job may ask for",
    "found": "instances that the client found",
    "sent": "sent completely",
    "Counts.stored": "that the receiver said to be stored or there already",
    "TaskInfo.stored": "instances that are durable",
    "refused": "by the client's own checks or by the receiver",
    "held": "kept back because of burned-in text",
    "left_out": "that are not DICOM or can't be sent",
    "delivered": "instances that the destination has",
    "failed": "instances that can't be delivered",
    "JobInfo.stored": "instances that are durable",
    "attempts": "how often delivery was tried, of the instance that took most tries",
    "created": "ISO 8601, UTC",
}


def diagram(table: Mapping[Any, Mapping[Step, Any]], first: str) -> str:
    """A mermaid state diagram; steps with the same way share a line."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    for state, row in table.items():
        ways: dict[StrEnum, list[str]] = {}
        for step, then in row.items():
            if table is not TRANSITIONS or step not in {*ANYTIME, Step.CLOSING}:
                ways.setdefault(then, []).append(step.value + (" (late)" if (state, step) in LATE else ""))
        lines += [f"    {state.value} --> {then.value}: {', '.join(steps)}" for then, steps in ways.items()]
    return "\n".join([*lines, "```"])


def state_table() -> str:
    """For each state what either side may say in it."""
    lines = ["| state | the client may say | the receiver may say |", "|---|---|---|"]
    for state, row in TRANSITIONS.items():
        steps = [step for step in row if step not in ANYTIME]
        sides = [
            ", ".join(step.value for step in steps if (step in CLIENT_STEPS) is client) or "-"
            for client in (True, False)
        ]
        lines.append(f"| {state.value} | {sides[0]} | {sides[1]} |")
    sides = [", ".join(step.value for step in ANYTIME if (step in CLIENT_STEPS) is client) for client in (True, False)]
    return "\n".join([*lines, f"| ready to canceling, also | {sides[0]} | {sides[1]} |"])


def fields(kind: type[msgspec.Struct]) -> str:
    """The table of a message's fields."""
    hints = get_type_hints(kind, include_extras=True)
    lines = ["| field | type | if absent | meaning |", "|---|---|---|---|"]
    for field in msgspec.structs.fields(kind):
        meaning = _MEANINGS.get(f"{kind.__name__}.{field.name}") or _MEANINGS[field.name]
        lines.append(f"| `{field.name}` | {_type(hints[field.name])} | {_absent(field)} | {meaning} |")
    return "\n".join(lines)


def _absent(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    if field.default_factory is not msgspec.NODEFAULT:
        empty = field.default_factory()
        return "its defaults" if isinstance(empty, msgspec.Struct) else f"`{msgspec.json.encode(empty).decode()}`"
    return f"`{msgspec.json.encode(field.default).decode()}`"


def _type(hint: Any) -> str:  # noqa: PLR0911 - one line a kind of type
    if hint in _NAMES:
        return _NAMES[hint]
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        return f"list of {_type(arguments[0])}"
    if get_origin(hint) is dict:
        return f"object: {_type(arguments[0])} to {_type(arguments[1])}"
    if get_origin(hint) is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if type(None) in arguments:
        return f"{_type(arguments[0])} or null"
    [meta] = hint.__metadata__
    if meta.max_length is not None:
        return f"{_type(arguments[0])}, {meta.min_length or 0} to {meta.max_length}"
    return f"integer, {meta.ge if meta.gt is None else meta.gt + 1} to {meta.le}"


def limit_table() -> str:
    """The constants of the protocol."""
    units = {"TIMEOUT": "seconds", "INTERVAL": "seconds", "SIZE": "bytes", "STEP": "bytes", "CREDIT": "bytes"}
    lines = ["| limit | value | |", "|---|---|---|"]
    for name, value in vars(limits).items():
        if name.isupper():
            unit = units.get(name.rpartition("_")[2], "characters" if name.endswith("LENGTH") else "")
            lines.append(f"| {name} | `{value}` | {unit} |")
    return "\n".join(lines)


PARTS: dict[str, Callable[[], str]] = {
    "connection diagram": lambda: diagram(TRANSITIONS, State.NEW.value),
    "stream diagram": lambda: diagram(STREAM_TRANSITIONS, "sending: Begin"),
    "state table": state_table,
    "limits": limit_table,
}


def part(name: str) -> str:
    """The text of a generated part; ``fields X`` are the fields of the message X."""
    if name.startswith("fields "):
        return fields(getattr(messages, name.removeprefix("fields ")))
    return PARTS[name]()


def rebuilt(text: str) -> str:
    """The document with its generated parts made anew."""
    return PART.sub(lambda match: f"{match[1]}{part(match[2])}\n{match[3]}", text)


if __name__ == "__main__":
    DOCUMENT.write_text(rebuilt(DOCUMENT.read_text("utf-8")), "utf-8")
