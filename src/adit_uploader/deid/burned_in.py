"""Which instances may show the patient's name in the picture itself: they are held until a person has looked."""

from enum import StrEnum

from adit_uploader.dicom.inventory import Instance


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


_SR = "1.2.840.10008.5.1.4.1.1."

ENCAPSULATED_PREFIX = _SR + "104."
SECONDARY_CAPTURE_PREFIX = _SR + "7"  # .7 and the multi-frame .7.1 to .7.4
ULTRASOUND_PREFIXES = (_SR + "3.1", _SR + "6.1", _SR + "6.2", _SR + "6.3", _SR + "3", _SR + "6")
PHOTO_PREFIXES = (
    _SR + "77.1.1",
    _SR + "77.1.2",
    _SR + "77.1.3",
    _SR + "77.1.4",
    _SR + "77.1.5",
    _SR + "77.1.6",
    _SR + "77.1.7",
)
VIDEO_CLASSES = frozenset({_SR + "77.1.1.1", _SR + "77.1.2.1", _SR + "77.1.4.1"})

ULTRASOUND_MODALITIES = frozenset({"US", "IVUS", "BDUS", "EPS"})
PHOTO_MODALITIES = frozenset({"ES", "XC", "GM", "SM", "OP", "DMS", "OPM"})
SCANNED_MODALITIES = frozenset({"DOC", "HC", "FID"})
OTHER_MODALITIES = frozenset({"OT", "SC"})
DIGITIZED = frozenset({"DF", "SD"})  # Conversion Type: digitized film, scanned document
CAPTURED = frozenset({"WSD", "DV", "DI", "SI", "DRW", "SYN"})

SCREEN_WORDS = ("SCREEN SAVE", "SCREENSAVE", "SCREENSHOT", "SCREEN CAPTURE", "CAPTURE", "DOSE_REPORT", "PROT")


def _is(uid: str, root: str) -> bool:
    return uid == root or uid.startswith(root + ".")


def burned_in_risk(instance: Instance) -> BurnedInReason | None:
    """Return why this instance's picture may hold burned-in identity, or None.

    Only what the header says is looked at; a picture that hides its text behind an honest-looking header
    passes. Source: PS3.3 C.7.6.1.1.7 (Burned In Annotation), C.8.6.1 (SC Equipment), DESIGN.
    """
    annotation = instance.burned_in_annotation.strip().upper()
    if annotation and annotation != "NO":
        return BurnedInReason.ANNOTATION
    sop_class = instance.sop_class_uid
    modality = instance.modality.strip().upper()
    if _is(sop_class, _SR + "104"):
        return BurnedInReason.ENCAPSULATED
    conversion = instance.conversion_type.strip().upper()
    if conversion in DIGITIZED or modality in SCANNED_MODALITIES:
        return BurnedInReason.SCANNED
    if any(_is(sop_class, root) for root in (_SR + "3", _SR + "3.1", _SR + "6")) or modality in ULTRASOUND_MODALITIES:
        return BurnedInReason.ULTRASOUND
    if sop_class in VIDEO_CLASSES:
        return BurnedInReason.VIDEO
    if any(_is(sop_class, root) for root in PHOTO_PREFIXES) or modality in PHOTO_MODALITIES:
        return BurnedInReason.PHOTO
    if _is(sop_class, _SR + "7") or conversion or modality in OTHER_MODALITIES:
        return BurnedInReason.SECONDARY_CAPTURE
    if any(word in value.upper() for value in instance.image_type for word in SCREEN_WORDS):
        return BurnedInReason.SCREEN_SAVE
    return None
