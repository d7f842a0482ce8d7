"""The profiles, as data: which options of the standard's table are on, and how a result is marked."""

from enum import StrEnum

from adit_uploader.deid.errors import UnknownProfile
from adit_uploader.values import dataclass


class Option(StrEnum):
    """An option of PS3.15 Annex E: a column of Table E.1-1."""

    SAFE_PRIVATE = "safe-private"
    UIDS = "uids"
    DEVICE = "device"
    INSTITUTION = "institution"
    PATIENT = "patient"
    FULL_DATES = "full-dates"
    MODIFIED_DATES = "modified-dates"
    DESCRIPTORS = "descriptors"
    STRUCTURED_CONTENT = "structured-content"
    GRAPHICS = "graphics"


@dataclass(frozen=True, slots=True)
class MethodCode:
    """An item of De-identification Method Code Sequence (0012,0064). Source: PS3.16 CID 7050."""

    value: str
    meaning: str
    scheme: str = "DCM"


BASIC_CODE = MethodCode("113100", "Basic Application Confidentiality Profile")
BLANKED_CODE = MethodCode("113101", "Clean Pixel Data Option")  # of files in whose pictures rectangles were blanked

OPTION_CODES: dict[Option, MethodCode] = {
    Option.STRUCTURED_CONTENT: MethodCode("113104", "Clean Structured Content Option"),
    Option.DESCRIPTORS: MethodCode("113105", "Clean Descriptors Option"),
    Option.FULL_DATES: MethodCode("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    Option.MODIFIED_DATES: MethodCode("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    Option.PATIENT: MethodCode("113108", "Retain Patient Characteristics Option"),
    Option.DEVICE: MethodCode("113109", "Retain Device Identity Option"),
    Option.UIDS: MethodCode("113110", "Retain UIDs Option"),
    Option.SAFE_PRIVATE: MethodCode("113111", "Retain Safe Private Option"),
    Option.INSTITUTION: MethodCode("113112", "Retain Institution Identity Option"),
    Option.GRAPHICS: MethodCode("113103", "Clean Graphics Option"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to de-identify.

    Attributes:
        name: stable, goes over the wire and into every result.
        version: grows with every change of what the profile keeps or removes.
        options: columns of the table that are on beside the basic one.
        summary: one sentence for people.
    """

    name: str
    version: int
    options: frozenset[Option]
    summary: str

    @property
    def method(self) -> str:
        """First value of De-identification Method (0012,0063): program, profile and version, at most 64 characters."""
        return f"adit-uploader profile {self.name} version {self.version}"

    @property
    def codes(self) -> tuple[MethodCode, ...]:
        """Items of De-identification Method Code Sequence (0012,0064), sorted by value."""
        codes = [BASIC_CODE, *(OPTION_CODES[option] for option in self.options)]
        return tuple(sorted(codes, key=lambda code: code.value))

    @property
    def longitudinal(self) -> str:
        """Longitudinal Temporal Information Modified (0028,0303): UNMODIFIED, MODIFIED or REMOVED."""
        if Option.FULL_DATES in self.options:
            return "UNMODIFIED"
        return "MODIFIED" if Option.MODIFIED_DATES in self.options else "REMOVED"


_RESEARCH = frozenset({Option.PATIENT, Option.DEVICE, Option.DESCRIPTORS, Option.SAFE_PRIVATE})

BASIC = Profile(
    "basic",
    1,
    frozenset(),
    "The standard's Basic Application Level Confidentiality Profile: everything that may identify goes, dates too.",
)
RESEARCH = Profile(
    "research",
    1,
    _RESEARCH | {Option.MODIFIED_DATES},
    "Dates move together by one number of days per patient; patient characteristics, device, cleaned descriptions "
    "and private elements that the standard calls safe stay.",
)
RESEARCH_FULL_DATES = Profile(
    "research-full-dates",
    1,
    _RESEARCH | {Option.FULL_DATES},
    "The same as research, with the real dates.",
)

DEFAULT = RESEARCH
PROFILES: dict[str, Profile] = {one.name: one for one in (BASIC, RESEARCH, RESEARCH_FULL_DATES)}


def profile(name: str) -> Profile:
    """Return the profile of this name.

    Raises:
        UnknownProfile: there is none.
    """
    try:
        return PROFILES[name]
    except KeyError:
        known = ", ".join(PROFILES)
        raise UnknownProfile(f"There is no profile of this name. Profiles of this version: {known}.") from None
