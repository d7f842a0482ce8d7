"""Forwarding: what lies in the receiver's spool into a real Orthanc."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from adit_receiver.standalone.databases import FILE as DATABASE
from tests.parts.orthanc import Orthanc, start_orthanc

from .errors import BenchmarkError
from .material import make_ct
from .peers import Peers
from .results import Report, Row, SpeedTable, rows_of
from .runs import Contender, Plan, Run, alternate
from .spooled import SECONDS
from .transfer import STORESCU, must_have_arrived, plain_store

NAME = "forward"
ABOUT = "forward 300 CT files from the spool into Orthanc"
ASSOCIATIONS = (1, 2, 4)
WORKING = "working s"


def run(plan: Plan, files: int, peers: Peers) -> Report:
    """All tables of this benchmark; none without an Orthanc.

    Raises:
        BenchmarkError: a contender failed.
    """
    if not peers.wanted or peers.debian("Orthanc", "orthanc") is None:
        return Report(NAME, (), tuple(dict.fromkeys(peers.notes)) or ("nothing to measure without Orthanc",))
    template = plan.work / "template"
    material = make_ct(plan.work / "CT", files)
    with start_orthanc(plan.work / "orthanc") as orthanc:
        spool_all(template, material.folder, orthanc.address)
        contenders = [_worker(template, orthanc, files, associations) for associations in ASSOCIATIONS]
        if storescu := peers.debian("storescu", "dcmtk"):
            contenders.append(plain_store(storescu, orthanc, material))
        rows = rows_of(alternate(plan, contenders))
        table = SpeedTable("From the spool into Orthanc", material, STORESCU, rows)
    notes = [
        "the worker's start-up of Django is counted; in 'working s' it is not, nor for a worker that runs already: "
        + (working_ratios(rows) or "no peer to compare with"),
        *dict.fromkeys(peers.notes),
    ]
    return Report(NAME, (table,), tuple(notes))


def working_ratios(rows: Sequence[Row]) -> str:
    """How many times as fast as storescu each of ours is without its start-up; '' without a storescu."""
    reference = next((row.median for row in rows if row.name == STORESCU), None)
    if reference is None:
        return ""
    return ", ".join(f"{row.name} {reference / row.more[WORKING]:.2f}x" for row in rows if WORKING in row.more)


def spool_all(data: Path, source: Path, address: str) -> None:
    """Makes the data folder of a receiver that has stored all files and delivered none.

    Raises:
        BenchmarkError: it could not.
    """
    words = [sys.executable, "-m", "benchmarks.spooled", "prepare", str(data), str(source), address]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"the spool can't be prepared:\n{done.stderr}")


def copy_data(template: Path, data: Path) -> None:
    """A data folder of its own; the spooled files, which are only read and deleted, are linked."""
    shutil.copytree(template, data, copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> None:
    if Path(source).name.startswith(DATABASE):
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def _worker(template: Path, orthanc: Orthanc, files: int, associations: int) -> Contender:
    def before(run: Run) -> None:
        orthanc.delete_all()
        copy_data(template, run.folder / "data")

    def after(run: Run) -> dict[str, float]:
        must_have_arrived(orthanc, files)
        return {WORKING: float((run.folder / "data" / SECONDS).read_text("ascii"))}

    return Contender(
        f"adit-receiver, {associations} association{'s' if associations > 1 else ''}",
        lambda run: [sys.executable, "-m", "benchmarks.spooled", "forward", run.folder / "data", str(associations)],
        before,
        after,
    )
