"""New UIDs: the same for the same original and site key, in every file, on every machine, in every year."""

import hashlib
import hmac

IMPLEMENTATION_CLASS_UID = "2.25.228163771529485022186529107236155190371"
IMPLEMENTATION_VERSION_NAME = "ADIT_UPLOADER_1"

DICOM_ROOT = "1.2.840.10008."  # PS3.6 Annex A: registered by the standard, the same in everyone's files


def is_well_known(uid: str) -> bool:
    """Whether a UID was registered by the standard (transfer syntax, SOP class, coding scheme, ...) and stays.

    Instance UIDs that a vendor wrongly made under the standard's root are not told apart by form; the engine
    asks this only for elements that the profile lets keep such values.
    """
    return uid.startswith(DICOM_ROOT)


def new_uid(site_key: bytes, uid: str) -> str:
    """Return ``2.25.`` and the 128-bit integer of HMAC-SHA256(site key, uid).

    Args:
        site_key: 32 bytes.
        uid: the original UID; trailing NUL and spaces are not part of it.

    Source: PS3.5 Annex B.2 (UUID derived UID) for the form.
    """
    text = uid.strip("\0 ")
    digest = hmac.digest(site_key, text.encode("utf-8"), hashlib.sha256)
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"
