"""The receiver's door: does a finished file hold what it must and nothing that it must not?

A result of the engine passes in the profile that it was made with (a property that the tests hold). The door looks
with the same rules as the engine, but knows no original: it sees that a name field is a dummy, not that a
description is clean. It reads with this room's own strict reader and never decodes a pixel.
"""

import mmap
import re
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from io import UnsupportedOperation
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from adit_uploader.deid import marks
from adit_uploader.deid.burned_in import burned_in_risk
from adit_uploader.deid.dates import is_possible, is_timezone, shift_date, shift_date_time
from adit_uploader.deid.encoding import Known, Reader
from adit_uploader.deid.errors import DeidentificationError, UnknownProfile
from adit_uploader.deid.part10 import PREAMBLE, syntax_of
from adit_uploader.deid.places import Place, creators_of, inner_scrub, place_of, placed
from adit_uploader.deid.profiles import Profile, profile
from adit_uploader.deid.rules import Action, Rules
from adit_uploader.deid.tree import Element, Syntax
from adit_uploader.deid.uids import IMPLEMENTATION_VERSION_NAME, NEW_ROOT, is_well_known
from adit_uploader.deid.values import dummy
from adit_uploader.deid.vocabulary import element_name, proper_vr, vr_fits
from adit_uploader.deid.writing import padded
from adit_uploader.memory import Memory
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.standard.characters import CODECS
from adit_uploader.standard.uids import DEFLATED

MAX_INFLATED = 320 * 1024 * 1024  # more than the engine reads of any

_MAX_DOORS = 4  # kinds of files (profile, SOP class, syntax) of which the door remembers how it judges
_MAX_REMEMBERED = 20_000  # answers of the rules
_TREE = 8  # times as large as its bytes counts what a sequence is in memory

_BLOCK = 256 * 1024
_COMPRESSED_BLOCK = 8 * 1024

_META_UIDS = frozenset({0x00020002, 0x00020003, 0x00020010, 0x00020012})
_UID = re.compile(rb"[0-9.]{1,64}")
_MAX_META = 64 * 1024
_CHARACTER_SET = 0x00080005
_TIMES = frozenset({"DA", "DT", "TM"})
_DECLARED = {0x00080016: "sop_class", 0x00080018: "sop_instance", 0x0020000D: "study", 0x0020000E: "series"}
_LOOKED_AT = frozenset(map(element_name, (*_DECLARED, marks.PATIENT_ID)))  # in files that go as they are
_AGE = re.compile(r"\d{3}[DWM]|0[0-8]\dY|090Y")
_INTERNAL = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a file breaks.

    Attributes:
        code: the refusal to answer with.
        element: ``(gggg,eeee) Keyword`` of the offending element, '' where it is the file as a whole; never a value.
    """

    code: RefusalCode
    element: str = ""


@dataclass(frozen=True, slots=True)
class _Parts:
    """A file, read: file meta, and the data set without its pixel data."""

    meta: list[Element]
    elements: list[Element]
    zeroed: bool


def check_file(
    path_or_file: Path | BinaryIO,
    *,
    mode: str,
    profile: str | Profile,
    pseudonym: str,
    study_instance_uid: str,
    series_instance_uid: str,
    sop_instance_uid: str,
    sop_class_uid: str,
    transfer_syntax_uid: str,
    burned_in: bool = True,
) -> tuple[Violation, ...]:
    """Return every violation of a finished file, () if it may be stored.

    Args:
        path_or_file: the file; of an open one all its bytes, wherever it stands.
        mode: internal, batch, fixed or none. In mode none only form, UIDs and PatientID are checked.
        profile: the one that the job was opened with; of a built-in one its name is enough.
        pseudonym: what PatientID must be (and PatientName, in the pseudonymized modes).
        study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid, transfer_syntax_uid: as declared.
        burned_in: whether pictures are taken of which the header says that a name may be burned into them, blanked
            or not. In mode none all are.

    Reads the header only, in bounded memory. Never raises on bad input: a file that can't be read as DICOM
    has the violation NOT_DICOM.

    Raises:
        OSError: the disk's, which says nothing about the file.
    """
    declared = {
        "sop_class": sop_class_uid,
        "sop_instance": sop_instance_uid,
        "study": study_instance_uid,
        "series": series_instance_uid,
    }
    try:
        strict = mode != "none"
        known = _known_to(profile, sop_class_uid, transfer_syntax_uid) if strict else None
        with _bytes_of(path_or_file) as data, _read(data, transfer_syntax_uid, known, strict=strict) as parts:
            found = dict.fromkeys(_wrong_uids(parts, declared, transfer_syntax_uid, fresh_meta=strict))
            found |= dict.fromkeys(_twice(parts.meta))
            if mode == "none":
                found |= dict.fromkeys(one for one in _twice(parts.elements) if one.element in _LOOKED_AT)
                found |= dict.fromkeys(_wrong_patient(parts, pseudonym, (marks.PATIENT_ID,)))
                return tuple(found)
            found |= dict.fromkeys(_wrong_patient(parts, pseudonym, (marks.PATIENT_ID, marks.PATIENT_NAME)))
            if mode == "internal" and not _INTERNAL.fullmatch(pseudonym):
                found[Violation(RefusalCode.PSEUDONYM_FORM)] = None
            found |= dict.fromkeys(_identified(parts, profile, sop_class_uid, transfer_syntax_uid))
            if not burned_in and (marks.says_blanked(parts.elements) or burned_in_risk(_Looks.of(parts.elements))):
                found[Violation(RefusalCode.BURNED_IN)] = None
            return tuple(found)
    except (DeidentificationError, ValueError, zlib.error):
        return (Violation(RefusalCode.NOT_DICOM),)


@dataclass(frozen=True, slots=True)
class _Looks:
    """What the burned-in gate looks at, of a finished file."""

    sop_class_uid: str
    modality: str
    image_type: tuple[str, ...]
    conversion_type: str
    burned_in_annotation: str

    @classmethod
    def of(cls, elements: list[Element]) -> "_Looks":
        found = {element.tag: _ascii(element) for element in elements if element.items is None}
        return cls(
            sop_class_uid=found.get(0x00080016, ""),
            modality=found.get(0x00080060, ""),
            image_type=tuple(found.get(0x00080008, "").split("\\")),
            conversion_type=found.get(0x00080064, ""),
            burned_in_annotation=found.get(marks.BURNED_IN, ""),
        )


@contextmanager
def _bytes_of(path_or_file: Path | BinaryIO) -> Iterator["mmap.mmap | bytes"]:
    """The file's bytes, mapped and not read; of a stream that is no file, read."""
    if isinstance(path_or_file, Path):
        with path_or_file.open("rb") as file, _bytes_of(file) as data:
            yield data
        return
    try:
        number = path_or_file.fileno()
    except (UnsupportedOperation, AttributeError):
        path_or_file.seek(0)
        yield path_or_file.read()
        return
    with mmap.mmap(number, 0, access=mmap.ACCESS_READ) as data:
        yield data


@contextmanager
def _read(
    data: "mmap.mmap | bytes", transfer_syntax_uid: str, known: Known | None, *, strict: bool
) -> Iterator[_Parts]:
    """Read the header. What is long in it is read when somebody looks at it.

    Args:
        known: elements in this syntax that were read before.
        strict: nothing may follow a deflated data set.

    Raises:
        DeidentificationError, ValueError, zlib.error: it is no whole DICOM file.
    """
    if data[128:132] != b"DICM":
        raise ValueError
    front = data[132 : 132 + _MAX_META]
    meta = Reader(front, Syntax()).group(0x0002)
    start = 132 + sum(len(element.raw or b"") for element in meta)
    zeroed = data[:132] == PREAMBLE
    if transfer_syntax_uid == DEFLATED:
        with _inflated(data, start, strict=strict) as body:
            reader = Reader(body, _syntax_within(transfer_syntax_uid), known=known)
            yield _Parts(meta, reader.data_set(0, len(body), skip_pixels=True), zeroed)
        return
    reader = Reader(data, _syntax_within(transfer_syntax_uid), known=known)
    yield _Parts(meta, reader.data_set(start, len(data), skip_pixels=True), zeroed)


def _syntax_within(transfer_syntax_uid: str) -> Syntax:
    """How elements are written, once they are inflated."""
    return Syntax() if transfer_syntax_uid == DEFLATED else syntax_of(transfer_syntax_uid)


@contextmanager
def _inflated(data: "mmap.mmap | bytes", start: int, *, strict: bool) -> Iterator[mmap.mmap]:
    """A deflated data set, inflated into a temporary file: however large it is, little of it is in memory.

    Raises:
        ValueError, zlib.error, OSError: it has no end, is too large, or is followed by something.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    left = MAX_INFLATED
    with TemporaryFile() as target:
        at, waiting = start, b""
        while not inflater.eof:
            if not waiting:
                waiting = data[at : at + _COMPRESSED_BLOCK]
                at += len(waiting)
            if not waiting:
                raise ValueError
            plain = inflater.decompress(waiting, _BLOCK)
            waiting = inflater.unconsumed_tail
            left -= target.write(plain)
            if left < 0:
                raise ValueError
        behind = inflater.unused_data + data[at : at + _BLOCK]
        if strict and (any(behind) or at + _BLOCK < len(data)):
            raise ValueError
        target.flush()
        with mmap.mmap(target.fileno(), 0, access=mmap.ACCESS_READ) as body:
            yield body


def _wrong_uids(
    parts: _Parts, declared: dict[str, str], transfer_syntax_uid: str, *, fresh_meta: bool
) -> Iterator[Violation]:
    """fresh_meta: the file meta was made by the engine; that of a file as it is may name another instance."""
    meta = {0x00020010: transfer_syntax_uid}
    if fresh_meta:
        meta |= {0x00020002: declared["sop_class"], 0x00020003: declared["sop_instance"]}
    data_set = {tag: declared[name] for tag, name in _DECLARED.items()}
    for elements, expected in ((parts.meta, meta), (parts.elements, data_set)):
        found = {element.tag: _ascii(element) for element in elements if element.tag in expected}
        for tag, uid in expected.items():
            if found.get(tag) != uid:
                yield Violation(RefusalCode.UID_MISMATCH, element_name(tag))


def _twice(elements: Collection[Element]) -> Iterator[Violation]:
    """What a data set holds more than once: readers differ in which of them they believe. Source: PS3.5 section 7.1."""
    tags = [element.tag for element in elements]
    if len(set(tags)) != len(tags):
        yield from (Violation(RefusalCode.NOT_DICOM, element_name(tag)) for tag in set(tags) if tags.count(tag) > 1)


def _wrong_patient(parts: _Parts, pseudonym: str, tags: tuple[int, ...]) -> Iterator[Violation]:
    found = {element.tag: element.value for element in parts.elements if element.tag in {*tags, _CHARACTER_SET}}
    term = found.get(_CHARACTER_SET, b"").split(b"\\")[0].decode("ascii", "replace").strip(" \0")
    encoding = CODECS.get(term, "ascii")
    for tag in tags:
        try:
            text = found.get(tag, b"").decode(encoding)
        except UnicodeDecodeError:
            text = None
        if text is None or text.strip(" \0") != pseudonym:
            yield Violation(RefusalCode.PSEUDONYM_MISMATCH, element_name(tag))


def _asked_for(asked: str | Profile) -> Profile:
    """Raises UnknownProfile."""
    return profile(asked) if isinstance(asked, str) else asked


def _known_to(asked: str | Profile, sop_class_uid: str, transfer_syntax_uid: str) -> Known | None:
    """What the door for such files has let pass; None if there is no such door.

    Raises:
        DeidentificationError: there is no such syntax.
    """
    try:
        return _door(_asked_for(asked), sop_class_uid, _syntax_within(transfer_syntax_uid)).passed
    except UnknownProfile:
        return None


def _identified(
    parts: _Parts, asked: str | Profile, sop_class_uid: str, transfer_syntax_uid: str
) -> Iterator[Violation]:
    """Whatever the profile would not have left."""
    try:
        wanted = _asked_for(asked)
    except UnknownProfile:
        yield Violation(RefusalCode.PROFILE)
        return
    if not parts.zeroed:
        yield Violation(RefusalCode.FORBIDDEN_ELEMENT, "preamble")
    for element in parts.meta:
        if not _is_plain_meta(element):
            yield Violation(RefusalCode.FORBIDDEN_ELEMENT, element_name(element.tag))
    top = {element.tag: element for element in parts.elements}
    codes = {marks.IDENTITY_REMOVED: RefusalCode.NOT_DEIDENTIFIED}
    expected = _expected(wanted, marks.says_blanked(parts.elements))
    if marks.METHOD_CODES in top and marks.METHOD_CODES not in {mark.tag for mark in expected}:
        yield Violation(RefusalCode.PROFILE, element_name(marks.METHOD_CODES))
    for mark in expected:
        if not _says(top.get(mark.tag), mark):
            yield Violation(codes.get(mark.tag, RefusalCode.PROFILE), element_name(mark.tag))
    door = _door(wanted, sop_class_uid, _syntax_within(transfer_syntax_uid))
    yield from door.data_set(parts.elements, Place())


def _is_plain_meta(element: Element) -> bool:
    """Whether an element of the file meta group says nothing but what kind of file this is.

    What the UIDs of its instance and syntax are, is looked at elsewhere.
    """
    if element.tag in _META_UIDS:
        return element.vr == "UI" and _UID.fullmatch(element.value.removesuffix(b"\0")) is not None
    expected = {0x00020001: (b"\0\1", b"\1\0"), 0x00020013: (padded("SH", IMPLEMENTATION_VERSION_NAME.encode()),)}
    return (element.tag == 0x00020000 and len(element.value) == 4) or element.value in expected.get(element.tag, ())


@lru_cache(maxsize=_MAX_DOORS)
def _door(wanted: Profile, sop_class_uid: str, syntax: Syntax) -> "_Door":
    """The door for files of one kind. It knows no patient: whatever it remembers is no more than how it judges."""
    rules = Rules(wanted)
    return _Door(rules, rules.iod(sop_class_uid), frozenset((group, creator) for group, creator, _ in rules.private))


@lru_cache(maxsize=_MAX_DOORS)
def _expected(wanted: Profile, blanked: bool) -> tuple[Element, ...]:
    """What every file of a profile says of its de-identification."""
    return tuple(marks.method_elements(wanted, blanked=blanked))


def _says(found: Element | None, mark: Element) -> bool:
    """Whether an element is the mark, or the mark stands in it behind what was said of earlier steps."""
    if found is None or (mark.items is None) != (found.items is None):
        return False
    if mark.tag == marks.METHOD:
        return (b"\\" + found.value.rstrip()).endswith(b"\\" + mark.value.rstrip())
    if mark.tag == marks.LONGITUDINAL:
        return marks.loss_of_dates(found) >= marks.loss_of_dates(mark)
    if mark.items is None or found.items is None:
        return found.value == mark.value
    last = list(found.items)[-len(mark.items) :]
    return _same(Element(found.tag, found.vr, items=last), mark)


def _same(found: Element | None, mark: Element) -> bool:
    if found is None or (found.items is None) != (mark.items is None):
        return False
    if found.items is None or mark.items is None:
        return found.value == mark.value
    return len(found.items) == len(mark.items) and all(
        [one.tag for one in item.elements] == [one.tag for one in wanted.elements]
        and all(map(_same, item.elements, wanted.elements))
        for item, wanted in zip(found.items, mark.items, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Door:
    """The rules, looked at from the other side.

    Attributes:
        blocks: groups and creators of the private elements that may stay.
        passed: public elements of outermost data sets that break no rule, as they were read. What one is and may be
            depends on its bytes, on the SOP class and on the syntax alone, and nearly all of a file's elements are
            those of the file before it.
    """

    rules: Rules
    iod: str | None
    blocks: frozenset[tuple[int, str]]
    passed: Known = field(default_factory=Memory)

    def data_set(self, elements: list[Element], place: Place) -> Iterator[Violation]:
        """Every violation of the outermost data set."""
        yield from _twice(elements)
        creators = creators_of(elements) if self.rules.private else {}
        if len(self.rules.memo) > _MAX_REMEMBERED:
            self.rules.memo.clear()
        at_hand = self.passed.at_hand
        for element in elements:
            raw = None if element.tag >> 16 & 1 else element.raw
            if raw is not None and (at_hand(raw) or self.passed.recall(raw, len(raw))):
                continue
            found = tuple(self._element(element, place, creators))
            yield from found
            if raw is not None and not found:
                self.passed.keep(raw, element, len(raw) if element.items is None else _TREE * len(raw))

    def _within(self, elements: list[Element], place: Place) -> Iterator[Violation]:
        """Every violation of an item."""
        yield from _twice(elements)
        creators = creators_of(elements) if self.rules.private else {}
        for element in elements:
            yield from self._element(element, place, creators)

    def _element(self, element: Element, place: Place, creators: dict[tuple[int, int], str]) -> Iterator[Violation]:
        if not (place.parent is None and self._is_own(element)) and not self._may_stay(element, place, creators):
            yield Violation(RefusalCode.FORBIDDEN_ELEMENT, element_name(element.tag))
        elif element.items is not None:
            action = self._action(element, place)
            for item in element.items:
                inner = place_of(item.elements, element.tag, inner_scrub(action, place))
                yield from self._within(item.elements, inner)

    def _is_own(self, element: Element) -> bool:
        if element.tag in marks.OWN_TAGS or element.tag in marks.TRIAL_TAGS:
            return True
        return element.tag == _CHARACTER_SET and _ascii(element) == "ISO_IR 192"

    def _action(self, element: Element, place: Place) -> Action:
        action = self.rules.action(self.iod, place.parent, element.tag, element.vr)
        return placed(action, element, place)

    def _may_stay(self, element: Element, place: Place, creators: dict[tuple[int, int], str]) -> bool:
        tag, group = element.tag, element.tag >> 16
        if group & 1:
            return not place.scrub and self._is_safe_private(element, creators)
        if group < 0x0008 or tag & 0xFFFF == 0 or tag == _CHARACTER_SET or self.rules.drops(tag):
            return False
        if element.vr == "UN" or not vr_fits(tag, element.vr) or proper_vr(tag, element.vr) != element.vr:
            return False
        action = self._action(element, place)
        if action is Action.REPLACE:
            return _replaced(element, self.rules.replacement(place.parent, tag))
        return _carried_out(action, element)

    def _is_safe_private(self, element: Element, creators: dict[tuple[int, int], str]) -> bool:
        group, number = element.tag >> 16, element.tag & 0xFFFF
        if 0x10 <= number <= 0xFF:
            return element.vr == "LO" and (group, creators.get((group, number), "")) in self.blocks
        creator = creators.get((group, number >> 8), "")
        key = (group, creator, number & 0xFF)
        vr = self.rules.private.get(key)
        if vr is None or (vr == "SQ") != (element.items is not None):
            return False
        if vr == "SQ" or (element.vr == "UN" and key not in self.rules.own_private):
            return True
        action = self.rules.private_action(key)
        if action is Action.REPLACE:
            return _replaced(element, self.rules.own_private[key].value)
        return _carried_out(action, element)


def _replaced(element: Element, value: str) -> bool:
    """Whether an element holds a site's own text."""
    return element.items is None and element.value.rstrip(b" \0") == value.encode()


def _carried_out(action: Action, element: Element) -> bool:
    """Whether an element looks as the engine leaves it."""
    if action in {Action.KEEP, Action.RETAIN} and element.vr in _TIMES:
        return all(not one.strip(" ") or is_possible(one.strip(" "), element.vr) for one in _ascii(element).split("\\"))
    if action in {Action.KEEP, Action.RETAIN, Action.CLEAN, Action.ITEMS, Action.SCRUB}:
        return True
    if action is Action.REMOVE:
        return False
    if element.items is not None or not element.value.strip(b" \0"):
        return not element.items
    if action in {Action.DUMMY, Action.EMPTY}:
        return action is Action.DUMMY and element.value == dummy(element.vr)
    return all(_is_result(action, one.strip(" \0"), element.vr) for one in _ascii(element).split("\\"))


def _is_result(action: Action, value: str, vr: str) -> bool:
    """Whether one value is of the form that an action gives."""
    good = value.startswith("urn:")
    match action:
        case Action.UID:
            good = value.startswith(NEW_ROOT) or is_well_known(value)
        case Action.SHIFT:
            good = (shift_date(value, 0) if vr == "DA" else shift_date_time(value, 0)) == value
        case Action.TIMEZONE:
            good = is_timezone(value)
        case Action.AGE:
            good = _AGE.fullmatch(value) is not None
    return good or not value


def _ascii(element: Element) -> str:
    return element.value.decode("ascii", "replace").strip(" \0")
