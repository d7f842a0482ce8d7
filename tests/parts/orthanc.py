"""A real Orthanc for tests: Debian's own binary, a made-up configuration, free ports of this machine.

Use: ``with start_orthanc(tmp_path / "orthanc") as orthanc: ...``, or as a fixture that yields it.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import httpx
from pydicom import Dataset, dcmread

AE_TITLE = "ORTHANC"
START_SECONDS = 180
STOP_SECONDS = 120


class OrthancMissingError(Exception):
    """Orthanc is not installed."""

    def __init__(self) -> None:
        super().__init__("These tests need a real Orthanc. Install it: apt-get install orthanc")


class OrthancFailedError(Exception):
    """Orthanc did not start; the text holds the end of its log."""


@dataclass(slots=True)
class Orthanc:
    """A running (or for an outage stopped) Orthanc; what it has stored outlives ``stop`` and ``start``.

    Plain strings name instances: ``key`` is Orthanc's own identifier, ``uid`` a SOPInstanceUID.
    """

    folder: Path
    http_port: int
    dicom_port: int
    ae_title: str = AE_TITLE
    options: dict[str, Any] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None
    _reader: threading.Thread | None = None
    _http: httpx.Client | None = None

    # ------------------------------------------------------------ running

    @property
    def host(self) -> str:
        """Where it listens."""
        return "127.0.0.1"

    @property
    def address(self) -> str:
        """The destination as the receiver's command line wants it: ``AET@HOST:PORT``."""
        return f"{self.ae_title}@{self.host}:{self.dicom_port}"

    @property
    def number(self) -> int:
        """Of its process, while it runs."""
        assert self._process is not None, "Orthanc is stopped"
        return self._process.pid

    @property
    def log(self) -> Path:
        """Everything it said, over all starts."""
        return self.folder / "orthanc.log"

    def start(self) -> None:
        """Starts it on its ports and returns when it answers.

        Raises:
            OrthancMissingError: it is not installed.
            OrthancFailedError: it ended before it was ready.
        """
        if self._process is not None:
            return
        configuration = self.folder / "orthanc.json"
        configuration.write_text(json.dumps(self._configuration(), indent=1), encoding="utf-8")
        process = subprocess.Popen(
            [_binary(), configuration],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # without it each C-STORE waits 40 ms for a delayed acknowledgement
            env=os.environ | {"TCP_NODELAY": "1"},
        )
        assert process.stderr is not None
        ready, ended = threading.Event(), threading.Event()
        reader = threading.Thread(target=self._read_log, args=(process.stderr, ready, ended), daemon=True)
        reader.start()
        ready.wait(START_SECONDS)
        if ended.is_set() or not ready.is_set():
            process.kill()
            process.wait()
            reader.join()
            raise OrthancFailedError("".join(self.log.read_text(encoding="utf-8").splitlines(keepends=True)[-15:]))
        self._process, self._reader = process, reader
        self._http = httpx.Client(base_url=f"http://{self.host}:{self.http_port}", timeout=120, trust_env=False)

    def stop(self) -> None:
        """Ends it in good order; a second ``stop`` does nothing."""
        self._end(kill=False)

    def kill(self) -> None:
        """Ends it at once, in the middle of whatever it does."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        if self._process is None or self._reader is None or self._http is None:
            return
        self._http.close()
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process = self._reader = self._http = None

    def _read_log(self, stream: IO[str], ready: threading.Event, ended: threading.Event) -> None:
        with stream, self.log.open("a", encoding="utf-8") as log:
            for line in stream:
                log.write(line)
                log.flush()
                if "Orthanc has started" in line:
                    ready.set()
        ended.set()
        ready.set()

    def _configuration(self) -> dict[str, Any]:
        return {
            "Name": "test",
            "StorageDirectory": str(self.folder / "storage"),
            "IndexDirectory": str(self.folder / "storage"),
            "Plugins": [],
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "DicomAet": self.ae_title,
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowStore": True,
            "UnknownSopClassAccepted": True,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "SaveJobs": False,
            "OverwriteInstances": False,
        } | self.options

    # ------------------------------------------------------------ what it holds

    def get(self, path: str) -> Any:
        """The answer of its REST interface, read as JSON."""
        return self._get(path).json()

    def _get(self, path: str) -> httpx.Response:
        assert self._http is not None, "Orthanc is stopped"
        return self._http.get(path).raise_for_status()

    def instances(self) -> list[str]:
        """Keys of all instances."""
        return list(self.get("/instances"))

    def count(self) -> int:
        """How many instances it holds."""
        return int(self.get("/statistics")["CountInstances"])

    def received(self) -> int:
        """How many instances were ever new to it (a second C-STORE of one that it holds is not)."""
        changes = self.get("/changes?limit=100000")["Changes"]
        return sum(change["ChangeType"] == "NewInstance" for change in changes)

    def keys(self) -> dict[str, str]:
        """Key of each instance, by SOPInstanceUID."""
        found = self.get("/instances?expand&requested-tags=SOPInstanceUID")
        return {entry["MainDicomTags"]["SOPInstanceUID"]: entry["ID"] for entry in found}

    def lose(self, sop_instance_uid: str) -> None:
        """Deletes one instance."""
        assert self._http is not None, "Orthanc is stopped"
        self._http.delete(f"/instances/{self.keys()[sop_instance_uid]}").raise_for_status()

    def sop_instance_uids(self) -> set[str]:
        """SOPInstanceUIDs of all instances."""
        return set(self.keys())

    def patient_ids(self) -> set[str]:
        """PatientIDs of all patients."""
        return {entry["MainDicomTags"].get("PatientID", "") for entry in self.get("/patients?expand")}

    def tags(self, key: str) -> dict[str, Any]:
        """Elements of an instance by keyword, as Orthanc reads them."""
        return dict(self.get(f"/instances/{key}/simplified-tags"))

    def file(self, key: str) -> bytes:
        """The whole stored file."""
        return self._get(f"/instances/{key}/file").content

    def dataset(self, key: str) -> Dataset:
        """The stored file, read by pydicom."""
        return dcmread(BytesIO(self.file(key)))

    def pixels(self, key: str) -> bytes | None:
        """The encoded bytes of PixelData (with item headers where it is encapsulated), None without any."""
        dataset = self.dataset(key)
        return bytes(dataset.PixelData) if "PixelData" in dataset else None

    def files(self) -> dict[str, bytes]:
        """All stored files, by SOPInstanceUID."""
        return {uid: self.file(key) for uid, key in self.keys().items()}

    def delete_all(self) -> None:
        """Forgets everything that it holds."""
        assert self._http is not None, "Orthanc is stopped"
        for patient in self.get("/patients"):
            self._http.delete(f"/patients/{patient}").raise_for_status()


@contextmanager
def start_orthanc(folder: Path, **options: Any) -> Iterator[Orthanc]:
    """A running Orthanc that keeps its files in ``folder``; ended when the block is left.

    Args:
        folder: made where it is missing.
        options: entries of Orthanc's configuration file that differ from the ones used here.

    Raises:
        OrthancMissingError: it is not installed.
        OrthancFailedError: it did not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    orthanc = _started(folder, options)
    try:
        yield orthanc
    finally:
        orthanc.stop()


def _started(folder: Path, options: dict[str, Any]) -> Orthanc:
    for _ in range(4):
        http_port, dicom_port = free_port(), free_port()
        orthanc = Orthanc(folder, http_port, dicom_port, options=options)
        try:
            orthanc.start()
        except OrthancFailedError as failed:
            if "already in use" not in str(failed) and "port" not in str(failed):
                raise
        else:
            return orthanc
    raise OrthancFailedError("no free ports")


def free_port() -> int:
    """A free loopback port below those that the system gives to outgoing connections.

    So that it is still free when a stopped server comes back to it.
    """
    for _ in range(200):
        port = random.randrange(11000, 32000)  # noqa: S311
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OrthancFailedError("no free port between 11000 and 32000")


def _binary() -> str:
    found = shutil.which("Orthanc", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise OrthancMissingError
    return found
