"""The receiver's settings inside ADIT: ADIT's own where it has them, environment variables for the rest.

    ADIT_RECEIVER_DATA          folder on a volume that ADIT's web servers and the upload workers share
    ADIT_RECEIVER_INSTITUTION   name that goes into the key of the pseudonymized UIDs (may stay empty)

Whoever wants more writes ``ADIT_UPLOADER_RECEIVER`` into the settings; ``adit_receiver.conf`` lists what there is.
"""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

DATA = "ADIT_RECEIVER_DATA"


def settings_inside_adit() -> dict[str, Any]:
    """What ``ADIT_UPLOADER_RECEIVER`` is, where ADIT's settings have none.

    Raises:
        ImproperlyConfigured: nobody said where the spool is.
    """
    if not (folder := os.environ.get(DATA)):
        raise ImproperlyConfigured(
            f"${DATA} is missing: a folder on a volume that the web servers and the upload workers share."
        )
    of_adit: Any = settings
    return {
        "SPOOL": Path(folder) / "spool",
        "SECRET_FILE": Path(folder) / "site-secret",
        "INSTITUTION": os.environ.get("ADIT_RECEIVER_INSTITUTION", ""),
        "ACCOUNTS": "adit_receiver.adit.accounts.AditAccounts",
        "BASE_TEMPLATE": "core/core_layout.html",
        "ENGINE": "procrastinate",
        "TOKENS_URL": "/token-authentication/",  # the help page leads there
        # what DICOM servers already know ADIT by
        "AE_TITLE": of_adit.CALLING_AE_TITLE,
        "ALLOWED_ORIGINS": tuple(of_adit.CSRF_TRUSTED_ORIGINS),
    }
