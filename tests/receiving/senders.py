"""Those who send: dcmtk, pynetdicom, and one that stops in the middle; and the listener that they send to."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode

from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.receiving.events import Opened, ReceivingEvent
from adit_uploader.receiving.listener import listen
from tests.parts.dcmtk import DcmtkMissingError

WORKSTATION = "WORKSTATION1"
LIMIT = 200.0  # seconds; a limit for what never comes, not a measure
SETTINGS = ReceivingSettings(enabled=True, port=0, callers=(WORKSTATION,))


@dataclass
class Told:
    """What a listener tells; can be waited for."""

    events: list[ReceivingEvent] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    failure: BaseException | None = None

    def report(self, event: ReceivingEvent) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait(self, kind: type[Any], count: int = 1) -> list[Any]:
        """The first events of a kind, when there are so many."""
        with self.changed:
            there = self.changed.wait_for(lambda: self.failure or len(self.of(kind)) >= count, LIMIT)
        assert there, f"no {kind.__name__}: {self.events}"
        assert self.failure is None, self.failure
        return self.of(kind)[:count]

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def port(self) -> int:
        return int(self.wait(Opened)[0].port)


@contextmanager
def listening(
    inbox: Path, settings: ReceivingSettings = SETTINGS, folder: Callable[[], str] = lambda: "first"
) -> Iterator[Told]:
    """A listener in its own process, as the program has it."""
    told, stop = Told(), threading.Event()

    def run() -> None:
        try:
            listen(settings, inbox, folder=folder, report=told.report, stop=stop.is_set)
        except BaseException as error:  # noqa: BLE001 - for the test to see
            with told.changed:
                told.failure = error
                told.changed.notify_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        told.wait(Opened)
        yield told
    finally:
        stop.set()
        thread.join(LIMIT)
        assert not thread.is_alive()


def dcmtk(tool: str) -> str:
    """dcmtk's own: pynetdicom brings tools of the same names."""
    own = Path(sys.executable).parent
    found = next(
        (path for path in map(Path, ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")) if (path / tool).exists()),
        None,
    )
    other = shutil.which(tool)
    if found is not None:
        return str(found / tool)
    if other is None or Path(other).parent == own:
        raise DcmtkMissingError
    return other


def store(
    port: int,
    *paths: Path,
    calling: str = WORKSTATION,
    called: str = "ADITUPLOADER",
    options: Sequence[str] = (),
) -> "subprocess.CompletedProcess[str]":
    """dcmtk's storescu, with what it says."""
    titles = ("--aetitle", calling, "--call", called)
    command = [dcmtk("storescu"), *titles, "--required", *options, "127.0.0.1", str(port), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)


def made_up(number: int, syntax: UID = ExplicitVRLittleEndian, *, bytes_: int = 4000) -> Dataset:
    """A small image of a made-up patient."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = syntax
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = CTImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = f"1.2.3.4.{number}"
    made.PatientID, made.PatientName = "1001", "Mueller^Anna"
    made.StudyInstanceUID, made.SeriesInstanceUID, made.Modality = "1.2.3", "1.2.3.4", "CT"
    made.Rows = made.Columns = 20
    made.BitsAllocated, made.SamplesPerPixel = 8, 1
    pixels = bytes(index % 251 for index in range(bytes_))
    made.PixelData = encapsulate([pixels]) if syntax.is_encapsulated else pixels
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = syntax.is_encapsulated
    return made


def save(folder: Path, datasets: Sequence[Dataset]) -> list[Path]:
    """As files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.dcm" for number, _ in enumerate(datasets)]
    for path, dataset in zip(paths, datasets, strict=True):
        dataset.save_as(path, enforce_file_format=True)
    return paths


@contextmanager
def associated(port: int, syntax: UID = ExplicitVRLittleEndian, *, left: bool = False) -> Iterator[Association]:
    """pynetdicom, let in with one way of sending CT images. left: the other side ends it, not we at the end."""
    entity = AE(ae_title=WORKSTATION)
    entity.add_requested_context(CTImageStorage, syntax)
    made = entity.associate("127.0.0.1", port, ae_title="ADITUPLOADER")
    assert made.is_established
    assert made.dul.socket is not None
    connection = made.dul.socket.socket
    assert connection is not None
    try:
        yield made
    finally:
        if not left and made.is_established:
            made.release()
        made.join(LIMIT)
        made.dul.join(LIMIT)
        connection.close()  # pynetdicom leaves it open where the other side was faster


def send_half(association: Association, dataset: Dataset) -> None:
    """All of an object but its last fragment."""
    request = C_STORE()
    request.MessageID, request.Priority = 1, 2
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    encoded = encode(dataset, is_implicit_vr=False, is_little_endian=True)
    assert encoded is not None
    request.DataSet = BytesIO(encoded)
    message = C_STORE_RQ()
    message.primitive_to_message(request)
    (context,) = association.accepted_contexts
    assert context.context_id is not None
    for fragment in list(message.encode_msg(context.context_id, 16382))[:-1]:
        association.dul.send_pdu(fragment)


def data_set_bytes(path: Path) -> bytes:
    """What follows the file's own head."""
    head = dcmread(path, stop_before_pixels=True).file_meta
    (group_length,) = (head.FileMetaInformationGroupLength,)
    return path.read_bytes()[128 + 4 + 12 + int(group_length) :]


def received(inbox: Path) -> list[Path]:
    return sorted(inbox.rglob("*.dcm"))


def nothing_half(inbox: Path) -> bool:
    return not list(inbox.rglob("*.part"))


dcmtk_needed = pytest.mark.usefixtures()
