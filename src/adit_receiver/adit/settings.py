"""ADIT's settings with the receiver added, for an ADIT that is not changed: ``DJANGO_SETTINGS_MODULE`` names this.

``ADIT_SETTINGS`` names the settings of ADIT that are taken, ``adit.settings.production`` if it is not set.
"""

import os
from importlib import import_module
from typing import Any

_adit = import_module(os.environ.get("ADIT_SETTINGS") or "adit.settings.production")
globals().update({name: value for name, value in vars(_adit).items() if name.isupper()})

_loggers: dict[str, Any] = {
    # the audit log is written at INFO, and ADIT's root takes errors alone
    "adit_receiver": {"handlers": ["adit_receiver"], "level": "INFO", "propagate": False},
}

INSTALLED_APPS = [*_adit.INSTALLED_APPS, "adit_receiver.adit.apps.AditReceiverConfig"]
ROOT_URLCONF = "adit_receiver.adit.root_urls"
ASGI_APPLICATION = "adit_receiver.adit.asgi.application"
LOGGING = {
    **_adit.LOGGING,
    "formatters": {
        **_adit.LOGGING.get("formatters", {}),
        "adit_receiver": {
            "()": "adit_receiver.standalone.value_free_logs.ValueFreeFormatter",
            "format": "[%(asctime)s] %(name)s %(levelname)s %(message)s",
        },
    },
    "handlers": {
        **_adit.LOGGING.get("handlers", {}),
        "adit_receiver": {"class": "logging.StreamHandler", "formatter": "adit_receiver"},
    },
    "loggers": {**_adit.LOGGING.get("loggers", {}), **_loggers},
}
