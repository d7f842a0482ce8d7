"""A DICOM file's parts and their places, proven to be consistent to the last byte.

Source: PS3.10 section 7.1 (preamble, file meta), PS3.5 section 7.1 (order) and annex A (transfer syntaxes).
"""

import zlib
from collections.abc import Iterator
from struct import pack
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from adit_uploader.memory import MAX_HELD, MAX_SIZE
from adit_uploader.standard.elements import ELEMENTS
from adit_uploader.standard.uids import (
    DEFLATED,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    MEDIA_DIRECTORY,
    is_transfer_syntax,
)
from adit_uploader.values import dataclass

from .elements import TOO_MANY, Element, Gathered, Walker
from .errors import DamagedFile, HeaderTooLarge, MediaDirectory, NotDicom
from .stretches import Familiar, Piece, elements_in, singly
from .vrs import KNOWN_VRS
from .window import Window

MAX_HEADER_SIZE = 64 * 1024 * 1024
MAX_INFLATED_SIZE = 256 * 1024 * 1024
MAX_CAPTURED = 64 * 1024
_MAX_PADDING = 2048  # one sector of a CD
_BLOCK = 256 * 1024
_COMPRESSED_BLOCK = 8 * 1024  # small: what is not yet unpacked is copied in every step
_IN_MEMORY = 8 * 1024 * 1024

_META = "The file meta information is not written as it must be."
_MEDIA_STORAGE_CLASS = 0x00020002
_TRANSFER_SYNTAX = 0x00020010
PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_FIRST_PIXEL_TAG = min(PIXEL_TAGS)
_NATIVE = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED})
_META_BEGINNINGS = frozenset({0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010})


@dataclass(frozen=True, slots=True)
class Structure:
    """Where everything is. Positions are bytes in the file (the data set's in `inflated`, where that is given).

    Attributes:
        meta_offset, meta_end: the file meta group, without "DICM"; equal where there is none.
        dataset_offset, dataset_end: from the first element to the end of the last one (padding may follow).
        tags: of the outermost data set's elements, in the file's order.
        before: the elements themselves that lie before the pixel data; empty where nobody asked for them.
        pixel: the pixel data element.
        behind: those behind it.
        values: of the wanted elements, undecoded.
        inflated: the data set of a deflated file; whoever asked for the structure closes it.
    """

    has_preamble: bool
    meta_offset: int
    meta_end: int
    transfer_syntax_uid: str
    implicit: bool
    little: bool
    dataset_offset: int
    dataset_end: int
    tags: list[int]
    before: list[Piece]
    pixel: Element | None
    behind: list[Piece]
    values: dict[int, bytes]
    inflated: BinaryIO | None

    @property
    def raws(self) -> list[bytes]:
        """The elements but for the pixel data, one by one."""
        return elements_in([*self.before, *self.behind])


def read_structure(
    file: BinaryIO,
    size: int,
    wanted: frozenset[int] = frozenset(),
    *,
    keep: bool = False,
    familiar: Familiar | None = None,
) -> Structure:
    """Walk a file from its first to its last byte.

    Args:
        file: seekable; deflated files and `keep` apart, only forward seeks occur.
        size: bytes.
        wanted: tags whose values are captured, of the file meta and of the outermost data set.
        keep: whether the elements themselves are wanted too.
        familiar: for whoever reads many files; what one has in common with others is then walked through once.

    Raises:
        NotDicom: it does not begin as a DICOM object.
        DamagedFile: it does, and is not consistent.
        OSError: reading failed.
    """
    window = Window(file, size)
    has_preamble = size >= 132 and window.take(0, 132)[128:] == b"DICM"
    meta_offset = 132 if has_preamble else 0
    if not has_preamble and not _plausible(window):
        raise NotDicom("It does not begin as DICOM objects do.")
    values: dict[int, bytes] = {}
    meta_end = _walk_meta(window, meta_offset, wanted | {_MEDIA_STORAGE_CLASS, _TRANSFER_SYNTAX}, values)
    if values.get(_MEDIA_STORAGE_CLASS, b"").rstrip(b"\0 ") == MEDIA_DIRECTORY.encode("ascii"):
        raise MediaDirectory("A DICOMDIR is a table of contents. The files beside it are found without it.")
    front = _Front(has_preamble, meta_offset, meta_end, _transfer_syntax(values, window, meta_end))
    if front.transfer_syntax_uid != DEFLATED:
        return _walk_dataset(
            window, meta_end, front, _gathered(wanted, values, keep=keep), inflated=None, familiar=familiar
        )
    inflated, inflated_size = _inflate(file, meta_end, size)
    try:
        gathered = _gathered(wanted, values, keep=keep)
        return _walk_dataset(Window(inflated, inflated_size), 0, front, gathered, inflated=inflated, familiar=familiar)
    except (DamagedFile, OSError):
        inflated.close()
        raise


def elements_of(stream: BinaryIO, structure: Structure) -> Iterator[Element]:
    """Where each element of the outermost data set lies, the pixel data left out.

    Args:
        stream: the file, or of a deflated file its inflated data set.

    Raises:
        DamagedFile: the file is no longer what it was.
        OSError: reading failed.
    """
    walker = Walker(Window(stream, structure.dataset_end), little=structure.little)
    pixel, offset = structure.pixel, structure.dataset_offset
    while offset < structure.dataset_end:
        if pixel is not None and offset == pixel.offset:
            offset = pixel.end
            continue
        element = walker.element(offset, structure.dataset_end, implicit=structure.implicit)
        yield element
        offset = element.end


@dataclass(frozen=True, slots=True)
class _Front:
    """What lies before the data set."""

    has_preamble: bool
    meta_offset: int
    meta_end: int
    transfer_syntax_uid: str


def _gathered(wanted: frozenset[int], values: dict[int, bytes], *, keep: bool) -> Gathered:
    return Gathered(wanted, values, keep=keep, highest=0x0003FFFF)


def _plausible(window: Window) -> bool:
    """Whether a file without a preamble begins as a file meta group, or as a data set of group 0008."""
    if window.size < 16:
        return False
    walker = Walker(window, little=True)
    tag = walker.tag(0)
    vr = window.take(4, 2)
    if tag >> 16 == 0x0002:
        return tag in _META_BEGINNINGS and vr in KNOWN_VRS
    if tag >> 16 == 0x0004 and tag in ELEMENTS and vr in KNOWN_VRS:
        raise MediaDirectory("A DICOMDIR is a table of contents. The files beside it are found without it.")
    if tag >> 16 != 0x0008 or not _known(tag):
        return False
    try:
        first = walker.element(0, window.size, implicit=vr not in KNOWN_VRS)
        if first.length is None or first.length > 0xFFFF or first.end + 8 > window.size:
            return False
        following = walker.tag(first.end)
    except DamagedFile:
        return False
    return following > tag and following >> 16 <= 0x0010 and _known(following)


def _known(tag: int) -> bool:
    return tag in ELEMENTS or tag & 0xFFFF == 0 or tag >> 16 & 1 == 1


def _keep(window: Window, element: Element, values: dict[int, bytes]) -> None:
    if element.length is None or element.length > MAX_CAPTURED:
        raise DamagedFile("An element that says what the file is, or whose, is far longer than it can be.")
    values[element.tag] = window.take(element.value_offset, element.length)


def _walk_meta(window: Window, offset: int, wanted: frozenset[int], values: dict[int, bytes]) -> int:
    """Position after the file meta group; it is explicit VR little endian always."""
    walker = Walker(window, little=True)
    gathered = Gathered(wanted, values, keep=False, highest=0x0001FFFF)
    offset = walker.plain(offset, 0x00030000, gathered, implicit=False)
    while offset + 8 <= window.size and walker.tag(offset) >> 16 == 0x0002:
        element = walker.element(offset, window.size, implicit=False)
        gathered.tags.append(element.tag)
        if element.length is None:
            raise DamagedFile(_META)
        if element.tag in wanted:
            _keep(window, element, values)
        offset = element.end
        if offset > MAX_HEADER_SIZE:
            raise HeaderTooLarge("The file meta information is larger than this program reads.")
        gathered.highest = max(gathered.highest, element.tag)
        offset = walker.plain(offset, 0x00030000, gathered, implicit=False)
    if len(set(gathered.tags)) < len(gathered.tags):
        raise DamagedFile(_META)
    return offset


def _transfer_syntax(values: dict[int, bytes], window: Window, offset: int) -> str:
    if offset + 8 > window.size:
        raise DamagedFile("The file ends before its data set begins.")
    uid = values.get(_TRANSFER_SYNTAX, b"").rstrip(b"\0 ").decode("ascii", "replace")
    if not uid:
        return EXPLICIT_LITTLE if window.take(offset + 4, 2) in KNOWN_VRS else IMPLICIT_LITTLE
    if not is_transfer_syntax(uid):
        raise DamagedFile("Its transfer syntax is none of DICOM's own, so nobody can say what the file holds.")
    return uid


def _walk_dataset(
    window: Window,
    offset: int,
    front: _Front,
    gathered: Gathered,
    *,
    inflated: BinaryIO | None,
    familiar: Familiar | None,
) -> Structure:
    syntax = front.transfer_syntax_uid
    implicit = syntax == IMPLICIT_LITTLE
    walker = Walker(window, little=syntax != EXPLICIT_BIG)
    if familiar is not None and walker.little:
        walker.stretches = familiar.stretches(gathered.wanted, implicit=implicit, private=not gathered.keep)
        walker.proofs = None if implicit else familiar.proofs
    begin, size = offset, window.size
    pixel: Element | None = None
    cut: int | None = None
    aside = 0  # bytes of the pixel data
    ascending = True
    while True:
        offset = walker.plain(offset, _FIRST_PIXEL_TAG, gathered, implicit=implicit)
        _check_held(offset - begin - aside)
        if len(gathered.tags) > MAX_HELD:
            raise HeaderTooLarge(TOO_MANY)
        if offset >= size or (size - offset <= _MAX_PADDING and _is_padding(window, offset)):
            break
        element = walker.element(offset, size, implicit=implicit)
        tag, offset = element.tag, element.end
        if tag >> 16 < 0x0004 or tag >> 16 == 0xFFFE:
            raise DamagedFile("The data set holds an element that can't be there.")
        gathered.tags.append(tag)
        ascending = ascending and tag > gathered.highest
        gathered.highest = max(gathered.highest, tag)
        if tag in PIXEL_TAGS:
            if pixel is not None:
                raise DamagedFile("The file holds two kinds of pixel data.")
            _check_encapsulation(element, syntax)
            pixel, aside, cut = element, element.end - element.offset, len(gathered.pieces)
            continue
        if pixel is not None and tag < pixel.tag:
            raise DamagedFile("The elements are not in their order.")
        _check_held(offset - begin - aside)
        length = offset - element.offset
        kept = gathered.keep or (walker.stretches is not None and length <= MAX_SIZE)
        gathered.pieces.append((tag, window.take(element.offset, length) if kept else b"", None))
        if tag in gathered.wanted:
            _keep(window, element, gathered.values)
    if not gathered.tags:
        raise DamagedFile("The file ends before its data set begins.")
    before, behind = _parts(gathered, cut, ascending=ascending)
    if ascending and walker.stretches is not None:
        walker.stretches.learn(before)
    return Structure(
        has_preamble=front.has_preamble,
        meta_offset=front.meta_offset,
        meta_end=front.meta_end,
        transfer_syntax_uid=syntax,
        implicit=implicit,
        little=walker.little,
        dataset_offset=begin,
        dataset_end=offset,
        tags=gathered.tags,
        before=before if gathered.keep else [],
        pixel=pixel,
        behind=behind if gathered.keep else [],
        values=gathered.values,
        inflated=inflated,
    )


def _parts(gathered: Gathered, cut: int | None, *, ascending: bool) -> tuple[list[Piece], list[Piece]]:
    """What lies before the pixel data and behind. cut: how many pieces before; None: all."""
    before, behind = gathered.pieces[:cut], [] if cut is None else gathered.pieces[cut:]
    if ascending:
        return before, behind
    if len(set(gathered.tags)) < len(gathered.tags):
        raise DamagedFile("The data set holds an element twice.")
    return singly(before), singly(behind)  # others may belong between the elements of a stretch


def _check_held(length: int) -> None:
    if length > MAX_HEADER_SIZE:
        raise HeaderTooLarge("The file holds more beside its pixel data than this program reads.")


def _check_encapsulation(pixel: Element, syntax: str) -> None:
    encapsulated = pixel.length is None
    if encapsulated == (syntax in _NATIVE) or (encapsulated and not pixel.fragments):
        raise DamagedFile("The pixel data is not written as the transfer syntax says.")


def _is_padding(window: Window, offset: int) -> bool:
    """Whether nothing but a few NUL bytes follows, as some writers fill up a sector."""
    rest = window.size - offset
    return window.take(offset, min(rest, 4)).count(0) == min(rest, 4) and not any(window.take(offset, rest))


def _inflate(file: BinaryIO, offset: int, size: int) -> tuple[BinaryIO, int]:
    """The inflated data set and its length. Source: PS3.5 annex A.5."""
    target = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - the caller closes it
    try:
        length = _inflate_into(target, file, offset, size)
    except (DamagedFile, OSError):
        target.close()
        raise
    return target, length


def _inflate_into(target: BinaryIO, file: BinaryIO, offset: int, size: int) -> int:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    file.seek(offset)
    length = 0
    left = size - offset
    compressed = b""
    checksum = 0
    while not inflater.eof:
        if not compressed:
            compressed = file.read(min(_COMPRESSED_BLOCK, left))
            left -= len(compressed)
            if not compressed:
                raise DamagedFile("The compressed data set has no end. The file may have been copied only in part.")
        try:
            plain = inflater.decompress(compressed, _BLOCK)
        except zlib.error:
            raise DamagedFile("The compressed data set can't be unpacked.") from None
        compressed = inflater.unconsumed_tail
        length += len(plain)
        if length > MAX_INFLATED_SIZE:
            raise HeaderTooLarge("The compressed data set is larger than this program unpacks.")
        checksum = zlib.crc32(plain, checksum)
        target.write(plain)
    behind = inflater.unused_data + file.read(min(left, _MAX_PADDING))
    behind = behind.removeprefix(pack("<LL", checksum, length))  # as gzip has it: some writers leave it there
    if len(behind) > _MAX_PADDING or any(behind):
        raise DamagedFile("Something follows the end of the compressed data set.")
    return length
