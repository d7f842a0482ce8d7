"""What a storage server may answer, good or bad, and what becomes of it."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom.dsutils import split_dataset
from pynetdicom.pdu import A_ASSOCIATE_RQ

from adit_receiver.forwarding.association import MAX_PDU, Association, ConnectionLostError
from adit_receiver.forwarding.errors import DestinationUnavailableError
from adit_receiver.forwarding.store_request import data_set_offset

KINDS = [("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"), ("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.2.4.70")]
RELEASE_RP = b"\x06\x00" + struct.pack(">I", 4) + bytes(4)


def item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(content)) + content


def accepted(*results: int, longest: int | None = 16384) -> bytes:
    """An A-ASSOCIATE-AC with a result for each context."""
    contexts = b"".join(
        item(0x21, bytes((2 * place + 1, 0, result, 0)) + item(0x40, b"1.2.840.10008.1.2"))
        for place, result in enumerate(results)
    )
    user = b"" if longest is None else item(0x50, item(0x51, longest.to_bytes(4, "big")))
    content = bytes(68) + item(0x10, b"1.2.840.10008.3.1.1.1") + contexts + user
    return b"\x02\x00" + struct.pack(">I", len(content)) + content


def response(status: int = 0, *, command: int = 0x8001, to: int = 7, data_set: int = 0x0101) -> bytes:
    """The command set of a C-STORE-RSP."""
    fields = {0x0100: command, 0x0120: to, 0x0800: data_set, 0x0900: status}
    return b"".join(struct.pack("<HHIH", 0, number, 2, value) for number, value in fields.items())


def p_data(*fragments: tuple[int, bytes]) -> bytes:
    parts = b"".join(struct.pack(">IBB", len(data) + 2, 1, control) + data for control, data in fragments)
    return b"\x04\x00" + struct.pack(">I", len(parts)) + parts


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """Accepts one connection and talks over it; then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    talk(connection)
                except ConnectionError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[:2]
        finally:
            thread.join(120)


def request_of(connection: socket.socket) -> bytes:
    header = connection.recv(6, socket.MSG_WAITALL)
    return header + connection.recv(struct.unpack(">I", header[2:])[0], socket.MSG_WAITALL)


def opened(address: tuple[str, int]) -> Association:
    return Association.open(address, "SERVER", "US", KINDS)


def test_it_asks_as_the_standard_says() -> None:
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        asked.append(request_of(connection))
        connection.sendall(accepted(0, 0))
        asked.append(request_of(connection))
        connection.sendall(RELEASE_RP)

    with server(talk) as address:
        opened(address).release()
    request = A_ASSOCIATE_RQ()
    request.decode(asked[0])
    primitive = request.to_primitive()
    assert (primitive.called_ae_title, primitive.calling_ae_title) == ("SERVER", "US")
    assert [
        (context.context_id, context.abstract_syntax, *context.transfer_syntax)
        for context in primitive.presentation_context_definition_list
    ] == [(1, *KINDS[0]), (3, *KINDS[1])]
    assert primitive.maximum_length_received == MAX_PDU
    assert primitive.implementation_class_uid.is_valid
    assert asked[1][0] == 0x05


@pytest.mark.parametrize(
    ("results", "longest", "contexts", "max_pdu"),
    [
        ((0, 0), 16384, {KINDS[0]: 1, KINDS[1]: 3}, 16384),
        ((0, 4), 0, {KINDS[0]: 1}, MAX_PDU),
        ((3, 0), 2**32 - 1, {KINDS[1]: 3}, MAX_PDU),
        ((3, 4), 1, {}, 128),
        ((0, 0, 0), None, {KINDS[0]: 1, KINDS[1]: 3}, MAX_PDU),
    ],
)
def test_what_the_server_accepts_is_kept_to(
    results: tuple[int, ...], longest: int | None, contexts: dict[tuple[str, str], int], max_pdu: int
) -> None:
    def talk(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(accepted(*results, longest=longest))
        request_of(connection)

    with server(talk) as address:
        association = opened(address)
        association.abort()
    assert (association.contexts, association.max_pdu) == (contexts, max_pdu)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"\x03\x00\x00\x00\x00\x04\x00\x01\x01\x03", "rejected .calling AE title not recognised"),
        (b"\x03\x00\x00\x00\x00\x04\x00\x02\x03\x01", "rejected .temporary congestion"),
        (b"\x03\x00\x00\x00\x00\x04\x00\x09\x09\x09", "rejected .no reason given"),
        (b"\x07\x00\x00\x00\x00\x04\x00\x00\x00\x00", "no answer"),
        (b"\x02\x00\x7f\xff\xff\xff", "no answer"),
        (accepted(0, 0)[:-3], "no answer"),
        (accepted(0)[:5] + b"\x4a" + accepted(0)[6:80], "no answer"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no answer"),
        (b"", "no answer"),
    ],
)
def test_a_server_that_does_not_want_us_or_is_none_is_said_in_words(answer: bytes, words: str) -> None:
    def talk(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(answer)

    with server(talk) as address, pytest.raises(DestinationUnavailableError, match=words):
        opened(address)


def store(answer: bytes) -> int:
    """What a C-STORE comes to that is answered so."""

    def talk(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(accepted(0, 0))
        connection.recv(7, socket.MSG_WAITALL)
        connection.sendall(answer)

    with server(talk) as address:
        association = opened(address)
        try:
            return association.store([b"request"], 7, timeout=120)
        finally:
            association.abort()


@pytest.mark.parametrize("size", [1, 5, 40])
def test_a_response_may_come_in_fragments(size: int) -> None:
    whole = response(0xB000)
    parts = [whole[start : start + size] for start in range(0, len(whole), size)]
    fragments = [(1 if part is not parts[-1] else 3, part) for part in parts]
    assert store(p_data(*fragments)) == 0xB000
    assert store(b"".join(p_data(fragment) for fragment in fragments)) == 0xB000


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00",
        b"\x07\x00\x00\x00\x00\x04\x00\x00\x00\x00",
        b"\x04\x00\x7f\xff\xff\xff",
        p_data((3, response(to=8))),
        p_data((3, response(command=0x0001))),
        p_data((3, response(data_set=0x0001))),
        p_data((2, response())),
        p_data((3, response()[:-1])),
        p_data((3, response()[:-10])),
        p_data((3, b"")),
        p_data((1, response())),
        b"".join(p_data((1, bytes(60_000))) for _ in range(3)),
        b"\x04\x00\x00\x00\x00\x05\x00\x00\x00\x01\x01",
    ],
)
def test_whatever_is_no_response_to_this_request_is_a_lost_connection(answer: bytes) -> None:
    with pytest.raises(ConnectionLostError):
        store(answer)


@given(st.binary(max_size=200))
def test_no_answer_whatever_it_is_ends_in_anything_else(answer: bytes) -> None:
    with pytest.raises(ConnectionLostError):
        store(b"\x04\x00" + struct.pack(">I", len(answer)) + answer)


def test_an_association_that_something_came_for_is_of_no_use_any_more() -> None:
    ended = threading.Event()

    def talk(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(accepted(0, 0))
        ended.wait(120)

    with server(talk) as address:
        association = opened(address)
        assert association.usable
        ended.set()
        while association.usable:
            threading.Event().wait(0.001)
        association.release()
        assert not association.usable


def test_a_name_that_can_be_none_is_said_in_words() -> None:
    with pytest.raises(DestinationUnavailableError, match="host name is not known"):
        opened(("a" * 300, 104))


def file_of(folder: Path, *, private: int = 0) -> Path:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = KINDS[0][0], "1.2.3"
    if private:
        meta.PrivateInformationCreatorUID, meta.PrivateInformation = "1.2", bytes(private)
    dataset = Dataset()
    dataset.PatientID = "P"
    dataset.file_meta, dataset.preamble = meta, bytes(128)
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    path = folder / f"{private}"
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize("private", [0, 4, 10_000])
@pytest.mark.parametrize("wrong", [False, True])
def test_the_data_set_is_found_whatever_the_group_says_of_its_length(
    tmp_path: Path, private: int, *, wrong: bool
) -> None:
    path = file_of(tmp_path, private=private)
    if wrong:
        data = bytearray(path.read_bytes())
        data[140:144] = b"\x02\x00\x00\x00"
        path.write_bytes(data)
    with path.open("rb", buffering=0) as file:
        assert data_set_offset(file) == split_dataset(path)[1] == file.tell()


@pytest.mark.parametrize("end", [0, 131, 132 + 12 + 5])
def test_what_is_no_file_of_dicom_is_refused(tmp_path: Path, end: int) -> None:
    path = file_of(tmp_path)
    path.write_bytes(path.read_bytes()[:end])
    with path.open("rb", buffering=0) as file, pytest.raises(ValueError, match=r"no DICOM file|cut"):
        data_set_offset(file)
