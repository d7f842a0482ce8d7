"""What speaks DICOM, imported when it is needed first, by one thread at a time.

The modules of pydicom import each other. Two threads that enter at two places would each wait for what the other has
begun; Python then gives both a half-made module, and whatever was imported so stays broken as long as the process runs.
"""

import threading
from importlib import import_module

_importing = threading.Lock()
_MODULES = ("pynetdicom", "adit_receiver.forwarding.dicom_sender", "adit_receiver.forwarding.questions")


def import_dicom() -> None:
    """Call it before pydicom, pynetdicom, or what is built on them is imported by a thread."""
    with _importing:
        for name in _MODULES:
            import_module(name)
