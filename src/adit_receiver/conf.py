"""The app's settings, typed: one dictionary ``ADIT_UPLOADER_RECEIVER`` in Django's settings.

    ADIT_UPLOADER_RECEIVER = {"SPOOL": "/var/lib/adit-receiver/spool", "SECRET_FILE": "/var/lib/adit-receiver/secret"}

What an administrator decides while the receiver runs is the row ``models.ReceiverPolicy`` instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SETTING = "ADIT_UPLOADER_RECEIVER"
ENGINES = ("embedded", "procrastinate")


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """Settings of the deployment.

    Attributes:
        spool: folder of what is on its way; web processes and workers share it.
        secret_file: file with the secret from which site keys are derived; must be kept as long as
            pseudonymized data is to stay linkable.
        institution: name that goes into the site key: two institutions on one secret get different keys.
        accounts: dotted path of the account adapter.
        base_template: template that the pages extend.
        allowed_origins: further origins (``https://HOST``) a browser may come from; the own host is always allowed.
        credit: bytes that may be under way on one connection without an acknowledgement.
        lease_seconds: how long a part of a job stays with a connection that says nothing.
        partial_days: after so many days without progress a partial file is deleted.
        ae_title: what forwarding calls itself towards DICOM servers.
        associations: how many run at once to one destination.
        forward_attempts: after so many answers of "not now" an instance counts as failed. Destinations that
            don't answer at all are waited for without end.
        forward_lease_seconds: how long an instance stays with a worker that says nothing.
        engine: what starts forwarding: ``embedded`` processes that look for themselves, or ``procrastinate``, which
            needs PostgreSQL and ``procrastinate.contrib.django`` in ``INSTALLED_APPS`` before this app.
        forward_sweep_seconds: workers look for work at least this often, rung or not.
        failed_logins_per_address: after so many failures an address waits (of IPv6: a /64).
        failed_logins_per_token: the same for tokens that begin alike, and for a user name at one address.
        failed_login_seconds: failures are forgotten after that; nobody waits longer.
    """

    spool: Path
    secret_file: Path
    institution: str = ""
    accounts: str = "adit_receiver.accounts.StandaloneAccounts"
    base_template: str = "adit_receiver/base.html"
    allowed_origins: tuple[str, ...] = ()
    credit: int = 16 * 1024 * 1024
    lease_seconds: float = 30.0
    partial_days: float = 7.0
    ae_title: str = "ADIT_UPLOADER"
    associations: int = 2
    forward_attempts: int = 20
    forward_lease_seconds: float = 60.0
    forward_sweep_seconds: float = 5.0
    engine: Literal["embedded", "procrastinate"] = "embedded"
    failed_logins_per_address: int = 20
    failed_logins_per_token: int = 5
    failed_login_seconds: float = 60.0


def receiver_settings() -> ReceiverSettings:
    """The settings as they are now.

    Raises:
        ImproperlyConfigured: a name is missing or unknown; says which.
    """
    given = getattr(settings, SETTING, None)
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(f"{SETTING} is missing: a dictionary with at least SPOOL and SECRET_FILE.")
    known = {field.name.upper(): field.name for field in fields(ReceiverSettings)}
    if unknown := sorted(set(given) - set(known)):
        raise ImproperlyConfigured(f"{SETTING} has unknown names: {', '.join(unknown)}.")
    if missing := sorted({"SPOOL", "SECRET_FILE"} - set(given)):
        raise ImproperlyConfigured(f"{SETTING} lacks {', '.join(missing)}.")
    values: dict[str, Any] = {known[name]: value for name, value in given.items()}
    if (engine := values.get("engine", ENGINES[0])) not in ENGINES:
        raise ImproperlyConfigured(f"{SETTING}: ENGINE is {' or '.join(ENGINES)}, not {engine!r}.")
    values["spool"] = Path(values["spool"])
    values["secret_file"] = Path(values["secret_file"])
    values["allowed_origins"] = tuple(values.get("allowed_origins", ()))
    return ReceiverSettings(**values)
