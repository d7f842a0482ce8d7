"""The association against pynetdicom as its peer, and against peers that mean no good."""

import socket
import struct
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from time import monotonic

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pynetdicom import AE, evt

from adit_receiver.forwarding import association as module
from adit_receiver.forwarding import dimse
from adit_receiver.forwarding.association import Association, ConnectionLostError
from adit_receiver.forwarding.dicom_sender import Peer
from adit_receiver.forwarding.errors import CannotBeAskedError, DestinationUnavailableError
from adit_receiver.forwarding.negotiation import acceptance, rejection
from adit_receiver.forwarding.questions import Questions
from adit_receiver.forwarding.store_request import store_command, store_request
from tests.parts.orthanc import free_port

CT, IMPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2"
KINDS = [(CT, IMPLICIT)]


class Taking:
    """A storage server of pynetdicom's that keeps the last data set; the largest PDU that it takes can be chosen."""

    def __init__(self, max_pdu: int) -> None:
        self.data_set = b""
        entity = AE(ae_title="PEER")
        entity.maximum_pdu_size = max_pdu
        entity.add_supported_context(CT, IMPLICIT)
        self.port = free_port()
        handlers = [(evt.EVT_C_STORE, self._take)]
        server = entity.start_server(("127.0.0.1", self.port), block=False, evt_handlers=handlers)
        assert server is not None
        self.server = server

    def _take(self, event: evt.Event) -> int:
        self.data_set = event.request.DataSet.getvalue()
        return 0xB000 if len(self.data_set) % 2 else 0x0000


@pytest.fixture(scope="module")
def takers() -> Iterator[dict[int, Taking]]:
    made = {size: Taking(size) for size in (0, 128, 16382, 131072)}
    yield made
    for each in made.values():
        each.server.shutdown()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([0, 128, 16382, 131072]),
    st.integers(0, 300_000),
    st.integers(1, 65535),
    st.integers(1, 127),
)
@example(128, 122, 1, 1)
@example(131072, 262144 - 12, 65535, 3)
def test_pynetdicom_takes_every_request_as_it_was_meant(
    takers: dict[int, Taking], max_pdu: int, size: int, message_id: int, seed: int
) -> None:
    taker = takers[max_pdu]
    data = bytes((seed * place) % 251 for place in range(997)) * (size // 997 + 1)
    association = Association.open(("127.0.0.1", taker.port), "PEER", "US", KINDS)
    command = store_command(CT, "1.2.3", message_id)
    pieces = store_request(
        command,
        BytesIO(data[:size]),  # type: ignore[arg-type] # reads into a buffer as files do
        size,
        context_id=association.contexts[KINDS[0]],
        max_pdu=association.max_pdu,
    )
    if size:
        assert association.store(pieces, message_id, timeout=120) == (0xB000 if size % 2 else 0x0000)
        assert taker.data_set == data[:size]
    association.release()


def test_pynetdicom_understands_every_question_and_its_answers_are_understood() -> None:
    asked: list[Dataset] = []

    def find(event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        asked.append(event.identifier)
        answer = Dataset()
        answer.QueryRetrieveLevel = event.identifier.QueryRetrieveLevel
        if answer.QueryRetrieveLevel == "STUDY":
            answer.NumberOfStudyRelatedInstances = 7
            yield 0xFF00, answer
        else:
            for uid in event.identifier.SOPInstanceUID[:2]:
                answer.SOPInstanceUID = uid
                yield 0xFF00, answer
        yield 0x0000, None

    def vouch(event: evt.Event) -> tuple[int, None]:
        assert (event.action_type, event.request.RequestedSOPInstanceUID) == (1, dimse.COMMITMENT_INSTANCE)
        asked.append(event.action_information)
        return 0x0000, None

    entity = AE(ae_title="PEER")
    for sop_class in (dimse.VERIFICATION, dimse.STUDY_ROOT_FIND, dimse.COMMITMENT):
        entity.add_supported_context(sop_class, IMPLICIT)
    port = free_port()
    server = entity.start_server(
        ("127.0.0.1", port),
        block=False,
        evt_handlers=[(evt.EVT_C_FIND, find), (evt.EVT_N_ACTION, vouch), (evt.EVT_C_ECHO, lambda _event: 0x0000)],
    )
    assert server is not None
    questions = Questions(Peer("127.0.0.1", port, "PEER"))
    try:
        questions.echo()
        assert questions.count("1.2") == 7
        assert questions.instances("1.2", "1.2.3", {"1.2.3.4", "1.2.3.5", "1.2.3.6"}) == {"1.2.3.4", "1.2.3.5"}
        assert questions.commitment("2.25.1", [(CT, "1.2.3.4"), (CT, "1.2.3.5")], patience=0.001) == b""
    finally:
        questions.close()
        server.shutdown()
    study, image, promise = asked
    assert (study.QueryRetrieveLevel, study.StudyInstanceUID) == ("STUDY", "1.2")
    assert (image.StudyInstanceUID, image.SeriesInstanceUID) == ("1.2", "1.2.3")
    assert list(image.SOPInstanceUID) == ["1.2.3.4", "1.2.3.5", "1.2.3.6"]
    assert promise.TransactionUID == "2.25.1"
    references = [(each.ReferencedSOPClassUID, each.ReferencedSOPInstanceUID) for each in promise.ReferencedSOPSequence]
    assert references == [(CT, "1.2.3.4"), (CT, "1.2.3.5")]


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([0x02, 0x03]))
def test_whatever_answers_a_request_is_understood_or_refused(content: bytes, kind: int) -> None:
    pdu = struct.pack(">BBI", kind, 0, len(content)) + content
    try:
        if kind == 0x02:
            assert acceptance(pdu, KINDS, 131072).max_pdu <= 131072
        else:
            assert rejection(pdu)
    except ValueError as error:
        assert str(error) in {"no acceptance", "no rejection"}  # noqa: PT017 - both ways are right


@contextmanager
def peer(talk: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    talk(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[:2]
        finally:
            thread.join(120)


def drip(connection: socket.socket, content: bytes, ended: threading.Event) -> None:
    """A byte every some milliseconds: none of the waits is long, all of them would be."""
    for byte in content:
        connection.sendall(bytes((byte,)))
        if ended.wait(0.02):
            return


def test_a_peer_that_answers_byte_by_byte_has_the_same_time_as_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEGOTIATION_SECONDS", 0.5)
    ended = threading.Event()
    with peer(lambda connection: drip(connection, b"\x02\x00\x00\x00\x40\x00" + bytes(4000), ended)) as address:
        began = monotonic()
        with pytest.raises(DestinationUnavailableError, match="no answer to the association request"):
            Association.open(address, "PEER", "US", KINDS)
        assert monotonic() - began < 60  # 4,000 bytes would take 80 seconds
        ended.set()


@pytest.mark.parametrize(
    "answer",
    [
        b"\x02\x00\xff\xff\xff\xff",
        b"\x02\x00\x00\x01\x00\x01",
        b"\x04\x00\x00\x00\x00\x06\x00\x00\x00\x02\x01\x03",
        b"\x09\x00\x00\x00\x00\x00",
        bytes(1000),
    ],
)
def test_huge_lengths_and_wrong_pdus_cost_neither_time_nor_memory(answer: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(answer)
        connection.recv(1024 * 1024)
        for _ in range(200):
            connection.sendall(bytes(1024 * 1024))

    tracemalloc.start()
    with peer(talk) as address, pytest.raises(DestinationUnavailableError, match="no answer"):
        Association.open(address, "PEER", "US", KINDS)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 1024 * 1024


# pynetdicom, as the peer here, leaves it to Python to close a socket whose other end has gone
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_peer_that_never_ends_its_answer_to_a_search_is_left() -> None:
    """An answer after the other, each of them right: whoever believes them waits for ever."""
    entity = AE(ae_title="PEER")
    entity.add_supported_context("1.2.840.10008.5.1.4.1.2.2.1", IMPLICIT)
    stopped = threading.Event()

    def endless(event: evt.Event) -> Iterator[tuple[int, object]]:
        while not stopped.is_set() and event.assoc.is_established:
            yield 0xFF00, event.identifier

    port = free_port()
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_FIND, endless)])
    assert server is not None
    questions = Questions(Peer("127.0.0.1", port, "PEER"))
    with pytest.raises(CannotBeAskedError, match="more than was asked for"):
        questions.count("1.2.3")
    stopped.set()
    questions.close()
    server.shutdown()


def test_a_peer_that_falls_silent_after_a_request_ends_as_a_lost_connection() -> None:
    ended = threading.Event()
    accepted = (
        bytes(68)
        + b"\x10\x00\x00\x15"
        + b"1.2.840.10008.3.1.1.1"
        + b"\x21\x00\x00\x19\x01\x00\x00\x00\x40\x00\x00\x11"
        + IMPLICIT.encode()
    )

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"\x02\x00" + struct.pack(">I", len(accepted)) + accepted)
        ended.wait(120)

    with peer(talk) as address:
        association = Association.open(address, "PEER", "US", KINDS)
        with pytest.raises(ConnectionLostError):
            association.store([b"request"], 1, timeout=0.3)
        association.abort()
        ended.set()
