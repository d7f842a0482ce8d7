"""DIMSE messages as bytes: commands, the PDUs that carry them, and what comes back.

Sources: PS3.7 sections 6.3.1 (encoding of commands) and 9.3, 10.3 (their elements), PS3.8 annex E (PDUs).
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .store_request import COMMAND, DATA, DATA_SET_PRESENT, LAST, OVERHEAD, P_DATA_TF

C_STORE_RSP, C_FIND_RQ, C_FIND_RSP = 0x8001, 0x0020, 0x8020
C_ECHO_RQ, C_ECHO_RSP = 0x0030, 0x8030
N_EVENT_REPORT_RQ, N_EVENT_REPORT_RSP, N_ACTION_RQ, N_ACTION_RSP = 0x0100, 0x8100, 0x0130, 0x8130
NO_DATA_SET = 0x0101
# SOP classes and an instance (PS3.6 table A-1)
VERIFICATION = "1.2.840.10008.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
COMMITMENT, COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"
LONGEST_COMMAND = 64 * 1024  # bytes

# elements of group 0000
AFFECTED_SOP_CLASS, REQUESTED_SOP_CLASS = 0x0002, 0x0003
COMMAND_FIELD, MESSAGE_ID, RESPONDED_TO, PRIORITY = 0x0100, 0x0110, 0x0120, 0x0700
DATA_SET_TYPE, STATUS, REQUESTED_SOP_INSTANCE, ACTION_TYPE = 0x0800, 0x0900, 0x1001, 0x1008

_PDV = struct.Struct(">BBIIBB")
_LARGEST_FRAGMENT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """What the server said. numbers: elements of its command that are numbers of two bytes; data_set: encoded."""

    numbers: dict[int, int]
    data_set: bytes


def command_set(elements: dict[int, int | str], *, with_data_set: bool) -> bytes:
    """A command set, implicit VR little endian; numbers are of two bytes, texts are UIDs."""
    given = elements | {DATA_SET_TYPE: DATA_SET_PRESENT if with_data_set else NO_DATA_SET}
    encoded = b"".join(_element(number, value) for number, value in sorted(given.items()))
    return struct.pack("<HHII", 0x0000, 0x0000, 4, len(encoded)) + encoded


def message_pdus(command: bytes, data_set: bytes, *, context_id: int, max_pdu: int) -> Iterator[bytes]:
    """The P-DATA-TF PDUs of a short message; without a data set where it is empty."""
    size = min(max_pdu - OVERHEAD, _LARGEST_FRAGMENT)
    for kind, content in ((COMMAND, command), (DATA, data_set)):
        for start in range(0, len(content), size):
            part = content[start : start + size]
            control = kind | (LAST if start + size >= len(content) else 0)
            yield _PDV.pack(P_DATA_TF, 0, len(part) + OVERHEAD, len(part) + 2, context_id, control) + part


class Reader:
    """Puts a message together from the PDUs that carry it.

    Args:
        longest: bytes that its data set may have; 0 if it may have none.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._command = bytearray()
        self._data_set = bytearray()
        self._numbers: dict[int, int] | None = None

    def add(self, content: bytes) -> Message | None:
        """Takes the content of a P-DATA-TF PDU; the message once it is whole.

        Raises:
            ValueError: this is no message, or one that is too long.
        """
        whole = None
        for control, part in _fragments(content):
            if whole is not None:
                raise ValueError("something follows the message")
            if control & COMMAND:
                whole = self._add_command(part, last=bool(control & LAST))
            else:
                whole = self._add_data(part, last=bool(control & LAST))
        return whole

    def _add_command(self, part: bytes, *, last: bool) -> Message | None:
        if self._numbers is not None:
            raise ValueError("a second command")
        self._command += part
        if len(self._command) > LONGEST_COMMAND:
            raise ValueError("a command is longer than any is")
        if not last:
            return None
        self._numbers = _numbers(self._command)
        if self._numbers.get(DATA_SET_TYPE, NO_DATA_SET) == NO_DATA_SET:
            return Message(self._numbers, b"")
        if not self._longest:
            raise ValueError("a response announces a data set")
        return None

    def _add_data(self, part: bytes, *, last: bool) -> Message | None:
        if self._numbers is None:
            raise ValueError("a data set without a command")
        self._data_set += part
        if len(self._data_set) > self._longest:
            raise ValueError("a data set is longer than it may be")
        return Message(self._numbers, bytes(self._data_set)) if last else None


def _element(number: int, value: int | str) -> bytes:
    if isinstance(value, int):
        return struct.pack("<HHIH", 0x0000, number, 2, value)
    encoded = value.encode("ascii")
    encoded += b"\0" * (len(encoded) % 2)
    return struct.pack("<HHI", 0x0000, number, len(encoded)) + encoded


def _fragments(content: bytes) -> Iterable[tuple[int, bytes]]:
    """Control headers and fragments of a P-DATA-TF PDU (PS3.8 section 9.3.5.1). Raises ValueError: they are cut."""
    found, place = [], 0
    while place < len(content):
        if place + 6 > len(content):
            raise ValueError("a fragment is cut")
        length = int.from_bytes(content[place : place + 4], "big")
        end = place + 4 + length
        if length < 2 or end > len(content):
            raise ValueError("a fragment is cut")
        found.append((content[place + 5], content[place + 6 : end]))
        place = end
    return found


def _numbers(command: bytes | bytearray) -> dict[int, int]:
    """Elements of two bytes of a command set, implicit VR little endian. Raises ValueError: it is cut."""
    found, place = {}, 0
    while place < len(command):
        if place + 8 > len(command):
            raise ValueError("a command is cut")
        group, element, length = struct.unpack_from("<HHI", command, place)
        place += 8
        if group != 0 or place + length > len(command):
            raise ValueError("a command is cut")
        if length == 2:
            found[element] = int.from_bytes(command[place : place + 2], "little")
        place += length
    return found
