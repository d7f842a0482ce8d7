"""What became of an element and by which rule, in sentences."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from adit_uploader.deid.comparison import Basis, Fate, Line, Rule, Why
from adit_uploader.deid.element_text import Value
from adit_uploader.desktop.words import formats
from adit_uploader.desktop.words.counts import COUNTS

translate = QCoreApplication.translate
_INDENT = "    "


def fates(days: int) -> Mapping[Fate, str]:
    """days: by which the patient's dates move."""
    return {
        Fate.KEPT: translate("Rules", "kept"),
        Fate.CHANGED: translate("Rules", "changed"),
        Fate.MOVED: COUNTS.moved(days),
        Fate.EMPTIED: translate("Rules", "emptied"),
        Fate.REMOVED: translate("Rules", "removed"),
        Fate.ADDED: translate("Rules", "added"),
    }


def whys() -> Mapping[Why, str]:
    """What a rule does."""
    return {
        Why.KEEP: translate("Rules", "Stays as it is."),
        Why.REMOVE: translate("Rules", "Is removed."),
        Why.EMPTY: translate("Rules", "Is emptied."),
        Why.DUMMY: translate("Rules", "Is replaced by a placeholder."),
        Why.UID: translate("Rules", "Gets a new UID, the same wherever the old one stood."),
        Why.SHIFT: translate("Rules", "All dates of this patient move alike."),
        Why.CLEAN: translate("Rules", "The text is searched for the patient; what is found goes."),
        Why.TIMEZONE: translate("Rules", "Stays if it is an offset from UTC."),
        Why.AGE: translate("Rules", "Ages stay; over 89 years become 90."),
        Why.ITEMS: translate("Rules", "Stays; what is in it follows its own rules."),
        Why.SCRUB: translate("Rules", "Its structure stays, its texts become placeholders."),
        Why.WEB: translate("Rules", "Addresses on the web go."),
        Why.RETAIN: translate("Rules", "Stays."),
        Why.REPLACE: translate("Rules", "Is replaced by a fixed text."),
        Why.PSEUDONYM: translate("Rules", "Becomes the pseudonym."),
        Why.MARK: translate("Rules", "Says that and how the file was pseudonymized."),
        Why.TRIAL: translate("Rules", "Names the trial that the file belongs to."),
        Why.META: translate("Rules", "The head of the file is written anew."),
        Why.GROUP_LENGTH: translate("Rules", "Outdated lengths of groups go."),
        Why.CHARACTERS: translate("Rules", "All texts are written as UTF-8."),
        Why.GRAPHIC: translate("Rules", "Overlays and curves go: names can be drawn in them."),
        Why.PRIVATE: translate("Rules", "A manufacturer's own element of which nobody knows what it holds."),
        Why.CREATOR: translate("Rules", "Names whose own elements these are; stays with them."),
        Why.MISTYPED: translate("Rules", "Is not of a type that it can have, so that it goes."),
        Why.IMPOSSIBLE: translate("Rules", "Is no possible date or time, so that it goes."),
        Why.CHECKED: translate("Rules", "Would stay, but the last look found the patient in it."),
        Why.WITHIN: translate("Rules", "Goes with the sequence that it is in."),
        Why.PICTURE: translate("Rules", "The picture stays, bit by bit."),
        Why.BLANKED: translate("Rules", "The areas that you marked are black."),
        Why.AS_IT_IS: translate("Rules", "With real names everything stays as it is."),
    }


def bases() -> Mapping[Basis, str]:
    """Where a rule stands; {detail} is filled in."""
    return {
        Basis.TABLE: translate("Rules", "PS3.15 E.1-1: {detail}"),
        Basis.UNLISTED: translate("Rules", "not in PS3.15 E.1-1"),
        Basis.SAFE_PRIVATE: translate("Rules", "safe by PS3.15 E.3.10"),
        Basis.SITE: translate("Rules", "this profile's own rule: {detail}"),
        Basis.PLACE: translate("Rules", "because of what is around it"),
        Basis.PROGRAM: "",
    }


def rule(one: Rule) -> str:
    """A rule in a sentence, and where it stands."""
    basis = bases()[one.basis].replace("{detail}", one.detail)
    return f"{whys()[one.why]} ({basis})" if basis else whys()[one.why]


def name(line: Line) -> str:
    """An element's name, indented as deep as it lies."""
    tag = f"({line.tag >> 16:04X},{line.tag & 0xFFFF:04X})"
    item = f"{line.item} › " if line.item else ""
    return f"{_INDENT * line.depth}{item}{line.keyword or tag}"


def tag_name(line: Line) -> str:
    """The same with its tag and type, for a tool tip and a screen reader."""
    within = translate("Rules", "in item {item} of a sequence").format(item=line.item) if line.item else ""
    parts = (f"({line.tag >> 16:04X},{line.tag & 0xFFFF:04X})", line.keyword, line.vr, within)
    return " · ".join(part for part in parts if part)


def value(one: Value | None) -> str:
    """A value for the screen."""
    if one is None:
        return ""
    if one.items >= 0:
        return COUNTS.items(one.items)
    return formats.size(one.size) if one.size >= 0 else one.text
