"""What lies on the desk: everything that is known and chosen at the moment, shared by the controllers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from adit_uploader.account.managed import Managed
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import Settings
from adit_uploader.deid.blanking.areas import Blanking
from adit_uploader.desktop.request import Wanted, areas_of, request_of
from adit_uploader.desktop.values import SendBlock, Sent
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.protocol.messages import Welcome
from adit_uploader.pseudonyms.choice import Choice, FixedChoice, InternalChoice
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.plan import UploadPlan


class Change(Enum):
    """What changed on the desk."""

    ACCOUNT = auto()
    INVENTORY = auto()
    CHOICE = auto()
    PROFILE = auto()
    RELEASED = auto()
    EXCLUDED = auto()
    PLAN = auto()
    SENDING = auto()
    JOBS = auto()  # what the journal knows of uploads


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account that works. Never logged: it holds the token and the site key."""

    server: ServerAddress
    token: str = field(repr=False)
    welcome: Welcome = field(repr=False)

    def is_same_person(self, other: "SignedIn") -> bool:
        """Whether it is the same user of the same server, in the same department; tokens change."""
        ours, theirs = self.welcome, other.welcome
        return (self.server, ours.user, ours.department) == (other.server, theirs.user, theirs.department)


@dataclass(slots=True)
class Desk:
    """Main thread only. Whoever changes something says so by ``tell``; whoever depends on it listens.

    Attributes:
        managed: what is set for all users of this computer.
        profile: name of the de-identification profile that the user picked, '' for the server's own choice.
        found_in: the folders and files in which the inventory was found.
        batch_path: file of the mode batch.
        choice: the mode with all that belongs to it, or None with ``choice_block`` saying what is missing.
        released: original SeriesInstanceUIDs of held series that the user wants sent as they are.
        blanked: areas by original SeriesInstanceUID of held series that are to be blanked and sent.
        excluded: original SeriesInstanceUIDs of series that the user left out.
        plan: for exactly what lies here, or None while there is none.
        sent: whether what lies here was sent already; None again as soon as something changes.
    """

    settings: Settings = field(default_factory=Settings)
    managed: Managed = field(default_factory=Managed)
    account: SignedIn | None = None
    destination: str = ""
    profile: str = ""
    inventory: Inventory = field(default_factory=Inventory)
    found_in: tuple[Path, ...] = ()
    scanning: bool = False
    mode: Mode | None = None
    choice: Choice | None = None
    choice_block: SendBlock | None = SendBlock.NO_MODE
    batch_path: Path | None = None
    released: frozenset[str] = frozenset()
    blanked: Mapping[str, Blanking] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    plan: UploadPlan | None = None
    plan_block: SendBlock | None = None
    sending: bool = False
    sent: Sent | None = None
    _listeners: list[Callable[[Change], None]] = field(default_factory=list)

    def request(self) -> str:
        """What lies here, to be planned again after a restart; '' where there is no choice."""
        if self.choice is None:
            return ""
        return request_of(
            Wanted(
                paths=tuple(map(str, self.found_in)),
                mode=self.choice.mode.value,
                profile=self.profile,
                destination=self.destination,
                batch_file=str(self.batch_path) if self.batch_path and self.choice.mode is Mode.BATCH else "",
                pseudonym=self.choice.pseudonym if isinstance(self.choice, FixedChoice) else "",
                keyed=isinstance(self.choice, InternalChoice) and self.choice.key is not None,
                released=tuple(sorted(self.released)),
                excluded=tuple(sorted(self.excluded)),
                blanked={series: areas_of(blanking) for series, blanking in self.blanked.items()},
            )
        )

    @property
    def all_excluded(self) -> bool:
        """Whether the user left out everything that there is."""
        series = (one for patient in self.inventory.patients for study in patient.studies for one in study.series)
        return bool(self.excluded) and all(one.series_instance_uid in self.excluded for one in series)

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Calls the listener after every change, in the order in which they were added."""
        self._listeners.append(listener)

    def tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)
