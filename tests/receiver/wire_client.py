"""A client made by hand for tests: a real websocket around the protocol's machine, one step at a time."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import TypeVar
from uuid import uuid4

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from adit_uploader.protocol.client import ClientEvent, UploadClient
from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.limits import SUBPROTOCOL
from adit_uploader.protocol.messages import Duplicate, Failed, JobOpened, OpenJob, Refused, Stored, Welcome

E = TypeVar("E")
TIMEOUT = 120.0
CUT = (1006, "")  # the connection ended without a close
Answer = Stored | Duplicate | Refused


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up DICOM file and what a client declares of it."""

    data: bytes
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    patient_id: str
    sop_class_uid: str = str(CTImageStorage)
    transfer_syntax_uid: str = str(ExplicitVRLittleEndian)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def make_file(
    patient_id: str = "PATIENT-1",
    *,
    study: str = "",
    series: str = "",
    sop: str = "",
    pixels: int = 2048,
    filler: int = 0,
    **elements: str,
) -> Made:
    """A CT image as a scanner writes it, identified. pixels: bytes of pixel data; filler: their value."""
    dataset = Dataset()
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = sop or generate_uid()
    dataset.StudyInstanceUID = study or generate_uid()
    dataset.SeriesInstanceUID = series or generate_uid()
    dataset.PatientID = patient_id
    dataset.PatientName = "Muster^Erika"
    dataset.PatientBirthDate = "19640812"
    dataset.PatientSex = "F"
    dataset.StudyDate = "20250102"
    dataset.StudyTime = "101500"
    dataset.AccessionNumber = "ACC4711"
    dataset.ReferringPhysicianName = "Doctor^Good"
    dataset.StudyID = "1"
    dataset.Modality = "CT"
    dataset.Manufacturer = "Maker"
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = 1
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = 32, pixels // 64
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelData = bytes([filler]) * pixels
    for name, value in elements.items():
        setattr(dataset, name, value)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    uids = (dataset.SOPInstanceUID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID)
    return Made(buffer.getvalue(), *(str(uid) for uid in uids), patient_id)


@dataclass
class WireClient:
    """One connection. ``connect``: makes another; ``closed``: code and reason, once the receiver has closed it."""

    socket: ClientConnection
    connect: Callable[[], ClientConnection]
    machine: UploadClient = field(default_factory=UploadClient)
    events: list[ClientEvent] = field(default_factory=list)
    closed: tuple[int, str] | None = None

    def flush(self) -> None:
        for message in self.machine.outgoing():
            self.socket.send(message)

    def next(self) -> ClientEvent:
        """The next thing that the receiver says; EOFError once it has closed."""
        while not self.events:
            try:
                message = self.socket.recv(TIMEOUT)
            except ConnectionClosed as error:
                self.closed = (error.rcvd.code, error.rcvd.reason) if error.rcvd is not None else CUT
                raise EOFError(self.closed) from None
            self.events += self.machine.receive(message)
        return self.events.pop(0)

    def expect(self, kind: type[E]) -> E:
        """The next event of this kind; credit and progress in between are passed over."""
        while not isinstance(event := self.next(), kind):
            assert type(event).__name__ in {"Credit", "Saved", "Tasks"}, f"{event} instead of {kind.__name__}"
        return event

    def wait_closed(self) -> tuple[int, str]:
        """Reads until the receiver closes: its code and reason."""
        try:
            while True:
                self.next()
        except EOFError:
            assert self.closed is not None
            return self.closed

    def hello(self) -> Welcome:
        self.machine.hello("test 1.0")
        self.flush()
        return self.expect(Welcome)

    def open_job(self, job: str = "", *, mode: str = "none", destination: str = "archive", **more: str) -> str:
        """Opens a job, as a client does: again while a lost connection of it is not missed yet; its id."""
        job = job or uuid4().hex
        until = monotonic() + TIMEOUT
        while not self._opened(job, mode=mode, destination=destination, **more):
            assert monotonic() < until
            self.socket, self.machine, self.events, self.closed = self.connect(), UploadClient(), [], None
            self.hello()
        return job

    def _opened(self, job: str, **fields: str) -> bool:
        """False when the receiver closed because another connection has the job."""
        self.ask_job(job, **fields)
        try:
            answer = self.next()
            while isinstance(answer, Failed) and answer.code == "JOB_IN_USE":
                answer = self.next()
        except EOFError:
            if self.closed is None or self.closed[0] != CloseCode.JOB_IN_USE:
                raise
            return False
        assert isinstance(answer, JobOpened), f"{answer} instead of JobOpened"
        assert answer.job == job
        return True

    def ask_job(self, job: str, *, mode: str = "none", destination: str = "archive", **more: str) -> None:
        fields = {"profile": "research"} | more
        self.machine.open_job(
            OpenJob(job=job, mode=mode, destination=destination, patients=1, studies=1, instances=1, **fields)  # type: ignore[arg-type] # literals given as text
        )
        self.flush()

    def begin(self, file: Made, *, offset: int = 0, length: int | None = None) -> int:
        stream = self.machine.begin(
            sop_instance_uid=file.sop_instance_uid,
            sop_class_uid=file.sop_class_uid,
            transfer_syntax_uid=file.transfer_syntax_uid,
            study_instance_uid=file.study_instance_uid,
            series_instance_uid=file.series_instance_uid,
            patient_id=file.patient_id,
            length=length or len(file.data),
            offset=offset,
        )
        self.flush()
        return stream

    def send_data(self, stream: int, data: bytes) -> None:
        """Sends as the credit comes."""
        view = memoryview(data)
        while view:
            while self.machine.credit < self.machine.limits.cost(1):
                self.machine_event()
            size = min(len(view), self.machine.credit, 256 * 1024)
            self.machine.send_chunk(stream, view[:size])
            self.flush()
            view = view[size:]

    def machine_event(self) -> None:
        """Takes one more message and keeps its events for ``next``."""
        kept, self.events = self.events, []
        event = self.next()
        self.events = [*kept, event, *self.events]

    def send(self, file: Made) -> int:
        """Sends a whole instance; its stream."""
        stream = self.begin(file)
        self.send_data(stream, file.data)
        self.machine.end(stream, file.sha256)
        self.flush()
        return stream

    def upload(self, file: Made) -> Answer:
        """Sends a whole instance; the answer."""
        self.send(file)
        return self.expect(Answer)  # type: ignore[arg-type] # isinstance takes a union


@contextmanager
def wire(url: str, token: str | Path, **options: object) -> Iterator[WireClient]:
    """A connection to a receiver. url: of the receiver; options: for websockets' ``connect``."""
    text = token.read_text().strip() if isinstance(token, Path) else token
    address = url.replace("http", "ws", 1).rstrip("/") + "/ws/upload/"
    given: dict[str, object] = {
        "subprotocols": [SUBPROTOCOL],
        "additional_headers": {"Authorization": f"Token {text}"} if text else {},
        "origin": url.rstrip("/"),
        "compression": None,
        "proxy": None,
    }
    with ExitStack() as stack:

        def connected() -> ClientConnection:
            return stack.enter_context(connect(address, **(given | options)))  # type: ignore[arg-type] # passed through

        yield WireClient(connected(), connected)
