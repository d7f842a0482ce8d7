"""The app's settings, typed: one dictionary ``ADIT_UPLOADER_RECEIVER`` in Django's settings.

    ADIT_UPLOADER_RECEIVER = {"SPOOL": "/var/lib/adit-receiver/spool", "SECRET_FILE": "/var/lib/adit-receiver/secret"}

What an administrator decides while the receiver runs is the row ``models.ReceiverPolicy`` instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .apps import ReceiverConfig

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
        upload_threads: how many threads of a web process work for its upload connections, each with a database
            connection.
        partial_days: after so many days without progress a partial file is deleted.
        ae_title: what forwarding calls itself towards DICOM servers.
        associations: how many run at once to one destination.
        forward_attempts: after so many answers of "not now" an instance counts as failed. Destinations that
            don't answer at all are waited for without end.
        forward_lease_seconds: how long an instance stays with a worker that says nothing.
        confirm_seconds: after sending, a destination that is to confirm is asked so soon; then after growing pauses.
        confirm_questions: so often it is asked for an instance that it does not have, or can't be asked for.
        confirm_attempts: so often an instance is sent that the destination took and does not have.
        commitment_seconds: for a destination to report whether it vouches for what it took; then it is asked again.
        commitment_patience: seconds in which it may do so over the association on which it was asked.
        commitment_host, commitment_port: where such reports are listened for; port 0: nowhere.
        commitment_certificate, commitment_key, commitment_ca: PEM files, if they come over TLS; with authorities
            whoever reports has to have a certificate of theirs.
        destination_check_seconds: workers look so often whether each destination answers; 0: only when asked.
        public_url: where people find the pages, for links in mails: ``https://HOST``; '' for no links.
        engine: what starts forwarding: ``embedded`` processes that look for themselves, or ``procrastinate``, which
            needs PostgreSQL and ``procrastinate.contrib.django`` in ``INSTALLED_APPS`` before this app.
        forward_sweep_seconds: workers look for work at least this often, rung or not.
        failed_logins_per_address: after so many failures an address waits (of IPv6: a /64).
        failed_logins_per_token: the same for tokens that begin alike, and for a user name at one address.
        failed_login_seconds: failures are forgotten after that; nobody waits longer.
        download_url: where users get the desktop program; the help page links to it.
        tokens_url: where users make tokens, if the account adapter has tokens of its own (in ADIT its token page).
        support: whom users ask for help, as one line: a name, a telephone number.
    """

    spool: Path
    secret_file: Path
    institution: str = ""
    accounts: str = "adit_receiver.accounts.StandaloneAccounts"
    base_template: str = "adit_receiver/base.html"
    allowed_origins: tuple[str, ...] = ()
    credit: int = 16 * 1024 * 1024
    lease_seconds: float = 30.0
    upload_threads: int = 12
    partial_days: float = 7.0
    ae_title: str = "ADIT_UPLOADER"
    associations: int = 4
    forward_attempts: int = 20
    forward_lease_seconds: float = 60.0
    destination_check_seconds: float = 300.0
    public_url: str = ""
    confirm_seconds: float = 2.0
    confirm_questions: int = 6
    confirm_attempts: int = 3
    commitment_seconds: float = 600.0
    commitment_patience: float = 1.0
    commitment_host: str = "0.0.0.0"  # noqa: S104 - it is called from other machines
    commitment_port: int = 0
    commitment_certificate: str = ""
    commitment_key: str = ""
    commitment_ca: str = ""
    forward_sweep_seconds: float = 5.0
    engine: Literal["embedded", "procrastinate"] = "embedded"
    failed_logins_per_address: int = 20
    failed_logins_per_token: int = 5
    failed_login_seconds: float = 60.0
    download_url: str = ""
    tokens_url: str = ""
    support: str = ""


def given_settings() -> Any:
    """The dictionary of Django's settings, or the one that the installed app makes; None if there is none.

    Raises:
        ImproperlyConfigured: the app can't make it; says what to do.
    """
    given = getattr(settings, SETTING, None)
    return (
        cast("ReceiverConfig", apps.get_app_config("adit_receiver")).settings_of_project() if given is None else given
    )


def receiver_settings() -> ReceiverSettings:
    """The settings as they are now.

    Raises:
        ImproperlyConfigured: a name is missing or unknown; says which.
    """
    given = given_settings()
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
