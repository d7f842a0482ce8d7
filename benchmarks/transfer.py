"""Transfer: from a folder to where it is to lie, through our receiver or by a plain C-STORE."""

import shutil
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from adit_receiver.standalone.prepare import DATABASE
from tests.parts.orthanc import Orthanc, OrthancMissingError, start_orthanc
from tests.parts.receiver import Receiver, running_receiver

from .errors import BenchmarkError
from .material import Material, make_ct, make_large
from .peers import Peers
from .results import MemoryTable, Report, SpeedTable, rows_of
from .runs import Contender, Plan, Run, alternate, must_hold, peaks_of
from .servers import NO_DELAY, running_storescp

NAME = "transfer"
ABOUT = "send 400 CT files into a folder and into Orthanc, de-identification included"
STORESCU = "storescu (no de-identification)"
FRAMES = (250, 1000)
_STORED = "all stored s"


def run(plan: Plan, files: int, peers: Peers, *, frames: tuple[int, ...] = FRAMES) -> Report:
    """All tables of this benchmark.

    Raises:
        BenchmarkError: a contender failed.
    """
    material = make_ct(plan.work / "CT", files)
    tables: list[SpeedTable | MemoryTable] = []
    with running_receiver(plan.work / "receiver") as receiver:
        tables.append(_into_a_folder(plan, receiver, material, peers))
        if (delivered := _into_orthanc(plan, receiver, material, peers)) is not None:
            tables.append(delivered)
    tables.append(_memory(plan.work, frames))
    explained = (
        "ours: de-identification by the full profile, every file synced to disk before it counts; "
        f"'{_STORED}' is when the last one was durable in the spool, after which it only has to be delivered"
    )
    return Report(NAME, tuple(tables), (explained, *dict.fromkeys(peers.notes)))


def _into_a_folder(plan: Plan, receiver: Receiver, material: Material, peers: Peers) -> SpeedTable:
    contenders = [_into_folder(plan.work, receiver, material, lanes) for lanes in (2, 1)]
    contenders.append(
        Contender(
            "floor: read, hash, write, sync one by one",
            lambda run: [sys.executable, "-m", "benchmarks.floor", material.folder, _out(run)],
            after=lambda run: _must_lie(_out(run), material.files),
        )
    )
    storescu, storescp = peers.debian("storescu", "dcmtk"), peers.debian("storescp", "dcmtk")
    if storescu is None or storescp is None:
        return SpeedTable("Into a folder", material, STORESCU, rows_of(alternate(plan, contenders)))
    out = plan.work / "storescp"
    with running_storescp(storescp, out) as port:
        contenders.append(
            Contender(
                STORESCU,
                lambda run: [storescu, "+sd", "+r", "127.0.0.1", str(port), material.folder],
                before=lambda run: _empty(out),
                after=lambda run: _must_lie(out, material.files),
                environment=NO_DELAY,
            )
        )
        return SpeedTable("Into a folder", material, STORESCU, rows_of(alternate(plan, contenders)))


def _into_orthanc(plan: Plan, receiver: Receiver, material: Material, peers: Peers) -> SpeedTable | None:
    """Through the receiver into a real Orthanc; None if there is no Orthanc."""
    if not peers.wanted or peers.debian("Orthanc", "orthanc") is None:
        return None
    try:
        with start_orthanc(plan.work / "orthanc") as orthanc:
            contenders = [_through_receiver(plan.work, receiver, orthanc, material)]
            if storescu := peers.debian("storescu", "dcmtk"):
                contenders.append(plain_store(storescu, orthanc, material))
            return SpeedTable("Delivered into Orthanc", material, STORESCU, rows_of(alternate(plan, contenders)))
    except OrthancMissingError as error:
        raise BenchmarkError(str(error)) from None


def plain_store(storescu: str, orthanc: Orthanc, material: Material) -> Contender:
    """dcmtk's ``storescu`` into an Orthanc that is emptied first."""
    return Contender(
        STORESCU,
        lambda run: [
            storescu,
            "-aec",
            orthanc.ae_title,
            "+sd",
            "+r",
            orthanc.host,
            str(orthanc.dicom_port),
            material.folder,
        ],
        before=lambda run: orthanc.delete_all(),
        after=lambda run: must_have_arrived(orthanc, material.files),
        environment=NO_DELAY,
    )


def must_have_arrived(orthanc: Orthanc, files: int) -> dict[str, float]:
    """Passes if Orthanc holds so many instances.

    Raises:
        BenchmarkError: it holds more or fewer.
    """
    if orthanc.count() != files:
        raise BenchmarkError(f"{orthanc.count()} instances arrived in Orthanc instead of {files}")
    return {}


def _into_folder(work: Path, receiver: Receiver, material: Material, lanes: int) -> Contender:
    def before(run: Run) -> None:
        _out(run).mkdir()
        receiver.destination(f"folder{run.number}", "--folder", str(_out(run)))
        receiver.user(_user(run), destinations=(f"folder{run.number}",))

    def after(run: Run) -> dict[str, float]:
        must_hold(_out(run), material.files)
        return _stored(receiver, run)

    name = f"adit-uploader, {lanes} lane{'s' if lanes > 1 else ''}"
    return Contender(
        name, _upload(receiver, material, lanes, lambda run: f"folder{run.number}"), before, after, _home(work)
    )


def _through_receiver(work: Path, receiver: Receiver, orthanc: Orthanc, material: Material) -> Contender:
    def before(run: Run) -> None:
        orthanc.delete_all()
        receiver.destination("PACS", "--dicom", orthanc.address)
        receiver.user(_user(run), destinations=("PACS",))

    def after(run: Run) -> dict[str, float]:
        must_have_arrived(orthanc, material.files)
        return _stored(receiver, run)

    return Contender(
        "adit-uploader, 2 lanes", _upload(receiver, material, 2, lambda run: "PACS"), before, after, _home(work)
    )


def _upload(
    receiver: Receiver, material: Material, lanes: int, destination: Callable[[Run], str]
) -> Callable[[Run], list[str | Path]]:
    def command(run: Run) -> list[str | Path]:
        return [
            *(
                sys.executable,
                "-m",
                "adit_uploader",
                "upload",
                material.folder,
                "--server",
                receiver.url,
                "--insecure-loopback",
            ),
            *("--destination", destination(run), "--mode", "internal", "--lanes", str(lanes)),
            *("--token-file", receiver.data / f"token-{_user(run)}"),
        ]

    return command


def _memory(work: Path, frames: tuple[int, ...]) -> MemoryTable:
    """A receiver of its own for each size: what it ever held stays in its figures."""
    peaks: dict[str, dict[int, list[int]]] = {}
    for count in frames:
        material = make_large(work / f"large-{count}", count)
        with running_receiver(work / f"receiver-{count}") as receiver:
            assert receiver.process is not None  # noqa: S101 - it is running
            contender = _into_folder(work, receiver, material, 1)
            for name, found in peaks_of(contender, work, servers={"receiver": receiver.process.pid}).items():
                peaks.setdefault(name, {})[material.size] = found
    return MemoryTable("One large file", peaks)


def _stored(receiver: Receiver, run: Run) -> dict[str, float]:
    """Seconds until the last instance of a run was durable at the receiver, as its rows say."""
    query = (
        "SELECT max(s.received) FROM adit_receiver_storedinstance s JOIN adit_receiver_uploadjob j ON j.id = s.job_id "
        "JOIN auth_user u ON u.id = j.owner_id WHERE u.username = ?"
    )
    database = sqlite3.connect(receiver.data / DATABASE)
    try:
        (last,) = database.execute(query, (_user(run),)).fetchone()
    finally:
        database.close()
    if last is None or not run.started:
        return {}
    return {_STORED: datetime.fromisoformat(last).replace(tzinfo=UTC).timestamp() - run.started}


def _user(run: Run) -> str:
    return f"user{run.number}"


def _out(run: Run) -> Path:
    return run.folder / "out"


def _home(work: Path) -> dict[str, str]:
    return {"ADIT_UPLOADER_HOME": str(work / "home")}


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _must_lie(folder: Path, files: int) -> dict[str, float]:
    must_hold(folder, files)
    return {}
