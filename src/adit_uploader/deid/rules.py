"""What happens to an element: the table's action, resolved by profile, VR and Type to one that can be carried out."""

from collections.abc import Iterator
from enum import StrEnum

from adit_uploader.deid import unlisted
from adit_uploader.deid.annex_e import Row, Table, table
from adit_uploader.deid.iod_types import IodTypes, iod_types
from adit_uploader.deid.profiles import Option, Profile
from adit_uploader.deid.vocabulary import dictionary_vr
from adit_uploader.values import dataclass, field


class Action(StrEnum):
    """What the engine does. Source of the letters: PS3.15 Table E.1-1a."""

    KEEP = "keep"  # K, and what the table does not list
    REMOVE = "remove"  # X
    EMPTY = "empty"  # Z
    DUMMY = "dummy"  # D
    UID = "new-uid"  # U
    SHIFT = "shift"  # C on a date: moved by the patient's number of days
    CLEAN = "clean"  # C on text
    TIMEZONE = "timezone"  # C on an offset from UTC: kept if it is one
    AGE = "age"  # K on an age: over 89 years becomes 90
    ITEMS = "items"  # a sequence that stays: each item by the same rules
    SCRUB = "scrub"  # D on a sequence: its structure stays, its texts become dummies
    WEB = "web"  # an address: stays only where it is a name (urn:) and no place


TEXT_VRS = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
CLEANABLE_VRS = TEXT_VRS | {"AE", "CS"}
_DATES = frozenset({Option.FULL_DATES, Option.MODIFIED_DATES})
STRUCTURE = frozenset({Option.STRUCTURED_CONTENT, Option.GRAPHICS})


@dataclass(frozen=True, slots=True)
class Rules:
    """A profile's rules over the whole table.

    Pure: the same element at the same place always has the same action. ``memo`` only remembers answers.
    """

    profile: Profile
    table: Table = field(default_factory=table)
    types: IodTypes = field(default_factory=iod_types)
    memo: dict[tuple[str | None, int | None, int, str], Action] = field(default_factory=dict, repr=False, compare=False)

    def iod(self, sop_class_uid: str) -> str | None:
        """Name of the IOD of a SOP class, None where it is not known."""
        return self.types.classes.get(sop_class_uid)

    def action(self, iod: str | None, parent: int | None, tag: int, vr: str) -> Action:
        """Return what happens to a public element.

        Args:
            iod: the instance's IOD, None if not known.
            parent: tag of the innermost sequence around it, None at top level.
            tag: the element; its group is even.
            vr: as declared by the file, or by the dictionary.
        """
        key = (iod, parent, tag, vr)
        found = self.memo.get(key)
        if found is None:
            found = self.memo[key] = self._action(iod, parent, tag, vr)
        return found

    def letters(self, row: Row) -> str:
        """The action of a row in this profile: that of its options that are on, C before K, else the basic one."""
        chosen = {action for option, action in row.options.items() if option in self.profile.options}
        if "C" in chosen:
            return "C"
        return "K" if "K" in chosen else row.basic

    def listed(self) -> Iterator[tuple[Row, str]]:
        """Every row with its letters in this profile, in the order of the tags."""
        for tag in sorted(self.table.rows):
            row = self.table.rows[tag]
            yield row, self.letters(row)
        for row in self.table.repeating:
            yield row, self.letters(row)

    def _action(self, iod: str | None, parent: int | None, tag: int, vr: str) -> Action:
        row = self.table.rows.get(tag)
        if row is None:
            return self._unlisted(tag, vr)
        letters = self.letters(row)
        if letters == "K":
            return self._kept(vr)
        if letters == "C":
            cleaned = self._cleaned(vr, row)
            if cleaned is not None:
                return cleaned
            letters = row.basic
        return self._basic(letters, row, vr, self._letter(letters, iod, parent, tag))

    def _unlisted(self, tag: int, vr: str) -> Action:
        """The table does not list it: it stays if it is part of an IOD and can't hold a date or a person."""
        if tag not in self.types.known or vr == "PN" or tag in unlisted.IDENTIFYING:
            return Action.REMOVE
        if vr in {"DA", "DT", "TM"}:
            if Option.FULL_DATES in self.profile.options:
                return Action.KEEP
            if Option.MODIFIED_DATES in self.profile.options:
                return Action.KEEP if vr == "TM" else Action.SHIFT
            return Action.REMOVE
        if vr in TEXT_VRS:
            return Action.CLEAN if unlisted.is_free_text(tag, vr) else Action.KEEP
        actions = {
            "UR": Action.WEB,
            "SQ": Action.ITEMS,
            "UI": Action.KEEP if unlisted.is_common_uid(tag) else Action.UID,
        }
        return actions.get(vr, Action.KEEP)

    @staticmethod
    def _kept(vr: str) -> Action:
        if vr == "AS":
            return Action.AGE
        return Action.ITEMS if vr == "SQ" else Action.KEEP

    @staticmethod
    def _cleaned(vr: str, row: Row) -> Action | None:
        """C by VR; None where this program can't clean it, so that the basic action holds."""
        if vr in {"DA", "DT"}:
            return Action.SHIFT
        if vr == "TM":
            return Action.KEEP
        if vr == "SQ":
            return Action.ITEMS
        if vr in CLEANABLE_VRS:
            return Action.TIMEZONE if _DATES & row.options.keys() else Action.CLEAN
        return None

    def _letter(self, letters: str, iod: str | None, parent: int | None, tag: int) -> str:
        """One letter of a compound action, by Type where it is known, else the one that keeps the object valid.

        X alone stays X unless the element must be there: Type 1 and 2; and 2C, since an empty one tells nothing.
        """
        allowed = letters.split("/")
        if "U*" in allowed or letters in {"U", "D"}:
            return allowed[-1]
        required = self.types.required(iod, parent, tag) or "3"
        if parent is None and iod is None and len(allowed) > 1:
            required = "1C" if "D" in allowed else "2C"
        if letters == "X":
            return {"1": "D", "2": "Z", "2C": "Z"}.get(required, "X")
        if required in {"1", "1C"}:
            return "D"
        if required in {"2", "2C"}:
            return "Z" if "Z" in allowed else "D"
        return next(letter for letter in "XZD" if letter in allowed)

    def _basic(self, letters: str, row: Row, vr: str, letter: str) -> Action:
        if letter == "X":
            return Action.REMOVE
        if letter == "Z":
            return Action.EMPTY
        if vr == "SQ":
            if letter == "U*":
                return Action.ITEMS
            cleaned = Option.DESCRIPTORS in self.profile.options and bool(STRUCTURE & row.options.keys())
            return Action.ITEMS if cleaned else Action.SCRUB
        if vr == "UI":
            return Action.UID
        return Action.DUMMY


def row_vr(row: Row) -> str:
    """VR of a row by the dictionary, '' where the dictionary does not know it or the row is a repeating group."""
    return "" if "x" in row.tag else dictionary_vr(int(row.tag, 16)) or ""
