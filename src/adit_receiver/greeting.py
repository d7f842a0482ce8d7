"""Who may come in, and what the welcome says."""

from importlib.metadata import version
from typing import Literal, cast

from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.digests import BLAKE3, knows
from adit_uploader.protocol.limits import CHUNK_SIZE, MAX_CHUNK_SIZE, SITE_PROFILES, VERSION, ZSTD
from adit_uploader.protocol.messages import DestinationInfo, Hello, Limits, Policies, ProfileName, Welcome

from .accounts import CAN_UPLOAD, Accounts, SignIn
from .conf import ReceiverSettings
from .errors import AccessDeniedError
from .jobs import allowed_modes, allowed_profiles
from .mails import can_mail
from .models import DestinationCheck, ReceiverPolicy
from .policy import current_policy, forwarding_hours
from .site_key import read_secret, site_key
from .site_profiles import offered_profiles, offers
from .store import used_bytes

_DISTRIBUTION = "adit-uploader"
_CHUNKS = 16  # at least, that credit lets be under way
FEATURES = frozenset({SITE_PROFILES, ZSTD, *((BLAKE3,) if knows(BLAKE3) else ())})
"""Optional parts of the protocol that this receiver knows."""


def check_access(sign_in: SignIn, accounts: Accounts) -> frozenset[str]:
    """The user's permissions, if uploads are open to them now.

    Raises:
        AccessDeniedError: locked or maintenance (4423), no permission (4403).
    """
    if reason := accounts.maintenance():
        raise AccessDeniedError(reason, CloseCode.LOCKED)
    if current_policy().locked and not sign_in.user.is_staff:
        raise AccessDeniedError("Uploads are locked by the administrator. Try again later.", CloseCode.LOCKED)
    permissions = accounts.permissions(sign_in.user)
    if CAN_UPLOAD not in permissions:
        raise AccessDeniedError("You may not upload here. Ask the administrator for it.", CloseCode.PERMISSION)
    return permissions


def welcome(sign_in: SignIn, accounts: Accounts, settings: ReceiverSettings, hello: Hello) -> Welcome:
    """The answer to hello.

    Raises:
        AccessDeniedError: another version of the protocol (4426), or as ``check_access``.
        SecretMissingError: the server's secret can't be read.
    """
    if hello.version != VERSION:
        raise AccessDeniedError(f"This receiver speaks version {VERSION} of the upload protocol.", CloseCode.VERSION)
    permissions = check_access(sign_in, accounts)
    policy = current_policy()
    own = offered_profiles() if SITE_PROFILES in hello.features else ()
    known = destination_answers()
    preferred = own[0].name if own and (own[0].preferred or policy.only_site_profiles) else ""
    return Welcome(
        program=f"adit-receiver {version(_DISTRIBUTION)}",
        user=sign_in.user.get_username(),
        department=accounts.department(sign_in.user),
        modes=allowed_modes(permissions, policy),
        destinations=tuple(
            DestinationInfo(target.name, target.kind, target.preselected, known.get(target.key, "unknown"))
            for target in accounts.destinations(sign_in.user)
        ),
        profile=cast("ProfileName", policy.profile),
        profiles=allowed_profiles(policy),
        features=tuple(feature for feature in hello.features if feature in FEATURES),
        site_key=site_key(read_secret(settings.secret_file), settings.institution).hex(),
        limits=Limits(settings.credit, _chunk(settings.credit), policy.largest_instance),
        policies=_policies(policy, sign_in.user.pk),
        site_profile=preferred,
        site_profiles=offers(own),
    )


def _chunk(credit: int) -> int:
    """Bytes a chunk may have: each costs both ends about as much as it would with half of them."""
    return max(CHUNK_SIZE, min(MAX_CHUNK_SIZE, credit // _CHUNKS))


def destination_answers() -> dict[str, Literal["yes", "no"]]:
    """Whether destinations have answered when a worker looked last, by their keys; without those never looked at."""
    rows = DestinationCheck.objects.filter(checked__isnull=False).values_list("key", "well")
    return {key: "yes" if well else "no" for key, well in rows}


def _policies(policy: ReceiverPolicy, owner_id: int) -> Policies:
    hours = forwarding_hours(policy)
    return Policies(
        burned_in="never" if policy.burned_in == "never" else "ask",
        single_patient_only=policy.single_patient_only,
        quota=policy.quota_per_user,
        used=used_bytes(owner_id),
        keep_files_days=policy.spool_days or 0,
        keep_jobs_days=policy.job_days or 0,
        forwarding_hours=str(hours) if hours else "",
        verified_first=policy.unverified,
        mails=can_mail(),
    )
