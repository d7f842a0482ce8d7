"""A file before and after, element by element, with what was done and by which rule. Pure; nothing of it is kept.

What became of an element is read from the two data sets themselves; the rule is asked of the profile, at the same place
and by the same functions as the engine does. Where the two contradict each other, the bytes are right: then the last
look at the result (``residual``) has taken something out.
"""

from collections.abc import Iterable
from enum import StrEnum
from itertools import zip_longest

from adit_uploader.deid.element_text import Value, value_of
from adit_uploader.deid.marks import BURNED_IN, OWN_TAGS, PATIENT_ID, PATIENT_NAME, TRIAL_TAGS
from adit_uploader.deid.places import Place, block_of, creators_of, inner_scrub, is_creator, place_of, placed
from adit_uploader.deid.rules import Action, Rules
from adit_uploader.deid.site_rules import normal
from adit_uploader.deid.texts import OUTPUT_CHARACTER_SET
from adit_uploader.deid.tree import Element, Item
from adit_uploader.deid.vocabulary import keyword, proper_vr, vr_fits
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.values import dataclass, field

MAX_LINES = 50_000
_CHARACTER_SET = 0x00080005
_PIXEL_DATA = 0x7FE00010
_TIMES = frozenset({"DA", "DT", "TM"})


class Fate(StrEnum):
    """What became of an element."""

    KEPT = "kept"
    CHANGED = "changed"
    MOVED = "moved"  # a date, by the patient's number of days
    EMPTIED = "emptied"
    REMOVED = "removed"
    ADDED = "added"


class Why(StrEnum):
    """By which rule: an ``Action`` of the profile, or one of the program's own."""

    KEEP = "keep"
    REMOVE = "remove"
    EMPTY = "empty"
    DUMMY = "dummy"
    UID = "new-uid"
    SHIFT = "shift"
    CLEAN = "clean"
    TIMEZONE = "timezone"
    AGE = "age"
    ITEMS = "items"
    SCRUB = "scrub"
    WEB = "web"
    RETAIN = "retain"
    REPLACE = "replace"
    PSEUDONYM = "pseudonym"
    MARK = "mark"  # says that and how the file was pseudonymized
    TRIAL = "trial"
    META = "meta"  # file meta information and commands: written anew
    GROUP_LENGTH = "group-length"
    CHARACTERS = "characters"  # texts are written as UTF-8
    GRAPHIC = "graphic"  # overlays and curves
    PRIVATE = "private"  # no one knows what it holds
    CREATOR = "creator"  # names whose private elements these are
    MISTYPED = "mistyped"  # not of a type that it can have
    IMPOSSIBLE = "impossible"  # a date or time that is none
    CHECKED = "checked"  # the last look found the patient in it
    WITHIN = "within"  # in a sequence that is gone
    PICTURE = "picture"
    BLANKED = "blanked"
    AS_IT_IS = "as-it-is"  # mode none


class Basis(StrEnum):
    """Where a rule stands."""

    TABLE = "table"  # PS3.15 Table E.1-1
    UNLISTED = "unlisted"  # the table has no row for it
    SAFE_PRIVATE = "safe-private"  # PS3.15 E.3.10
    SITE = "site"  # a site's own profile
    PLACE = "place"  # what is around it
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Rule:
    """detail: the table's letters, or a site's own reason; '' where there is none."""

    why: Why
    basis: Basis = Basis.PROGRAM
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An element. The values are a patient's: for the screen alone.

    Attributes:
        parent: position of its sequence among the lines, -1 at the top.
        item: which item of the sequence it lies in, from 1 on; 0 at the top.
        before, after: None where it is not there.
    """

    tag: int
    vr: str
    depth: int
    parent: int
    item: int
    before: Value | None = field(repr=False)
    after: Value | None = field(repr=False)
    fate: Fate
    rule: Rule

    @property
    def keyword(self) -> str:
        """'' of a private or unknown one."""
        return keyword(self.tag)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules need to know. rules: None in mode none."""

    rules: Rules | None
    sop_class_uid: str
    trial: bool = False
    blanked: bool = False


def compared(
    before: Iterable[Element], after: Iterable[Element], situation: Situation, *, little: bool = True
) -> tuple[Line, ...]:
    """The elements of two data sets side by side, in the order of their tags, at most ``MAX_LINES``.

    Args:
        little: byte order of both.
    """
    comparing = _Comparing(situation, little)
    comparing.data_sets(list(before), list(after), (CharacterSet(b""), CharacterSet(OUTPUT_CHARACTER_SET)), _TOP)
    return tuple(comparing.lines)


def picture_line(size: int, new_size: int, *, blanked: bool) -> Line:
    """The pixel data, of which nobody reads the values. Sizes in bytes."""
    rule = Rule(Why.BLANKED if blanked else Why.PICTURE)
    sizes = (Value(size=size), Value(size=new_size))
    return Line(_PIXEL_DATA, "OW", 0, -1, 0, *sizes, Fate.CHANGED if blanked else Fate.KEPT, rule)


@dataclass(frozen=True, slots=True)
class _At:
    """Where a data set lies. gone: by which rule what is around it is no longer there."""

    place: Place = field(default_factory=Place)
    depth: int = 0
    parent: int = -1
    item: int = 0
    gone: Rule | None = None


_TOP = _At()


class _Comparing:
    def __init__(self, situation: Situation, little: bool) -> None:
        self.lines: list[Line] = []
        self._situation = situation
        self._rules = situation.rules
        self._iod = None if situation.rules is None else situation.rules.iod(situation.sop_class_uid)
        self._little = little

    def data_sets(
        self, before: list[Element], after: list[Element], characters: tuple[CharacterSet, CharacterSet], at: _At
    ) -> None:
        old, new = {one.tag: one for one in before}, {one.tag: one for one in after}
        characters = (_declared(old, characters[0]), _declared(new, characters[1]))
        creators = creators_of(before) if self._rules is not None and self._rules.private else {}
        for tag in sorted(old.keys() | new.keys()):
            if len(self.lines) >= MAX_LINES:
                return
            self._element(old.get(tag), new.get(tag), creators.get(block_of(tag)), characters, at)

    def _element(
        self,
        old: Element | None,
        new: Element | None,
        creator: str | None,
        characters: tuple[CharacterSet, CharacterSet],
        at: _At,
    ) -> None:
        known = old if old is not None else new
        if known is None:
            return
        rule, inner = self._rule(known, creator, at, added=old is None)
        before = None if old is None else value_of(old, characters[0], little=self._little)
        after = None if new is None else value_of(new, characters[1], little=self._little)
        fate = _fate(before, after)
        position = len(self.lines)
        line = Line(known.tag, known.vr, at.depth, at.parent, at.item, before, after, fate, rule)
        self.lines.append(line)
        below = _At(inner, at.depth + 1, position, 0, Rule(Why.WITHIN) if new is None else None)
        same = True
        pairs = zip_longest(_items(old), _items(new))
        for number, (one, other) in enumerate(pairs, 1):
            place = inner if one is None else place_of(one.elements, known.tag, inner.scrub)
            first = len(self.lines)
            here = _At(place, below.depth, position, number, below.gone)
            self.data_sets(
                [] if one is None else one.elements, [] if other is None else other.elements, characters, here
            )
            same = same and all(each.fate is Fate.KEPT for each in self.lines[first:])
        if not same and fate is Fate.KEPT:
            fate = Fate.CHANGED
        self.lines[position] = Line(
            known.tag, known.vr, at.depth, at.parent, at.item, before, after, *_told(fate, rule, known)
        )

    def _rule(self, element: Element, creator: str | None, at: _At, *, added: bool) -> tuple[Rule, Place]:
        """The rule of an element, and the place of what lies in it."""
        rules, within = self._rules, Place(element.tag)
        if rules is None:
            return Rule(Why.AS_IT_IS), within
        own = None if at.gone is not None else self._own(element, at, added=added)
        rule = at.gone if own is None else Rule(own)
        if rule is None and element.tag >> 16 & 1:
            rule = self._private(rules, element, creator, at)
        return self._public(rules, element, at.place) if rule is None else (rule, within)

    def _own(self, element: Element, at: _At, *, added: bool) -> Why | None:
        """What the program does whatever the profile says."""
        tag, top = element.tag, at.place.parent is None
        public = not tag >> 16 & 1
        trial = self._situation.trial and (tag in TRIAL_TAGS or added)
        marked = added or (top and (tag in OWN_TAGS or (tag == BURNED_IN and self._situation.blanked)))
        cases = (
            (tag >> 16 < 0x0008, Why.META),
            (public and tag & 0xFFFF == 0, Why.GROUP_LENGTH),
            (tag == _CHARACTER_SET, Why.CHARACTERS),
            (top and tag in {PATIENT_NAME, PATIENT_ID}, Why.PSEUDONYM),
            (top and trial, Why.TRIAL),
            (marked, Why.MARK),
            (public and self._rules is not None and self._rules.drops(tag), Why.GRAPHIC),
            (public and (element.vr == "UN" or not vr_fits(tag, element.vr)), Why.MISTYPED),
        )
        return next((why for applies, why in cases if applies), None)

    @staticmethod
    def _private(rules: Rules, element: Element, creator: str | None, at: _At) -> Rule:
        if creator is None or at.place.scrub:
            return Rule(Why.PRIVATE)
        if is_creator(element.tag):
            return Rule(Why.CREATOR)
        key = (element.tag >> 16, creator, element.tag & 0xFF)
        if key not in rules.private:
            return Rule(Why.PRIVATE)
        why = Why.ITEMS if rules.private[key] == "SQ" else Why(rules.private_action(key).value)
        site = rules.own_private.get(key)
        return Rule(why, Basis.SAFE_PRIVATE) if site is None else Rule(why, Basis.SITE, site.reason)

    def _public(self, rules: Rules, element: Element, place: Place) -> tuple[Rule, Place]:
        vr = proper_vr(element.tag, element.vr)
        by_profile = rules.action(self._iod, place.parent, element.tag, vr)
        action = placed(by_profile, element if vr == element.vr else element.retyped(vr), place)
        within = Place(element.tag, inner_scrub(action, place)) if action in {Action.ITEMS, Action.SCRUB} else place
        why = Why(action.value)
        if action is not by_profile:
            return Rule(why, Basis.PLACE), within
        tag = normal(element.tag)
        site = rules.own.get((place.parent, tag)) or rules.own.get((None, tag))
        if site is not None:
            return Rule(why, Basis.SITE, site.reason), within
        row = rules.table.rows.get(element.tag)
        return (Rule(why, Basis.UNLISTED) if row is None else Rule(why, Basis.TABLE, rules.letters(row))), within


def _declared(elements: dict[int, Element], around: CharacterSet) -> CharacterSet:
    declaration = elements.get(_CHARACTER_SET)
    return around if declaration is None else CharacterSet(declaration.value)


def _items(element: Element | None) -> Iterable[Item]:
    return () if element is None or element.items is None else element.items


def _fate(before: Value | None, after: Value | None) -> Fate:
    if before is None:
        return Fate.ADDED
    if after is None:
        return Fate.REMOVED
    if before.same_as(after):
        return Fate.KEPT
    return Fate.EMPTIED if after.empty else Fate.CHANGED


def _told(fate: Fate, rule: Rule, element: Element) -> tuple[Fate, Rule]:
    """A fate with the rule that led to it, where the profile's own can't have."""
    if rule.why is Why.SHIFT and fate is Fate.CHANGED:
        return Fate.MOVED, rule
    if rule.why is Why.SHIFT and fate is Fate.EMPTIED:
        return fate, Rule(Why.IMPOSSIBLE)
    if rule.why in {Why.KEEP, Why.RETAIN} and fate is not Fate.KEPT:
        return fate, Rule(Why.IMPOSSIBLE if element.vr in _TIMES else Why.CHECKED)
    return fate, rule
