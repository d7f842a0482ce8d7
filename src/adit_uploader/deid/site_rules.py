"""What a site's own profile changes about its base: rules for single elements, each with its reason."""

from enum import StrEnum

from adit_uploader.deid.vocabulary import element_name, keyword
from adit_uploader.values import dataclass

_FIRST_OVERLAY = 0x6000FFFF  # under this mask any overlay group looks like the first one


class Verb(StrEnum):
    """What a rule says is done with its element."""

    KEEP = "keep"
    REMOVE = "remove"
    EMPTY = "empty"
    REPLACE = "replace"
    CLEAN = "clean"
    NEW_UID = "new-uid"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """Which elements a rule is for.

    Attributes:
        tag: of an overlay group that of 6000, of a private element with the block left out (gggg,00ee).
        parent: the sequence right around it, None for wherever it lies.
        creator: private creator, '' for a public element.
    """

    tag: int
    parent: int | None = None
    creator: str = ""

    @property
    def repeats(self) -> bool:
        """Whether it stands for the same element of all overlay groups."""
        return is_overlay(self.tag)

    @property
    def canonical(self) -> str:
        """One spelling a target: what rules are sorted, compared and hashed by."""
        group, number = self.tag >> 16, self.tag & 0xFFFF
        if self.creator:
            return f"({group:04X},xx{number:02X}) {self.creator}"
        own = f"(60xx,{number:04X})" if self.repeats else f"({group:04X},{number:04X})"
        return own if self.parent is None else f"({self.parent >> 16:04X},{self.parent & 0xFFFF:04X}) > {own}"

    @property
    def name(self) -> str:
        """For people: ``(gggg,eeee) Keyword``, behind its sequence if it has one."""
        if self.creator or self.repeats:
            return self.canonical
        own = element_name(self.tag)
        return own if self.parent is None else f"{element_name(self.parent)} > {own}"

    @property
    def short(self) -> str:
        """The keyword alone where there is one; at most 45 characters."""
        word = keyword(self.tag)
        if self.creator or self.repeats or not word or len(word) > 45:
            return self.canonical[:45] if self.creator else f"({self.tag >> 16:04X},{self.tag & 0xFFFF:04X})"
        return word


@dataclass(frozen=True, slots=True)
class SiteRule:
    """One rule.

    Attributes:
        value: the text that replaces, '' of other verbs.
        vr: of a private element, which no dictionary knows; '' of others.
    """

    target: Target
    verb: Verb
    reason: str
    value: str = ""
    vr: str = ""


def is_overlay(tag: int) -> bool:
    """Whether a tag is of an overlay plane, and no private one between them."""
    return 0x6000 <= tag >> 16 <= 0x60FF and not tag >> 16 & 1


def normal(tag: int) -> int:
    """The tag that rules know an element by: that of the first overlay group for all of them."""
    return tag & _FIRST_OVERLAY if is_overlay(tag) else tag
