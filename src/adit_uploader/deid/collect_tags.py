"""Which elements hold what identifies the patient, and is searched for in all others."""

from enum import IntEnum, auto

from adit_uploader.deid.vocabulary import dictionary_vr

PATIENT_GROUP = 0x0010


class Kind(IntEnum):
    """What a text is of a person."""

    ID = auto()
    NAME = auto()
    BIRTH_DATE = auto()
    CONTACT = auto()
    OTHER_NAME = auto()  # of another person


# What an element of the patient holds; its table row says only that it identifies.
KINDS = {
    0x00100020: Kind.ID,  # PatientID
    0x00101000: Kind.ID,  # OtherPatientIDs
    0x00101050: Kind.ID,  # InsurancePlanIdentification
    0x00101090: Kind.ID,  # MedicalRecordLocator
    0x00080050: Kind.ID,  # AccessionNumber
    0x00380010: Kind.ID,  # AdmissionID
    0x00380060: Kind.ID,  # ServiceEpisodeID
    0x00100030: Kind.BIRTH_DATE,
    0x00101040: Kind.CONTACT,  # PatientAddress
    0x00102154: Kind.CONTACT,  # PatientTelephoneNumbers
    0x00102155: Kind.CONTACT,  # PatientTelecomInformation
}


def is_secret(tag: int) -> bool:
    """Whether an element's values are secrets of the patient: searched for in all others."""
    return tag in KINDS or (tag >> 16 == PATIENT_GROUP and dictionary_vr(tag) == "PN")
