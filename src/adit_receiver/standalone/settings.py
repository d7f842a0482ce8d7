"""Settings of a receiver of its own.

All it keeps lies in one folder, given by ``ADIT_RECEIVER_DATA``, but for the tables where ``ADIT_RECEIVER_DATABASE``
names a PostgreSQL database.
"""

import os
from pathlib import Path

import django
from platformdirs import user_data_path

from .databases import ENVIRONMENT, database_of
from .mail import mail_settings
from .time_zones import time_zone_of

DATA = Path(os.environ.get("ADIT_RECEIVER_DATA") or user_data_path("adit-receiver", appauthor=False))

_secret_key_file = DATA / "django-secret-key"
# without the file (before the first `serve`, or in `--help`) nothing is served, so nothing is signed with this
SECRET_KEY = _secret_key_file.read_text("ascii").strip() if _secret_key_file.is_file() else "not-for-serving"

DEBUG = False
ALLOWED_HOSTS = [
    *(host for host in os.environ.get("ADIT_RECEIVER_HOSTS", "").split(",") if host),
    *("localhost", "127.0.0.1", "[::1]"),  # whoever watches over it on this machine asks for /health by these
]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("ADIT_RECEIVER_ORIGINS", "").split(",") if origin]

ENGINE = os.environ.get("ADIT_RECEIVER_ENGINE") or "embedded"

INSTALLED_APPS = [
    *(["procrastinate.contrib.django"] if ENGINE == "procrastinate" else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "adit_receiver.apps.ReceiverConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "adit_receiver.standalone.headers.strict_content",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "adit_receiver.standalone.urls"
ASGI_APPLICATION = "adit_receiver.standalone.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database_of(os.environ.get(ENVIRONMENT, ""), DATA)}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
FORMAT_MODULE_PATH = "adit_receiver.standalone.formats"
TIME_ZONE = time_zone_of(os.environ.get("ADIT_RECEIVER_TIME_ZONE", ""))  # of pages; the tables keep UTC
USE_TZ = True

CSRF_FAILURE_VIEW = "adit_receiver.standalone.failures.form_expired"

STATIC_URL = "static/"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/jobs/"
LOGOUT_REDIRECT_URL = "/login/"

# set by whoever puts a proxy with TLS in front
TLS = os.environ.get("ADIT_RECEIVER_TLS") == "1"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # the preload list is for whole domains: whoever owns the hospital's decides, not one of its hosts
    "mail.E001",  # a receiver without a mail server is none in development: nobody is offered a mail then
]
# who watches over the receiver asks on this machine, without TLS
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^metrics$"]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True

# smtp://USER@HOST:PORT or smtps://...; without it no mails are sent
_MAIL = mail_settings(os.environ.get("ADIT_RECEIVER_MAIL", ""), os.environ)
if django.VERSION >= (6, 1):
    MAILERS = _MAIL.mailers
else:
    EMAIL_BACKEND = _MAIL.backend
    EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = _MAIL.host, _MAIL.port, _MAIL.seconds
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.start_tls, _MAIL.tls
DEFAULT_FROM_EMAIL = _MAIL.sender

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "adit_receiver.standalone.value_free_logs.ValueFreeFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
        "json": {"()": "adit_receiver.standalone.value_free_logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json" if os.environ.get("ADIT_RECEIVER_LOG") == "json" else "plain",
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # pynetdicom logs whole data sets at DEBUG and INFO, pydicom names values in its warnings
    "loggers": {
        "pynetdicom": {"level": "CRITICAL"},
        "pydicom": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},  # it tells of every look at the queue
    },
}

ADIT_UPLOADER_RECEIVER = {
    "SPOOL": DATA / "spool",
    "SECRET_FILE": DATA / "site-secret",
    "INSTITUTION": os.environ.get("ADIT_RECEIVER_INSTITUTION", ""),
    "ALLOWED_ORIGINS": tuple(CSRF_TRUSTED_ORIGINS),
    "ENGINE": ENGINE,
    "PUBLIC_URL": next(iter(CSRF_TRUSTED_ORIGINS), ""),
    "COMMITMENT_PORT": int(os.environ.get("ADIT_RECEIVER_COMMITMENT_PORT") or 0),
    "COMMITMENT_CERTIFICATE": os.environ.get("ADIT_RECEIVER_COMMITMENT_CERTIFICATE", ""),
    "COMMITMENT_KEY": os.environ.get("ADIT_RECEIVER_COMMITMENT_KEY", ""),
    "COMMITMENT_CA": os.environ.get("ADIT_RECEIVER_COMMITMENT_CA", ""),
    "DOWNLOAD_URL": os.environ.get("ADIT_RECEIVER_DOWNLOAD_URL", ""),
    "SUPPORT": os.environ.get("ADIT_RECEIVER_SUPPORT", ""),
}
