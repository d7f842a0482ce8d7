"""What the window shows, as plain values: made by the controllers, put into words by the views.

Nothing here knows Qt, and nothing here holds a sentence: the words live in ``words``, in each language.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path

from adit_uploader.deid.blanking.areas import Blanking, Rectangle
from adit_uploader.deid.blanking.obstacles import BlankingObstacle
from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.dicom.inventory import Patient, Series, Study
from adit_uploader.pseudonyms.mode import Mode


@dataclass(frozen=True, slots=True)
class InboxLook:
    """What workstations sent and lies here.

    Attributes:
        paths: what no unfinished upload needs.
        needed: files that one needs.
        size: of all, bytes.
    """

    paths: tuple[Path, ...] = ()
    needed: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Caller:
    """A workstation that sends at the moment."""

    name: str
    images: int


@dataclass(frozen=True, slots=True)
class ReceivingState:
    """How receiving stands.

    Attributes:
        port: 0 until it listens.
        callers: who sends at the moment.
        waiting: images that wait for the next upload.
    """

    ae_title: str
    address: str
    port: int = 0
    callers: tuple[Caller, ...] = ()
    waiting: int = 0


class Step(Enum):
    """The three steps that are always visible."""

    DROP = auto()
    CHECK = auto()
    SEND = auto()


class ModeBlock(Enum):
    """Why a mode can't be chosen."""

    NOT_PERMITTED = auto()
    NO_DEPARTMENT = auto()
    MANAGED = auto()  # whoever manages this computer does not let its users choose it


@dataclass(frozen=True, slots=True)
class ModeOption:
    """A line of the mode dropdown; blocked: None where it may be chosen."""

    mode: Mode
    blocked: ModeBlock | None = None


class TokenKept(Enum):
    """Where the token of this session lies."""

    KEYRING = auto()
    SESSION = auto()  # in memory: this computer has no keyring that works


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is signed in where."""

    user: str
    department: str
    server: str
    kept: TokenKept


@dataclass(frozen=True, slots=True)
class DestinationOption:
    name: str
    preselected: bool = False


@dataclass(frozen=True, slots=True)
class ProfileOption:
    """A line of the profile dropdown.

    Attributes:
        hash: the first digits of a site's own profile's hash, '' of a built-in one.
        keeps: the identifiers that it keeps.
    """

    name: str
    version: int
    summary: str
    hash: str = ""
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of a selection; size in bytes."""

    patients: int = 0
    studies: int = 0
    series: int = 0
    instances: int = 0
    size: int = 0


class SendBlock(Enum):
    """Why nothing can be sent at the moment, the first that applies."""

    NOTHING_FOUND = auto()
    SCANNING = auto()
    SIGNED_OUT = auto()
    NO_DESTINATION = auto()
    NO_MODE = auto()
    NO_BATCH_FILE = auto()
    BATCH_FILE_PROBLEMS = auto()
    NO_PSEUDONYM = auto()
    BAD_PSEUDONYM = auto()
    NO_DEPARTMENT_KEY = auto()
    CHOICE_REFUSED = auto()
    PLANNING = auto()
    ALL_REFUSED = auto()
    ALL_HELD = auto()
    ALL_EXCLUDED = auto()
    NOTHING_LEFT = auto()
    SENDING = auto()
    SENT = auto()


class Sent(Enum):
    """What became of the upload of exactly what lies on the desk."""

    WHOLE = auto()  # nothing of it is left to be sent
    PARTLY = auto()


@dataclass(frozen=True, slots=True)
class SendState:
    """What the Send button says and whether it can be pressed; again: for the rest of what was already sent."""

    totals: Totals
    mode: Mode | None
    block: SendBlock | None
    again: bool = False

    @property
    def possible(self) -> bool:
        return self.block is None


class HeldDecision(Enum):
    """What the user wants done with a held series."""

    LEAVE_OUT = auto()  # also where nothing was said
    BLANK = auto()  # the marked areas become black, then it is sent
    AS_IT_IS = auto()


@dataclass(frozen=True, slots=True)
class HeldChoice:
    """A series that is held until the user decides.

    Attributes:
        key: the series' own (original) SeriesInstanceUID.
        instances: that are, or would be, held.
        release: the user wants it sent as it is.
        blanking: the areas that are blanked before it is sent, or None.
        unfit: instances in which these areas can't be blanked; they stay here.
        obstacle: why nothing can be blanked in it, or None.
        forbidden: the receiver never takes such series.
    """

    key: str
    patient: str
    modality: str
    description: str
    instances: int
    reason: BurnedInReason
    release: bool = False
    blanking: Blanking | None = None
    unfit: int = 0
    obstacle: BlankingObstacle | None = None
    forbidden: bool = False

    @property
    def decision(self) -> HeldDecision:
        if self.blanking is not None:
            return HeldDecision.BLANK
        return HeldDecision.AS_IT_IS if self.release else HeldDecision.LEAVE_OUT


@dataclass(frozen=True, slots=True)
class ReviewState:
    """One held series as it is looked at.

    Attributes:
        position: of it among ``series`` held ones, from 0.
        images: of it that can be looked at.
        areas: as drawn; they are blanked only where the decision says so.
    """

    choice: HeldChoice
    position: int
    series: int
    images: int
    areas: tuple[Rectangle, ...] = ()


class RowState(Enum):
    """What happens to a row when the user sends."""

    UNDECIDED = auto()  # no mode chosen, or its fields are not filled in
    SENT = auto()
    HELD = auto()
    REFUSED = auto()
    LEFT_OUT = auto()  # the batch file does not select it
    EXCLUDED = auto()  # the user unticked it


@dataclass(frozen=True, slots=True)
class ComparisonState:
    """One instance of a series as it is looked at, before and after.

    Attributes:
        rows: patient, study and series.
        place: which of the ``images``, from 0 on.
        fate: what happens to the series as things stand.
    """

    rows: tuple[Patient | Study | Series, ...]
    place: int
    images: int
    fate: RowState


@dataclass(frozen=True, slots=True)
class Explanation:
    """A sentence that is already in words, from a room that speaks to people itself: what, and what to do.

    say: makes it anew, in the language of that moment; None where it can't be said otherwise.
    """

    title: str
    message: str = ""
    say: "Callable[[], Explanation] | None" = field(default=None, compare=False, repr=False)

    def again(self) -> "Explanation":
        """The same in the language that is spoken now."""
        return self if self.say is None else said(self.say)


def said(say: Callable[[], Explanation]) -> Explanation:
    """What ``say`` says now, and can say again in another language."""
    return replace(say(), say=say)


@dataclass(frozen=True, slots=True)
class Excluded:
    """What the user left out: a whole patient, a whole study of one, or a series. rows: outermost first."""

    rows: tuple[Patient | Study | Series, ...]
    images: int


class Severity(Enum):
    INFO = auto()
    SUCCESS = auto()
    WARNING = auto()
    ERROR = auto()


class KeyState(Enum):
    """What is known of the department's own key (the keyed variant of internal pseudonyms)."""

    UNKNOWN = auto()
    MISSING = auto()
    READY = auto()
    NO_KEYRING = auto()


@dataclass(frozen=True, slots=True)
class BatchState:
    """The batch file as chosen: rows read, or how many problems keep it from being used."""

    path: Path | None = None
    rows: int = 0
    problems: int = 0


@dataclass(frozen=True, slots=True)
class ScanState:
    """How far a scan is."""

    files: int = 0
    instances: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that did not arrive or should be looked at, and why. Only shown on this computer.

    patient: PatientID of the row of the tree that it is about, None of none. retriable: it can be sent once more.
    """

    what: str
    why: str
    patient: str | None = None
    retriable: bool = False
