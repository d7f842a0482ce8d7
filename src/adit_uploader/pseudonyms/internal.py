"""Internal pseudonyms: SHA3-256 (keyed: HMAC-SHA3-256) over department and PatientID.

``docs/pseudonyms.md`` is the normative definition with test vectors; it never changes.
"""

import hashlib
import hmac
import unicodedata

from .errors import EmptyDepartment, EmptyPatientId, UnusableCharacter, ValueTooLong

DEPARTMENT_SIZE = 512  # bytes: 128 characters of at most 4 bytes
PATIENT_ID_SIZE = 256  # bytes: 64 characters of at most 4 bytes
KEY_SIZE = 32  # bytes


def normalise(text: str) -> str:
    """The form in which departments and PatientIDs are compared and hashed: NFC, without spaces (U+0020) around."""
    return unicodedata.normalize("NFC", text).strip(" ")


def hash_input(department: str, patient_id: str) -> bytes:
    """The 768 bytes that are hashed: both values normalised, in UTF-8, right-padded with NUL to 512 and 256 bytes.

    Raises:
        EmptyDepartment, EmptyPatientId: nothing is left after normalisation.
        ValueTooLong: a value does not fit its field.
        UnusableCharacter: a value holds NUL (padding could not be told from it) or a lone surrogate.
    """
    department = normalise(department)
    if not department:
        raise EmptyDepartment
    patient_id = normalise(patient_id)
    if not patient_id:
        raise EmptyPatientId
    return _padded("department", department, DEPARTMENT_SIZE) + _padded("PatientID", patient_id, PATIENT_ID_SIZE)


def internal_pseudonym(department: str, patient_id: str, key: bytes | None = None) -> str:
    """The pseudonym, 64 lowercase hexadecimal digits.

    Args:
        department: as the server knows it.
        patient_id: decoded by the data set's character set.
        key: the department's 32 bytes, for the keyed variant.

    Raises:
        EmptyDepartment, EmptyPatientId, ValueTooLong, UnusableCharacter: as ``hash_input``.
        ValueError: the key has not 32 bytes.
    """
    data = hash_input(department, patient_id)
    if key is None:
        return hashlib.sha3_256(data).hexdigest()
    if len(key) != KEY_SIZE:
        raise ValueError(f"a department key has {KEY_SIZE} bytes")
    return hmac.new(key, data, hashlib.sha3_256).hexdigest()


def _padded(field: str, text: str, size: int) -> bytes:
    if "\0" in text:
        raise UnusableCharacter(field)
    try:
        encoded = text.encode("utf-8")
    except UnicodeEncodeError:
        raise UnusableCharacter(field) from None
    if len(encoded) > size:
        raise ValueTooLong(field, size)
    return encoded.ljust(size, b"\0")
