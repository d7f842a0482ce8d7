"""Ways to break the rules of the wire, each with what it has to be answered with, by docs/protocol.md."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from struct import pack
from typing import Any
from uuid import uuid4

from backports.zstd import CompressionParameter, compress

from .dishonest import Dishonest, Said
from .raw_wire import begin, chunk, end, hello, instance, open_job
from .smuggled import ID, NAME, Source
from .wire_client import Made

RULE, TOO_LARGE, VERSION, PERMISSION, IN_USE, FULL = 4400, 4413, 4426, 4403, 4409, 4507
UNPACKED = 512 * 1024
SMALL_WINDOW = {CompressionParameter.window_log: 19}
# RFC 8878: a frame without a size whose window is 128 MiB, and one block of 5,000 times the same byte
HUGE_WINDOW = bytes.fromhex("28b52ffd 00 88") + (5000 << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"\0"


@dataclass
class Attempt:
    """What one attempt has to work with. foreign: a job of somebody else, with an open connection that holds it."""

    client: Dishonest
    given: Source
    second: Callable[[], Dishonest]
    foreign: str = ""
    job: str = field(default_factory=lambda: uuid4().hex)

    @property
    def file(self) -> Made:
        return self.given.honest

    def open(self, mode: str = "internal", **more: Any) -> None:
        self.client.greet(features=["zstd"])
        self.client.ask(open_job(self.job, mode, **more), "JobOpened")

    def ask(self, message: Said) -> str:
        """The code with which a request fails."""
        return str(self.client.ask(message, "Failed")["code"])

    def store(self) -> None:
        self.client.say(*instance(self.file, 0))
        answer = self.client.hear("Stored", "Refused")
        assert answer is not None
        assert answer["type"] == "Stored"


@dataclass(frozen=True, slots=True)
class Break:
    """One way. expected: a code of closing, of an instance's refusal, or of a failed request (with ``failed:``)."""

    name: str
    attempt: Callable[[Attempt], None]
    expected: int | str
    policy: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def says(*messages: Said | Callable[[Attempt], Said]) -> Callable[[Attempt], None]:
    """An open job, and then this."""

    def attempt(at: Attempt) -> None:
        at.open()
        at.client.say(*(message(at) if callable(message) else message for message in messages))

    return attempt


def greets(*messages: Said, first: bool = True) -> Callable[[Attempt], None]:
    """Welcome, and then this. first: after a right greeting."""

    def attempt(at: Attempt) -> None:
        if first:
            at.client.greet()
        at.client.say(*messages)

    return attempt


def begins(**fields: Any) -> Callable[[Attempt], Said]:
    return lambda at: begin(at.file, **fields)


def data(at: Attempt) -> Said:
    return chunk(at.file.data)


def ends(**fields: Any) -> Callable[[Attempt], Said]:
    return lambda at: end(at.file, **fields)


def packed(frame: bytes, offset: int = 0) -> bytes:
    return pack("!IQ", 0, offset | 1 << 63) + frame


def raw_open(member: str) -> Said:
    """An OpenJob as text, with one member more in front."""
    return "{" + member + ", " + json.dumps(open_job("0" * 32)).removeprefix("{")


def _opens(**fields: Any) -> Callable[[Attempt], None]:
    def attempt(at: Attempt) -> None:
        at.client.greet()
        at.client.say(open_job(at.job, **fields))

    return attempt


def _again(**changed: Any) -> Callable[[Attempt], None]:
    """Opens a job, and opens it again otherwise."""

    def attempt(at: Attempt) -> None:
        at.open("batch")
        other = at.second()
        other.greet()
        at.client = other
        other.say(open_job(at.job, **({"mode": "batch", "part": "1"} | changed)))

    return attempt


def _other_bytes(at: Attempt) -> None:
    at.open()
    at.store()
    other = replace(at.file, data=at.file.data[:-2] + b"\1\1")
    at.client.say(*instance(other, 1))


def _second_patient(at: Attempt) -> None:
    at.open("fixed")
    at.store()
    at.client.say(begin(at.file, 1, patient_id="SOMEBODY", sop_instance_uid="2.25.1"))


def _after_the_end(at: Attempt) -> None:
    at.open()
    other = at.second()
    other.greet()
    other.ask(open_job(at.job, part="1"), "JobOpened")
    at.client.ask({"type": "Finish", "counts": {}}, "JobFinished")
    at.client = other
    other.say(*instance(at.file))


def _canceled(at: Attempt) -> None:
    at.open()
    at.client.ask({"type": "Cancel", "job": at.job}, "Tasks")
    at.client.say(open_job(at.job))


def _foreign(kind: str) -> Callable[[Attempt], None]:
    def attempt(at: Attempt) -> None:
        at.client.greet()
        at.client.say(open_job(at.foreign) if kind == "OpenJob" else {"type": kind, "job": at.foreign})

    return attempt


def _same_part(at: Attempt) -> None:
    at.open()
    at.client = at.second()
    at.client.greet()
    at.client.say(open_job(at.job))


def _many_streams(at: Attempt) -> None:
    at.open()
    for stream in range(400):
        at.client.say(begin(at.file, stream, sop_instance_uid=f"2.25.{stream}", length=1), chunk(b"x", stream))
        at.client.say(end(at.file, stream))


def _quota(at: Attempt) -> None:
    at.open()
    at.client.say(*instance(at.file))


def _no_more(at: Attempt) -> None:
    at.open()
    at.client.say(begin(at.file, length=2**40))


def _many_watched(at: Attempt) -> None:
    at.open()
    for _ in range(200):
        at.client.say({"type": "Watch", "job": at.job})
        other = {"type": "Watch", "job": uuid4().hex}
        at.client.say(other)


JSON = [
    Break("nested without end", greets('{"type": "Watch", "x": ' + "[" * 100_000), RULE),
    Break("nested objects without end", greets('{"x":' * 80_000), RULE),
    Break("a number of 100,000 digits", greets('{"type": "ListJobs", "limit": ' + "9" * 100_000 + "}"), RULE),
    Break("not a number", greets('{"type": "ListJobs", "limit": NaN}'), RULE),
    Break("infinity", greets('{"type": "ListJobs", "limit": Infinity}'), RULE),
    Break("a fraction", greets('{"type": "ListJobs", "limit": 1.5}'), RULE),
    Break("over 2^53", greets(open_job("0" * 32, patients=2**53)), RULE),
    Break("negative", greets(open_job("0" * 32, patients=-1)), RULE),
    Break("truth for a number", greets(open_job("0" * 32, patients=True)), RULE),
    Break("a number for a text", greets(open_job("0" * 32, project_name=1)), RULE),
    Break("a list for a text", greets(open_job("0" * 32, destination=[NAME])), RULE),
    Break("one member twice", greets(raw_open('"mode": "none"')), RULE),
    Break("one member twice, escaped", greets(raw_open('"m\\u006fde": "none"')), RULE),
    Break("two types", greets(raw_open('"type": "ListJobs"')), RULE),
    Break("half a character", greets('{"type": "Hello", "program": "\\ud800"}', first=False), RULE),
    Break("a control character", greets(open_job("0" * 32, project_name="a\0b")), RULE),
    Break("a text of 1,025 characters", greets(open_job("0" * 32, project_name="x" * 1025)), RULE),
    Break("a backslash in a trial's name", greets(open_job("0" * 32, trial_protocol_name=f"{NAME}\\x")), RULE),
    Break("half a megabyte and more", greets('{"type": "Watch", "job": "' + "0" * 530_000 + '"}'), TOO_LARGE),
    Break("a list instead of an object", greets("[1, 2]"), RULE),
    Break("nothing", greets(""), RULE),
    Break("an unknown type", greets({"type": "Drop", "table": NAME}), RULE),
    Break("a message of the receiver", greets({"type": "Stored", "stream": 0, "sop_instance_uid": "2.25.1"}), RULE),
    Break("a job id with a path", greets({"type": "Watch", "job": "../../../../etc/passwd"}), RULE),
    Break("a job id in upper case", greets({"type": "Watch", "job": "A" * 32}), RULE),
]

ORDER = [
    Break("a job before hello", greets(open_job("0" * 32), first=False), RULE),
    Break("hello twice", greets(hello()), RULE),
    Break("a version of the future", greets(hello(version=99), first=False), VERSION),
    Break("an instance without a job", greets({"type": "Begin"}), RULE),
    Break("a second job", says(open_job(uuid4().hex)), RULE),
    Break("a chunk without begin", says(chunk(NAME.encode())), RULE),
    Break("text where bytes belong", says(begins(), f"{NAME} {ID}"), RULE),
    Break("bytes where text belongs", says(begins(), json.dumps(hello()).encode()), RULE),
    Break("a stream twice", says(begins(), data, ends(), begins(sop_instance_uid="2.25.1")), RULE),
    Break("a lower stream", says(begins(stream=7), {"type": "Abandon", "stream": 7}, begins(stream=3)), RULE),
    Break("two streams at a time", says(begins(), begins(stream=1, sop_instance_uid="2.25.1")), RULE),
    Break("one instance in two streams", says(begins(), data, ends(), begins(stream=1)), RULE),
    Break("the end of an unknown stream", says(ends(stream=9)), RULE),
    Break("finished while sending", says(begins(), {"type": "Finish", "counts": {}}), RULE),
    Break("an offer of 501", says({"type": "Offer", "sop_instance_uids": [f"2.25.{n}" for n in range(501)]}), RULE),
    Break("an offer of one twice", says({"type": "Offer", "sop_instance_uids": ["2.25.1", "2.25.1"]}), RULE),
    Break("an empty offer", says({"type": "Offer", "sop_instance_uids": []}), RULE),
    Break("100 jobs watched and more", _many_watched, RULE),
    Break("too many streams wait", _many_streams, TOO_LARGE),
]

BYTES = [
    Break("other digest", says(begins(), data, ends(sha256="0" * 64)), "digest"),
    Break("a digest by another algorithm", says(begins(), data, ends(sha256="", blake3="0" * 64)), RULE),
    Break("no digest", says(begins(), data, ends(sha256="")), RULE),
    Break("longer than told", says(begins(length=100), data), RULE),
    Break("shorter than told", says(begins(length=10**6), data, ends()), RULE),
    Break("offset backwards", says(begins(), chunk(bytes(10)), chunk(bytes(10), 0, 0)), RULE),
    Break("offset overlapping", says(begins(), chunk(bytes(10)), chunk(bytes(10), 0, 5)), RULE),
    Break("a gap", says(begins(), chunk(bytes(10)), chunk(bytes(10), 0, 11)), RULE),
    Break("a beginning that nobody has", says(begins(offset=100)), RULE),
    Break("an empty chunk", says(begins(), chunk(b"")), RULE),
    Break("half a header", says(begins(), b"\0\0\0\0\0"), RULE),
    Break("a chunk over 512 KiB", says(begins(length=10**7), chunk(bytes(UNPACKED + 1))), TOO_LARGE),
    Break("an offset of 2^63", says(begins(), pack("!IQ", 0, 2**62) + b"x"), RULE),
    Break(
        "a zstd bomb", says(begins(length=10**9), packed(compress(bytes(64 * 2**20), options=SMALL_WINDOW))), TOO_LARGE
    ),
    Break("zstd garbage", says(begins(), packed(NAME.encode() * 5)), RULE),
    Break("two zstd frames", says(begins(length=10**6), packed(compress(bytes(5000)) * 2)), RULE),
    Break("a zstd frame cut", says(begins(length=10**6), packed(compress(bytes(5000))[:-3])), RULE),
    Break("a zstd frame that wants 128 MiB", says(begins(length=10**6), packed(HUGE_WINDOW)), RULE),
    Break("an empty zstd frame", says(begins(), packed(compress(b""))), RULE),
    Break("nothing to be sent", says(begins(length=0)), RULE),
    Break("a path as SOPInstanceUID", says(begins(sop_instance_uid="../../../../tmp/x")), RULE),
    Break("a UID of 65 characters", says(begins(sop_instance_uid="2.25." + "1" * 60)), RULE),
    Break("a UID with a line feed", says(begins(sop_instance_uid="2.25.1\n")), RULE),
    Break("a UID with a leading zero", says(begins(sop_instance_uid="2.25.01")), "invalid-uid"),
    Break("a study with a leading zero", says(begins(study_instance_uid="2.025.1")), "invalid-uid"),
    Break("a patient of 65 characters", says(begins(patient_id="P" * 65)), RULE),
    Break("a patient with a backslash", says(begins(patient_id=f"{ID}\\x")), RULE),
    Break("over size", _no_more, TOO_LARGE),
    Break("over quota", _quota, "quota", {"quota_per_user": 1000}),
    Break("full", _opens(), FULL, {"free_space_floor": 2**60}),
    Break("other bytes under one UID", _other_bytes, "conflict"),
    Break("a second patient in mode fixed", _second_patient, "pseudonym-mismatch"),
    Break("an instance after the end", _after_the_end, "job-closed"),
]

JOBS = [
    Break("an unknown destination", _opens(destination=NAME), "failed:destination-not-allowed"),
    Break("a destination of others", _opens(destination="private"), "failed:destination-not-allowed"),
    Break("an unknown profile", _opens(profile="mine"), "failed:profile"),
    Break("a profile that is not allowed", _opens(profile="basic"), "failed:profile"),
    Break("an own profile's hash", _opens(profile_hash="f" * 64), "failed:profile"),
    Break("an unknown mode", _opens(mode="identified"), RULE),
    Break(
        "two patients where one is allowed",
        _opens(patients=2),
        "failed:pseudonym-mismatch",
        {"single_patient_only": True},
    ),
    Break("another mode when resumed", _again(mode="none"), "failed:conflict"),
    Break(
        "another profile when resumed",
        _again(profile="research-full-dates"),
        "failed:conflict",
        {"allowed_profiles": '["research-full-dates"]'},
    ),
    Break("a job of somebody else", _foreign("OpenJob"), PERMISSION),
    Break("watching a job of somebody else", _foreign("Watch"), "failed:job-closed"),
    Break("canceling a job of somebody else", _foreign("Cancel"), "failed:job-closed"),
    Break("a part that another connection holds", _same_part, IN_USE),
    Break("a job that was canceled", _canceled, "failed:job-closed"),
    Break("other counts", says({"type": "Finish", "counts": {"stored": 1}}), "failed:counts-differ"),
    Break("a count over all bounds", says({"type": "Finish", "counts": {"stored": 2**60}}), RULE),
]

BREAKS = [*JSON, *ORDER, *BYTES, *JOBS]
