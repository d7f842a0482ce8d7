"""Settings of a receiver of its own.

All it keeps lies in one folder, given by ``ADIT_RECEIVER_DATA``, but for the tables where ``ADIT_RECEIVER_DATABASE``
names a PostgreSQL database.
"""

import os
from pathlib import Path

from platformdirs import user_data_path

from .databases import ENVIRONMENT, database_of

DATA = Path(os.environ.get("ADIT_RECEIVER_DATA") or user_data_path("adit-receiver", appauthor=False))

_secret_key_file = DATA / "django-secret-key"
# without the file (before the first `serve`, or in `--help`) nothing is served, so nothing is signed with this
SECRET_KEY = _secret_key_file.read_text("ascii").strip() if _secret_key_file.is_file() else "not-for-serving"

DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("ADIT_RECEIVER_HOSTS", "").split(",") if host] or [
    "localhost",
    "127.0.0.1",
    "[::1]",
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
TIME_ZONE = "UTC"
USE_TZ = True

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
# the preload list is for whole domains: to be decided by whoever owns the hospital's, and not by one of its hosts
SILENCED_SYSTEM_CHECKS = ["security.W021"]
# who watches over the receiver asks on this machine, without TLS
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^metrics$"]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "adit_receiver.standalone.value_free_logs.ValueFreeFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # pynetdicom logs whole data sets at DEBUG and INFO, pydicom names values in its warnings
    "loggers": {
        "pynetdicom": {"level": "ERROR"},
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
}
