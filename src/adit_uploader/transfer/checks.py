"""Whether a plan fits what the receiver allows this user now. Does no I/O."""

import hmac

from adit_uploader.deid.profiles import SHORT_DIGEST
from adit_uploader.filled import Filled
from adit_uploader.protocol.messages import Welcome
from adit_uploader.pseudonyms.mode import Mode

from .errors import JobRefused, PlanOutdated
from .plan import UploadPlan


def check_allowed(plan: UploadPlan, welcome: Welcome) -> None:
    """Look before anything is sent; the receiver looks again.

    Raises:
        JobRefused: mode, destination, profile or burned-in pictures are not allowed for this user.
        PlanOutdated: the plan's new UIDs and dates were made for another site key.
    """
    if plan.mode.value not in welcome.modes:
        raise JobRefused("Your user may not send in this mode. Choose another one.", code="mode-not-allowed")
    if plan.destination not in {one.name for one in welcome.destinations}:
        raise JobRefused(
            "Your user may not send to this destination. Choose another one.", code="destination-not-allowed"
        )
    if welcome.policies.single_patient_only and len(plan.patients) > 1:
        raise JobRefused("The server takes uploads of a single patient only. Choose one patient.", code="one-patient")
    if plan.mode is Mode.NONE:
        return
    _check_profile(plan, welcome)
    if plan.burned_in_released and welcome.policies.burned_in == "never":
        raise JobRefused(
            "The server does not take series whose pictures may show the patient's name. Leave them out.",
            code="burned-in",
        )
    if not hmac.compare_digest(plan.site_key.hex(), welcome.site_key):
        raise PlanOutdated


def _check_profile(plan: UploadPlan, welcome: Welcome) -> None:
    if plan.site_profile is None:
        if plan.profile not in welcome.profiles:
            raise JobRefused(
                "The server does not allow this de-identification profile. Choose another one.", code="profile"
            )
        return
    offer = next((one for one in welcome.site_profiles if one.name == plan.profile), None)
    if offer is None:
        raise JobRefused(
            Filled(
                "The server does not offer the de-identification profile {profile} any more. Choose another one.",
                profile=plan.profile,
            ),
            code="profile",
        )
    if offer.hash != plan.profile_hash:
        raise JobRefused(
            Filled(
                "The server's profile {profile} has been changed (version {version}, hash {hash}; now version "
                "{new_version}, hash {new_hash}). Sign in again, and look at what it keeps before you send.",
                profile=plan.profile,
                version=plan.site_profile.version,
                hash=plan.profile_hash[:SHORT_DIGEST],
                new_version=offer.version,
                new_hash=offer.hash[:SHORT_DIGEST],
            ),
            code="profile-changed",
        )
