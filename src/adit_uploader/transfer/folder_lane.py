"""A lane that writes into a folder."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from adit_uploader.deid.engine import Deidentifier, PassThrough

from .errors import InstanceRefusal, OutputNotWritable
from .lane_link import LaneLink
from .lane_messages import Done, Hungry, Moved, NoMoreWork, Refused, Sent, Started, Stored, Work, WorkItem
from .preparing import Prepared, prepared
from .receipt import ReasonCode

PIECE = 1024 * 1024
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")


class FolderLane:
    def __init__(self, link: LaneLink, engine: Deidentifier | PassThrough, out: Path) -> None:
        self._link = link
        self._engine = engine
        self._out = out

    def run(self) -> None:
        """Until there is no more work, or the program says stop.

        Raises:
            OutputNotWritable: the folder can't be written to.
        """
        self._link.report(Hungry())
        while not self._link.stopped.is_set():
            match self._link.take(0.2):
                case Work() as work:
                    self._link.report(Hungry())  # so that the next piece is here when this one ends
                    for item in work.items:
                        if self._link.stopped.is_set():
                            return
                        self._handle(work, item)
                case NoMoreWork():
                    self._link.report(Done())
                    return

    def _handle(self, work: Work, item: WorkItem) -> None:
        self._link.report(Started(item.number))
        pseudonymized = False
        try:
            with prepared(self._engine, work, item) as one:
                pseudonymized = True
                size, digest = self._write(one)
        except InstanceRefusal as refusal:
            self._link.report(Refused(item.number, refusal.code, refusal.message, True, pseudonymized))
        else:
            self._link.report(Moved(size))
            self._link.report(Sent(item.number, size, digest))
            self._link.report(Stored(item.number))

    def _write(self, one: Prepared) -> tuple[int, str]:
        """Write whole or not at all; returns the file's size and digest."""
        item = one.item
        parts = (item.study_instance_uid, item.series_instance_uid, item.sop_instance_uid)
        if not all(_UID.fullmatch(part) for part in parts):
            raise InstanceRefusal(ReasonCode.DAMAGED, "One of the file's UIDs is not valid.")
        folder = self._out / parts[0] / parts[1]
        target = folder / f"{parts[2]}.dcm"
        temporary = ""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
            digest = hashlib.sha256()
            with os.fdopen(descriptor, "wb") as file:
                for piece in one.chunks(PIECE):
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                if _digest_of(target) != digest.hexdigest():
                    raise InstanceRefusal(
                        ReasonCode.OTHER_BYTES,
                        "The output folder already has another file under this name. It was left as it is; choose an "
                        "empty folder.",
                    )
            else:
                Path(temporary).replace(target)
        except OSError:
            raise OutputNotWritable from None
        finally:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
        return one.instance.length, digest.hexdigest()


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
