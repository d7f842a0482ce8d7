"""The data sets of an association go to disk as they come, fragment by fragment, and are never held whole.

pynetdicom would collect each in memory, or in the system's folder for temporary files. Instead of its data it gets a
word here, by which the whole file is found again when the request is served.
"""

import errno
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, cast

from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import C_STORE_RQ, DIMSEMessage
from pynetdicom.dsutils import create_file_meta
from pynetdicom.pdu_primitives import P_DATA

from .events import Arrived, NotKept, NotKeptFor, ReceivingEvent
from .inbox import Part

if TYPE_CHECKING:
    from pynetdicom.association import Association

SUCCESS: Final = 0x0000
OUT_OF_RESOURCES: Final = 0xA700  # PS3.4 table B.2-1
CANNOT_UNDERSTAND: Final = 0xC000

LONGEST_COMMAND = 64 * 1024  # bytes; those of C-STORE have some hundred
_COMMAND, _LAST = 1, 2  # bits of a fragment's first byte (PS3.8 annex E.2)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_UID = re.compile(r"[0-9.]{1,64}")
_INVALID = "Evt19"  # pynetdicom's name of "an invalid PDU was received": it ends the association

_STATUS = {
    NotKeptFor.FULL: OUT_OF_RESOURCES,
    NotKeptFor.DISK: OUT_OF_RESOURCES,
    NotKeptFor.DAMAGED: CANNOT_UNDERSTAND,
}


class Incoming(DIMSEServiceProvider):
    """What comes over one association. ``close`` it when its threads have ended."""

    def __init__(
        self,
        association: "Association",
        *,
        number: int,
        make_part: Callable[[], Part],
        report: Callable[[ReceivingEvent], None],
    ) -> None:
        super().__init__(association)
        self.number = number
        self.images = 0
        self.begun = False  # whether it was let in
        self._make_part = make_part
        self._report = report
        self._command = 0  # bytes of the command under way
        self._part: Part | None = None
        self._why: NotKeptFor | None = None  # the object under way is refused
        self._complete: dict[bytes, Part | NotKeptFor] = {}
        self._lock = Lock()  # two threads of pynetdicom: one reads, one serves

    @property
    def caller(self) -> str:
        """AE title of the workstation; '' before it has said it."""
        return str(self.assoc.requestor.ae_title or "").strip()

    def receive_primitive(self, primitive: P_DATA) -> None:
        """Takes what one PDU brought."""
        for context_id, data in primitive.presentation_data_value_list:
            if data[0] & _COMMAND:
                self._command += len(data)
                if self._command > LONGEST_COMMAND:
                    self.dul.event_queue.put(_INVALID)
                    return
                if data[0] & _LAST:
                    self._command = 0
                self._pass_on(context_id, data)
            elif self.message is None or type(self.message) is DIMSEMessage:
                self.dul.event_queue.put(_INVALID)  # data of nothing
                return
            else:
                self._take_data(context_id, data)

    def _take_data(self, context_id: int, data: bytes) -> None:
        last = bool(data[0] & _LAST)
        if not isinstance(self.message, C_STORE_RQ):
            if last:  # of a question that nobody here answers
                self._pass_on(context_id, data[:1])
            return
        self._write(context_id, memoryview(data)[1:])
        if last:
            word = secrets.token_bytes(16)
            with self._lock:
                complete, self._part, why, self._why = self._part, None, self._why, None
                self._complete[word] = why or complete or NotKeptFor.DAMAGED
            self._pass_on(context_id, bytes(data[:1]) + word)

    def _write(self, context_id: int, data: memoryview) -> None:
        if self._why is not None:
            return
        try:
            if self._part is None:
                self._begin(context_id)
            if self._part is not None:
                self._part.write(data)
        except OSError as error:
            self._why = NotKeptFor.FULL if error.errno in _NO_ROOM else NotKeptFor.DISK
            self._drop()

    def _begin(self, context_id: int) -> None:
        """The file's head. Raises OSError."""
        command = cast("DIMSEMessage", self.message).command_set
        sop_class = str(command.get("AffectedSOPClassUID", ""))
        sop_instance = str(command.get("AffectedSOPInstanceUID", ""))
        syntax = next(
            (cx.transfer_syntax[0] for cx in self.assoc.accepted_contexts if cx.context_id == context_id), None
        )
        if syntax is None or not _UID.fullmatch(sop_class) or not _UID.fullmatch(sop_instance):
            self._why = NotKeptFor.DAMAGED
            return
        self._part = self._make_part()
        meta = DicomBytesIO()
        write_file_meta_info(
            meta,
            create_file_meta(sop_class_uid=UID(sop_class), sop_instance_uid=UID(sop_instance), transfer_syntax=syntax),
        )
        self._part.write(bytes(128) + b"DICM" + meta.getvalue())

    def serve(self, word: bytes) -> int:
        """The status that is answered to a request, after its file is on the disk for certain."""
        with self._lock:
            part = self._complete.pop(word, NotKeptFor.DAMAGED)
        if isinstance(part, Part):
            try:
                folder = part.keep().parent.name
            except OSError as error:
                _drop(part)
                part = NotKeptFor.FULL if error.errno in _NO_ROOM else NotKeptFor.DISK
            else:
                self.images += 1
                self._report(Arrived(self.number, self.caller, folder, self.images))
                return SUCCESS
        self._report(NotKept(self.caller, part))
        return _STATUS[part]

    def close(self) -> bool:
        """Removes what did not come to its end; whether there was any."""
        with self._lock:
            left = [part for part in (self._part, *self._complete.values()) if isinstance(part, Part)]
            self._part = None
            self._complete = {}
        for part in left:
            _drop(part)
        return bool(left)

    def _drop(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            _drop(part)

    def _pass_on(self, context_id: int, data: bytes) -> None:
        one = P_DATA()
        one.presentation_data_value_list = [
            cast("tuple[int, bytes]", [context_id, data])
        ]  # it asks for a list, and says otherwise
        super().receive_primitive(one)


def _drop(part: Part) -> None:
    """What can't be removed now is removed before anything is received again (``inbox.tidy``)."""
    try:
        part.drop()
    except OSError:
        return


def folder_maker(inbox: Path, folder: Callable[[], str]) -> Callable[[], Part]:
    """Makes parts in whichever folder of the inbox counts at the moment."""
    return lambda: Part(inbox / folder())
