"""What happens to an element: the table's action, resolved by profile, VR and Type to one that can be carried out."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from adit_uploader.deid import unlisted
from adit_uploader.deid.annex_e import Row, Table, table
from adit_uploader.deid.collect_tags import is_secret
from adit_uploader.deid.iod_types import IodTypes, iod_types
from adit_uploader.deid.profiles import Option, Profile
from adit_uploader.deid.site_rules import SiteRule, Verb, normal
from adit_uploader.deid.vocabulary import STRING_VRS, dictionary_vr
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
    RETAIN = "retain"  # kept by a site's own rule, though the base would not leave it
    REPLACE = "replace"  # a site's own text instead


TEXT_VRS = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
CLEANABLE_VRS = TEXT_VRS | {"AE", "CS"}
_DATES = frozenset({Option.FULL_DATES, Option.MODIFIED_DATES})
STRUCTURE = frozenset({Option.STRUCTURED_CONTENT, Option.GRAPHICS})


PrivateKey = tuple[int, str, int]
"""Group, private creator, element byte."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A profile's rules over the whole table.

    Pure: the same element at the same place always has the same action. ``memo`` only remembers answers.
    """

    profile: Profile
    table: Table = field(default_factory=table)
    types: IodTypes = field(default_factory=iod_types)
    memo: dict[tuple[str | None, int | None, int, str], Action] = field(default_factory=dict, repr=False, compare=False)
    own: Mapping[tuple[int | None, int], SiteRule] = field(init=False, repr=False, compare=False)
    own_private: Mapping[PrivateKey, SiteRule] = field(init=False, repr=False, compare=False)
    private: Mapping[PrivateKey, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort a site's own rules by how they are looked up.

        own: by (sequence around it or None, tag). own_private: by (group, creator, element byte). private: every
        private element that has a rule or is safe, with its VR.
        """
        rules = self.profile.site.rules if self.profile.site else ()
        public = {(rule.target.parent, rule.target.tag): rule for rule in rules if not rule.target.creator}
        private = {private_key(rule): rule for rule in rules if rule.target.creator}
        safe = dict(self.table.safe_private) if Option.SAFE_PRIVATE in self.profile.options else {}
        safe |= {key: rule.vr for key, rule in private.items()}
        for name, value in (("own", public), ("own_private", private), ("private", safe)):
            object.__setattr__(self, name, value)

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

    def drops(self, tag: int) -> bool:
        """Whether an element goes before any other rule: of curves and overlays all that no rule of its own is for."""
        return is_graphic(tag >> 16) and (None, normal(tag)) not in self.own

    def replacement(self, parent: int | None, tag: int) -> str:
        """The text of a rule that replaces."""
        rule = self._rule(parent, tag)
        return "" if rule is None else rule.value

    def pardons(self, parent: int | None, tag: int) -> bool:
        """Whether a rule of its own keeps an element that holds a number or name of the patient."""
        rule = self._rule(parent, tag)
        return rule is not None and rule.verb is Verb.KEEP and is_secret(tag)

    def private_action(self, key: PrivateKey) -> Action:
        """What happens to a private element that is one of ``private``. Source: PS3.15 E.3.10 where no own rule is."""
        rule, vr = self.own_private.get(key), self.private[key]
        if rule is not None:
            return Action.KEEP if rule.verb is Verb.KEEP else self._carried(rule.verb, vr) or Action.REMOVE
        if vr in {"DA", "DT"}:
            return Action.KEEP if Option.FULL_DATES in self.profile.options else Action.SHIFT
        if vr == "UI":
            return Action.UID
        if vr == "PN":
            return Action.REMOVE
        return Action.CLEAN if vr in TEXT_VRS else Action.KEEP

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

    def _rule(self, parent: int | None, tag: int) -> SiteRule | None:
        """A site's own rule: the one for this place goes before the one for any place."""
        tag = normal(tag)
        return self.own.get((parent, tag)) or self.own.get((None, tag))

    def _action(self, iod: str | None, parent: int | None, tag: int, vr: str) -> Action:
        based = self._base_action(iod, parent, tag, vr)
        rule = self._rule(parent, tag)
        if rule is None:
            return based
        required = self.types.required(iod, parent, tag)
        if rule.verb is Verb.REMOVE and required not in {"1", "2"}:
            return Action.REMOVE
        if rule.verb in {Verb.REMOVE, Verb.EMPTY}:  # as X and Z of the table, so that the file stays valid
            return self._dummy(vr, based) if required in {"1", "1C"} else Action.EMPTY
        if rule.verb is Verb.KEEP and based in {Action.KEEP, Action.ITEMS}:
            return based
        return self._carried(rule.verb, vr) or based

    @staticmethod
    def _dummy(vr: str, based: Action) -> Action:
        if vr == "SQ":
            return based if based is Action.ITEMS else Action.SCRUB
        return Action.UID if vr == "UI" else Action.DUMMY

    @staticmethod
    def _carried(verb: Verb, vr: str) -> Action | None:
        """What a verb does to a VR; None where a file declares one that the verb can't be done to."""
        if verb is Verb.KEEP:
            return Action.ITEMS if vr == "SQ" else Action.RETAIN
        possible = {
            Verb.REMOVE: (Action.REMOVE, True),
            Verb.EMPTY: (Action.EMPTY, True),
            Verb.CLEAN: (Action.CLEAN, vr in CLEANABLE_VRS),
            Verb.SHIFT: (Action.SHIFT, vr in {"DA", "DT"}),
            Verb.NEW_UID: (Action.UID, vr == "UI"),
            Verb.REPLACE: (Action.REPLACE, vr in STRING_VRS),
        }
        action, fits = possible[verb]
        return action if fits else None

    def _base_action(self, iod: str | None, parent: int | None, tag: int, vr: str) -> Action:
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


def is_graphic(group: int) -> bool:
    """Curves and overlay planes: their data goes in every built-in profile, and the rest means nothing without it."""
    return 0x5000 <= group <= 0x50FF or 0x6000 <= group <= 0x60FF


def private_key(rule: SiteRule) -> PrivateKey:
    """What a rule's private element is found by."""
    return rule.target.tag >> 16, rule.target.creator, rule.target.tag & 0xFF


def row_vr(row: Row) -> str:
    """VR of a row by the dictionary, '' where the dictionary does not know it or the row is a repeating group."""
    return "" if "x" in row.tag else dictionary_vr(int(row.tag, 16)) or ""
