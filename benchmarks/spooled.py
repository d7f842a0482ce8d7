"""A receiver's spool with one job that waits to be forwarded, and a worker on it, each as a process of its own.

``python -m benchmarks.spooled prepare DATA SOURCE AET@HOST:PORT``
``python -m benchmarks.spooled forward DATA ASSOCIATIONS``: like ``adit-receiver manage forward --until-idle``; writes
how long it worked without its start-up into DATA/seconds.
"""

# Django's models can be imported only once it is set up
# ruff: noqa: PLC0415

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import django

from adit_receiver.standalone.prepare import make_folder, make_tables_and_spool

SECONDS = "seconds"


def main(words: Sequence[str]) -> int:
    """Runs one of the two commands; returns the exit status."""
    match words:
        case ["prepare", data, source, address]:
            _set_up(Path(data))
            prepare(Path(data), Path(source), address)
            return 0
        case ["forward", data, associations]:
            _set_up(Path(data))
            return 0 if forward(Path(data), int(associations)) else 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2


def _set_up(data: Path) -> None:
    make_folder(data)
    django.setup()


def prepare(data: Path, source: Path, address: str) -> None:
    """Spools all files below ``source`` as one job of a user."""
    from django.db import transaction

    from adit_receiver.conf import receiver_settings
    from adit_receiver.models import Destination
    from adit_receiver.standalone.people import set_up_dicom_destination
    from tests.parts.stored_jobs import StoredJobs

    make_tables_and_spool()
    set_up_dicom_destination("PACS", address)
    jobs = StoredJobs(data, receiver_settings())
    with transaction.atomic():
        job = jobs.job(Destination.objects.get(name="PACS"), [])
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            jobs.add(job, path.read_bytes())


def forward(data: Path, associations: int) -> bool:
    """Forwards until nothing is due; whether it came to its end."""
    from adit_receiver.conf import receiver_settings
    from adit_receiver.forwarding.worker import Worker

    begin = time.perf_counter()
    ended = Worker(replace(receiver_settings(), associations=associations)).run(until_idle=True)
    (data / SECONDS).write_text(repr(time.perf_counter() - begin), encoding="ascii")
    return ended


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
