"""What a file itself says about its patient, before anything is replaced."""

from adit_uploader.deid.encoding import Element
from adit_uploader.deid.identity import Identity, PatientSecrets
from adit_uploader.deid.texts import decode, is_plain
from adit_uploader.deid.uids import is_well_known
from adit_uploader.dicom.texts import CharacterSet

# What kind of secret an element of the patient holds; its table row says only that it is one.
IDS = frozenset(
    {
        0x00100020,  # PatientID
        0x00101000,  # OtherPatientIDs
        0x00101050,  # InsurancePlanIdentification
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
CHARACTER_SET = 0x00080005
_STUDY, _SERIES, _INSTANCE, _FRAME = 0x0020000D, 0x0020000E, 0x00080018, 0x00200052
_OWN_UIDS = frozenset({_STUDY, _SERIES, _INSTANCE, _FRAME})
_SINGLE = frozenset({"LT", "ST", "UT"})


def identity_of(elements: list[Element], characters: CharacterSet) -> tuple[Identity, frozenset[str]]:
    """Collect the patient's secrets and other persons' names of a whole data set, and the UIDs that name it."""
    found = _Found()
    found.add(elements, characters)
    secrets = PatientSecrets(
        frozenset(found.ids), frozenset(found.names), frozenset(found.birth_dates), frozenset(found.contacts)
    )
    return Identity(secrets, frozenset(found.others)), frozenset(found.uids)


class _Found:
    __slots__ = ("birth_dates", "contacts", "ids", "names", "others", "uids")

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.names: set[str] = set()
        self.birth_dates: set[str] = set()
        self.contacts: set[str] = set()
        self.others: set[str] = set()
        self.uids: set[str] = set()

    def add(self, elements: list[Element], characters: CharacterSet) -> None:
        for element in elements:
            tag = element.tag
            if tag == CHARACTER_SET:
                characters = CharacterSet(element.value)
            elif element.items is not None:
                for item in element.items:
                    self.add(item.elements, characters)
            elif element.vr == "PN":
                names = self.names if tag >> 16 == PATIENT_GROUP else self.others
                names.update(_values(element, characters))
            elif tag in IDS:
                self.ids.update(_values(element, characters))
            elif tag == BIRTH_DATE:
                self.birth_dates.update(_values(element, characters))
            elif tag in CONTACTS:
                self.contacts.update(_values(element, characters))
            elif tag in _OWN_UIDS:
                self.uids.update(uid for uid in _values(element, characters) if not is_well_known(uid))


def _values(element: Element, characters: CharacterSet) -> list[str]:
    return [
        value.strip()
        for text in _readings(element.value, characters)
        for value in ([text] if element.vr in _SINGLE else text.split("\\"))
        if value.strip()
    ]


def _readings(value: bytes, characters: CharacterSet) -> list[str]:
    """A value as declared; where that is wrong, or seems so, in the ways that it may be meant too.

    A name that is not understood would not be looked for.
    """
    text = decode(value, characters)
    if is_plain(value):
        return [text or ""]
    readings = [text] if text is not None else [characters.label(value), value.decode("cp1252", "replace")]
    try:
        readings.append(value.decode("utf-8"))
    except UnicodeDecodeError:
        return readings
    return list(dict.fromkeys(readings))
