"""What a DICOM server is asked beside storing: whether it is there, what it holds, and to vouch for what it took.

Sources: PS3.7 section 9.1.5 (C-ECHO), PS3.4 annex C.4.1 (C-FIND, Study Root) and annex J.3 (storage commitment).
"""

import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic

from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom.dsutils import encode

from . import dimse
from .association import Association, ConnectionLostError
from .dicom_sender import Peer
from .errors import CannotBeAskedError
from .negotiation import Kind

ANSWER_SECONDS = 60.0  # for each answer, and for all of a search
UIDS_A_QUESTION = 64  # a list of UIDs is a value like any other: 64 of them have 4 KB
_LONGEST_IDENTIFIER = 64 * 1024  # bytes
_LONGEST_REPORT = 4 * 1024 * 1024  # bytes; a thousand instances have 150 KB
_PENDING = frozenset({0xFF00, 0xFF01})
_IMPLICIT = str(ImplicitVRLittleEndian)  # everybody has to know it
_SOP_INSTANCE_UID, _STUDY_INSTANCES = (0x0008, 0x0018), (0x0020, 0x1208)
_BROKE_OFF = "it broke the association off, or said nothing, when it was asked"
_MESSAGE_ID = 1
_Elements = dict[int, int | str]


@dataclass(slots=True)
class Questions:
    """Asks one server, over an association that is opened for it; ``close`` it at the end.

    Raises:
        DestinationUnavailableError: of any question: the server can't be reached.
        CannotBeAskedError: of any question: it does not offer that, or does not answer.
    """

    peer: Peer
    _open: dict[Kind, Association] = field(default_factory=dict)

    def echo(self) -> None:
        """Whether it answers."""
        association, context = self._associated(dimse.VERIFICATION)
        asked: _Elements = {dimse.AFFECTED_SOP_CLASS: dimse.VERIFICATION, dimse.COMMAND_FIELD: dimse.C_ECHO_RQ}
        self._ask(association, _command(asked), b"", context)
        answer = self._answer(association, dimse.C_ECHO_RSP, monotonic() + ANSWER_SECONDS)
        if status := answer.numbers[dimse.STATUS]:
            raise CannotBeAskedError(f"it answers the test of the connection with 0x{status:04X}")

    def instances(self, study: str, series: str, uids: Collection[str]) -> set[str]:
        """Which of these instances of a series it has."""
        found: set[str] = set()
        wanted = sorted(uids)
        for start in range(0, len(wanted), UIDS_A_QUESTION):
            identifier = Dataset()
            identifier.QueryRetrieveLevel = "IMAGE"
            identifier.StudyInstanceUID, identifier.SeriesInstanceUID = study, series
            identifier.SOPInstanceUID = wanted[start : start + UIDS_A_QUESTION]
            for elements in self._find(identifier, most=10 * UIDS_A_QUESTION):
                found.add(_text(elements.get(_SOP_INSTANCE_UID, b"")))
        return found & set(uids)

    def count(self, study: str) -> int:
        """How many instances of a study it has."""
        identifier = Dataset()
        identifier.QueryRetrieveLevel = "STUDY"
        identifier.StudyInstanceUID = study
        identifier.NumberOfStudyRelatedInstances = None
        counts = [_text(elements.get(_STUDY_INSTANCES, b"")) for elements in self._find(identifier, most=10)]
        if any(not count.isdigit() for count in counts):
            raise CannotBeAskedError("it does not say how many instances a study has")
        return max(map(int, counts), default=0)

    def commitment(self, transaction: str, instances: Sequence[tuple[str, str]], patience: float) -> bytes:
        """Asks it to vouch for instances (SOP class and instance UIDs).

        Args:
            transaction: UID under which it reports; to whoever listens for it, later.
            patience: seconds in which it may report over this association, too.

        Returns:
            The report, encoded (implicit VR little endian), if it came at once; else b"".
        """
        association, context = self._associated(dimse.COMMITMENT)
        information = Dataset()
        information.TransactionUID = transaction
        information.ReferencedSOPSequence = [_reference(*each) for each in instances]
        asked: _Elements = {
            dimse.REQUESTED_SOP_CLASS: dimse.COMMITMENT,
            dimse.COMMAND_FIELD: dimse.N_ACTION_RQ,
            dimse.REQUESTED_SOP_INSTANCE: dimse.COMMITMENT_INSTANCE,
            dimse.ACTION_TYPE: 1,
        }
        self._ask(association, _command(asked, with_data_set=True), _encoded(information), context)
        answer = self._answer(association, dimse.N_ACTION_RSP, monotonic() + ANSWER_SECONDS)
        if status := answer.numbers[dimse.STATUS]:
            raise CannotBeAskedError(f"it does not vouch for what it took (0x{status:04X})")
        return self._report(association, context, patience)

    def close(self) -> None:
        """Releases what is open."""
        for association in self._open.values():
            association.release()
        self._open.clear()

    def _report(self, association: Association, context: int, patience: float) -> bytes:
        kind: Kind = (dimse.COMMITMENT, _IMPLICIT)
        try:
            report = association.answer(patience, _LONGEST_REPORT)
        except ConnectionLostError:  # nothing came: it reports later, over an association of its own
            self._open.pop(kind).abort()
            return b""
        numbers = report.numbers
        if numbers.get(dimse.COMMAND_FIELD) != dimse.N_EVENT_REPORT_RQ:
            self._open.pop(kind).abort()
            return b""
        self._ask(association, _report_taken(numbers.get(dimse.MESSAGE_ID, 0)), b"", context)
        return report.data_set

    def _find(self, identifier: Dataset, most: int) -> Iterator[dict[tuple[int, int], bytes]]:
        """What a C-FIND brings, at most so many answers."""
        association, context = self._associated(dimse.STUDY_ROOT_FIND)
        asked: _Elements = {
            dimse.AFFECTED_SOP_CLASS: dimse.STUDY_ROOT_FIND,
            dimse.COMMAND_FIELD: dimse.C_FIND_RQ,
            dimse.PRIORITY: 0,
        }
        self._ask(association, _command(asked, with_data_set=True), _encoded(identifier), context)
        until = monotonic() + ANSWER_SECONDS
        for _ in range(most + 1):
            answer = self._answer(association, dimse.C_FIND_RSP, until)
            status = answer.numbers[dimse.STATUS]
            if status not in _PENDING:
                if status:
                    raise CannotBeAskedError(f"it answers a search with 0x{status:04X}")
                return
            yield _elements(answer.data_set)
        self._give_up(association)
        raise CannotBeAskedError("it answers a search with more than was asked for")

    def _associated(self, sop_class: str) -> tuple[Association, int]:
        """An association for questions of this kind, and the number of its context."""
        kind: Kind = (sop_class, _IMPLICIT)
        association = self._open.get(kind)
        if association is None or not association.usable:
            if association is not None:
                association.abort()
            self._open[kind] = association = self.peer.associate([kind])
        if (context := association.contexts.get(kind)) is None:
            raise CannotBeAskedError("it does not offer that kind of question")
        return association, context

    def _ask(self, association: Association, command: bytes, data_set: bytes, context: int) -> None:
        try:
            association.ask(command, data_set, context_id=context)
        except ConnectionLostError:
            self._give_up(association)
            raise CannotBeAskedError(_BROKE_OFF) from None

    def _answer(self, association: Association, command: int, until: float) -> dimse.Message:
        try:
            answer = association.answer(max(0.001, until - monotonic()), _LONGEST_IDENTIFIER)
        except ConnectionLostError:
            self._give_up(association)
            raise CannotBeAskedError(_BROKE_OFF) from None
        numbers = answer.numbers
        right = numbers.get(dimse.COMMAND_FIELD) == command and numbers.get(dimse.RESPONDED_TO) == _MESSAGE_ID
        if not right or dimse.STATUS not in numbers:
            self._give_up(association)
            raise CannotBeAskedError("it answers something else than it was asked")
        return answer

    def _give_up(self, association: Association) -> None:
        association.abort()
        self._open = {kind: each for kind, each in self._open.items() if each is not association}


def _command(asked: _Elements, *, with_data_set: bool = False) -> bytes:
    return dimse.command_set(asked | {dimse.MESSAGE_ID: _MESSAGE_ID}, with_data_set=with_data_set)


def _report_taken(message_id: int) -> bytes:
    """An N-EVENT-REPORT-RSP."""
    elements: _Elements = {
        dimse.AFFECTED_SOP_CLASS: dimse.COMMITMENT,
        dimse.COMMAND_FIELD: dimse.N_EVENT_REPORT_RSP,
        dimse.RESPONDED_TO: message_id,
        dimse.STATUS: 0x0000,
    }
    return dimse.command_set(elements, with_data_set=False)


def _reference(sop_class: str, sop_instance: str) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = sop_class, sop_instance
    return reference


def _encoded(data_set: Dataset) -> bytes:
    return encode(data_set, True, True) or b""


def _elements(data_set: bytes) -> dict[tuple[int, int], bytes]:
    """Elements of an identifier, implicit VR little endian, as far as it can be read; what follows is left out."""
    found, place = {}, 0
    while place + 8 <= len(data_set):
        group, element, length = struct.unpack_from("<HHI", data_set, place)
        place += 8
        if place + length > len(data_set):
            break
        found[group, element] = data_set[place : place + length]
        place += length
    return found


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace").strip(" \0")
