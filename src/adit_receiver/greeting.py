"""Who may come in, and what the welcome says."""

from importlib.metadata import version
from typing import cast

from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.limits import SITE_PROFILES, VERSION, ZSTD
from adit_uploader.protocol.messages import DestinationInfo, Hello, Limits, Policies, ProfileName, Welcome

from .accounts import CAN_UPLOAD, Accounts, SignIn
from .conf import ReceiverSettings
from .errors import AccessDeniedError
from .jobs import allowed_modes, allowed_profiles
from .policy import current_policy
from .site_key import read_secret, site_key
from .site_profiles import offered_profiles, offers

_DISTRIBUTION = "adit-uploader"
FEATURES = frozenset({SITE_PROFILES, ZSTD})
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
    preferred = own[0].name if own and (own[0].preferred or policy.only_site_profiles) else ""
    return Welcome(
        program=f"adit-receiver {version(_DISTRIBUTION)}",
        user=sign_in.user.get_username(),
        department=accounts.department(sign_in.user),
        modes=allowed_modes(permissions),
        destinations=tuple(
            DestinationInfo(target.name, target.kind, target.preselected)
            for target in accounts.destinations(sign_in.user)
        ),
        profile=cast("ProfileName", policy.profile),
        profiles=allowed_profiles(policy),
        features=tuple(feature for feature in hello.features if feature in FEATURES),
        site_key=site_key(read_secret(settings.secret_file), settings.institution).hex(),
        limits=Limits(credit=settings.credit, instance=policy.largest_instance),
        policies=Policies(
            burned_in="never" if policy.burned_in == "never" else "ask",
            single_patient_only=policy.single_patient_only,
        ),
        site_profile=preferred,
        site_profiles=offers(own),
    )
