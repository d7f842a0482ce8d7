"""Whatever arrives is a message or a RemoteProtocolError, and errors hold nothing of what arrived."""

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adit_uploader.protocol.chunks import HEADER_SIZE, Chunk, decode_chunk, encode_chunk
from adit_uploader.protocol.client import UploadClient
from adit_uploader.protocol.codec import decode_client, decode_server, encode_client, encode_server
from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.errors import LocalProtocolError, RemoteProtocolError
from adit_uploader.protocol.limits import MAX_CHUNK_SIZE, MAX_CONTROL_SIZE, MAX_SIZE, MAX_STREAM
from adit_uploader.protocol.messages import Begin, Hello, Offer, OpenJob, Stored, TaskInfo, Tasks
from adit_uploader.protocol.server import UploadServer
from tests.protocol.pair import JOB, make_job, make_welcome

SECRET = "Mustermann"
VALID = [
    json.loads(encode_client(message))
    for message in (Hello("client 1"), make_job(), Begin(1, "1.2", "1.1", "1.1.1", "1.9", "1.9.1", "p", 20))
] + [
    json.loads(encode_server(message))
    for message in (make_welcome(), Stored(1, "1.2"), Tasks(JOB, "IP", (TaskInfo("1.2", "p", "PE"),)))
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just(SECRET), inner, max_size=3),
    max_leaves=8,
)


def _refusal(text: str, decode: Callable[[str], object]) -> str:
    try:
        decode(text)
    except RemoteProtocolError as error:
        return error.text
    return ""


def _decodes_or_is_refused(text: str) -> None:
    for decode in (decode_client, decode_server):
        reason = _refusal(text, decode)
        assert SECRET not in reason
        assert len(reason.encode()) <= 123


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")) | JSON.map(json.dumps))
@example("\ud800")
@example('"\\ud800"')
@example('{"type":"Hello","program":"\\ud800"}')
@example("[" * 100_000)
@example('{"type":"Hello","x":' * 20_000)
@example('{"type":"Hello","program":"x","version":1' + "0" * 5000 + "}")
@example('{"type":"Hello","program":"x","version":1e400}')
@example('{"type":"' + SECRET + '"}')
@example('{"type":"Hello","program":"a` - at `$.' + SECRET + '`"}')
def test_any_text(text: str) -> None:
    _decodes_or_is_refused(text)


@given(st.data())
def test_a_message_with_one_thing_wrong(data: st.DataObject) -> None:
    message = dict(data.draw(st.sampled_from(VALID)))
    name = data.draw(st.sampled_from([*message, SECRET]))
    if data.draw(st.booleans()):
        message[name] = data.draw(JSON)
    else:
        message.pop(name, None)
    _decodes_or_is_refused(json.dumps(message))


@given(st.binary(max_size=64) | st.binary(max_size=4).map(lambda data: b"\0" * 12 + data))
@example(b"")
@example(b"\0" * HEADER_SIZE)
@example(b"\xff" * 13)
@example(bytes(HEADER_SIZE + MAX_CHUNK_SIZE + 1))
def test_any_binary_message(message: bytes) -> None:
    try:
        chunk = decode_chunk(message)
    except RemoteProtocolError:
        return
    assert encode_chunk(chunk) == message


@given(st.lists(st.text() | st.binary() | st.sampled_from(VALID).map(json.dumps), max_size=5))
def test_machines_take_anything_or_close(messages: list[str | bytes]) -> None:
    for machine in (UploadServer(), UploadClient()):
        try:
            for message in messages:
                machine.receive(message)
        except RemoteProtocolError:
            assert machine.state.value == "closed"


@pytest.mark.parametrize("field", ["sop_instance_uid", "study_instance_uid"])
@pytest.mark.parametrize("value", ["1.2\n", "1..2", ".1", "1.", "1.2 ", "", "1" * 65, "1.\u0662", "../1"])
def test_uids_are_uids(field: str, value: str) -> None:
    message = dict(VALID[2])
    message[field] = value
    with pytest.raises(RemoteProtocolError, match=re.escape(f"the field {field} is not")):
        decode_client(json.dumps(message))


@pytest.mark.parametrize("value", ["a\0", "a\nb", "a\\b", "", "x" * 65, "\x7f"])
def test_patient_ids_hold_no_control_characters(value: str) -> None:
    with pytest.raises(RemoteProtocolError, match="patient_id"):
        decode_client(json.dumps({**VALID[2], "patient_id": value}))


def test_unknown_fields_are_ignored_and_the_rest_is_kept() -> None:
    assert decode_client(json.dumps({**VALID[1], "new": {"deep": [1]}})) == make_job()
    assert isinstance(decode_client(json.dumps(VALID[1])), OpenJob)


def test_a_control_message_has_a_largest_size() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode_client('{"type":"Hello","program":"x","y":"' + "ä" * (MAX_CONTROL_SIZE // 2) + '"}')
    assert caught.value.close_code is CloseCode.TOO_LARGE
    with pytest.raises(LocalProtocolError, match="longer"):
        encode_server(Tasks(JOB, "IP", tuple(TaskInfo("1.2", "p", "PE", message="x" * 1000) for _ in range(600))))


def test_the_largest_offer_fits() -> None:
    offer = Offer(tuple(f"2.25.{10**38 + number}" for number in range(500)))
    assert decode_client(encode_client(offer)) == offer


@pytest.mark.parametrize(("stream", "offset"), [(-1, 0), (MAX_STREAM + 1, 0), (0, -1), (0, MAX_SIZE + 1)])
def test_chunks_have_valid_numbers(stream: int, offset: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        Chunk(stream, offset, b"x")
