"""Files in which somebody hides a patient from the receiver: named ways to do it, each with what it has to be answered.

All begin with what an honest client has made of a file. The values that are hidden occur nowhere else.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from struct import pack, unpack_from

from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from .raw_wire import PSEUDONYM, deidentified
from .wire_client import Made, make_file

NAME, ID, BIRTH = "Schmuggler^Zacharias", "SMUG-081547", "19020813"
PLANTED = ("Schmuggler", "Zacharias", ID, BIRTH)
SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.11"
PDF_CLASS = "1.2.840.10008.5.1.4.1.1.104.1"

FORBIDDEN, MISMATCH, NOT_DICOM = "forbidden-element", "pseudonym-mismatch", "not-dicom"


@dataclass(frozen=True, slots=True)
class Source:
    """What there is to begin with. site_key: of the receiver; identified: the file as it came from the scanner."""

    site_key: bytes
    identified: Made
    honest: Made


def source(site_key: bytes) -> Source:
    identified = make_file(ID, PatientName=NAME, PatientBirthDate=BIRTH, AccessionNumber="ACCSMUG")
    return Source(site_key, identified, deidentified(identified, site_key))


@dataclass(frozen=True, slots=True)
class Way:
    """One way: how the file is made, the code of the refusal, and the modes in which it is tried."""

    name: str
    make: Callable[[Source], Made]
    code: str
    modes: tuple[str, ...] = ("internal", "batch", "fixed")
    burned_in: str = "ask"

    def __str__(self) -> str:
        return self.name


def rewritten(file: Made, change: Callable[[Dataset], object]) -> Made:
    """The same file with a change by pydicom, which keeps file meta and order."""
    with disable_value_validation():
        dataset = dcmread(BytesIO(file.data))
        change(dataset)
        target = BytesIO()
        dcmwrite(target, dataset, enforce_file_format=False)
    return replace(file, data=target.getvalue())


def having(**elements: object) -> Callable[[Source], Made]:
    """The honest file with elements; None removes one."""

    def change(dataset: Dataset) -> None:
        for name, value in elements.items():
            if value is None:
                delattr(dataset, name)
            else:
                setattr(dataset, name, value)

    return lambda given: rewritten(given.honest, change)


def raw(tag: int, vr: str, value: bytes) -> Callable[[Source], Made]:
    """The honest file with an element of any kind at its place."""
    return lambda given: rewritten(given.honest, lambda dataset: dataset.add_new(tag, vr, value))


def item(**elements: object) -> Dataset:
    made = Dataset()
    for name, value in elements.items():
        setattr(made, name, value)
    return made


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    """Bytes of an element, explicit VR little endian."""
    if vr in {b"OB", b"UN", b"SQ", b"OW", b"UT"}:
        return pack("<HH2sHL", tag >> 16, tag & 0xFFFF, vr, 0, len(value)) + value
    return pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def before(tag: int, inserted: bytes) -> Callable[[Source], Made]:
    """The honest file with bytes in front of one of its elements."""

    def make(given: Source) -> Made:
        at = _place_of(given.honest.data, tag)
        return replace(given.honest, data=given.honest.data[:at] + inserted + given.honest.data[at:])

    return make


def instead(tag: int, written: bytes) -> Callable[[Source], Made]:
    """The honest file with other bytes instead of one of its (short) elements."""

    def make(given: Source) -> Made:
        data = given.honest.data
        at = _place_of(data, tag)
        length: int = unpack_from("<H", data, at + 6)[0]
        return replace(given.honest, data=data[:at] + written + data[at + 8 + length :])

    return make


def _place_of(data: bytes, tag: int) -> int:
    return data.index(pack("<HH", tag >> 16, tag & 0xFFFF), 132)


def behind(more: bytes) -> Callable[[Source], Made]:
    return lambda given: replace(given.honest, data=given.honest.data + more)


def nested(depth: int) -> bytes:
    """A sequence in a sequence, and so on; a name in the innermost."""
    inner = element(0x00100010, b"PN", NAME.encode())
    for _ in range(depth):
        inner = element(0x00081115, b"SQ", pack("<HHL", 0xFFFE, 0xE000, len(inner)) + inner)
    return inner


def un_sequence() -> bytes:
    """A sequence of a public element as UN, whose items are in implicit VR (PS3.5 section 6.2.2)."""
    name = pack("<HHL", 0x0010, 0x0010, len(NAME)) + NAME.encode()
    items = pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + name + pack("<HHL", 0xFFFE, 0xE00D, 0)
    return pack("<HH2sHL", 0x0008, 0x1115, b"UN", 0, 0xFFFFFFFF) + items + pack("<HHL", 0xFFFE, 0xE0DD, 0)


def private_block(dataset: Dataset) -> None:
    dataset.private_block(0x0009, "SMUGGLER 1.0", create=True).add_new(1, "LO", NAME)


def private_in_sequence(dataset: Dataset) -> None:
    inner = item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID="2.25.4")
    private_block(inner)
    dataset.ReferencedImageSequence = Sequence([inner])


def as_deflated(add: bytes = b"", *, behind_the_end: bytes = b"") -> Callable[[Source], Made]:
    """The honest file in the deflated syntax, with elements at its front, or bytes behind the end of the stream."""

    def make(given: Source) -> Made:
        plain = replace(given.identified, transfer_syntax_uid=str(DeflatedExplicitVRLittleEndian))
        dataset = dcmread(BytesIO(plain.data))
        dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        target = BytesIO()
        dcmwrite(target, dataset, enforce_file_format=True)
        honest = deidentified(replace(plain, data=target.getvalue()), given.site_key)
        start = 144 + int(unpack_from("<L", honest.data, 140)[0])
        body = zlib.decompress(honest.data[start:], -zlib.MAX_WBITS)
        packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(_with_front(body, add)) + packer.flush()
        return replace(honest, data=honest.data[:start] + packed + behind_the_end)

    return make


def _with_front(body: bytes, add: bytes) -> bytes:
    at = body.index(pack("<HH", 0x0008, 0x0060))  # Modality
    return body[:at] + add + body[at:]


def deflate_bomb(given: Source) -> Made:
    """Half a megabyte that becomes half a gigabyte."""
    honest = as_deflated()(given)
    start = 144 + int(unpack_from("<L", honest.data, 140)[0])
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = b"".join(packer.compress(bytes(2**22)) for _ in range(128)) + packer.flush()
    return replace(honest, data=honest.data[:start] + packed)


def report_with_a_person(given: Source) -> Made:
    """A structured report of which an item's value is a person."""

    def say(dataset: Dataset) -> None:
        code = item(CodeValue="121008", CodingSchemeDesignator="DCM", CodeMeaning="Person Observer Name")
        content = item(RelationshipType="HAS OBS CONTEXT", ValueType="PNAME", PersonName=NAME)
        content.ConceptNameCodeSequence = Sequence([code])
        dataset.ContentSequence = Sequence([content])

    return rewritten(_of_class(given, SR_CLASS, Modality="SR"), say)


def _of_class(given: Source, sop_class: str, **elements: object) -> Made:
    def change(dataset: Dataset) -> None:
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class
        for name in ("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"):
            delattr(dataset, name)
        for name, value in elements.items():
            setattr(dataset, name, value)

    source_file = rewritten(replace(given.identified, sop_class_uid=sop_class), change)
    return deidentified(source_file, given.site_key)


def document(given: Source) -> Made:
    """A PDF with a name in it, as an encapsulated document."""
    pdf = f"%PDF-1.4 {NAME} ".encode()
    made = _of_class(given, PDF_CLASS, Modality="DOC")
    return rewritten(
        made, lambda ds: ds.update(item(EncapsulatedDocument=pdf, MIMETypeOfEncapsulatedDocument="application/pdf"))
    )


def by_another_version(given: Source) -> Made:
    def change(dataset: Dataset) -> None:
        said = dataset.DeidentificationMethod
        values = [said] if isinstance(said, str) else list(said)
        dataset.DeidentificationMethod = [f"{value}9"[-64:] for value in values]

    return rewritten(given.honest, change)


def declared_otherwise(**fields: str) -> Callable[[Source], Made]:
    return lambda given: replace(given.honest, **fields)


def only_the_id(given: Source) -> Made:
    marked = rewritten(given.identified, lambda ds: ds.update(item(PatientID=PSEUDONYM, PatientIdentityRemoved="YES")))
    return replace(marked, patient_id=PSEUDONYM)


def with_name_in(tag: int, vr: str) -> Way:
    return Way(f"name as {vr} in ({tag >> 16:04X},{tag & 0xFFFF:04X})", raw(tag, vr, NAME.encode()), FORBIDDEN)


_PERSONS = [
    (0x00081048, "PN"), (0x00081050, "PN"), (0x00081060, "PN"), (0x00081070, "PN"), (0x00101001, "PN"),
    (0x00101005, "PN"), (0x00101060, "PN"), (0x00102297, "PN"), (0x00321032, "PN"), (0x0040A123, "PN"),
    (0x00101000, "LO"), (0x00101040, "LO"), (0x00102154, "SH"), (0x00080080, "LO"), (0x00080081, "ST"),
    (0x00100021, "LO"), (0x00380010, "LO"), (0x00400006, "PN"), (0x00080050, "SH"), (0x0088_0140, "UI"),
]  # fmt: skip

WAYS = [
    Way("identified file under a pseudonym", lambda given: replace(given.identified, patient_id=PSEUDONYM), MISMATCH),
    Way("identified file under its own ID", lambda given: given.identified, "pseudonym-form", ("internal",)),
    Way("identified file under its own ID", lambda given: given.identified, MISMATCH, ("batch", "fixed")),
    Way("pseudonym in PatientID alone", only_the_id, MISMATCH),
    Way("real name in PatientName", having(PatientName=NAME), MISMATCH),
    Way("real ID in PatientID", having(PatientID=ID), MISMATCH),
    Way("name behind the pseudonym", having(PatientName=f"{PSEUDONYM}^{NAME}"), MISMATCH),
    Way("name as a second value", having(PatientName=[PSEUDONYM, NAME]), MISMATCH),
    Way("name as ideographic group", having(PatientName=f"{PSEUDONYM}={NAME}"), MISMATCH),
    Way(
        "name behind a NUL",
        instead(0x00100020, element(0x00100020, b"LO", PSEUDONYM.encode() + b"\0" + NAME.encode() + b" ")),
        MISMATCH,
    ),
    Way("no PatientName", having(PatientName=None), MISMATCH),
    Way("pseudonym of another patient", declared_otherwise(patient_id="f" * 64), MISMATCH),
    Way("64 upper-case digits", declared_otherwise(patient_id=PSEUDONYM.upper()), "pseudonym-form", ("internal",)),
    Way("63 digits", declared_otherwise(patient_id=PSEUDONYM[1:]), "pseudonym-form", ("internal",)),
    Way("name as the pseudonym", declared_otherwise(patient_id=NAME), "pseudonym-form", ("internal",)),
    Way("PatientName twice", before(0x00100010, element(0x00100010, b"PN", NAME.encode())), NOT_DICOM),
    Way("PatientID twice", before(0x00100020, element(0x00100020, b"LO", ID.encode() + b" ")), NOT_DICOM),
    Way("study UID twice", before(0x0020000D, element(0x0020000D, b"UI", b"2.25.81547")), NOT_DICOM),
    Way("the mark of de-identification missing", having(PatientIdentityRemoved=None), "not-deidentified"),
    Way("the mark says no", having(PatientIdentityRemoved="NO"), "not-deidentified"),
    Way("the mark in small letters", having(PatientIdentityRemoved="yes"), "not-deidentified"),
    Way("made by another profile", lambda given: deidentified(given.identified, given.site_key, by="basic"), "profile"),
    Way("made by another version of the profile", by_another_version, "profile"),
    Way("no method", having(DeidentificationMethod=None), "profile"),
    Way("no method codes", having(DeidentificationMethodCodeSequence=None), "profile"),
    *[with_name_in(tag, vr) for tag, vr in _PERSONS],
    Way("birth date", having(PatientBirthDate=BIRTH), FORBIDDEN),
    Way("age over 89", having(PatientAge="099Y"), FORBIDDEN),
    Way("own UIDs", having(FrameOfReferenceUID="1.2.276.0.81547"), FORBIDDEN),
    Way("other IDs as a sequence", having(OtherPatientIDsSequence=Sequence([item(PatientID=ID)])), FORBIDDEN),
    Way("other IDs as one value", having(OtherPatientIDs=ID), FORBIDDEN),
    Way(
        "former values kept",
        having(
            OriginalAttributesSequence=Sequence([item(ModifiedAttributesSequence=Sequence([item(PatientName=NAME)]))])
        ),
        FORBIDDEN,
    ),
    Way("a name where a date belongs", raw(0x00080020, "LO", NAME.encode()), FORBIDDEN),
    Way("a name as character set", instead(0x00080005, element(0x00080005, b"CS", b"SCHMUGGLER")), FORBIDDEN),
    Way("an unknown public element", raw(0x00089999, "LO", NAME.encode()), FORBIDDEN),
    Way("private block", lambda given: rewritten(given.honest, private_block), FORBIDDEN),
    Way("name as private creator", raw(0x00090010, "LO", NAME.encode()), FORBIDDEN),
    Way("private element without a creator", raw(0x00091001, "LO", NAME.encode()), FORBIDDEN),
    Way("private block in a sequence", lambda given: rewritten(given.honest, private_in_sequence), FORBIDDEN),
    Way(
        "forbidden element in a sequence",
        having(ReferencedImageSequence=Sequence([item(PatientBirthDate=BIRTH)])),
        FORBIDDEN,
    ),
    Way("name in a sequence of UN", before(0x00100010, un_sequence()), FORBIDDEN),
    Way("name in an element of UN", before(0x00100010, element(0x00080080, b"UN", NAME.encode())), FORBIDDEN),
    Way("sequences without end", before(0x00100010, nested(80)), NOT_DICOM),
    Way("group length", before(0x00100010, element(0x00100000, b"UL", b"Zach")), FORBIDDEN),
    Way("overlay", raw(0x60003000, "OW", NAME.encode()), FORBIDDEN),
    Way("overlay comment", raw(0x60004000, "LT", NAME.encode()), FORBIDDEN),
    Way("curve", raw(0x50003000, "OW", NAME.encode()), FORBIDDEN),
    Way("digital signature", having(DigitalSignaturesSequence=Sequence([item(MACIDNumber=1)])), FORBIDDEN),
    Way(
        "preamble",
        lambda given: replace(given.honest, data=NAME.encode().ljust(128, b"\0") + given.honest.data[128:]),
        FORBIDDEN,
    ),
    Way(
        "no prefix",
        lambda given: replace(given.honest, data=NAME.encode().ljust(132, b"\0") + given.honest.data[132:]),
        NOT_DICOM,
    ),
    Way("bytes behind the last element", behind(NAME.encode()), NOT_DICOM),
    Way("few bytes behind the last element", behind(b"Zachari"), NOT_DICOM),
    Way("name in padding behind the pixels", behind(bytes(64) + NAME.encode() + bytes(64)), NOT_DICOM),
    Way("trailing padding as element", behind(element(0xFFFCFFFC, b"OB", NAME.encode())), FORBIDDEN),
    Way("second pixel data", behind(element(0x7FE00010, b"OW", NAME.encode())), NOT_DICOM),
    Way("private information in file meta", lambda given: _meta(given, 0x00020102, b"OB", NAME.encode()), FORBIDDEN),
    Way("source AE title in file meta", lambda given: _meta(given, 0x00020016, b"AE", b"SCHMUGGLER"), FORBIDDEN),
    Way(
        "name as implementation version",
        instead(0x00020013, element(0x00020013, b"SH", b"Schmuggler Zach ")),
        FORBIDDEN,
    ),
    Way("name as implementation class", instead(0x00020012, element(0x00020012, b"UI", NAME.encode())), FORBIDDEN),
    Way("name as version of file meta", before(0x00020002, element(0x00020001, b"OB", NAME.encode())), NOT_DICOM),
    Way("SOP class twice in file meta", before(0x00020002, element(0x00020002, b"UI", NAME.encode())), NOT_DICOM),
    Way("name in deflated syntax", as_deflated(element(0x00081050, b"PN", NAME.encode())), FORBIDDEN),
    Way("name behind a deflated data set", as_deflated(behind_the_end=NAME.encode()), NOT_DICOM),
    Way("a deflated bomb", deflate_bomb, NOT_DICOM, ("internal",)),
    Way("report with a person", report_with_a_person, FORBIDDEN),
    Way("encapsulated document", document, FORBIDDEN),
    Way("burned-in text where none is taken", having(BurnedInAnnotation="YES"), "burned-in", burned_in="never"),
    Way("other SOPInstanceUID than declared", declared_otherwise(sop_instance_uid="2.25.8154701"), "uid-mismatch"),
    Way("other study than declared", declared_otherwise(study_instance_uid="2.25.8154702"), "uid-mismatch"),
    Way("other series than declared", declared_otherwise(series_instance_uid="2.25.8154703"), "uid-mismatch"),
    Way("other SOP class than declared", declared_otherwise(sop_class_uid="1.2.840.10008.5.1.4.1.1.4"), "uid-mismatch"),
    Way("other syntax than declared", declared_otherwise(transfer_syntax_uid=str(ImplicitVRLittleEndian)), NOT_DICOM),
    Way("no DICOM at all", lambda given: replace(given.honest, data=f"%PDF-1.4 {NAME}".encode() * 20), NOT_DICOM),
    Way("cut in the middle", lambda given: replace(given.honest, data=given.honest.data[:-1001]), NOT_DICOM),
    Way(
        "not DICOM, as it goes", lambda given: replace(given.identified, data=NAME.encode() * 20), NOT_DICOM, ("none",)
    ),
    Way(
        "PatientID twice, as it goes",
        lambda given: replace(given.identified, data=_twice(given.identified)),
        NOT_DICOM,
        ("none",),
    ),
    Way(
        "other PatientID than declared",
        lambda given: replace(given.identified, patient_id="SOMEONE"),
        MISMATCH,
        ("none",),
    ),
]


def _twice(file: Made) -> bytes:
    at = _place_of(file.data, 0x00100020)
    return file.data[:at] + element(0x00100020, b"LO", b"SOMEONE ") + file.data[at:]


def _meta(given: Source, tag: int, vr: bytes, value: bytes) -> Made:
    """An element more at the end of the file meta group, its length told rightly."""
    data = given.honest.data
    length: int = unpack_from("<L", data, 140)[0]
    more = element(tag, vr, value)
    return replace(
        given.honest,
        data=data[:140] + pack("<L", length + len(more)) + data[144 : 144 + length] + more + data[144 + length :],
    )
