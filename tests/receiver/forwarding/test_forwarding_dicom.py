"""Delivery to a DICOM server: a real Orthanc, and small servers that misbehave on purpose."""

import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.uid import UID
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode

from adit_receiver.forwarding import dicom_sender
from adit_receiver.forwarding.association import ABORTED
from adit_receiver.forwarding.dicom_sender import MAX_CONTEXTS, DicomSender, Peer, by_contexts, contexts_of
from adit_receiver.forwarding.dicom_status import judge
from adit_receiver.forwarding.errors import DestinationUnavailableError
from adit_receiver.forwarding.parcels import Delivery, Outcome, Parcel
from adit_receiver.forwarding.store_request import PIECE, store_command, store_request
from tests.parts.orthanc import Orthanc, free_port
from tests.parts.parcels import SHIPPED, encoded_data_set, made_file, parcel_of, shipped_file, shipped_path

CT = "1.2.840.10008.5.1.4.1.1.2"


def never() -> bool:
    return False


def send(peer: Peer, parcels: list[Parcel], stopped: Callable[[], bool] = never) -> list[Delivery]:
    with closing(DicomSender(peer)) as sender:
        return list(sender.carry(parcels, stopped))


def peer_of(orthanc: Orthanc) -> Peer:
    return Peer(orthanc.host, orthanc.dicom_port, orthanc.ae_title)


@contextmanager
def store_server(answer: Callable[[evt.Event], Any], classes: Iterable[str] = (CT,)) -> Iterator[Peer]:
    """A storage server that answers each C-STORE as the test wants."""
    entity = AE(ae_title="SERVER")
    entity.maximum_pdu_size = 0  # no limit
    for sop_class in classes:
        entity.add_supported_context(sop_class, ALL_TRANSFER_SYNTAXES)
    port = free_port()
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, answer)])
    assert server is not None
    try:
        yield Peer("127.0.0.1", port, "SERVER")
    finally:
        server.shutdown()


def pixels(data: bytes) -> bytes | None:
    """Encoded pixels as they are in the file."""
    return pydicom.dcmread(BytesIO(data)).get("PixelData")


def test_every_kind_of_file_arrives_in_orthanc_with_identical_pixel_data(orthanc: Orthanc, tmp_path: Path) -> None:
    files = [shipped_file(name) for name in SHIPPED]
    files += [made_file(number) for number in range(4)] + [made_file(number, kind="SR") for number in range(4)]
    parcels = [parcel_of(data, tmp_path, key) for key, data in enumerate(files)]

    deliveries = send(peer_of(orthanc), parcels)

    assert [(delivery.parcel.key, delivery.outcome) for delivery in deliveries] == [
        (key, Outcome.DELIVERED) for key in range(len(files))
    ]
    keys = orthanc.keys()
    for data, parcel in zip(files, parcels, strict=True):
        assert orthanc.pixels(keys[parcel.sop_instance_uid]) == pixels(data)


def test_the_encoded_bytes_on_the_line_are_those_of_the_file(tmp_path: Path) -> None:
    """Of all transfer syntaxes, and to a server without a PDU limit."""
    files = [shipped_file(name) for name in (*SHIPPED, "image_dfl.dcm")] + [made_file(1, size=900)]
    parcels = [parcel_of(data, tmp_path, key) for key, data in enumerate(files)]
    received: dict[str, bytes] = {}

    def answer(event: evt.Event) -> int:
        received[event.request.AffectedSOPInstanceUID] = event.request.DataSet.getvalue()
        return 0x0000

    with store_server(answer, {parcel.sop_class_uid for parcel in parcels}) as peer:
        assert {delivery.outcome for delivery in send(peer, parcels)} == {Outcome.DELIVERED}
    assert received == {
        parcel.sop_instance_uid: encoded_data_set(data) for data, parcel in zip(files, parcels, strict=True)
    }


@pytest.mark.parametrize(
    ("status", "outcome", "words"),
    [
        (0x0000, Outcome.DELIVERED, ""),
        (0xB000, Outcome.DELIVERED, "Coercion of Data Elements"),
        (0xB006, Outcome.DELIVERED, "Element Discarded"),
        (0xB007, Outcome.DELIVERED, "Data Set Does Not Match SOP Class"),
        (0x0107, Outcome.DELIVERED, "Attribute List Error"),
        (0x0111, Outcome.DELIVERED, "already has"),
        (0xA700, Outcome.RETRY, "Out of Resources"),
        (0xA7FF, Outcome.RETRY, "Out of Resources"),
        (0x0110, Outcome.RETRY, "Processing Failure"),
        (0x0213, Outcome.RETRY, "Resource Limitation"),
        (0xA900, Outcome.FAILED, "Data Set Does Not Match SOP Class"),
        (0xC000, Outcome.FAILED, "Cannot Understand"),
        (0xCFFF, Outcome.FAILED, "Cannot Understand"),
        (0x0122, Outcome.FAILED, "SOP Class Not Supported"),
        (0x0124, Outcome.FAILED, "Not Authorised"),
        (0x0117, Outcome.FAILED, "Invalid Object Instance"),
        (0xFE00, Outcome.FAILED, "0xFE00"),
        (0xF123, Outcome.FAILED, "unknown status, 0xF123"),
    ],
)
def test_each_status_of_the_standard_means_what_it_says(status: int, outcome: Outcome, words: str) -> None:
    judged, message = judge(status)
    assert judged is outcome
    assert words in message
    assert bool(message) is (status != 0)


def test_a_refused_instance_does_not_stop_the_others_and_the_servers_own_words_are_left_out(tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(number), tmp_path, number) for number in range(4)]
    answers = {0: 0x0000, 1: 0xC123, 2: 0xB007, 3: 0xA701}

    def answer(event: evt.Event) -> Any:
        status = event.dataset.__class__()
        status.Status = answers[int(event.dataset.InstanceNumber)]
        status.ErrorComment = "PATIENT^NAME"
        return status

    with store_server(answer) as peer:
        deliveries = send(peer, parcels)
    assert [delivery.outcome for delivery in deliveries] == [
        Outcome.DELIVERED,
        Outcome.FAILED,
        Outcome.DELIVERED,
        Outcome.RETRY,
    ]
    assert not any("PATIENT" in delivery.message for delivery in deliveries)
    assert "warning" in deliveries[2].message


def test_what_the_server_does_not_take_fails_and_the_rest_is_delivered(tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(0, kind="SR"), tmp_path, 0), parcel_of(made_file(1), tmp_path, 1)]
    with store_server(lambda _event: 0x0000) as peer:
        assert [delivery.outcome for delivery in send(peer, parcels)] == [Outcome.FAILED, Outcome.DELIVERED]
        # alone, so that not one context is accepted and no association comes to life
        assert [delivery.outcome for delivery in send(peer, parcels[:1])] == [Outcome.FAILED]


def test_nobody_there_is_said_in_words(tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(1), tmp_path, 1)]
    with pytest.raises(DestinationUnavailableError, match="connection refused"):
        send(Peer("127.0.0.1", free_port(), "SERVER"), parcels)
    with pytest.raises(DestinationUnavailableError, match="host name is not known"):
        send(Peer("nowhere.invalid", 104, "SERVER"), parcels)


def test_a_rejected_association_is_said_in_words(orthanc: Orthanc, tmp_path: Path) -> None:
    with pytest.raises(DestinationUnavailableError, match=r"rejected.*alled AE title not recogni"):
        send(Peer(orthanc.host, orthanc.dicom_port, "WRONG"), [parcel_of(made_file(1), tmp_path, 1)])


def test_an_instance_at_which_the_server_breaks_does_not_hold_up_the_others(tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(number, size=700), tmp_path, number) for number in range(5)]

    def answer(event: evt.Event) -> int:
        if event.dataset.InstanceNumber == 2:
            event.assoc.abort()
        return 0x0000

    with store_server(answer) as peer:
        deliveries = send(peer, parcels)
    assert [(delivery.parcel.key, delivery.outcome) for delivery in deliveries] == [
        (0, Outcome.DELIVERED),
        (1, Outcome.DELIVERED),
        (2, Outcome.RETRY),
        (3, Outcome.DELIVERED),
        (4, Outcome.DELIVERED),
    ]
    assert deliveries[2].message == ABORTED


def test_a_server_that_breaks_at_everything_is_left_alone_for_a_while(tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(number), tmp_path, number) for number in range(5)]

    def answer(event: evt.Event) -> int:
        event.assoc.abort()
        return 0x0000

    deliveries: list[Delivery] = []
    with store_server(answer) as peer, pytest.raises(DestinationUnavailableError, match="connection was lost"):
        deliveries.extend(DicomSender(peer).carry(parcels, never))


def test_an_instance_goes_by_its_data_sets_uid_whatever_its_file_meta_says(orthanc: Orthanc, tmp_path: Path) -> None:
    data = shipped_path("rtplan.dcm").read_bytes()
    parcel = parcel_of(data, tmp_path, 1)
    assert pydicom.dcmread(BytesIO(data)).file_meta.MediaStorageSOPInstanceUID != parcel.sop_instance_uid
    assert [delivery.outcome for delivery in send(peer_of(orthanc), [parcel])] == [Outcome.DELIVERED]
    assert orthanc.sop_instance_uids() == {parcel.sop_instance_uid}


# pynetdicom's server leaves the socket of an association that ended abruptly to the garbage collector
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_never_answers_is_given_up_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom_sender, "RESPONSE_SECONDS", 0.5)
    parcels = [parcel_of(made_file(number), tmp_path, number) for number in range(4)]
    released = threading.Event()

    def answer(_event: evt.Event) -> int:
        released.wait(120)
        return 0x0000

    deliveries = []
    with store_server(answer) as peer:
        carried = DicomSender(peer).carry(parcels, never)
        deliveries += [next(carried), next(carried)]
        with pytest.raises(DestinationUnavailableError, match="again and again"):
            next(carried)
        released.set()
    assert {delivery.outcome for delivery in deliveries} == {Outcome.RETRY}


def test_what_comes_later_goes_over_the_same_association(tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(number), tmp_path, number) for number in range(4)]
    associations = []

    def answer(event: evt.Event) -> int:
        associations.append(event.assoc)
        return 0x0000

    with store_server(answer) as peer, closing(DicomSender(peer)) as sender:
        first = list(sender.carry(parcels[:2], never))
        second = list(sender.carry(parcels[2:], never))
    assert [delivery.outcome for delivery in first + second] == [Outcome.DELIVERED] * 4
    assert len(associations) == 4
    assert len(set(associations)) == 1


def test_an_association_that_the_server_has_ended_meanwhile_costs_no_try(tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(number), tmp_path, number) for number in range(4)]
    associations = []

    def answer(event: evt.Event) -> int:
        associations.append(event.assoc)
        return 0x0000

    with store_server(answer) as peer, closing(DicomSender(peer)) as sender:
        first = list(sender.carry(parcels[:2], never))
        associations[-1].abort()
        second = list(sender.carry(parcels[2:], never))
    assert [delivery.outcome for delivery in first + second] == [Outcome.DELIVERED] * 4
    assert len(set(associations)) == 2


def test_missing_and_damaged_files_fail_alone(orthanc: Orthanc, tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(number), tmp_path, number) for number in range(3)]
    parcels[0].path.unlink()
    parcels[1].path.write_bytes(b"x")
    assert [delivery.outcome for delivery in send(peer_of(orthanc), parcels)] == [
        Outcome.FAILED,
        Outcome.FAILED,
        Outcome.DELIVERED,
    ]


def test_it_stops_between_two_instances(orthanc: Orthanc, tmp_path: Path) -> None:
    parcels = [parcel_of(made_file(number), tmp_path, number) for number in range(5)]
    stop = threading.Event()
    deliveries = []
    with closing(DicomSender(peer_of(orthanc))) as sender:
        for delivery in sender.carry(parcels, stop.is_set):
            deliveries.append(delivery)
            if len(deliveries) == 2:
                stop.set()
    assert len(deliveries) == 2


def test_more_than_128_kinds_go_over_several_associations(tmp_path: Path) -> None:
    parcels = [
        Parcel(number, tmp_path, 1, "", f"1.2.{number % 150}", f"1.3.{number}", "1.2.840.10008.1.2", "1", "1", "P")
        for number in range(400)
    ]
    groups = by_contexts(parcels)
    assert [len(contexts_of(group)) for group in groups] == [MAX_CONTEXTS, 22]
    assert sorted(parcel.key for group in groups for parcel in group) == list(range(400))


@pytest.mark.parametrize("max_pdu", [128, 16384, 131072])
@pytest.mark.parametrize("length", [1, 121, 122, 123, 16378, 300_000])
def test_a_request_is_cut_into_pdus_that_the_server_takes(max_pdu: int, length: int) -> None:
    data = bytes(number * number % 251 for number in range(length))
    command = store_command(CT, "1.2.3", 7)
    request = store_request(command, BytesIO(data), length, context_id=3, max_pdu=max_pdu)
    pieces = [bytes(piece) for piece in request]
    assert max(len(piece) for piece in pieces) <= PIECE + max_pdu + 6
    line, parts = BytesIO(b"".join(pieces)), []
    while header := line.read(12):
        kind, _, pdu_length, item_length, context_id, control = struct.unpack(">BBIIBB", header)
        assert (kind, context_id, item_length) == (4, 3, pdu_length - 4)
        assert pdu_length <= max_pdu
        parts.append((control, line.read(item_length - 2)))
    assert b"".join(part for control, part in parts if control & 1) == command
    assert b"".join(part for control, part in parts if not control & 1) == data
    assert [control for control, _ in parts if control & 2] == [3, 2]
    assert parts[-1][0] == 2


def test_the_command_is_what_pynetdicom_would_say() -> None:
    request = C_STORE()
    request.MessageID, request.Priority = 7, 2
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = UID(CT), UID("1.2.34")
    request.DataSet = BytesIO(b"x")
    message = C_STORE_RQ()
    message.primitive_to_message(request)
    assert store_command(CT, "1.2.34", 7) == encode(message.command_set, is_implicit_vr=True, is_little_endian=True)


def test_a_file_cut_while_it_is_sent_raises() -> None:
    with pytest.raises(EOFError):
        list(store_request(b"", BytesIO(b"abc"), 4, context_id=1, max_pdu=128))
