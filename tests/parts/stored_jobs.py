"""A receiver's data folder with jobs that are stored and wait to be forwarded, without a server and a client."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pydicom
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from adit_receiver.conf import ReceiverSettings
from adit_receiver.models import Destination, Forward, StoredInstance, UploadJob, UploadTask
from adit_receiver.spool import Spool
from tests.parts.orthanc import Orthanc


@dataclass(slots=True)
class WorkerProcess:
    """``manage forward`` in a process of its own; its log lines can be waited for."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)
    _reader: threading.Thread | None = None

    def read(self) -> None:
        """Collects what it says until it ends."""
        assert self.process.stdout is not None
        stdout = self.process.stdout

        def collect() -> None:
            with stdout:
                self.lines.extend(stdout)

        self._reader = threading.Thread(target=collect, daemon=True)
        self._reader.start()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal and waits for the end; the exit status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Waits for the end; the exit status."""
        status = self.process.wait(180)
        if self._reader is not None:
            self._reader.join()
        return status


@dataclass(slots=True)
class StoredJobs:
    """Makes destinations and jobs in a data folder whose database the running test uses as well."""

    data: Path
    settings: ReceiverSettings
    database: str = ""  # URL of the PostgreSQL database, if it is one
    engine: str = "embedded"  # of worker processes
    _users: dict[str, User] = field(default_factory=dict)

    @property
    def spool(self) -> Spool:
        return Spool(self.settings.spool)

    def dicom(self, name: str, orthanc: Orthanc) -> Destination:
        """The destination at this Orthanc."""
        return Destination.objects.create(
            name=name, kind="dicom", ae_title=orthanc.ae_title, host=orthanc.host, port=orthanc.dicom_port
        )

    def folder(self, name: str) -> Destination:
        """A folder destination; the folder exists."""
        folder = self.data / name
        folder.mkdir()
        return Destination.objects.create(name=name, kind="folder", folder=str(folder))

    def job(
        self, destination: Destination, files: Sequence[bytes], *, finished: bool = True, owner: str = "alice"
    ) -> UploadJob:
        """A job with these files, stored and durable, as the endpoint leaves it."""
        if owner not in self._users:
            self._users[owner] = User.objects.create(username=owner)
        job = UploadJob.objects.create(
            id=uuid4(),
            owner=self._users[owner],
            destination_key=str(destination.pk),
            destination_name=destination.name,
            mode="fixed",
            profile="research",
            finished_by_client=timezone.now() if finished else None,
        )
        with transaction.atomic():  # one commit, and not some for each
            for data in files:
                self.add(job, data)
        return job

    def add(self, job: UploadJob, data: bytes) -> Forward:
        """One more instance of the job."""
        dataset = pydicom.dcmread(BytesIO(data), stop_before_pixels=True)
        task, _ = UploadTask.objects.get_or_create(
            job=job, patient_id=str(dataset.PatientID), study_instance_uid=str(dataset.StudyInstanceUID)
        )
        name = uuid4().hex
        self.spool.stored_path(name).write_bytes(data)
        instance = StoredInstance.objects.create(
            job=job,
            task=task,
            sop_instance_uid=str(dataset.SOPInstanceUID),
            sop_class_uid=str(dataset.SOPClassUID),
            transfer_syntax_uid=str(dataset.file_meta.TransferSyntaxUID),
            series_instance_uid=str(dataset.SeriesInstanceUID),
            length=len(data),
            digest=hashlib.sha256(data).hexdigest(),
            spool_name=name,
        )
        return Forward.objects.create(instance=instance)

    def spooled(self) -> int:
        """How many stored files lie in the spool."""
        return sum(1 for _ in self.spool.stored.iterdir())

    def start_worker(self, *arguments: str) -> WorkerProcess:
        """Our own worker on this data folder."""
        return self.start("django", "forward", *arguments)

    def start(self, module: str, *arguments: str) -> WorkerProcess:
        """Any other one: ``python -m MODULE ARGUMENTS``."""
        worker = WorkerProcess(
            subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=self._environment,
            )
        )
        worker.read()
        return worker

    def run_code(self, code: str) -> str:
        """Runs Python code in a process of the receiver's on this data folder; what it has printed."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{code}"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "ADIT_RECEIVER_DATA": str(self.data),
            "ADIT_RECEIVER_DATABASE": self.database,
            "ADIT_RECEIVER_ENGINE": self.engine,
            "DJANGO_SETTINGS_MODULE": "adit_receiver.standalone.settings",
        }
