"""Which elements hold what identifies the patient, and is searched for in all others."""

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
