"""What a file itself says about its patient, before anything is replaced."""

from adit_uploader.deid.collect_tags import BIRTH_DATE, CONTACTS, IDS, PATIENT_GROUP
from adit_uploader.deid.encoding import Element
from adit_uploader.deid.identity import Identity, PatientSecrets
from adit_uploader.deid.texts import decode
from adit_uploader.deid.uids import is_well_known
from adit_uploader.dicom.texts import CharacterSet

CHARACTER_SET = 0x00080005
_STUDY, _SERIES, _INSTANCE, _FRAME = 0x0020000D, 0x0020000E, 0x00080018, 0x00200052
_OWN_UIDS = frozenset({_STUDY, _SERIES, _INSTANCE, _FRAME})
_SINGLE = frozenset({"LT", "ST", "UT"})


def identity_of(
    elements: list[Element], characters: CharacterSet, *, without: frozenset[int] = frozenset()
) -> tuple[Identity, frozenset[str]]:
    """Collect the patient's secrets and other persons' names of a whole data set, and the UIDs that name it.

    Args:
        without: elements whose values are not collected.
    """
    found = _Found(without)
    found.add(elements, characters)
    secrets = PatientSecrets(
        frozenset(found.ids), frozenset(found.names), frozenset(found.birth_dates), frozenset(found.contacts)
    )
    return Identity(secrets, frozenset(found.others)), frozenset(found.uids)


class _Found:
    __slots__ = ("birth_dates", "contacts", "ids", "names", "others", "uids", "without")

    def __init__(self, without: frozenset[int]) -> None:
        self.without = without
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
            elif tag in self.without:
                continue
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
    text = decode(element.value, characters)
    if not text:
        return []
    values = [text] if element.vr in _SINGLE else text.split("\\")
    return [value.strip() for value in values if value.strip()]
