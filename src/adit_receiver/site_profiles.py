"""De-identification profiles of the receiver's own: added, offered to clients, found again for a job.

What is stored is the text; what it means is read anew each time by the same code that the clients and the door use.
"""

from collections.abc import Sequence

from adit_uploader.deid.errors import InvalidProfile
from adit_uploader.deid.profile_file import read_profile
from adit_uploader.deid.profiles import Profile
from adit_uploader.protocol.limits import MAX_SITE_PROFILES
from adit_uploader.protocol.messages import SiteProfile as Offer

from .errors import ProfileNotAddedError
from .models import SiteProfile
from .transactions import again


def checked_profile(data: bytes | str, file: str = "") -> Profile:
    """The profile of a text that is to be added.

    Raises:
        InvalidProfile: it has mistakes.
        ProfileNotAddedError: there is another one of this name and version, or there are too many.
    """
    profile = read_profile(data, file)
    rows = SiteProfile.objects.filter(name=profile.name)
    same = rows.filter(version=profile.version).first()
    if same is not None and same.digest != profile.digest:
        raise ProfileNotAddedError(
            f"There is another version {profile.version} of {profile.name} already. What results were made by must "
            "stay to be known: count the version up."
        )
    newest = rows.order_by("-version").first()
    if newest is not None and newest.version > profile.version:
        raise ProfileNotAddedError(
            f"{profile.name} has version {newest.version} already. Count the version up from there."
        )
    others = SiteProfile.objects.filter(offered=True).exclude(name=profile.name).count()
    if others >= MAX_SITE_PROFILES:
        raise ProfileNotAddedError(f"At most {MAX_SITE_PROFILES} profiles can be offered at once. Withdraw one first.")
    return profile


def add_profile(data: bytes | str, file: str = "", *, preferred: bool = False) -> SiteProfile:
    """Adds a profile and offers it from now on; earlier versions of it are withdrawn. Adding it again offers it again.

    Args:
        preferred: clients use it unless the user picks another.

    Raises:
        As ``checked_profile``.
    """
    return _add(checked_profile(data, file), preferred=preferred)


@again
def _add(profile: Profile, *, preferred: bool) -> SiteProfile:
    SiteProfile.objects.filter(name=profile.name, offered=True).update(offered=False, preferred=False)
    if preferred:
        SiteProfile.objects.filter(preferred=True).update(preferred=False)
    row, _ = SiteProfile.objects.update_or_create(
        name=profile.name,
        version=profile.version,
        defaults={
            "digest": profile.digest,
            "text": profile.site.text if profile.site else "",
            "keeps": [target.name for target in profile.keeps_identifiers],
            "offered": True,
            "preferred": preferred,
        },
    )
    return row


def offered_profiles() -> Sequence[SiteProfile]:
    """Those that clients may use, the preferred one first; without what this version reads otherwise."""
    rows = SiteProfile.objects.filter(offered=True).order_by("-preferred", "name")[:MAX_SITE_PROFILES]
    return [row for row in rows if _profile_of(row) is not None]


def offers(rows: Sequence[SiteProfile]) -> tuple[Offer, ...]:
    """What the welcome says of them."""
    return tuple(Offer(row.name, row.version, row.digest, row.text) for row in rows)


def offered_profile(name: str, digest: str) -> Profile | None:
    """The profile of this name and hash, if it is offered now."""
    row = SiteProfile.objects.filter(name=name, digest=digest, offered=True).first()
    return None if row is None else _profile_of(row)


def _profile_of(row: SiteProfile) -> Profile | None:
    try:
        profile = read_profile(row.text)
    except InvalidProfile:
        return None
    return profile if profile.digest == row.digest else None
