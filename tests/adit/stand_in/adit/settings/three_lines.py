"""The same with the first of the three lines. ADIT's own file would be changed; here both ways are tried."""

from .production import *  # noqa: F403
from .production import INSTALLED_APPS as _WITHOUT

INSTALLED_APPS = [*_WITHOUT, "adit_receiver.adit.apps.AditReceiverConfig"]
ROOT_URLCONF = "adit.urls_three_lines"
ASGI_APPLICATION = "adit.asgi_three_lines.application"
