"""System checks that say what is missing, and what to do about it."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from .conf import ReceiverSettings, given_settings, receiver_settings


@checks.register()
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """The app's own settings, its spool and its secret."""
    try:
        ours = receiver_settings()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), hint="See docs/admin of adit-uploader.", id="adit_receiver.E001")]
    return [*_check_spool(ours), *_check_secret(ours), *_check_accounts(ours)]


@checks.register()
def check_engine(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """What Procrastinate needs."""
    try:
        given = given_settings()
    except ImproperlyConfigured:  # told by the check above
        return []
    if not isinstance(given, Mapping) or given.get("ENGINE") != "procrastinate":
        return []
    found: list[checks.CheckMessage] = []
    default: dict[str, Any] = dict(settings.DATABASES).get("default", {})
    if not str(default.get("ENGINE", "")).endswith("postgresql"):
        found.append(
            checks.Error(
                "The engine procrastinate works on PostgreSQL only.",
                hint="Set ADIT_RECEIVER_DATABASE=postgresql://..., or leave ENGINE out.",
                id="adit_receiver.E003",
            )
        )
    if "procrastinate.contrib.django" not in settings.INSTALLED_APPS:
        found.append(
            checks.Error(
                "The engine procrastinate needs its Django app.",
                hint='Add "procrastinate.contrib.django" to INSTALLED_APPS, before adit_receiver, and migrate.',
                id="adit_receiver.E004",
            )
        )
    return found


@checks.register(checks.Tags.database)
def check_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """What SQLite must be told so that an acknowledged instance is never lost, and no transaction fails by surprise."""
    default: dict[str, Any] = dict(settings.DATABASES).get("default", {})
    if not str(default.get("ENGINE", "")).endswith("sqlite3"):
        return []
    options = default.get("OPTIONS", {})
    if options.get("transaction_mode", "").upper() == "IMMEDIATE":
        return []
    return [
        checks.Warning(
            "SQLite runs without IMMEDIATE transactions: uploads and forwarding will disturb each other.",
            hint='Set DATABASES["default"]["OPTIONS"]["transaction_mode"] = "IMMEDIATE".',
            id="adit_receiver.W001",
        )
    ]


def _check_spool(ours: ReceiverSettings) -> list[checks.CheckMessage]:
    if ours.spool.is_dir() and os.access(ours.spool, os.W_OK | os.X_OK):
        return []
    return [
        checks.Warning(
            f"The spool folder {ours.spool} is not there, or can't be written to.",
            hint="`manage prepare_receiver` makes it, on a disk that web processes and workers share, as their user.",
            id="adit_receiver.W002",
        )
    ]


def _check_secret(ours: ReceiverSettings) -> list[checks.CheckMessage]:
    if not ours.secret_file.is_file():
        return [
            checks.Warning(
                f"The file {ours.secret_file} with the secret is not there: nobody can upload.",
                hint="Restore it from the back-up. Only if there never was one: `manage prepare_receiver`.",
                id="adit_receiver.W003",
            )
        ]
    if ours.secret_file.stat().st_mode & 0o077:
        return [
            checks.Warning(
                f"The file {ours.secret_file} with the secret can be read by others.",
                hint="chmod 600",
                id="adit_receiver.W004",
            )
        ]
    return []


def _check_accounts(ours: ReceiverSettings) -> list[checks.CheckMessage]:
    try:
        import_string(ours.accounts)
    except ImportError:
        return [
            checks.Error(
                f"The account adapter {ours.accounts} can't be imported.",
                hint="ACCOUNTS is adit_receiver.accounts.StandaloneAccounts, or inside ADIT "
                "adit_receiver.adit.accounts.AditAccounts.",
                id="adit_receiver.E002",
            )
        ]
    return []
