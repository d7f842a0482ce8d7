"""Transfer: from a folder to where it is to lie, through our receiver or by a plain C-STORE; and what it is made of."""

import shutil
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import trustme

from adit_receiver.standalone.databases import FILE as DATABASE
from tests.parts.orthanc import Orthanc, OrthancMissingError, start_orthanc
from tests.parts.receiver import Receiver, running_receiver
from tests.parts.tls_front import server_context, tls_front

from . import lines
from .errors import BenchmarkError
from .lines import SERVER, FarAway
from .material import Material, make_ct, make_large
from .peers import Peers
from .results import MemoryTable, Report, SpeedTable, rows_of
from .runs import Contender, Plan, Run, Word, alternate, must_hold, peaks_of
from .servers import NO_DELAY, running_storescp, suspend_forwarding
from .shares import children

NAME = "transfer"
ABOUT = (
    "send 400 CT files to be stored, into a folder and into Orthanc, de-identification included; over slow lines too"
)
STORESCU = "storescu (no de-identification)"
FRAMES = (250, 1000)
LINE_FILES = 100  # over slow lines
_STORED = "all stored s"
_PARTS = {
    "alone: hash twice": "hash",
    "alone: write and sync one by one": "disk",
    "alone: write and sync in groups of 32": "groups",
    "alone: websocket, thrown away": "socket",
}


def run(plan: Plan, files: int, peers: Peers, *, frames: tuple[int, ...] = FRAMES) -> Report:
    """All tables of this benchmark.

    Raises:
        BenchmarkError: a contender failed.
    """
    material = make_ct(plan.work / "CT", files)
    tables: list[SpeedTable | MemoryTable] = []
    with running_receiver(plan.work / "keeper") as keeper:
        suspend_forwarding(keeper)
        tables.append(_durable(plan, keeper, material, peers))
        if not (unmeasured := lines.missing()):
            tables += _over_lines(plan, keeper, make_ct(plan.work / "few", min(files, LINE_FILES)), peers)
    shutil.rmtree(plan.work / "keeper")
    with running_receiver(plan.work / "receiver") as receiver:
        tables.append(_into_a_folder(plan, receiver, material, peers))
        if (delivered := _into_orthanc(plan, receiver, material, peers)) is not None:
            tables.append(delivered)
    tables.append(_memory(plan.work, frames))
    explained = (
        "ours: de-identification by the full profile, every file synced to disk before it counts; "
        f"'{_STORED}' is when the last one was durable in the spool, after which it only has to be delivered"
    )
    return Report(
        NAME, tuple(tables), tuple(note for note in (explained, unmeasured, *dict.fromkeys(peers.notes)) if note)
    )


def _durable(plan: Plan, receiver: Receiver, material: Material, peers: Peers) -> SpeedTable:
    """Until everything is durably stored; of ours by a receiver that keeps it, to deliver it later."""
    authority = trustme.CA()
    certificates = plan.work / "ca.pem"
    authority.cert_pem.write_to_path(certificates)
    with ExitStack() as stack:
        port = stack.enter_context(tls_front(receiver.port, server_context(authority.issue_cert("127.0.0.1"))))
        secured = (f"https://127.0.0.1:{port}", "off", str(certificates))
        contenders = [
            stored_by(receiver, material, "adit-uploader, 2 lanes", 2),
            stored_by(receiver, material, "adit-uploader, 1 lane", 1),
            stored_by(receiver, material, "adit-uploader, 2 lanes, zstd", 2, way=(receiver.url, "on")),
            stored_by(receiver, material, "adit-uploader, 2 lanes, TLS (proxy in Python)", 2, way=secured),
            *(_part(name, part, material) for name, part in _PARTS.items()),
        ]
        contenders += _storescu_into_folder(plan, material, peers, stack)
        return SpeedTable("Durably stored", material, STORESCU, rows_of(alternate(plan, contenders)))


def _part(name: str, part: str, material: Material) -> Contender:
    return Contender(
        name, lambda run: [sys.executable, "-m", "benchmarks.components", part, material.folder, _out(run)]
    )


def _storescu_into_folder(plan: Plan, material: Material, peers: Peers, stack: ExitStack) -> list[Contender]:
    """dcmtk's ``storescu`` into its ``storescp``, which writes and does not sync; none where they are missing."""
    storescu, storescp = peers.debian("storescu", "dcmtk"), peers.debian("storescp", "dcmtk")
    if storescu is None or storescp is None:
        return []
    out = plan.work / "storescp"
    port = stack.enter_context(running_storescp(storescp, out))
    return [
        Contender(
            STORESCU,
            lambda run: [storescu, "+sd", "+r", "127.0.0.1", str(port), material.folder],
            before=lambda run: _empty(out),
            after=lambda run: _must_lie(out, material.files),
            environment=NO_DELAY,
        )
    ]


def stored_by(
    receiver: Receiver,
    material: Material,
    name: str,
    lanes: int,
    *,
    way: tuple[str, ...] = (),
    far: FarAway | None = None,
) -> Contender:
    """Ours until everything is stored. way: address, compression and file of authorities, where they are no default."""

    def before(run: Run) -> None:
        receiver.destination("later", "--folder", str(receiver.data))
        receiver.user(_user(run), destinations=("later",))

    def command(run: Run) -> list[str]:
        address, *more = way or (receiver.url,)
        token = str(receiver.data / f"token-{_user(run)}")
        words = [sys.executable, "-m", "benchmarks.send", str(material.folder), address, token, "later", str(lanes)]
        words = [*_in_home(run), *words, *more]
        return far.words(*words) if far else words

    def after(run: Run) -> dict[str, float]:
        if (count := _count(receiver, run)) != material.files:
            raise BenchmarkError(f"{count} files were stored instead of {material.files}")
        return {}

    return Contender(name, command, before, after, servers=lambda: processes_of(receiver))


def processes_of(receiver: Receiver) -> dict[str, int]:
    """Numbers of a running receiver's processes."""
    assert receiver.process is not None  # noqa: S101 - it is running
    web = receiver.process.pid
    return {"web": web, **dict(zip(("worker",), children(web), strict=False))}


def _over_lines(plan: Plan, receiver: Receiver, material: Material, peers: Peers) -> list[SpeedTable]:
    """The same to a machine that is far away."""
    few = replace(plan, warmups=0)
    made = {"100 Mbit/s": lambda: lines.slow_line(100), "20 ms": lambda: lines.long_line(20)}
    return [_over_line(few, receiver, material, peers, name=name, made=far) for name, far in made.items()]


def _over_line(
    plan: Plan,
    receiver: Receiver,
    material: Material,
    peers: Peers,
    *,
    name: str,
    made: Callable[[], AbstractContextManager[FarAway]],
) -> SpeedTable:
    authority = trustme.CA()
    certificates = plan.work / "ca-far.pem"
    authority.cert_pem.write_to_path(certificates)
    with ExitStack() as stack:
        far = stack.enter_context(made())
        port = stack.enter_context(tls_front(receiver.port, server_context(authority.issue_cert(SERVER)), host=SERVER))
        contenders = [
            stored_by(
                receiver,
                material,
                f"adit-uploader, 2 lanes, compression {setting}",
                2,
                way=(f"https://{SERVER}:{port}", setting, str(certificates)),
                far=far,
            )
            for setting in ("auto", "off")
        ]
        contenders += [
            replace(plain, command=_from(far, plain.command))
            for plain in _storescu_into_folder(plan, material, peers, stack)
        ]
        return SpeedTable(
            f"Durably stored over a line of {name}, with TLS", material, STORESCU, rows_of(alternate(plan, contenders))
        )


def _from(far: FarAway, command: Callable[[Run], Sequence[Word]]) -> Callable[[Run], Sequence[Word]]:
    return lambda run: far.words(*(SERVER if word == "127.0.0.1" else str(word) for word in command(run)))


def _into_a_folder(plan: Plan, receiver: Receiver, material: Material, peers: Peers) -> SpeedTable:
    contenders = [_into_folder(plan.work, receiver, material, lanes) for lanes in (2, 1)]
    with ExitStack() as stack:
        contenders += _storescu_into_folder(plan, material, peers, stack)
        return SpeedTable("Delivered into a folder", material, STORESCU, rows_of(alternate(plan, contenders)))


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
        servers=lambda: {"Orthanc": orthanc.number},
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
        name,
        _upload(receiver, material, lanes, lambda run: f"folder{run.number}"),
        before,
        after,
        _home(work),
        lambda: processes_of(receiver),
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
        "adit-uploader, 2 lanes",
        _upload(receiver, material, 2, lambda run: "PACS"),
        before,
        after,
        _home(work),
        lambda: processes_of(receiver) | {"Orthanc": orthanc.number},
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
    with closing(sqlite3.connect(receiver.data / DATABASE)) as database:
        (last,) = database.execute(query, (_user(run),)).fetchone()
    if last is None or not run.started:
        return {}
    return {_STORED: datetime.fromisoformat(last).replace(tzinfo=UTC).timestamp() - run.started}


def _count(receiver: Receiver, run: Run) -> int:
    """How many instances a run has stored."""
    query = (
        "SELECT count(*) FROM adit_receiver_storedinstance s JOIN adit_receiver_uploadjob j ON j.id = s.job_id "
        "JOIN auth_user u ON u.id = j.owner_id WHERE u.username = ? AND s.received >= ?"
    )
    since = datetime.fromtimestamp(run.started, UTC).strftime("%Y-%m-%d %H:%M:%S")
    with closing(sqlite3.connect(receiver.data / DATABASE)) as database:
        (count,) = database.execute(query, (_user(run), since)).fetchone()
    return int(count)


def _user(run: Run) -> str:
    return f"user{run.number}"


def _out(run: Run) -> Path:
    return run.folder / "out"


def _home(work: Path) -> dict[str, str]:
    return {"ADIT_UPLOADER_HOME": str(work / "home")}


def _in_home(run: Run) -> list[str]:
    """Words before a command that has a journal of its own: what another run has sent does not count."""
    return ["env", f"ADIT_UPLOADER_HOME={run.folder / 'home'}"]


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _must_lie(folder: Path, files: int) -> dict[str, float]:
    must_hold(folder, files)
    return {}
