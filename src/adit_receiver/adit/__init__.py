"""The receiver at home in ADIT: the only package that may import ADIT's own code.

Written against ADIT 0.51 and adit-radis-shared 0.27; ``docs/admin/adit.md`` tells how it is installed, in two ways:

    without a change of ADIT     DJANGO_SETTINGS_MODULE=adit_receiver.adit.settings, and daphne serves
                                 adit_receiver.adit.asgi:application
    with three lines in ADIT     "adit_receiver.adit.apps.AditReceiverConfig" in INSTALLED_APPS,
                                 path("uploads/", include("adit_receiver.adit.urls")), and the websocket's route
"""
