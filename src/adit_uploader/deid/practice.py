"""A made-up file that is de-identified before the first real one: what is read and compiled at first use is there then.

Copies of a process that has done so need not do it again, each for itself.
"""

from io import BytesIO

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.part10 import front
from adit_uploader.deid.reading import SERIES, SOP_CLASS, SOP_INSTANCE, STUDY
from adit_uploader.deid.tree import Element, Item, Syntax
from adit_uploader.deid.writing import Writer, padded
from adit_uploader.standard.uids import EXPLICIT_LITTLE

_CLASS = "1.2.840.10008.5.1.4.1.1.7"  # Secondary Capture
_UID = "1.2.3.4.5"
_PATIENT_ID = "P-0012345"
_FREE_TEXT = "CT für Dr. Muster-Beispiel, 2.1.1950, Tel. 030 1234567, a@b.example: P 0012345 und Anna M."


def _text(tag: int, vr: str, value: str) -> Element:
    return Element(tag, vr, padded(vr, value.encode("latin-1")))


def _elements() -> list[Element]:
    code = Item([_text(0x00080100, "SH", "1"), _text(0x00080102, "SH", "99LOCAL"), _text(0x00080104, "LO", "Kopf")])
    return [
        _text(0x00080005, "CS", "ISO_IR 100"),
        _text(SOP_CLASS, "UI", _CLASS),
        _text(SOP_INSTANCE, "UI", _UID),
        _text(0x00080020, "DA", "20240131"),
        _text(0x0008002A, "DT", "20240131120000.5"),
        _text(0x00080030, "TM", "120000.5"),
        _text(0x00080060, "CS", "OT"),
        _text(0x00080080, "LO", "Klinik am Beispiel"),
        _text(0x00081030, "LO", _FREE_TEXT[:64]),
        Element(0x00081032, "SQ", items=[code]),
        _text(0x00100010, "PN", "Muster^Anna"),
        _text(0x00100020, "LO", _PATIENT_ID),
        _text(0x00100030, "DA", "19500102"),
        _text(0x00101010, "AS", "074Y"),
        _text(0x00101040, "LO", "Beispielweg 12"),
        _text(0x00102154, "SH", "030 1234567"),
        _text(0x00104000, "LT", _FREE_TEXT),
        _text(0x00180050, "DS", "1.5"),
        _text(STUDY, "UI", _UID),
        _text(SERIES, "UI", _UID),
        _text(0x00200013, "IS", "1"),
        Element(0x00280010, "US", b"\1\0"),
    ]


def practise(engine: Deidentifier) -> None:
    """De-identify it, and forget it."""
    data = front(_CLASS, _UID, EXPLICIT_LITTLE) + Writer(Syntax()).data_set(_elements())
    engine.deidentify(BytesIO(data), len(data), pseudonym="PRACTICE", patient_id=_PATIENT_ID).close()
