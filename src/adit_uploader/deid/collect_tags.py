"""Which elements hold what identifies the patient, and is searched for in all others."""

from adit_uploader.deid.vocabulary import dictionary_vr

# What kind of secret an element of the patient holds; its table row says only that it is one.
IDS = frozenset(
    {
        0x00100020,  # PatientID
        0x00101000,  # OtherPatientIDs
        0x00101090,  # MedicalRecordLocator
        0x00080050,  # AccessionNumber
        0x00380010,  # AdmissionID
        0x00380060,  # ServiceEpisodeID
    }
)
PATIENT_GROUP = 0x0010
BIRTH_DATE = 0x00100030
CONTACTS = frozenset(
    {0x00101040, 0x00102154, 0x00102155}
)  # PatientAddress, PatientTelephoneNumbers, PatientTelecomInformation


def is_secret(tag: int) -> bool:
    """Whether an element's values are secrets of the patient: searched for in all others."""
    named = tag >> 16 == PATIENT_GROUP and dictionary_vr(tag) == "PN"
    return named or tag in IDS or tag in CONTACTS or tag == BIRTH_DATE
