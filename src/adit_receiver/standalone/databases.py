"""Which database a receiver of its own keeps its tables in: a SQLite file in its data folder, or PostgreSQL by an URL.

postgresql://USER:PASSWORD@HOST:PORT/NAME?sslmode=verify-full&sslrootcert=/etc/ssl/hospital.pem
postgresql:///NAME?host=/run/postgresql        the server of this machine, by its socket
postgresql://?service=receiver                 of ~/.pg_service.conf, the password in ~/.pgpass
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ENVIRONMENT = "ADIT_RECEIVER_DATABASE"
FILE = "receiver.sqlite3"
_SCHEMES = ("postgresql", "postgres")
_OWN = ("host", "port", "user", "password", "dbname")  # of libpq's parameters, what Django has own names for
# what was lost without a word (a cable, a firewall that forgets) is noticed within a minute, and not in two hours
_PATIENCE = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 20,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,  # milliseconds
    "application_name": "adit-receiver",
}


def database_of(url: str, data: Path) -> dict[str, Any]:
    """Django's entry for the database that an URL names; '' is the SQLite file in the data folder.

    Raises:
        ImproperlyConfigured: it can't be understood; never quotes it, since it may hold a password.
    """
    return _postgresql(url) if url else _sqlite(data / FILE)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "timeout": 30,
            # a transaction that reads first and writes later would fail at once, busy timeout or not
            "transaction_mode": "IMMEDIATE",
            # FULL: an acknowledged row must survive a power cut, which NORMAL does not promise in WAL
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        further = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ImproperlyConfigured(f"{ENVIRONMENT} can't be understood as an URL.") from None
    if find_spec("psycopg") is None:
        raise ImproperlyConfigured("PostgreSQL needs one more package: pip install 'adit-uploader[postgresql]'.")
    if parts.scheme not in _SCHEMES or parts.fragment:
        raise ImproperlyConfigured(f"{ENVIRONMENT} must begin with postgresql:// (or be empty: a SQLite file).")
    given = {name: further.pop(name, "") for name in _OWN}
    name = unquote(parts.path.removeprefix("/")) or given["dbname"]
    if not name and "service" not in further:
        raise ImproperlyConfigured(f"{ENVIRONMENT} names no database: postgresql://USER@HOST/NAME.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or "") or given["user"],
        "PASSWORD": unquote(parts.password or "") or given["password"],
        "HOST": unquote(host) or given["host"],
        "PORT": str(port or "") or given["port"],
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _PATIENCE | further,
    }
