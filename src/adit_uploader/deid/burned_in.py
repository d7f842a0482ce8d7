"""Which instances may show the patient's name in the picture itself: they are held until a person has looked."""

from enum import StrEnum
from functools import lru_cache
from typing import Protocol


class BurnedInReason(StrEnum):
    """Why an instance is held."""

    ANNOTATION = "burned-in-annotation"  # the file says so, or does not say NO
    ULTRASOUND = "ultrasound"
    SECONDARY_CAPTURE = "secondary-capture"
    SCANNED = "scanned-document"  # scanned or digitized: film, paper
    PHOTO = "visible-light"
    VIDEO = "video"
    ENCAPSULATED = "encapsulated-document"
    SCREEN_SAVE = "screen-save"
    FLUOROSCOPY = "x-ray-capture"  # stored screens of fluoroscopy and angiography consoles


class Looks(Protocol):
    """What the gate looks at; an instance that the scan found has all of it."""

    @property
    def sop_class_uid(self) -> str: ...

    @property
    def modality(self) -> str: ...

    @property
    def image_type(self) -> tuple[str, ...]: ...

    @property
    def conversion_type(self) -> str: ...

    @property
    def burned_in_annotation(self) -> str: ...


_STORAGE = "1.2.840.10008.5.1.4.1.1."
_CLASSES = (
    (BurnedInReason.ENCAPSULATED, ("104",)),
    (BurnedInReason.ULTRASOUND, ("3", "3.1", "6", "6.1", "6.2", "6.3")),
    (BurnedInReason.VIDEO, ("77.1.1.1", "77.1.2.1", "77.1.4.1")),
    (BurnedInReason.PHOTO, ("77.1",)),
    (BurnedInReason.SECONDARY_CAPTURE, ("7",)),
)
_MODALITIES = {
    **dict.fromkeys(("US", "IVUS", "BDUS", "EPS"), BurnedInReason.ULTRASOUND),
    **dict.fromkeys(("ES", "XC", "GM", "SM", "OP", "OPM", "DMS"), BurnedInReason.PHOTO),
    **dict.fromkeys(("DOC", "HC", "FID"), BurnedInReason.SCANNED),
    **dict.fromkeys(("OT", "SC"), BurnedInReason.SECONDARY_CAPTURE),
}
_CONVERSIONS = {"DF": BurnedInReason.SCANNED, "SD": BurnedInReason.SCANNED}  # digitized film, scanned document
_CAPTURES = {"RF": BurnedInReason.FLUOROSCOPY, "XA": BurnedInReason.FLUOROSCOPY}
_SCREEN_WORDS = ("SCREEN", "CAPTURE", "DOSE_REPORT")


def burned_in_risk(instance: Looks) -> BurnedInReason | None:
    """Return why this instance's picture may hold burned-in identity, or None.

    Only what the header says is looked at; a picture that hides its text behind an honest-looking header passes.
    Source: PS3.3 C.7.6.1.1.7 (Burned In Annotation), C.8.6.1 (Conversion Type), PS3.4 table B.5-1 (classes).
    """
    return _risk(
        instance.burned_in_annotation.strip().upper(),
        instance.conversion_type.strip().upper(),
        instance.modality.strip().upper(),
        instance.sop_class_uid,
        instance.image_type,
    )


@lru_cache(256)  # the instances of a series hardly differ in these
def _risk(
    annotation: str, conversion: str, modality: str, sop_class_uid: str, image_type: tuple[str, ...]
) -> BurnedInReason | None:
    if annotation and annotation != "NO":
        return BurnedInReason.ANNOTATION
    by_class = _by_class(sop_class_uid)
    capture = _CAPTURES.get(modality, BurnedInReason.SECONDARY_CAPTURE)
    reasons = (
        by_class if by_class is BurnedInReason.ENCAPSULATED else None,
        _CONVERSIONS.get(conversion),
        _MODALITIES.get(modality),
        capture if by_class is BurnedInReason.SECONDARY_CAPTURE or conversion else by_class,
        BurnedInReason.SCREEN_SAVE if _is_screen(image_type) else None,
    )
    return next((reason for reason in reasons if reason is not None), None)


def _by_class(sop_class_uid: str) -> BurnedInReason | None:
    for reason, roots in _CLASSES:
        for root in roots:
            if sop_class_uid == _STORAGE + root or sop_class_uid.startswith(f"{_STORAGE}{root}."):
                return reason
    return None


def _is_screen(image_type: tuple[str, ...]) -> bool:
    return any(word in value.upper() for value in image_type for word in _SCREEN_WORDS)
