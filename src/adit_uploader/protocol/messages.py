"""Control messages: JSON text, one tagged struct each, unknown fields ignored.

``docs/protocol.md`` is the normative description; the field comments here say units and meaning.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from .digests import BLAKE3, SHA256, DigestName, as_text
from .limits import (
    CHUNK_SIZE,
    CREDIT,
    MAX_CHUNK_SIZE,
    MAX_CHUNKS,
    MAX_OFFER,
    MAX_OPEN_STREAMS,
    MAX_PATIENT_ID_LENGTH,
    MAX_PROFILE_LENGTH,
    MAX_SITE_PROFILES,
    MAX_SIZE,
    MAX_STREAM,
    MAX_TEXT_LENGTH,
    MAX_UID_LENGTH,
    VERSION,
)

# \Z and not $: a dollar also matches before a line feed at the end
Uid = Annotated[str, Meta(min_length=1, max_length=MAX_UID_LENGTH, pattern=r"^[0-9]+(\.[0-9]+)*\Z")]
JobId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]  # a UUID version 4 made by the client, as hex
SiteKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]  # 32 bytes as hex; never shown, never stored in the open
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]  # 32 bytes, hex
PatientId = Annotated[  # PS3.5 section 6.2, LO: no control characters, no backslash
    str, Meta(min_length=1, max_length=MAX_PATIENT_ID_LENGTH, pattern=r"^[^\x00-\x1f\x7f\\]+\Z")
]
Text = Annotated[  # line feed and tab are the only control characters
    str, Meta(max_length=MAX_TEXT_LENGTH, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*\Z")
]
TrialText = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f\\]*\Z")]  # LO
Count = Annotated[int, Meta(ge=0, le=MAX_SIZE)]
Stream = Annotated[int, Meta(ge=0, le=MAX_STREAM)]
Size = Annotated[int, Meta(ge=0, le=MAX_SIZE)]  # bytes
ModeName = Literal["internal", "batch", "fixed", "none"]
ProfileName = Literal["basic", "research", "research-full-dates"]
AnyProfileName = Annotated[str, Meta(max_length=24, pattern=r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z")]
NoProfileName = Annotated[str, Meta(max_length=24, pattern=r"^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)?\Z")]  # may be empty
NoDigest = Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{64})?\Z")]  # may be empty
ProfileText = Annotated[  # of a profile's file, line ends LF
    str, Meta(min_length=1, max_length=MAX_PROFILE_LENGTH, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*\Z")
]
TaskState = Literal["PE", "IP", "CA", "SU", "WA", "FA"]  # pending, in progress, canceled, success, warning, failure
JobState = Literal["UV", "PE", "IP", "CI", "CA", "SU", "WA", "FA"]  # task states, unverified and canceling


_HIDDEN = frozenset({"site_key", "patient_id"})


class _Value(Struct, frozen=True):
    """Base of everything on the wire; what is secret or may be a patient's stays out of logs and tracebacks."""

    def __repr__(self) -> str:
        shown = (f"{name}={'...' if name in _HIDDEN else repr(getattr(self, name))}" for name in self.__struct_fields__)
        return f"{type(self).__name__}({', '.join(shown)})"


class _Message(_Value, frozen=True, tag_field="type", tag=True, omit_defaults=True):
    """Base of all control messages; the tag is the class name."""


# ---------------------------------------------------------------- what messages carry


class DestinationInfo(_Value, frozen=True):
    """Where a user may send to."""

    name: Text
    kind: Literal["dicom", "folder"]
    preselected: bool = False
    answers: Literal["yes", "no", "unknown"] = "unknown"  # when the receiver looked last


class Limits(_Value, frozen=True):
    """What the receiver takes.

    Attributes:
        credit: bytes of chunks that may be under way on the connection.
        chunk: bytes of data in one chunk.
        instance: bytes of one file.
        offer: keys in one offer.
        streams: instances begun and not yet answered.
    """

    credit: Annotated[int, Meta(gt=0, le=MAX_SIZE)] = CREDIT
    chunk: Annotated[int, Meta(gt=0, le=MAX_CHUNK_SIZE)] = CHUNK_SIZE
    instance: Annotated[int, Meta(gt=0, le=MAX_SIZE)] = 8 * 1024**3
    offer: Annotated[int, Meta(gt=0, le=MAX_OFFER)] = MAX_OFFER
    streams: Annotated[int, Meta(gt=0, le=MAX_OPEN_STREAMS)] = MAX_OPEN_STREAMS

    def cost(self, size: int) -> int:
        """Credit that a chunk of so many bytes uses up. Very small ones cost more than they hold: a server keeps much
        more of a message than its bytes.
        """
        return max(size, self.credit // MAX_CHUNKS)


class Policies(_Value, frozen=True):
    """What the receiver decides for its clients.

    Attributes:
        burned_in: ``ask``: held series may be sent when the user says so for each; ``never``: not at all, blanked or
            not.
        quota: bytes that the user's instances may take in the spool until they are delivered; 0: it is not told.
        used: bytes that they take now.
        keep_files_days: days after which what could not be delivered is deleted; 0: never.
        keep_jobs_days: days after which records of ended jobs are deleted; 0: never.
        forwarding_hours: in which jobs that are not urgent are forwarded, for people; empty for all.
        verified_first: jobs are forwarded once an administrator has looked at them.
        mails: whether the receiver can send the mail that a job may ask for.
    """

    burned_in: Literal["ask", "never"] = "ask"
    single_patient_only: bool = False
    quota: Count = 0
    used: Count = 0
    keep_files_days: Count = 0
    keep_jobs_days: Count = 0
    forwarding_hours: Text = ""
    verified_first: bool = False
    mails: bool = True


class SiteProfile(_Value, frozen=True):
    """A de-identification profile of the receiver's own.

    Attributes:
        hash: SHA-256 of its content in canonical form, hex; see docs/profiles.md.
        text: its file, as it is.
    """

    name: AnyProfileName
    version: Count
    hash: Digest
    text: ProfileText


class Counts(_Value, frozen=True):
    """Counts of instances of one job, by outcome."""

    found: Count = 0
    sent: Count = 0
    stored: Count = 0  # said by the receiver, duplicates of this job included
    refused: Count = 0  # by the client's own checks, before sending, or by the receiver
    held: Count = 0
    left_out: Count = 0


class TaskInfo(_Value, frozen=True):
    """One study on its way from the receiver to the destination."""

    study_instance_uid: Uid
    patient_id: PatientId  # what the receiver knows: the pseudonym, or the PatientID in mode none
    state: TaskState
    stored: Count = 0
    delivered: Count = 0
    failed: Count = 0
    attempts: Count = 0
    message: Text = ""


# ---------------------------------------------------------------- client to receiver


class Hello(_Message, frozen=True, omit_defaults=False):
    """First message. version: of the protocol; program: name and version of the client."""

    program: Text
    version: Count = VERSION
    features: tuple[Text, ...] = ()


class OpenJob(_Message, frozen=True):
    """Opens a job, or resumes it: the same id may be opened any number of times."""

    job: JobId
    mode: ModeName
    destination: Text
    profile: AnyProfileName  # a built-in one, or one of the receiver's own, with its hash
    patients: Count
    studies: Count
    instances: Count
    profile_hash: NoDigest = ""  # of a profile of the receiver's own; empty for a built-in one
    part: Text = "0"  # one lease a job part: lanes of one client share a job by parts
    project_name: Text = ""
    project_description: Text = ""
    trial_protocol_id: TrialText = ""
    trial_protocol_name: TrialText = ""
    urgent: bool = False
    mail: bool = False
    digest: DigestName = SHA256  # by which its files are compared, for as long as there is a job of this id


class Offer(_Message, frozen=True):
    """Instances that the client is about to send, by their new SOPInstanceUIDs."""

    sop_instance_uids: Annotated[tuple[Uid, ...], Meta(min_length=1, max_length=MAX_OFFER)]


class Begin(_Message, frozen=True):
    """An instance's file begins; ``length`` bytes follow as chunks of ``stream`` from ``offset`` on."""

    stream: Stream
    sop_instance_uid: Uid
    sop_class_uid: Uid
    transfer_syntax_uid: Uid
    study_instance_uid: Uid
    series_instance_uid: Uid
    patient_id: PatientId  # the pseudonym; in mode none the PatientID
    length: Annotated[int, Meta(gt=0, le=MAX_SIZE)]
    offset: Size = 0


class End(_Message, frozen=True):
    """All bytes of the stream were sent. The one digest that is not empty is the one of the job's algorithm."""

    stream: Stream
    sha256: NoDigest = ""
    blake3: NoDigest = ""

    def is_by(self, algorithm: DigestName) -> bool:
        """Whether it holds a digest by this algorithm, and no other."""
        return (bool(self.sha256), bool(self.blake3)) == (algorithm == SHA256, algorithm == BLAKE3)

    @property
    def digest(self) -> str:
        """The digest with its algorithm, see ``digests``."""
        return as_text(BLAKE3, self.blake3) if self.blake3 else self.sha256


class Abandon(_Message, frozen=True):
    """The client can't go on with a stream that it began (its file vanished); nothing of it counts."""

    stream: Stream


class Finish(_Message, frozen=True):
    """Everything was sent; the receiver compares ``counts.stored`` with what it has."""

    counts: Counts


class Cancel(_Message, frozen=True):
    """The user gives the job up; what is not yet delivered is not delivered any more."""

    job: JobId


class Watch(_Message, frozen=True):
    """Asks for the tasks of a job, now and whenever they change, until the connection ends."""

    job: JobId


class ListJobs(_Message, frozen=True):
    """Asks for the user's own jobs, newest first."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100


# ---------------------------------------------------------------- receiver to client


class Welcome(_Message, frozen=True, omit_defaults=False):
    """Answer to hello: who the user is here, and what is allowed."""

    program: Text
    user: Text
    department: Text
    modes: tuple[ModeName, ...]
    destinations: tuple[DestinationInfo, ...]
    profile: ProfileName  # the one to use unless the user picks another of ``profiles``
    profiles: tuple[ProfileName, ...]
    site_key: SiteKey
    version: Count = VERSION
    features: tuple[Text, ...] = ()
    limits: Limits = field(default_factory=Limits)
    policies: Policies = field(default_factory=Policies)
    site_profile: NoProfileName = ""  # one of ``site_profiles`` to use instead of ``profile``, or empty
    site_profiles: Annotated[tuple[SiteProfile, ...], Meta(max_length=MAX_SITE_PROFILES)] = ()


class JobOpened(_Message, frozen=True):
    """The job is open on this connection; ``stored`` instances of it are there already."""

    job: JobId
    stored: Count = 0
    resumed: bool = False


class OfferAnswer(_Message, frozen=True):
    """Answer to the oldest Offer that has none; every key of it is in exactly one of the three.

    Attributes:
        need: nothing of it is there.
        have: it is there; it need not be sent.
        partial: needed, but its bytes up to this offset are there: its Begin may say this offset (or 0).
    """

    need: tuple[Uid, ...] = ()
    have: tuple[Uid, ...] = ()
    partial: dict[Uid, Annotated[int, Meta(gt=0, le=MAX_SIZE)]] = field(default_factory=dict)


class Credit(_Message, frozen=True):
    """The client may send so many bytes more (chunk payloads count, headers do not)."""

    size: Annotated[int, Meta(gt=0, le=MAX_SIZE)]


class Stored(_Message, frozen=True):
    """The instance is durable: file and directory synced, row committed."""

    stream: Stream
    sop_instance_uid: Uid


class Duplicate(_Message, frozen=True):
    """The instance was there already, with the same digest."""

    stream: Stream
    sop_instance_uid: Uid


class Refused(_Message, frozen=True):
    """The instance is not taken. code: a ``RefusalCode``; text: for people; names elements, never values.

    With a stream it answers that stream's Begin, at any time. Without one it answers a key of an Offer, before its
    OfferAnswer, which then leaves the key out.
    """

    sop_instance_uid: Uid
    code: Text
    text: Text = ""
    retriable: bool = False
    stream: Stream | None = None


class Saved(_Message, frozen=True):
    """Bytes of a large instance up to ``offset`` are durable."""

    stream: Stream
    offset: Size


class JobFinished(_Message, frozen=True):
    """The receiver agrees with the counts of finish."""

    job: JobId
    stored: Count


class Tasks(_Message, frozen=True):
    """State of a job and its tasks, in full. more: a page; the next Tasks message goes on with the list."""

    job: JobId
    state: JobState
    tasks: tuple[TaskInfo, ...]
    message: Text = ""
    more: bool = False


class JobInfo(_Value, frozen=True):
    """A line of the job list. created: ISO 8601 in UTC."""

    job: JobId
    state: JobState
    mode: ModeName
    destination: Text
    created: Text
    stored: Count = 0
    delivered: Count = 0
    failed: Count = 0
    project_name: Text = ""
    message: Text = ""


class Jobs(_Message, frozen=True):
    """Answer to ListJobs. more: a page; the next Jobs message goes on with the list."""

    jobs: tuple[JobInfo, ...]
    more: bool = False


class Failed(_Message, frozen=True):
    """A request can't be done; the connection stays open unless a close follows.

    Attributes:
        code: a ``RefusalCode`` (of a job), or the name of the ``CloseCode`` with which a close follows.
        request: type of the request it answers; empty: the oldest one that has no answer.
    """

    code: Text
    text: Text = ""
    retriable: bool = False
    request: Text = ""


Part = DestinationInfo | SiteProfile | Limits | Policies | Counts | TaskInfo | JobInfo
"""What messages carry inside."""

Request = OpenJob | Offer | Finish | Cancel | Watch | ListJobs
"""What the receiver answers, each once, those of one type in order."""
ClientMessage = Hello | OpenJob | Offer | Begin | End | Abandon | Finish | Cancel | Watch | ListJobs
ServerMessage = (
    Welcome
    | JobOpened
    | OfferAnswer
    | Credit
    | Stored
    | Duplicate
    | Refused
    | Saved
    | JobFinished
    | Tasks
    | Jobs
    | Failed
)
