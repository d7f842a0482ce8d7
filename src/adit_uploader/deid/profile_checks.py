"""What a rule of a site's own profile may not do, whoever wants it: each as a sentence for who writes the file."""

from collections.abc import Iterator

from adit_uploader.deid import marks
from adit_uploader.deid.collect_tags import KINDS, Kind
from adit_uploader.deid.profiles import Option
from adit_uploader.deid.rules import CLEANABLE_VRS, Action, Rules
from adit_uploader.deid.site_rules import SiteRule, Verb, is_overlay
from adit_uploader.deid.unlisted import is_common_uid
from adit_uploader.deid.valid_values import fault_of
from adit_uploader.deid.vocabulary import LONG_VRS, STRING_VRS, dictionary_vr

PRIVATE_VRS = (LONG_VRS | STRING_VRS | {"AT", "FD", "FL", "SL", "SS", "UL", "US"}) - {"SQ", "UN"}

_NAMES = "it names the instance: the program replaces it always, by the same new UID in every file"
_PSEUDONYM = "it always carries the pseudonym"
_MARK = "the program writes it itself, to say how the file was de-identified"
_PIXELS = "it is the pixel data or says how it is read, and is never touched"
_SIGNED = "signatures of the original name who signed, and would be wrong for the changed file: they always go"
_FIXED = {
    0x00080005: "every result is written in UTF-8: the character set is the program's own",
    0x00080016: "it says what kind of object the file is, and always stays",
    **dict.fromkeys((0x00080018, 0x0020000D, 0x0020000E, 0x00200052), _NAMES),
    **dict.fromkeys(marks.OWN_TAGS, _MARK),
    **dict.fromkeys((marks.PATIENT_NAME, marks.PATIENT_ID), _PSEUDONYM),
}
_PIXEL_GROUP = 0x7FE0
# PS3.3 C.7.6.3: what a reader needs to make a picture of the bytes
_PIXEL_TAGS = frozenset({0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010, 0x00280011}) | frozenset(
    {0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00281101, 0x00281102, 0x00281103}
    | {0x00281201, 0x00281202, 0x00281203, 0x00281221, 0x00281222, 0x00281223}
)
_SIGNATURES = frozenset({0xFFFAFFFA, 0x4FFE0001})
_MAC_GROUP = 0x0400
_MAC_TAGS = range(0x0005, 0x0403)
_SEQUENCE = "it can be kept, emptied or removed; for what is in it, make rules of their own (Sequence > Element)"
_OTHERWISE = "use keep, replace, empty or remove"
_NEVER_KEPT = "it is another name or number of the patient: replace, empty or remove it"
_OTHER_IDENTITIES = frozenset({0x00101000, 0x00101001, 0x00101002, 0x00101005})


def vr_of(rule: SiteRule) -> str:
    """VR of a rule's element, '' where the dictionary does not say it."""
    return rule.vr or dictionary_vr(rule.target.tag) or ""


def faults(rule: SiteRule, base: Rules) -> Iterator[tuple[str, str]]:
    """Everything that is wrong with a rule whose keys are understood: (key, what and why)."""
    fixed = _fixed(rule.target.tag) if not rule.target.creator else None
    if fixed is not None:
        yield "element", f"no rule can be made for {rule.target.name}: {fixed}"
        return
    vr = vr_of(rule)
    if rule.verb is Verb.KEEP:
        yield from _kept(rule, vr, base)
    elif vr == "SQ" and rule.verb not in {Verb.REMOVE, Verb.EMPTY}:
        yield "action", f"{rule.target.name} is a sequence: {_SEQUENCE}"
    elif rule.verb is Verb.CLEAN:
        yield from _cleaned(rule, vr)
    elif rule.verb is Verb.SHIFT and vr not in {"DA", "DT"}:
        yield "action", f"{rule.target.name} is no date (VR {vr}): only dates can be moved"
    elif rule.verb is Verb.NEW_UID and vr != "UI":
        yield "action", f"{rule.target.name} is no UID (VR {vr}): use replace, empty or remove"
    elif rule.verb is Verb.REPLACE:
        yield from _replaced(rule, vr, base)


def _fixed(tag: int) -> str | None:
    group, number = tag >> 16, tag & 0xFFFF
    if tag in _FIXED:
        return _FIXED[tag]
    if group < 0x0008:
        return "the program writes the file's own head anew"
    if number == 0:
        return "group lengths always go"
    if group == _PIXEL_GROUP or tag in _PIXEL_TAGS:
        return _PIXELS
    if tag in _SIGNATURES or (group == _MAC_GROUP and number in _MAC_TAGS):
        return _SIGNED
    return None


def _kept(rule: SiteRule, vr: str, base: Rules) -> Iterator[tuple[str, str]]:
    if rule.target.creator:
        if vr == "PN":
            yield "action", "a private element that names a person can't be kept"
        return
    if rule.target.tag in _OTHER_IDENTITIES:
        yield "action", f"{rule.target.name} can't be kept: {_NEVER_KEPT}"
    elif vr == "UI" and _maps(rule, base):
        yield (
            "action",
            f"{rule.target.name} can't be kept: a new UID points at what the old one pointed at; use new-uid",
        )
    elif not vr or vr == "UN":
        yield "action", f"what {rule.target.name} holds is not known, so that it can't be kept"


def _cleaned(rule: SiteRule, vr: str) -> Iterator[tuple[str, str]]:
    if vr not in CLEANABLE_VRS:
        yield "action", f"{rule.target.name} holds no free text (VR {vr}), so that it can't be cleaned: {_OTHERWISE}"
    elif not rule.target.creator and _is_identity(rule.target.tag):
        yield "action", f"{rule.target.name} is itself what cleaning looks for, so that nothing is left: {_OTHERWISE}"


def _is_identity(tag: int) -> bool:
    return KINDS.get(tag) in {Kind.ID, Kind.CONTACT} or tag in _OTHER_IDENTITIES


def _replaced(rule: SiteRule, vr: str, base: Rules) -> Iterator[tuple[str, str]]:
    if not rule.target.creator and vr == "UI" and _maps(rule, base):
        yield (
            "action",
            f"{rule.target.name} can't be replaced by one text: what it points at would be lost; use new-uid",
        )
        return
    fault = fault_of(vr, rule.value)
    if fault is not None:
        yield "value", f"no valid value for {rule.target.name} (VR {vr}): {fault}"


def _maps(rule: SiteRule, base: Rules) -> bool:
    """Whether the UID is one of those that become new ones, and no option that is about devices keeps it."""
    row = base.table.rows.get(rule.target.tag)
    if row is None:
        return not is_common_uid(rule.target.tag)
    return "U" in row.basic and Option.DEVICE not in row.options


def idle(rule: SiteRule, rules: Rules) -> str | None:
    """Why a rule can never have an effect, None where it can. rules: of the whole profile."""
    parent = rule.target.parent
    if parent is None or is_overlay(rule.target.tag):
        return None
    if rules.action(None, None, parent, "SQ") in {Action.REMOVE, Action.EMPTY}:
        return (
            "its sequence is removed or emptied, so that nothing can be inside it: make a rule that keeps the sequence"
        )
    return None
