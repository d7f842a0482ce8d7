"""Where mails go out: ``smtp://USER@HOST:587`` (STARTTLS), ``smtps://USER@HOST:465``, or ``smtp+plain://HOST``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_NONE = "django.core.mail.backends.dummy.EmailBackend"
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


@dataclass(frozen=True, slots=True)
class Mail:
    """Django's settings for mails; by default nothing is sent."""

    backend: str = _NONE
    host: str = "localhost"
    port: int = 25
    seconds: int = 30  # for a mail server to answer
    user: str = ""
    password: str = field(default="", repr=False)
    start_tls: bool = False
    tls: bool = False
    sender: str = "adit-receiver@localhost"

    @property
    def mailers(self) -> dict[str, dict[str, Any]]:
        """The same as ``MAILERS``, which Django has from 6.1 on in the place of ``EMAIL_HOST`` and its like."""
        if self.backend == _NONE:
            return {"default": {"BACKEND": self.backend}}
        options = {
            "host": self.host,
            "port": self.port,
            "username": self.user,
            "password": self.password,
            "use_tls": self.start_tls,
            "use_ssl": self.tls,
            "timeout": self.seconds,
        }
        return {"default": {"BACKEND": self.backend, "OPTIONS": options}}


def mail_settings(url: str, environment: Mapping[str, str]) -> Mail:
    """What an URL means; '' for no mails.

    Args:
        environment: ``ADIT_RECEIVER_MAIL_FROM`` and ``ADIT_RECEIVER_MAIL_PASSWORD_FILE``.

    Raises:
        ImproperlyConfigured: this is no such URL, or the password can't be read.
    """
    if not url:
        return Mail()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ImproperlyConfigured("ADIT_RECEIVER_MAIL is smtp://USER@HOST:PORT, smtps://... or smtp+plain://HOST.")
    return Mail(
        backend="django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=_password(environment.get("ADIT_RECEIVER_MAIL_PASSWORD_FILE", "")),
        start_tls=parts.scheme == "smtp",
        tls=parts.scheme == "smtps",
        sender=environment.get("ADIT_RECEIVER_MAIL_FROM") or f"adit-receiver@{parts.hostname}",
    )


def _password(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text("utf-8").rstrip("\r\n")
    except OSError:
        raise ImproperlyConfigured(f"ADIT_RECEIVER_MAIL_PASSWORD_FILE: {file} can't be read.") from None
