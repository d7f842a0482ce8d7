"""A lane that writes into a folder."""

import contextlib
import hashlib
import io
import os
import re

from adit_uploader.deid.engine import Deidentifier, PassThrough

from .errors import InstanceRefusal, OutputNotWritable
from .lane_link import LaneLink
from .lane_messages import Done, FolderTarget, Hungry, NoMoreWork, Refused, Work, WorkItem, Written
from .preparing import PIECE, Prepared, prepared, write_all
from .receipt import ReasonCode

LARGE = 4 * 1024 * 1024  # a file that may take long: what is held until then is told first
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


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
        self._series = ("", "")  # the last one whose folder was made
        self._folder = ""
        self._token = os.urandom(8).hex()  # another lane, or another run, has other temporary names
        self._written = 0

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
        if item.size >= LARGE:
            self._link.flush()
        self._link.in_hand.take(item.number)
        pseudonymized = False
        try:
            with prepared(self._engine, work, item) as one:
                pseudonymized = True
                digest = self._write(one)
        except InstanceRefusal as refusal:
            self._link.hold(Refused(item.number, refusal.code, refusal.message, True, pseudonymized))
        else:
            self._link.hold(Written(item.number, one.instance.length, digest))
        self._link.in_hand.let_go()

    def _write(self, one: Prepared) -> str:
        """Write whole or not at all; returns the file's digest, if it is wanted."""
        item = one.item
        if not _UID.fullmatch(item.sop_instance_uid):
            raise _bad_uid()
        digest = hashlib.sha256() if self._digests else None
        temporary = ""
        try:
            folder = self._folder_of(item.study_instance_uid, item.series_instance_uid)
            self._written += 1
            name = f"{folder}{os.sep}.{self._token}-{self._written}.part"
            descriptor = os.open(name, _NEW, 0o600)
            temporary = name
            with io.FileIO(descriptor, "w") as file:
                if digest is None:
                    one.copy_into(file)
                else:
                    for piece in one.chunks(PIECE):
                        digest.update(piece)
                        write_all(file, piece)
            target = f"{folder}{os.sep}{item.sop_instance_uid}.dcm"
            if not _named(temporary, target) and not _same(temporary, target):
                raise InstanceRefusal(
                    ReasonCode.OTHER_BYTES,
                    "The output folder already has another file under this name. It was left as it is; choose an "
                    "empty folder.",
                )
        except OSError:
            raise OutputNotWritable from None
        finally:
            if temporary:
                with contextlib.suppress(FileNotFoundError):  # it has its name
                    os.unlink(temporary)  # noqa: PTH108 - names are faster than paths, here and below
        return "" if digest is None else digest.hexdigest()

    def _folder_of(self, study: str, series: str) -> str:
        """The folder of a series, which is there then. A series' instances come together."""
        if (study, series) != self._series:
            if not (_UID.fullmatch(study) and _UID.fullmatch(series)):
                raise _bad_uid()
            folder = self._out / study / series
            folder.mkdir(parents=True, exist_ok=True)
            self._series, self._folder = (study, series), str(folder)
        return self._folder


def _bad_uid() -> InstanceRefusal:
    return InstanceRefusal(ReasonCode.DAMAGED, "One of the file's UIDs is not valid.")


def _same(temporary: str, target: str) -> bool:
    import filecmp  # noqa: PLC0415 - most runs write into an empty folder

    return filecmp.cmp(temporary, target, shallow=False)


def _named(temporary: str, target: str) -> bool:
    """Give a finished file its name; False if there is a file of that name. Never replaces one.

    Raises:
        OSError: it can't be named, or asked for.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:  # not every file system gives a file two names
        if os.path.lexists(target):
            return False
        os.rename(temporary, target)  # noqa: PTH104
    return True
