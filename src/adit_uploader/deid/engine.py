"""The engine: one file in, one finished header and the span of its pixel data out; whole result or nothing.

The pixel data is never decoded and never held: it is named as a span of the source and copied by whoever sends.
Only of deflated files, whose pixels lie inside the compressed data set, is the compressed form rebuilt in memory.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, BinaryIO

from adit_uploader.deid import dates, uids
from adit_uploader.deid.blanking.areas import Blanking, Rectangle
from adit_uploader.deid.cleaning import Cleaner
from adit_uploader.deid.collect import identity_of
from adit_uploader.deid.encoding import Element, Reader, Syntax, Writer
from adit_uploader.deid.errors import (
    InvalidIdentity,
    InvalidSiteKey,
    NotBlankable,
    ResidualIdentity,
    SourceChanged,
    SourceDamaged,
)
from adit_uploader.deid.finished import Change, DeidentifiedInstance, PixelStream
from adit_uploader.deid.identity import Identity, PatientSecrets
from adit_uploader.deid.marks import PATIENT_ID, PATIENT_NAME, method_elements, text, trial_completion, trial_elements
from adit_uploader.deid.part10 import deflated, front, syntax_of
from adit_uploader.deid.profiles import Option, Profile
from adit_uploader.deid.residual import ResidualCheck
from adit_uploader.deid.rewrite import CHARACTER_SET, Memory, Rewriter
from adit_uploader.deid.rules import Rules
from adit_uploader.deid.texts import OUTPUT_CHARACTER_SET
from adit_uploader.deid.vocabulary import element_name, keyword
from adit_uploader.dicom.errors import DicomError
from adit_uploader.dicom.structure import Structure, read_structure
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.standard.uids import DEFLATED
from adit_uploader.values import dataclass, field

if TYPE_CHECKING:
    from adit_uploader.deid.blanking.pixels import BlankedPixels

__all__ = [
    "Blanking",
    "Change",
    "DeidentifiedInstance",
    "Deidentifier",
    "PassThrough",
    "PatientSecrets",
    "Rectangle",
    "Trial",
]

SITE_KEY_LENGTH = 32
_BLOCK = 1024 * 1024

_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_STUDY, _SERIES = 0x0020000D, 0x0020000E
_NEEDED = (_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES)
_UID = re.compile(r"[0-9.]+")  # some writers break the rules of leading zeros and length, and mean one UID all the same
_REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class Trial:
    """The clinical trial that the results belong to: (0012,0020) and (0012,0021) of every result, '' for none."""

    protocol_id: str = ""
    protocol_name: str = ""


NO_TRIAL = Trial()


@dataclass(slots=True)
class _Source:
    """A file's header, read. stream: what positions in it count in; of a deflated file its inflated data set."""

    stream: BinaryIO
    structure: Structure
    syntax: Syntax
    elements: list[Element]
    trailing: list[Element]
    declared: bytes
    characters: CharacterSet
    uids: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Situation:
    """All that decides, beside its own bytes, what becomes of an element. declared: the character set, as written."""

    identity: Identity
    days: int
    iod: str | None
    syntax: Syntax
    declared: bytes


class Deidentifier:
    """De-identifies by one profile and one site key; usable for any number of files of any patients.

    Remembers the compiled searches of the last few patients, and what became of their elements, in memory only.
    """

    def __init__(self, profile: Profile, site_key: bytes, trial: Trial = NO_TRIAL) -> None:
        """Prepare.

        Args:
            profile: what goes and what stays.
            site_key: 32 bytes.
            trial: written into every result.

        Raises:
            InvalidSiteKey: the key has another length.
        """
        if len(site_key) != SITE_KEY_LENGTH:
            raise InvalidSiteKey(f"A site key has {SITE_KEY_LENGTH} bytes.")
        self.profile = profile
        self.trial = trial
        self._key = site_key
        self._rules = Rules(profile)
        self._method = method_elements(profile)
        self._method_blanked = method_elements(profile, blanked=True)
        self._uids: dict[str, str] = {}
        self._checks: dict[Identity, ResidualCheck] = {}
        self._memories: dict[_Situation, Memory] = {}

    def deidentify(
        self,
        file: BinaryIO,
        size: int,
        *,
        pseudonym: str,
        patient_id: str,
        secrets: PatientSecrets | None = None,
        blanking: Blanking | None = None,
    ) -> DeidentifiedInstance:
        """Return the finished instance, checked. Whoever gets it closes it.

        Args:
            file: the source, seekable, at any position.
            size: bytes of the source.
            pseudonym: the new PatientID and PatientName.
            patient_id: the original PatientID as the scan gave it; decides the date shift.
            secrets: what identifies this patient in any of the instances.
            blanking: rectangles to be overwritten with black in every frame; the result says so.

        Raises:
            DeidentificationError: or one of its subclasses; nothing of the file may then be sent.
        """
        with _opened(file, size) as source:
            if blanking is None:
                return self._result(source, pseudonym, patient_id, secrets, None)
            from adit_uploader.deid.blanking.pixels import blank  # noqa: PLC0415 - few files are blanked

            blanked = blank(source.stream, source.structure, source.elements, blanking)
            try:
                return self._result(source, pseudonym, patient_id, secrets, blanked)
            except BaseException:
                blanked.body.close()
                raise

    def _result(
        self,
        source: _Source,
        pseudonym: str,
        patient_id: str,
        secrets: PatientSecrets | None,
        blanked: "BlankedPixels | None",
    ) -> DeidentifiedInstance:
        identity, replaced = identity_of(source.elements + source.trailing, source.characters)
        _check_patient(source, patient_id)
        known = identity.secrets | PatientSecrets(frozenset({patient_id})) | (secrets or PatientSecrets())
        check = self._check(Identity(known, identity.others))
        days = self.date_shift(patient_id)
        iod = self._rules.iod(source.uids[_SOP_CLASS])
        situation = _Situation(check.cleaner.identity, days, iod, source.syntax, source.declared)
        leaks: tuple[str, ...] = ()
        for careful in (False, True):
            memory = None if careful else self._memory(situation)
            rewriter = Rewriter(self._rules, iod, self.new_uid, days, check.cleaner, replaced, careful, memory)
            writer = Writer(source.syntax)
            marked = self._marked(rewriter.data_set(source.elements, source.characters), pseudonym, blanked)
            head = writer.data_set(marked)
            tail = writer.data_set(rewriter.data_set(source.trailing, source.characters))
            leaks = check.leaks(head, source.syntax, replaced) + check.leaks(tail, source.syntax, replaced)
            if not leaks:
                return self._finished(source, head, tail, pseudonym=pseudonym, rewriter=rewriter, blanked=blanked)
        raise ResidualIdentity(tuple(dict.fromkeys(leaks)))

    def new_uid(self, uid: str) -> str:
        """The UID that replaces this one."""
        found = self._uids.get(uid)
        if found is None:
            if len(self._uids) > 100_000:
                self._uids.clear()
            found = self._uids[uid] = uids.new_uid(self._key, uid)
        return found

    def date_shift(self, patient_id: str) -> int:
        """Days that all dates of this patient move by."""
        return dates.date_shift(self._key, patient_id)

    def _check(self, identity: Identity) -> ResidualCheck:
        """The searches for this patient, compiled once."""
        check = self._checks.get(identity)
        if check is None:
            if len(self._checks) >= _REMEMBERED:
                self._checks.pop(next(iter(self._checks)))
            check = self._checks[identity] = ResidualCheck(
                Cleaner(identity, Option.FULL_DATES not in self.profile.options)
            )
        return check

    def _memory(self, situation: _Situation) -> Memory:
        """What became of elements in this situation before."""
        memory = self._memories.get(situation)
        if memory is None:
            if len(self._memories) >= _REMEMBERED:
                self._memories.pop(next(iter(self._memories)))
            memory = self._memories[situation] = {}
        return memory

    def _marked(self, elements: list[Element], pseudonym: str, blanked: "BlankedPixels | None") -> list[Element]:
        """The elements with the pseudonym, the method, the trial and the picture, in the order of their tags."""
        own = {
            element.tag: element
            for element in (
                Element(CHARACTER_SET, "CS", OUTPUT_CHARACTER_SET),
                text(PATIENT_NAME, "PN", pseudonym),
                text(PATIENT_ID, "LO", pseudonym),
                *(self._method if blanked is None else self._method_blanked),
                *trial_elements(self.trial.protocol_id, self.trial.protocol_name),
            )
        }
        if self.trial != NO_TRIAL:
            present = own.keys() | {element.tag for element in elements}
            own.update((element.tag, element) for element in trial_completion(present, pseudonym))
        if blanked is not None:
            elements = [element for element in elements if element.tag not in blanked.removed]
            own.update((element.tag, element) for element in blanked.changed)
        kept = [element for element in elements if element.tag not in own]
        return sorted([*own.values(), *kept], key=attrgetter("tag"))

    def _finished(
        self,
        source: _Source,
        head: bytes,
        tail: bytes,
        *,
        pseudonym: str,
        rewriter: Rewriter,
        blanked: "BlankedPixels | None",
    ) -> DeidentifiedInstance:
        structure = source.structure
        new = {tag: self.new_uid(source.uids[tag]) for tag in (_SOP_INSTANCE, _STUDY, _SERIES)}
        syntax = structure.transfer_syntax_uid if blanked is None else blanked.transfer_syntax_uid
        header = front(source.uids[_SOP_CLASS], new[_SOP_INSTANCE], syntax)
        body: tuple[int, int] | PixelStream | None = None
        if syntax == DEFLATED:
            pixels = _pixels(structure) if blanked is None else blanked.body.blocks(source.stream)
            header += deflated(chain((head,), pixels, (tail,)))
            tail = b""
        else:
            header += head
            if blanked is not None:
                body = blanked.body
            elif structure.pixel is not None:
                body = (structure.pixel.offset, structure.pixel.end - structure.pixel.offset)
        return DeidentifiedInstance(
            sop_class_uid=source.uids[_SOP_CLASS],
            sop_instance_uid=new[_SOP_INSTANCE],
            study_instance_uid=new[_STUDY],
            series_instance_uid=new[_SERIES],
            transfer_syntax_uid=syntax,
            patient_id=pseudonym,
            header=header,
            body=body,
            trailer=tail,
            length=len(header) + _length(body) + len(tail),
            changes=_told(frozenset(rewriter.changes)),
        )


class PassThrough:
    """Mode none: the file's own bytes; what a Part 10 file needs is added where it is missing."""

    def deidentify(
        self,
        file: BinaryIO,
        size: int,
        *,
        pseudonym: str = "",
        patient_id: str = "",
        secrets: PatientSecrets | None = None,
        blanking: Blanking | None = None,
    ) -> DeidentifiedInstance:
        """Return the file as it is. pseudonym and secrets have no meaning here.

        Raises:
            NotBlankable: it is to be blanked, and then it would not be as it is.
            DeidentificationError: the file can't be understood.
        """
        if blanking is not None:
            raise NotBlankable("Files that go as they are can't be blanked. Choose another mode for this series.")
        with _opened(file, size) as source:
            return self._result(source, size, patient_id)

    @staticmethod
    def _result(source: _Source, size: int, patient_id: str) -> DeidentifiedInstance:
        structure = source.structure
        complete = structure.has_preamble and structure.meta_end > structure.meta_offset
        start = 0 if complete else structure.meta_end
        names = source.uids
        header = b"" if complete else front(names[_SOP_CLASS], names[_SOP_INSTANCE], structure.transfer_syntax_uid)
        return DeidentifiedInstance(
            sop_class_uid=names[_SOP_CLASS],
            sop_instance_uid=names[_SOP_INSTANCE],
            study_instance_uid=names[_STUDY],
            series_instance_uid=names[_SERIES],
            transfer_syntax_uid=structure.transfer_syntax_uid,
            patient_id=patient_id,
            header=header,
            body=(start, size - start),
            trailer=b"",
            length=len(header) + size - start,
        )


def _length(body: tuple[int, int] | PixelStream | None) -> int:
    if body is None:
        return 0
    return body[1] if isinstance(body, tuple) else body.length


@lru_cache(_REMEMBERED)
def _told(changes: frozenset[tuple[int, str]]) -> tuple[Change, ...]:
    """The changes by tag; often the same for a whole series."""
    return tuple(Change(tag, keyword(tag), str(action)) for tag, action in sorted(changes))


@contextmanager
def _opened(file: BinaryIO, size: int) -> Iterator[_Source]:
    """A file's header, read; the room's one boundary to foreign errors.

    Raises:
        SourceDamaged, SourceChanged, InvalidIdentity
    """
    try:
        structure = read_structure(file, size)
    except DicomError as error:
        raise SourceDamaged(error.message) from None
    except OSError:
        raise SourceChanged("The file can no longer be read. It may have been moved, or its drive removed.") from None
    try:
        source = _split(structure.inflated or file, structure)
        source.uids.update(_named(source.elements))
        yield source
    except OSError:
        raise SourceChanged("The file can no longer be read. It may have been moved, or its drive removed.") from None
    finally:
        if structure.inflated is not None:
            structure.inflated.close()


def _split(stream: BinaryIO, structure: Structure) -> _Source:
    syntax = syntax_of(structure.transfer_syntax_uid)
    pixel = structure.pixel
    middle = structure.dataset_end if pixel is None else pixel.offset
    after = structure.dataset_end if pixel is None else pixel.end
    elements = _elements(_span(stream, structure.dataset_offset, middle), syntax)
    trailing = _elements(_span(stream, after, structure.dataset_end), syntax)
    declared = next((element.value for element in elements if element.tag == CHARACTER_SET), b"")
    return _Source(
        stream=stream,
        structure=structure,
        syntax=syntax,
        elements=elements,
        trailing=trailing,
        declared=declared,
        characters=CharacterSet(declared),
    )


def _pixels(structure: Structure) -> Iterator[bytes]:
    """The pixel data element of a deflated file, in blocks."""
    if structure.inflated is not None and structure.pixel is not None:
        for start in range(structure.pixel.offset, structure.pixel.end, _BLOCK):
            yield _span(structure.inflated, start, min(start + _BLOCK, structure.pixel.end))


def _span(stream: BinaryIO, start: int, end: int) -> bytes:
    stream.seek(start)
    data = stream.read(end - start)
    if len(data) != end - start:
        raise SourceChanged("The file became shorter while it was read.")
    return data


def _elements(data: bytes, syntax: Syntax) -> list[Element]:
    return Reader(data, syntax).data_set(0, len(data))


def _named(elements: list[Element]) -> dict[int, str]:
    """The UIDs without which an instance can't be named."""
    found = {
        element.tag: element.value.decode("ascii", "replace").strip(" \0")
        for element in elements
        if element.tag in _NEEDED and element.vr == "UI"
    }
    missing = [element_name(tag) for tag in _NEEDED if not found.get(tag)]
    if missing:
        raise InvalidIdentity(f"The file lacks {', '.join(missing)}.")
    wrong = [element_name(tag) for tag in _NEEDED if not _UID.fullmatch(found[tag])]
    if wrong:
        raise InvalidIdentity(f"The file is named by what is no UID: {', '.join(wrong)}.")
    return found


def _check_patient(source: _Source, patient_id: str) -> None:
    """Refuse a file that is no longer the one that was given this pseudonym."""
    value = next((element.value for element in source.elements if element.tag == PATIENT_ID), b"")
    if value.isascii() and b"\x1b" not in value and value.decode("ascii").strip(" \0") != patient_id.strip(" \0"):
        raise SourceChanged("The file is no longer of the patient that was found in it. Search the folder again.")
