"""The user's batch file: read, and read again when it was saved elsewhere or when other patients were found."""

from collections.abc import Callable, Sequence
from pathlib import Path

from adit_uploader.desktop.controllers.desk import Desk
from adit_uploader.desktop.controllers.ports import Services
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import BatchState
from adit_uploader.pseudonyms.batch import BatchFile
from adit_uploader.pseudonyms.errors import BatchFileProblem, BatchFileRefused


class BatchReading:
    """One file at a time; what was begun with an older state of it is dropped.

    Attributes:
        batch: its rows, None while there are none in order.
        problems: all that is wrong in it.
        error: why it could not be looked into at all.
    """

    def __init__(self, desk: Desk, gateway: Gateway, services: Services, changed: Callable[[], None]) -> None:
        """changed: called whenever one of the attributes is another."""
        self._desk = desk
        self._gateway = gateway
        self._services = services
        self._changed = changed
        self._reading: Reporter | None = None
        self._looking = False
        self._stamp: object = None
        self.batch: BatchFile | None = None
        self.problems: Sequence[BatchFileProblem] = ()
        self.error: BaseException | None = None

    @property
    def path(self) -> Path | None:
        return self._desk.batch_path

    @property
    def reading(self) -> bool:
        """Whether it is being read."""
        return self._reading is not None

    @property
    def state(self) -> BatchState:
        """As the window shows it."""
        if self.batch is not None:
            return BatchState(self.path, rows=len(self.batch.rows))
        return BatchState(self.path, problems=len(self.problems) or int(self.error is not None))

    def read(self) -> None:
        """Reads the file of the desk; nothing is usable until that is done."""
        path = self.path
        if path is None:
            return
        if self._reading is not None:
            self._reading.cancel()
        patient_ids = [patient.patient_id for patient in self._desk.inventory.patients]
        reading: Reporter | None = None
        self.batch = None

        def work(_: Reporter) -> tuple[object, BatchFile | BatchFileRefused]:
            stamp = self._services.batch_file_stamp(path)  # before: what changes meanwhile is then read again
            try:
                return stamp, self._services.read_batch_file(path, patient_ids)
            except BatchFileRefused as refused:
                return stamp, refused

        def done(result: tuple[object, BatchFile | BatchFileRefused]) -> None:
            stamp, found = result
            if isinstance(found, BatchFileRefused):
                end(stamp, None, found.problems)
            else:
                end(stamp, found)

        def failed(error: BaseException) -> None:
            end(None, None, error=error)

        def end(
            stamp: object,
            batch: BatchFile | None,
            problems: Sequence[BatchFileProblem] = (),
            error: BaseException | None = None,
        ) -> None:
            if self._reading is reading:
                self._reading, self._stamp = None, stamp
                self.batch, self.problems, self.error = batch, problems, error
                self._changed()

        self._reading = reading = self._gateway.run(work, done=done, failed=failed)
        self._changed()

    def look_again(self) -> None:
        """Something may have happened to the file: it is read again if it is another. One that is gone stays read."""
        path = self.path
        if path is None or self._looking or self.reading:
            return
        self._looking = True

        def done(stamp: object) -> None:
            self._looking = False
            if path == self.path and stamp is not None and stamp != self._stamp and not self._desk.sending:
                self.read()

        def failed(_: BaseException) -> None:
            self._looking = False

        self._gateway.run(lambda _: self._services.batch_file_stamp(path), done=done, failed=failed)
