"""The feature zstd: chunks that cross compressed are the same chunks, and nothing grows over its bound."""

import contextlib
import os
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adit_uploader.protocol.chunks import COMPRESSED, HEADER_SIZE, Chunk, decode_chunk, encode_chunk
from adit_uploader.protocol.client import UploadClient
from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.errors import LocalProtocolError, RemoteProtocolError
from adit_uploader.protocol.limits import CHUNK_SIZE, MAX_CHUNK_SIZE, ZSTD
from adit_uploader.protocol.messages import JobOpened, Limits
from adit_uploader.protocol.zstd import Packer, unpack
from tests.protocol.pair import Pair, make_job, make_welcome

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BIG = Limits(credit=2 * MAX_CHUNK_SIZE, chunk=MAX_CHUNK_SIZE, instance=10 * MAX_CHUNK_SIZE)


def pair(*, client: tuple[str, ...] = (ZSTD,), server: tuple[str, ...] = (ZSTD,), limits: Limits = BIG) -> Pair:
    """A job is open on a connection with these features."""
    both = Pair()
    both.client.hello("client 1", client)
    both.settle()
    both.server.welcome(make_welcome(limits, server))
    both.settle()
    both.client.open_job(make_job())
    both.settle()
    both.server.job_opened(JobOpened(make_job().job))
    both.settle()
    return both


def message(frame: bytes, *, stream: int = 0, offset: int = 0) -> bytes:
    return struct.pack("!IQ", stream, offset | COMPRESSED) + frame


@given(st.binary(min_size=1, max_size=3000), st.integers(1, 8), st.lists(st.integers(1, 400), max_size=20))
def test_what_arrives_is_what_was_sent_whatever_was_compressed(block: bytes, times: int, cuts: list[int]) -> None:
    data = (block * times)[:5000]
    both = pair(limits=Limits(credit=10_000, chunk=400, instance=5000))
    stream = both.begin(length=len(data))
    position, cost, arrived = 0, 0, b""
    for number, cut in enumerate([*cuts, *([400] * 20)]):
        piece = data[position : position + cut]
        if not piece:
            break
        size = both.client.send_chunk(stream, piece, compress=number % 3 != 0)
        assert 0 < size <= len(piece)
        events, _ = both.settle()
        chunk = events[0]
        assert isinstance(chunk, Chunk)
        assert chunk.offset == position
        arrived += chunk.data
        position += len(piece)
        cost += both.client.limits.cost(len(piece))  # of the file's bytes, and not those on the wire
    assert arrived == data[:position]
    assert both.client.credit == 10_000 - cost
    assert both.server.ungranted == cost


def test_only_what_gets_shorter_goes_compressed() -> None:
    both = pair()
    stream = both.begin(length=2 * CHUNK_SIZE)
    assert both.client.send_chunk(stream, b"\x00\x10" * (CHUNK_SIZE // 2), compress=True) < 200
    noise = os.urandom(CHUNK_SIZE)
    assert both.client.send_chunk(stream, noise, compress=True) == CHUNK_SIZE
    first, second = both.client.outgoing()
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    assert len(first) < 300
    assert second == encode_chunk(Chunk(stream, CHUNK_SIZE, noise))


@pytest.mark.parametrize(("client", "server"), [((), ()), ((ZSTD,), ())])
def test_without_the_feature_nothing_goes_compressed(client: tuple[str, ...], server: tuple[str, ...]) -> None:
    both = pair(client=client, server=server)
    stream = both.begin(length=100)
    assert not both.client.compresses
    with pytest.raises(LocalProtocolError):
        both.client.send_chunk(stream, bytes(100), compress=True)
    with pytest.raises(RemoteProtocolError) as caught:
        both.server.receive(message(Packer().pack(bytes(100)), stream=stream))
    assert caught.value.close_code is CloseCode.PROTOCOL_ERROR


def test_a_receiver_may_not_switch_on_what_the_client_did_not_name() -> None:
    client = UploadClient()
    client.hello("client 1")
    with pytest.raises(LocalProtocolError):
        pair(client=(), server=(ZSTD,))


@pytest.mark.parametrize("size", [1, MAX_CHUNK_SIZE])
def test_the_largest_chunk_fits(size: int) -> None:
    assert unpack(Packer().pack(bytes(size)), MAX_CHUNK_SIZE) == bytes(size)
    assert decode_chunk(message(Packer().pack(bytes(MAX_CHUNK_SIZE))), zstd=True).data == bytes(MAX_CHUNK_SIZE)


BOMB = zstd.compress(bytes(2**30), level=1)  # 1 GiB in some 30 KiB


def test_a_bomb_is_refused_and_never_unpacked() -> None:
    import tracemalloc  # noqa: PLC0415 - slows down whatever runs while it is there

    assert len(BOMB) < MAX_CHUNK_SIZE
    both = pair()
    stream = both.begin(length=BIG.instance)
    tracemalloc.start()
    try:
        with pytest.raises(RemoteProtocolError) as caught:
            both.server.receive(message(BOMB, stream=stream))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.close_code is CloseCode.TOO_LARGE
    assert peak < 4 * MAX_CHUNK_SIZE


def test_one_byte_over_the_receivers_own_limit_is_too_large() -> None:
    both = pair(limits=Limits(credit=10_000, chunk=400, instance=5000))
    stream = both.begin(length=1000)
    with pytest.raises(RemoteProtocolError) as caught:
        both.server.receive(message(Packer().pack(bytes(401)), stream=stream))
    assert caught.value.close_code is CloseCode.TOO_LARGE


FRAME = Packer().pack(bytes(1000))
WIDE = zstd.ZstdCompressor(
    options={zstd.CompressionParameter.compression_level: 1, zstd.CompressionParameter.window_log: 27}
)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(FRAME[:-1], id="cut"),
        pytest.param(FRAME + b"\x00", id="something behind it"),
        pytest.param(FRAME + FRAME, id="two frames"),
        pytest.param(b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd", id="skippable"),
        pytest.param(Packer().pack(b""), id="empty"),
        pytest.param(b"not zstd", id="no frame"),
        pytest.param(Packer().pack(b"x"), id="longer than its bytes"),
        pytest.param(WIDE.compress(bytes(1000)) + WIDE.flush(), id="asks for a window of 128 MiB"),
        pytest.param(
            zstd.compress(bytes(1000), zstd_dict=zstd.ZstdDict(bytes(100), is_raw=True)) + b"\x01", id="dictionary"
        ),
    ],
)
def test_what_is_not_exactly_one_whole_frame_is_refused(frame: bytes) -> None:
    both = pair()
    stream = both.begin(length=5000)
    with pytest.raises(RemoteProtocolError) as caught:
        both.server.receive(message(frame, stream=stream))
    assert caught.value.close_code is CloseCode.PROTOCOL_ERROR
    assert both.server.receive(message(FRAME, stream=stream)) == []  # closed


@given(st.binary(min_size=1, max_size=400), st.integers(0, 2**64 - 1))
def test_any_bytes_are_a_chunk_or_an_error(data: bytes, offset: int) -> None:
    try:
        chunk = decode_chunk(struct.pack("!IQ", 1, offset) + data, zstd=True)
    except RemoteProtocolError:
        return
    assert 0 < len(chunk.data) <= MAX_CHUNK_SIZE


@given(st.integers(0, len(FRAME) - 1), st.integers(1, 255))
def test_a_damaged_frame_never_grows_over_its_bound(place: int, flip: int) -> None:
    damaged = bytearray(FRAME)
    damaged[place] ^= flip
    with contextlib.suppress(RemoteProtocolError):
        assert len(unpack(bytes(damaged), 2000)) <= 2000


def test_a_chunk_that_follows_a_gap_is_refused_compressed_or_not() -> None:
    both = pair()
    stream = both.begin(length=5000)
    with pytest.raises(RemoteProtocolError):
        both.server.receive(message(FRAME, stream=stream, offset=1))
    assert HEADER_SIZE == 12
