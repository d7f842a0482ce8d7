"""A lane that writes into a folder."""

import filecmp
import hashlib
import io
import os
import re
import tempfile
from pathlib import Path

from adit_uploader.deid.engine import Deidentifier, PassThrough

from .errors import InstanceRefusal, OutputNotWritable
from .lane_link import LaneLink
from .lane_messages import Done, FolderTarget, Hungry, NoMoreWork, Refused, Started, Work, WorkItem, Written
from .preparing import PIECE, Prepared, prepared, write_all
from .receipt import ReasonCode

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")


class FolderLane:
    """Writes each instance under a temporary name and renames it when it is whole.

    It does not wait for the disk (fsync): the originals stay where they are, and whatever a power cut may leave of a
    copy has other bytes than the same run's second result, which is told then and never taken for it.
    """

    def __init__(self, link: LaneLink, engine: Deidentifier | PassThrough, target: FolderTarget) -> None:
        self._link = link
        self._engine = engine
        self._out = target.out
        self._digests = target.digests
        self._folder: Path | None = None  # the last one that was made: a series' instances come together

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
                digest = self._write(one)
        except InstanceRefusal as refusal:
            self._link.report(Refused(item.number, refusal.code, refusal.message, True, pseudonymized))
        else:
            self._link.report(Written(item.number, one.instance.length, digest))

    def _write(self, one: Prepared) -> str:
        """Write whole or not at all; returns the file's digest, if it is wanted."""
        item = one.item
        parts = (item.study_instance_uid, item.series_instance_uid, item.sop_instance_uid)
        if not all(_UID.fullmatch(part) for part in parts):
            raise InstanceRefusal(ReasonCode.DAMAGED, "One of the file's UIDs is not valid.")
        folder = self._out / parts[0] / parts[1]
        target = folder / f"{parts[2]}.dcm"
        temporary = ""
        digest = hashlib.sha256() if self._digests else None
        try:
            if folder != self._folder:
                folder.mkdir(parents=True, exist_ok=True)
                self._folder = folder
            descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
            with io.FileIO(descriptor, "w") as file:
                if digest is None:
                    one.copy_into(file)
                else:
                    for piece in one.chunks(PIECE):
                        digest.update(piece)
                        write_all(file, piece)
            if target.exists():
                if not filecmp.cmp(temporary, target, shallow=False):
                    raise InstanceRefusal(
                        ReasonCode.OTHER_BYTES,
                        "The output folder already has another file under this name. It was left as it is; choose an "
                        "empty folder.",
                    )
            else:
                os.replace(temporary, target)  # noqa: PTH105 - the temporary name is a text
                temporary = ""
        except OSError:
            raise OutputNotWritable from None
        finally:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
        return "" if digest is None else digest.hexdigest()
