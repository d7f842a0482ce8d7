"""One file looked at: a DICOM instance, or the reason why it is none that can be sent."""

import re
import sys
from functools import lru_cache
from typing import BinaryIO

from adit_uploader.standard.uids import UIDS

from .errors import DamagedFile, MediaDirectory, NotDicom
from .inventory import Instance, LeftOut, LeftOutReason, Location
from .stretches import Familiar
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
        _check_picture(structure)
        bad = [name for tag, name in _UIDS.items() if not _is_uid(code(structure.values.get(tag, b"")))]
        if bad:
            detail = f"{' and '.join(bad)} missing or not valid."
            return LeftOut(location, LeftOutReason.NO_SOP_INSTANCE_UID, detail, size)
        return _instance(location, size, modified_ns, structure)
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


def _instance(location: Location, size: int, modified_ns: int, structure: Structure) -> Instance:
    values = structure.values

    def value(tag: int) -> bytes:
        return values.get(tag, b"")

    def common(tag: int) -> str:
        return sys.intern(code(values.get(tag, b"")))

    # all but one of these texts are those of many instances, and are kept once
    characters = CharacterSet(value(_CHARACTER_SET))
    return Instance(
        location=location,
        size=size,
        modified_ns=modified_ns,
        sop_class_uid=common(_SOP_CLASS),
        sop_instance_uid=code(value(_SOP_INSTANCE)),
        study_instance_uid=common(_STUDY),
        series_instance_uid=common(_SERIES),
        transfer_syntax_uid=sys.intern(structure.transfer_syntax_uid),
        patient_id=sys.intern(characters.text(value(_PATIENT_ID))),
        patient_name=sys.intern(characters.name(value(_PATIENT_NAME))),
        patient_birth_date=common(_BIRTH_DATE),
        patient_sex=common(_SEX),
        modality=common(_MODALITY),
        study_date=common(_STUDY_DATE),
        study_description=sys.intern(characters.label(value(_STUDY_DESCRIPTION))),
        series_description=sys.intern(characters.label(value(_SERIES_DESCRIPTION))),
        series_number=integer(value(_SERIES_NUMBER)),
        instance_number=integer(value(_INSTANCE_NUMBER)),
        number_of_frames=_frames(structure),
        rows=_short(structure, _ROWS),
        columns=_short(structure, _COLUMNS),
        burned_in_annotation=common(_BURNED_IN),
        image_type=_parts(common(_IMAGE_TYPE)) if value(_IMAGE_TYPE) else (),
        conversion_type=common(_CONVERSION_TYPE),
        patient_identity_removed=common(_IDENTITY_REMOVED),
    )


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


def _check_picture(structure: Structure) -> None:
    """Refuse a picture that is missing or shorter than the header says: the file was cut, however neatly.

    Source: PS3.3 section C.7.6.3 (Image Pixel module), PS3.5 section 8.1.1.
    """
    rows, columns = _short(structure, _ROWS), _short(structure, _COLUMNS)
    pixel = structure.pixel
    if pixel is None:
        sop_class = UIDS.get(code(structure.values.get(_SOP_CLASS, b"")))
        is_picture = (rows and columns) or (sop_class is not None and "Image Storage" in sop_class.name)
        if is_picture and _PIXEL_PROVIDER not in structure.values:
            raise DamagedFile("The picture is missing. The file may have been copied only in part.")
        return
    if pixel.length is None:
        return
    bits = rows * columns * _frames(structure) * _short(structure, _SAMPLES, 1) * _short(structure, _BITS_ALLOCATED)
    of, whole = _SUBSAMPLED.get(code(structure.values.get(_PHOTOMETRIC, b"")), (1, 1))
    if pixel.length < (bits * of // whole + 7) // 8:
        raise DamagedFile("The picture is shorter than the file's header says. It may have been written only in part.")
