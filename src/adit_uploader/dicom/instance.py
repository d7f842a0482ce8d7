"""One file looked at: a DICOM instance, or the reason why it is none that can be sent."""

import re
import sys
from functools import lru_cache
from typing import BinaryIO

from adit_uploader.standard.uids import UIDS

from .errors import DamagedFile, MediaDirectory, NotDicom
from .inventory import Instance, LeftOut, LeftOutReason, Location
from .stretches import Familiar, Shared
from .structure import Structure, read_structure
from .texts import CharacterSet, UndecodableTextError, code, integer

_CHARACTER_SET = 0x00080005
_IMAGE_TYPE = 0x00080008
_SOP_CLASS = 0x00080016
_SOP_INSTANCE = 0x00080018
_STUDY_DATE = 0x00080020
_MODALITY = 0x00080060
_CONVERSION_TYPE = 0x00080064
_STUDY_DESCRIPTION = 0x00081030
_SERIES_DESCRIPTION = 0x0008103E
_PATIENT_NAME = 0x00100010
_PATIENT_ID = 0x00100020
_BIRTH_DATE = 0x00100030
_SEX = 0x00100040
_IDENTITY_REMOVED = 0x00120062
_STUDY = 0x0020000D
_SERIES = 0x0020000E
_SERIES_NUMBER = 0x00200011
_INSTANCE_NUMBER = 0x00200013
_SAMPLES = 0x00280002
_PHOTOMETRIC = 0x00280004
_FRAMES = 0x00280008
_ROWS = 0x00280010
_COLUMNS = 0x00280011
_BITS_ALLOCATED = 0x00280100
_BURNED_IN = 0x00280301
_PIXEL_PROVIDER = 0x00287FE0

WANTED = frozenset(
    {
        *(_CHARACTER_SET, _IMAGE_TYPE, _SOP_CLASS, _SOP_INSTANCE, _STUDY_DATE, _MODALITY, _CONVERSION_TYPE),
        *(_STUDY_DESCRIPTION, _SERIES_DESCRIPTION, _PATIENT_NAME, _PATIENT_ID, _BIRTH_DATE, _SEX, _IDENTITY_REMOVED),
        *(_STUDY, _SERIES, _SERIES_NUMBER, _INSTANCE_NUMBER, _SAMPLES, _PHOTOMETRIC, _FRAMES, _ROWS, _COLUMNS),
        *(_BITS_ALLOCATED, _BURNED_IN, _PIXEL_PROVIDER),
    },
)
_OWN = frozenset({_SOP_INSTANCE, _INSTANCE_NUMBER})  # what instances of a series differ in
_SHARED = tuple(sorted(WANTED - _OWN - {_PIXEL_PROVIDER}))
_SHARED_SIZE = 1024  # bytes, about
_UIDS = {
    _SOP_INSTANCE: "SOPInstanceUID",
    _SOP_CLASS: "SOPClassUID",
    _STUDY: "StudyInstanceUID",
    _SERIES: "SeriesInstanceUID",
}
# as the wire has it: a component with a leading zero is against PS3.5 section 9.1, and common
_UID = re.compile(r"[0-9]+(\.[0-9]+)*", re.ASCII)
_SUBSAMPLED = {"YBR_FULL_422": (2, 3), "YBR_PARTIAL_422": (2, 3), "YBR_PARTIAL_420": (1, 2)}


def examine(
    location: Location, file: BinaryIO, size: int, modified_ns: int, familiar: Familiar | None = None
) -> Instance | LeftOut:
    """What a file is.

    Args:
        file: seekable, forward is enough.
        size: bytes of the file.
        familiar: as by `read_structure`.

    Raises:
        OSError: reading failed.
    """
    try:
        structure = read_structure(file, size, WANTED, familiar=familiar)
        if structure.inflated is not None:
            structure.inflated.close()
        values = structure.values
        key = (structure.little, structure.transfer_syntax_uid, *map(values.get, _SHARED))
        shared = None if familiar is None else familiar.said.at_hand(key) or familiar.said.recall(key, _SHARED_SIZE)
        _check_picture(structure, _picture_size(structure) if shared is None else shared.picture_size)
        uids = _UIDS if shared is None else (_SOP_INSTANCE,)  # the others are then known to be valid
        bad = [_UIDS[tag] for tag in uids if not _is_uid(code(values.get(tag, b"")))]
        if bad:
            detail = f"{' and '.join(bad)} missing or not valid."
            return LeftOut(location, LeftOutReason.NO_SOP_INSTANCE_UID, detail, size)
        if shared is None:
            shared = _shared(structure)
            if familiar is not None:
                familiar.said.keep(key, shared, _SHARED_SIZE)
        return Instance(
            location=location,
            size=size,
            modified_ns=modified_ns,
            sop_instance_uid=code(values[_SOP_INSTANCE]),
            instance_number=integer(values.get(_INSTANCE_NUMBER, b"")),
            **shared.said,
        )
    except MediaDirectory as error:
        return LeftOut(location, LeftOutReason.DICOMDIR, error.message, size)
    except NotDicom as error:
        return LeftOut(location, LeftOutReason.NOT_DICOM, error.message, size)
    except DamagedFile as error:
        return LeftOut(location, LeftOutReason.DAMAGED, error.message, size)
    except UndecodableTextError:
        detail = "The patient's ID or name is not written in the character set that the file declares."
        return LeftOut(location, LeftOutReason.DAMAGED, detail, size)


def _is_uid(text: str) -> bool:
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def _shared(structure: Structure) -> Shared:
    values = structure.values

    def value(tag: int) -> bytes:
        return values.get(tag, b"")

    def common(tag: int) -> str:
        return sys.intern(code(values.get(tag, b"")))

    # these texts are those of many instances, and are kept once
    characters = CharacterSet(value(_CHARACTER_SET))
    said = {
        "sop_class_uid": common(_SOP_CLASS),
        "study_instance_uid": common(_STUDY),
        "series_instance_uid": common(_SERIES),
        "transfer_syntax_uid": sys.intern(structure.transfer_syntax_uid),
        "patient_id": sys.intern(characters.text(value(_PATIENT_ID))),
        "patient_name": sys.intern(characters.name(value(_PATIENT_NAME))),
        "patient_birth_date": common(_BIRTH_DATE),
        "patient_sex": common(_SEX),
        "modality": common(_MODALITY),
        "study_date": common(_STUDY_DATE),
        "study_description": sys.intern(characters.label(value(_STUDY_DESCRIPTION))),
        "series_description": sys.intern(characters.label(value(_SERIES_DESCRIPTION))),
        "series_number": integer(value(_SERIES_NUMBER)),
        "number_of_frames": _frames(structure),
        "rows": _short(structure, _ROWS),
        "columns": _short(structure, _COLUMNS),
        "burned_in_annotation": common(_BURNED_IN),
        "image_type": _parts(common(_IMAGE_TYPE)) if value(_IMAGE_TYPE) else (),
        "conversion_type": common(_CONVERSION_TYPE),
        "patient_identity_removed": common(_IDENTITY_REMOVED),
    }
    return Shared(said, _picture_size(structure))


@lru_cache(256)
def _parts(text: str) -> tuple[str, ...]:
    """The values of a code string; few different ones occur."""
    return tuple(part.strip() for part in text.split("\\"))


def _short(structure: Structure, tag: int, default: int = 0) -> int:
    """An unsigned short (US)."""
    value = structure.values.get(tag, b"")
    return int.from_bytes(value, "little" if structure.little else "big") if len(value) == 2 else default


def _frames(structure: Structure) -> int:
    return max(integer(structure.values.get(_FRAMES, b"")) or 1, 1)


def _picture_size(structure: Structure) -> int:
    """Bytes that the pixel data has at least if it is not compressed, as the header says; 0 if it says of none.

    Source: PS3.3 section C.7.6.3 (Image Pixel module), PS3.5 section 8.1.1.
    """
    rows, columns = _short(structure, _ROWS), _short(structure, _COLUMNS)
    bits = rows * columns * _frames(structure) * _short(structure, _SAMPLES, 1) * _short(structure, _BITS_ALLOCATED)
    of, whole = _SUBSAMPLED.get(code(structure.values.get(_PHOTOMETRIC, b"")), (1, 1))
    return (bits * of // whole + 7) // 8


def _check_picture(structure: Structure, size: int) -> None:
    """Refuse a picture that is missing or shorter than the header says: the file was cut, however neatly.

    Args:
        size: bytes that it has at least.
    """
    pixel = structure.pixel
    if pixel is None:
        sop_class = UIDS.get(code(structure.values.get(_SOP_CLASS, b"")))
        has_size = _short(structure, _ROWS) and _short(structure, _COLUMNS)
        is_picture = has_size or (sop_class is not None and "Image Storage" in sop_class.name)
        if is_picture and _PIXEL_PROVIDER not in structure.values:
            raise DamagedFile("The picture is missing. The file may have been copied only in part.")
    elif pixel.length is not None and pixel.length < size:
        raise DamagedFile("The picture is shorter than the file's header says. It may have been written only in part.")
