"""De-identification: a folder in, a folder out."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import BenchmarkError
from .material import Material, flat, make_ct, make_large, make_mr
from .peers import Peers
from .results import MemoryTable, Report, SpeedTable, rows_of
from .runs import Contender, Plan, Run, Word, alternate, must_hold, nothing_more, peaks_of

NAME = "deid"
ABOUT = "de-identify 400 CT and 400 MR files, and a file of 500 MB"
REFERENCE = "dicognito"
FRAMES = (250, 1000)  # of the large files: 131 and 524 MB


def run(plan: Plan, files: int, peers: Peers, *, frames: Sequence[int] = FRAMES) -> Report:
    """All tables of this benchmark.

    Raises:
        BenchmarkError: a contender failed.
    """
    tables: list[SpeedTable | MemoryTable] = []
    for title, make in (("CT", make_ct), ("MR", make_mr)):
        material = make(plan.work / title, files)
        contenders = [*ours(plan.work, material), copy(material), *of_peers(plan.work, material, peers)]
        tables.append(SpeedTable(title, material, REFERENCE, rows_of(alternate(plan, contenders))))
    tables.append(_memory(plan.work, peers, frames))
    notes = [
        "ours searches each finished header for what identified the patient",
        *dict.fromkeys(peers.notes),
    ]
    return Report(NAME, tuple(tables), tuple(notes))


def ours(work: Path, material: Material) -> list[Contender]:
    """The program with one lane and with two, in two profiles."""
    return [
        _ours(work, material, lanes=lanes, profile=profile) for profile in ("research", "basic") for lanes in (1, 2)
    ]


def copy(material: Material) -> Contender:
    """What the disk allows."""
    return Contender("cp", lambda run: ["cp", "-r", material.folder, _out(run)], after=_all_out(material.files))


def of_peers(work: Path, material: Material, peers: Peers) -> list[Contender]:
    """Those that are there."""
    source = material.folder
    found: list[Contender] = []

    def add(name: str, command: Callable[[Run], Sequence[Word]]) -> None:
        found.append(Contender(name, command, before=_make_out, after=_all_out(material.files)))

    if gdcmanon := peers.debian("gdcmanon", "libgdcm-tools"):
        certificate = _certificate(work, peers)
        if certificate is not None:
            add("gdcmanon -e", lambda run: [gdcmanon, "-e", "-c", certificate, "-r", "-i", source, "-o", _out(run)])
    if python := peers.python():
        add("dicognito", lambda run: [python, "-m", "dicognito", "-q", "-o", _out(run), source])
        program = python.with_name("dicom-anonymizer")
        files = flat(material, work / f"{source.name}-flat").folder
        add("dicom-anonymizer", lambda run: [program, files, _out(run)])
    if modules := peers.node():
        script = Path(__file__).with_name("dcmjs_peer.cjs")
        add("dcmjs", lambda run: ["node", script, modules, source, _out(run)])
    return found


def _ours(work: Path, material: Material, *, lanes: int, profile: str) -> Contender:
    key = work / "site-key"
    return Contender(
        f"adit-uploader {profile}, {lanes} lane{'s' if lanes > 1 else ''}",
        lambda run: [
            *(sys.executable, "-m", "adit_uploader", "deidentify", material.folder, "--out", _out(run)),
            *("--mode", "internal", "--department", "Radiology", "--site-key-file", key),
            *("--profile", profile, "--lanes", str(lanes), "--key-list", run.folder / "key-list.csv"),
        ],
        after=_all_out(material.files),
        environment={"ADIT_UPLOADER_HOME": str(work / "home")},
    )


def _memory(work: Path, peers: Peers, frames: Sequence[int]) -> MemoryTable:
    peaks: dict[str, dict[int, list[int]]] = {}
    for count in frames:
        material = make_large(work / f"large-{count}", count)
        contenders = [_ours(work, material, lanes=1, profile="research"), *of_peers(work, material, peers)]
        for contender in contenders:
            tolerant = Contender(
                contender.name, contender.command, contender.before, nothing_more, contender.environment
            )
            try:
                found = peaks_of(contender if contender is contenders[0] else tolerant, work)
            except BenchmarkError as error:
                if contender is contenders[0]:
                    raise
                peers.notes.append(f"{contender.name} failed at {material.size / 1e6:.0f} MB: {error}")
            else:
                peaks.setdefault(contender.name, {})[material.size] = found[contender.name]
    return MemoryTable("One large file", peaks)


def _certificate(work: Path, peers: Peers) -> Path | None:
    """A certificate, which gdcmanon encrypts the original values for."""
    path = work / "certificate.pem"
    if path.exists():
        return path
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=benchmark"]
    try:
        subprocess.run([*words, "-keyout", work / "private.pem", "-out", path], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        peers.notes.append("gdcmanon -e needs a certificate, which openssl makes: sudo apt-get install openssl")
        return None
    return path


def _out(run: Run) -> Path:
    return run.folder / "out"


def _make_out(run: Run) -> None:
    _out(run).mkdir()


def _all_out(files: int) -> Callable[[Run], dict[str, float]]:
    def check(run: Run) -> dict[str, float]:
        must_hold(_out(run), files)
        return {}

    return check
