"""Coded entries (PS3.3 section 8.8) and the coding schemes that everyone has (PS3.16 table 8-1)."""

from adit_uploader.deid.encoding import Element

PUBLIC_SCHEMES = frozenset(
    {"DCM", "SCT", "SRT", "SNM3", "SNM", "UCUM", "LN", "FMA", "RADLEX", "UMLS", "RADELEMENT", "RXNORM"}
    | {"I9", "I9C", "I10", "I10C", "I10P", "ICDO3", "C4", "NCIt", "MSH", "BI", "BARI", "MA", "UBERON", "ISO3166_1"}
    | {"RFC5646", "IETF4646", "ISO639_1", "ISO639_2", "DCMUID", "PUBCHEM_CID", "NEU", "NDC", "CTV3", "ACR", "ATC"}
)
_CODE_VALUES = frozenset({0x00080100, 0x00080119, 0x00080120})


def is_code(elements: list[Element]) -> bool:
    """Whether an item is a coded entry."""
    return any(element.tag in _CODE_VALUES for element in elements)
