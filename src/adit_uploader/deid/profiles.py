"""The profiles, as data: which options of the standard's table are on, and how a result is marked."""

from enum import StrEnum

from adit_uploader.deid.errors import UnknownProfile
from adit_uploader.deid.site_rules import SiteRule, Target
from adit_uploader.values import dataclass, field

KEEPS = "keeps identifiers: "
MAX_METHOD = 64  # characters of a value of (0012,0063), LO
SHORT_DIGEST = 16  # hex digits that a file and a message name a site's own profile by


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
class Site:
    """What makes a profile a site's own; made by ``profile_file``, which checks all of it.

    Attributes:
        base, base_version: the built-in profile that holds wherever no rule says otherwise.
        rules: in the order of their targets.
        text: the file, as it was written.
        digest: SHA-256 hex of the content in canonical form.
        keeps: the elements of which more is left than the base leaves.
        claims: options whose whole column of the table holds; None where not even the basic column does.
        mixed_dates: whether some dates are treated otherwise than the base treats dates.
    """

    base: str
    base_version: int
    rules: tuple[SiteRule, ...]
    text: str = field(repr=False, compare=False)
    digest: str
    keeps: tuple[Target, ...]
    claims: frozenset[Option] | None
    mixed_dates: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to de-identify.

    Attributes:
        name: stable, goes over the wire and into every result.
        version: grows with every change of what the profile keeps or removes.
        options: columns of the table that are on beside the basic one.
        summary: one sentence for people.
        site: rules of a site's own profile, None of a built-in one.
    """

    name: str
    version: int
    options: frozenset[Option]
    summary: str
    site: Site | None = None

    @property
    def digest(self) -> str:
        """SHA-256 hex of a site's own profile, '' of a built-in one."""
        return "" if self.site is None else self.site.digest

    @property
    def keeps_identifiers(self) -> tuple[Target, ...]:
        """The elements that a site's own profile keeps although its base would not leave them as they are."""
        return () if self.site is None else self.site.keeps

    @property
    def methods(self) -> tuple[str, ...]:
        """De-identification Method (0012,0063): program, profile and version; then what a site's own profile is.

        Each at most 64 characters.
        """
        first = f"adit-uploader profile {self.name} version {self.version}"
        if self.site is None:
            return (first,)
        based = f"based on {self.site.base} version {self.site.base_version}"
        return (first, based, f"profile hash {self.site.digest[:SHORT_DIGEST]}", *_kept_words(self.site.keeps))

    @property
    def codes(self) -> tuple[MethodCode, ...]:
        """Items of De-identification Method Code Sequence (0012,0064), sorted by value.

        Of a site's own profile only what its rules leave true, () where they leave less than the Basic Profile and
        the options that hold: an option is a change of that profile, and means nothing without it (PS3.15 E.3).
        """
        claims = self.options if self.site is None else self.site.claims
        if claims is None:
            return ()
        codes = [BASIC_CODE, *(OPTION_CODES[option] for option in claims)]
        return tuple(sorted(codes, key=lambda code: code.value))

    @property
    def longitudinal(self) -> str:
        """Longitudinal Temporal Information Modified (0028,0303): UNMODIFIED, MODIFIED or REMOVED."""
        if self.site is not None and self.site.mixed_dates:
            return "MODIFIED"
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


def _kept_words(targets: tuple[Target, ...]) -> list[str]:
    """``keeps identifiers: PatientBirthDate, AccessionNumber`` in as many values as it needs."""
    values: list[str] = []
    for word in dict.fromkeys(target.short for target in targets):
        if values and len(values[-1]) + 2 + len(word) <= MAX_METHOD:
            values[-1] += f", {word}"
        else:
            values.append(f"{KEEPS}{word}")
    return values


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
