"""The de-identification profiles that a server offers, ready to be used. Does no I/O.

A site's own profile is used exactly as the server gave it: its content must have the hash that the server says, by
this program's own reading. A program that reads it otherwise (another version of the format, or of the base) does not
use it.
"""

from adit_uploader.deid.errors import InvalidProfile
from adit_uploader.deid.profile_file import read_profile
from adit_uploader.deid.profiles import PROFILES, Profile
from adit_uploader.filled import Filled
from adit_uploader.protocol.messages import SiteProfile, Welcome
from adit_uploader.values import dataclass

from .errors import JobRefused


@dataclass(frozen=True, slots=True)
class OfferedProfiles:
    """What a user may de-identify by.

    Attributes:
        usable: the server's own choice first.
        unusable: names of the site's own profiles that this program can't use as the server means them.
        preferred: name of the server's choice; it may be among the unusable ones.
    """

    usable: tuple[Profile, ...]
    unusable: tuple[str, ...]
    preferred: str

    def get(self, name: str = "") -> Profile:
        """The profile of this name; without one the server's choice.

        Raises:
            JobRefused: the server does not offer it, or this program can't use it; says which there are.
        """
        wanted = name or self.preferred
        found = next((one for one in self.usable if one.name == wanted), None)
        if found is not None:
            return found
        if wanted in self.unusable:
            raise JobRefused(
                Filled(
                    "The server's profile {profile} can't be used by this version of the program, which understands it "
                    "otherwise than the server. Install the version that the server's administrators name, or choose "
                    "another profile.",
                    profile=wanted,
                ),
                code="profile-not-understood",
            )
        known = ", ".join(one.name for one in self.usable) or "none"
        raise JobRefused(
            Filled(
                "The server does not allow the de-identification profile {profile}. Allowed: {known}.",
                profile=wanted,
                known=known,
            ),
            code="profile",
        )


def offered_profiles(welcome: Welcome) -> OfferedProfiles:
    """The profiles of a welcome."""
    preferred = welcome.site_profile or welcome.profile
    usable = [PROFILES[name] for name in welcome.profiles]
    unusable = []
    for offer in welcome.site_profiles:
        profile = _read(offer)
        if profile is None:
            unusable.append(offer.name)
        else:
            usable.append(profile)
    usable.sort(key=lambda one: one.name != preferred)
    return OfferedProfiles(tuple(usable), tuple(unusable), preferred)


def _read(offer: SiteProfile) -> Profile | None:
    try:
        profile = read_profile(offer.text)
    except InvalidProfile:
        return None
    same = (profile.name, profile.version, profile.digest) == (offer.name, offer.version, offer.hash)
    return profile if same else None
