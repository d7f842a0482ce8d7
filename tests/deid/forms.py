"""One data set in every form that files have: compressed, without its front, with other lengths, hidden, in scripts."""

from collections.abc import Callable, Iterator
from struct import pack

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from tests.deid.made import implicit, written

COMPRESSED = {
    "JPEG": "1.2.840.10008.1.2.4.50",
    "JPEG lossless": "1.2.840.10008.1.2.4.70",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
    "HTJ2K": "1.2.840.10008.1.2.4.201",
    "RLE": "1.2.840.10008.1.2.5",
}
VIDEO = {
    "MPEG-2": "1.2.840.10008.1.2.4.100",
    "MPEG-4": "1.2.840.10008.1.2.4.102",
    "fragmented MPEG-4": "1.2.840.10008.1.2.4.102.1",
    "HEVC": "1.2.840.10008.1.2.4.107",
}
SCRIPTS = {  # what is declared, what is written with it
    "ISO 2022 Japanese": (["", "ISO 2022 IR 87"], "頭部"),
    "ISO 2022 Korean": (["", "ISO 2022 IR 149"], "두부"),
    "ISO 2022 Chinese": (["", "ISO 2022 IR 58"], "头部"),
    "ISO 2022 Latin and Cyrillic": (["ISO 2022 IR 100", "ISO 2022 IR 144"], "Schädel голова"),
    "GB18030": (["GB18030"], "头部"),
    "GBK": (["GBK"], "头部"),
    "Greek": (["ISO_IR 126"], "κεφάλι"),
    "Arabic": (["ISO_IR 127"], "رأس"),
    "Hebrew": (["ISO_IR 138"], "ראש"),
    "Thai": (["ISO_IR 166"], "ศีรษะ"),
    "Katakana": (["ISO_IR 13"], "ｱﾀﾏ"),
    "UTF-8": (["ISO_IR 192"], "голова"),
}


def compressed(make: Callable[[], Dataset], forms: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """In encapsulated transfer syntaxes, the frames in one fragment and in several."""
    for name, uid in forms.items():
        yield name, written(make(), "encapsulated", uid=UID(uid))


def bare(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Without preamble, and without file meta (which only files in explicit or implicit little endian can lack)."""
    yield "without preamble", data[132:]
    yield "without file meta", data[144 + int.from_bytes(data[140:144], "little") :]


def with_undefined_lengths(ds: Dataset) -> Dataset:
    """Every sequence and every item with an undefined length."""
    for element in ds:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                with_undefined_lengths(item)
    return ds


def with_hidden_sequences(ds: Dataset) -> Dataset:
    """Every outermost sequence as UN: its items in implicit VR, one after the other of undefined and defined length."""
    for number, element in enumerate([element for element in ds if element.VR == "SQ"]):
        holder = Dataset()
        holder.add_new(element.tag, "SQ", element.value)
        if number % 2:
            with_undefined_lengths(holder)[element.tag].is_undefined_length = False
        ds.add_new(element.tag, "OB", implicit(holder)[8:])
        ds[element.tag].VR = "UN"
    return ds


def with_private_blocks(ds: Dataset) -> Dataset:
    """Blocks of known and unknown creators, of one at the wrong place, of none, of two with one name."""
    ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", "1000")
    ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", b"Anna Mueller P-0012345 ")
    ds.private_block(0x2001, "Philips Imaging DD 001", create=True).add_new(0x03, "FL", 700.0)
    inner = Dataset()
    inner.PatientName = "Müller^Anna"
    ds.private_block(0x2001, "Philips Imaging DD 001").add_new(0x69, "SQ", Sequence([inner]))
    ds.add_new(0x00091103, "LO", "Müller")  # of no one
    ds.add_new(0x00110011, "LO", "SOMEONE")
    ds.add_new(0x00111001, "LO", "Müller")  # misplaced: its creator has another block
    ds.add_new(0x00130001, "LO", "Müller")  # no private element can be there
    for block in (0x10, 0x11):
        ds.add_new(0x00150000 | block, "LO", "TWICE")
        ds.add_new(0x00150000 | block << 8, "PN", "Müller^Anna")
    return ds


def with_overlays(ds: Dataset) -> Dataset:
    """Two overlay planes and a curve."""
    for group in (0x6000, 0x6002):
        for element, vr, value in (
            (0x10, "US", 8),
            (0x11, "US", 8),
            (0x40, "CS", "G"),
            (0x50, "SS", [1, 1]),
            (0x100, "US", 1),
            (0x102, "US", 0),
            (0x1500, "LO", "Müller"),
            (0x3000, "OW", bytes(8)),
            (0x4000, "LT", "Anna Müller"),
        ):
            ds.add_new(group << 16 | element, vr, value)
    ds.add_new(0x50000030, "LO", "Müller")
    ds.add_new(0x50003000, "OW", b"Mueller ")
    return ds


def with_group_lengths(data: bytes) -> bytes:
    """A file in explicit little endian with the lengths of its first groups before them, as ACR-NEMA wrote them."""
    start = 144 + int.from_bytes(data[140:144], "little")
    at, groups = start, []
    while (group := int.from_bytes(data[at : at + 2], "little")) <= 0x0010:
        groups.append((group, at))
        at += _size(data, at)
    groups.append((0, at))
    out = data[:start]
    for group in (0x0008, 0x0010):
        first = next(at for one, at in groups if one == group)
        after = next(at for one, at in groups if at > first and one != group)
        out += pack("<HH2sHL", group, 0, b"UL", 4, after - first) + data[first:after]
    return out + data[at:]


def _size(data: bytes, at: int) -> int:
    if data[at + 4 : at + 6] in {b"SQ", b"OB", b"OW", b"UN", b"UT", b"UC", b"UR"}:
        return 12 + int.from_bytes(data[at + 8 : at + 12], "little")
    return 8 + int.from_bytes(data[at + 6 : at + 8], "little")


def scripts(make: Callable[[], Dataset]) -> Iterator[tuple[str, bytes]]:
    """Texts in every character set, rightly declared; and in Latin-1, declared as something else or as nothing."""
    for name, (declared, text) in SCRIPTS.items():
        ds = make()
        for element in ds.iterall():
            if element.VR in {"LO", "LT", "PN", "SH", "ST", "UT"} and not str(element.value).isascii():
                element.value = "Mueller"
        ds.SpecificCharacterSet, ds.StudyDescription, ds.PatientName = declared, text, text
        yield name, written(ds)
    latin = written(make())
    declared_at = latin.index(b"ISO_IR 100")
    for name, wrong in (("UTF-8", b"ISO_IR 192"), ("Greek", b"ISO_IR 126"), ("nothing", b"          ")):
        yield f"Latin-1 declared as {name}", latin[:declared_at] + wrong + latin[declared_at + 10 :]
