"""How soon the receiver is there, and what its web servers hold, is decided by what it imports."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = frozenset({"pydicom", "pynetdicom", "numpy", "openpyxl", "procrastinate"})
"""Together they take as long to import as all the rest, and are needed by one who speaks DICOM or makes a workbook."""


@pytest.mark.parametrize(
    "code",
    [
        "import adit_receiver.standalone.asgi, adit_receiver.standalone.urls, adit_receiver.standalone.serve",
        "import adit_receiver.management.commands.forward, adit_receiver.forwarding.worker",
    ],
    ids=["web server", "worker"],
)
def test_a_process_imports_nothing_that_it_may_never_need(code: str, tmp_path: Path) -> None:
    given = {"ADIT_RECEIVER_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "adit_receiver.standalone.settings"}
    code = f"import sys, django\ndjango.setup()\n{code}\nprint(set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | given, capture_output=True, text=True, check=True
    )
    modules: set[str] = ast.literal_eval(done.stdout)
    assert {name.partition(".")[0] for name in modules} & SLOW == set()


SPEAKERS = """
import sys, threading, django
django.setup()
from adit_receiver.accounts import Target
from adit_receiver.conf import receiver_settings
from adit_receiver.forwarding.checking import probe
from adit_receiver.forwarding.lane import carrier_for
from adit_receiver.forwarding.reports import Listener, read_report
nobody = Target("1", "PACS", "dicom", ae_title="NOBODY", host="127.0.0.1", port=9)
together, failed = threading.Barrier(4), []
def speak(how):
    together.wait()
    try:
        how()
    except ValueError:
        pass  # of the report, which is none
    except (ImportError, AttributeError) as error:
        failed.append(repr(error))
listener = Listener(receiver_settings(), lambda report: True)
ways = [
    lambda: carrier_for(nobody, "US"), lambda: probe(nobody, "US"), lambda: read_report(b"none"), listener._listening
]
threads = [threading.Thread(target=speak, args=(way,), daemon=True) for way in ways]
sys.setswitchinterval(1e-3)
for thread in threads: thread.start()
for thread in threads: thread.join()
print(failed)
"""


def test_threads_that_begin_to_speak_dicom_together_find_its_libraries_whole(tmp_path: Path) -> None:
    # pydicom's modules import each other: two threads that enter at two places would both get half of it, for ever
    given = {
        "ADIT_RECEIVER_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "adit_receiver.standalone.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", SPEAKERS], env=os.environ | given, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
