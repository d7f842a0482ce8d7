"""What the standard's table does not list, and what may hold a person, a story or a reference all the same."""

import re
from functools import lru_cache

from adit_uploader.deid.vocabulary import keyword

# Dates of the patient in another spelling, persons and places that are written as texts, identifiers of documents.
IDENTIFYING = frozenset(
    {
        0x00100033,  # PatientBirthDateInAlternativeCalendar
        0x00100034,  # PatientDeathDateInAlternativeCalendar
        0x00102298,  # ResponsiblePersonRole: the person always goes, and without one it may not be there
        0x00181803,  # NTPSourceAddress
        0x0040E001,  # HL7InstanceIdentifier
        0x00720008,  # HangingProtocolCreator
        0x00720010,  # HangingProtocolUserGroupName
    }
)
# UIDs of what everyone has: classes, syntaxes, coding schemes, programs, palettes. Others name something of the site.
_COMMON_UIDS = frozenset(
    {0x00080016, 0x0008001A, 0x0008001B, 0x0008010C, 0x0008010D, 0x00080117, 0x00080118, 0x0008040E, 0x00081150}
    | {0x00089123, 0x00280304, 0x00340003, 0x04000010, 0x04000510, 0x30100052, 0x30100053}
)
_CODES = frozenset({0x00080114, 0x00080115, 0x00080116})  # of coding schemes: external ID, name, organization
_FREE = frozenset({"LT", "ST", "UT"})
_FREE_KEYWORD = re.compile(
    r".*(?:Comments?|Descriptions?|Explanation|Label|Meaning|Narrative|Text|Title)"
    r"|DeidentificationMethod"  # of earlier steps
    r"|(?:AcquisitionProtocol|ApplicationSetup|Beam|Block|DataSet|HangingProtocol|RTImage|Stage|View)Name"
)


@lru_cache(4096)
def is_free_text(tag: int, vr: str) -> bool:
    """Whether people write into an element what they like."""
    if vr in _FREE:
        return tag not in _CODES
    return _FREE_KEYWORD.fullmatch(keyword(tag)) is not None


def is_common_uid(tag: int) -> bool:
    """Whether an element holds a UID that everyone has."""
    return tag in _COMMON_UIDS
