"""What everybody should know before they upload: locked, suspended, maintenance."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from .accounts import accounts
from .models import ReceiverPolicy


@dataclass(frozen=True, slots=True)
class Notice:
    """One of them. heading: in a few words; text: what it means for uploads."""

    heading: str
    text: str


def notices() -> list[Notice]:
    """What is to be told now. Only looks: the policy's row is made by whoever sets something."""
    told = []
    if reason := accounts().maintenance():
        told.append(Notice(_("Maintenance"), _(reason)))
    policy = ReceiverPolicy.objects.filter(Q(locked=True) | Q(suspended=True)).first()
    if policy is not None and policy.locked:
        told.append(
            Notice(
                _("Uploads are locked"),
                _("The administrator has locked uploads for now. What has arrived is safe. Try again later."),
            )
        )
    if policy is not None and policy.suspended:
        told.append(
            Notice(
                _("Delivery is suspended"),
                _("Uploads are taken and kept, and will be delivered once the administrator lets delivery go on."),
            )
        )
    return told
