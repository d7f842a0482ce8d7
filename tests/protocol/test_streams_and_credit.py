"""Streams beyond the tables: their numbers, offsets, chunks, credit and answers."""

import pytest

from adit_uploader.protocol.chunks import Chunk, encode_chunk
from adit_uploader.protocol.codec import encode_client, encode_server
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.errors import LocalProtocolError, RemoteProtocolError
from adit_uploader.protocol.limits import MAX_CHUNK_SIZE, MAX_CHUNKS
from adit_uploader.protocol.messages import (
    Abandon,
    Credit,
    Duplicate,
    Limits,
    OfferAnswer,
    Refused,
    Saved,
    Stored,
)
from tests.protocol.pair import CREDIT, DIGEST, LIMITS, Pair, begin_text


@pytest.fixture
def pair() -> Pair:
    return Pair().greet().open()


def test_stream_numbers_only_grow(pair: Pair) -> None:
    pair.server.receive(begin_text(5))
    pair.server.receive(encode_client(Abandon(5)))
    with pytest.raises(RemoteProtocolError, match="higher"):
        pair.server.receive(begin_text(5))


def test_one_stream_is_sent_at_a_time(pair: Pair) -> None:
    pair.begin()
    assert not pair.client.can_begin
    with pytest.raises(LocalProtocolError, match="ended or abandoned"):
        pair.begin("1.2.4")
    with pytest.raises(RemoteProtocolError, match="ended or abandoned"):
        pair.server.receive(begin_text(5))


def test_not_more_streams_than_the_receiver_takes(pair: Pair) -> None:
    for number in range(LIMITS.streams):
        assert pair.client.can_begin
        pair.send(f"1.2.{number}")
    assert not pair.client.can_begin
    with pytest.raises(LocalProtocolError, match="more streams"):
        pair.begin("1.2.9")
    with pytest.raises(RemoteProtocolError) as caught:
        pair.server.receive(begin_text(9))
    assert caught.value.close_code is CloseCode.TOO_LARGE


def test_an_instance_is_not_begun_twice_at_once_but_again_after_its_answer(pair: Pair) -> None:
    number = pair.send()
    with pytest.raises(LocalProtocolError, match="another stream"):
        pair.begin()
    pair.server.refused(number, "1.2.3", RefusalCode.DIGEST)
    _, [event] = pair.settle()
    assert event == Refused("1.2.3", "digest", retriable=True, stream=number)
    assert pair.send() > number


def test_an_instance_is_not_larger_than_the_receiver_takes(pair: Pair) -> None:
    with pytest.raises(LocalProtocolError, match="length"):
        pair.begin(length=LIMITS.instance + 1)
    with pytest.raises(RemoteProtocolError) as caught:
        pair.server.receive(begin_text(1, length=LIMITS.instance + 1))
    assert caught.value.close_code is CloseCode.TOO_LARGE


@pytest.mark.parametrize("offset", [5, 8, 21])
def test_an_offset_is_the_one_that_the_receiver_named(pair: Pair, offset: int) -> None:
    pair.offer("1.2.3")
    pair.server.answer_offer(OfferAnswer(partial={"1.2.3": 21 if offset == 21 else 6}))
    pair.settle()
    with pytest.raises(LocalProtocolError, match="offset"):
        pair.begin(length=20, offset=offset)


def test_a_later_answer_takes_an_offset_back(pair: Pair) -> None:
    pair.offer("1.2.3")
    pair.server.answer_offer(OfferAnswer(partial={"1.2.3": 6}))
    pair.settle()
    pair.offer("1.2.3")
    pair.answer_need("1.2.3")
    with pytest.raises(LocalProtocolError, match="offset"):
        pair.begin(offset=6)


@pytest.mark.parametrize("offset", [0, 9, 11, 2**40])
def test_a_chunk_that_leaves_a_gap_or_repeats_closes(pair: Pair, offset: int) -> None:
    number = pair.begin()
    pair.client.send_chunk(number, b"x" * 10)
    pair.settle()
    with pytest.raises(RemoteProtocolError, match="gap"):
        pair.server.receive(encode_chunk(Chunk(number, offset, b"y")))


def test_no_byte_goes_beyond_the_length(pair: Pair) -> None:
    number = pair.begin()
    with pytest.raises(LocalProtocolError, match="beyond"):
        pair.client.send_chunk(number, b"x" * 21)
    with pytest.raises(RemoteProtocolError, match="beyond"):
        pair.server.receive(encode_chunk(Chunk(number, 0, b"x" * 21)))


def test_an_instance_does_not_end_before_its_last_byte(pair: Pair) -> None:
    number = pair.begin()
    pair.client.send_chunk(number, b"x" * 19)
    with pytest.raises(LocalProtocolError, match="all bytes"):
        pair.client.end(number, DIGEST)


def test_chunks_are_not_empty_and_not_larger_than_the_receiver_takes(pair: Pair) -> None:
    number = pair.begin(length=5000)
    with pytest.raises(LocalProtocolError, match="larger"):
        pair.client.send_chunk(number, b"x" * (LIMITS.chunk + 1))
    with pytest.raises(LocalProtocolError, match="holds 1 to"):
        pair.client.send_chunk(number, b"")
    with pytest.raises(LocalProtocolError, match="holds 1 to"):
        pair.client.send_chunk(number, b"x" * (MAX_CHUNK_SIZE + 1))
    with pytest.raises(RemoteProtocolError) as caught:
        pair.server.receive(encode_chunk(Chunk(number, 0, b"x" * (LIMITS.chunk + 1))))
    assert caught.value.close_code is CloseCode.TOO_LARGE


def test_credit_is_never_exceeded(pair: Pair) -> None:
    number = pair.begin(length=2000)
    pair.client.send_chunk(number, b"x" * 400)
    pair.client.send_chunk(number, b"x" * 400)
    assert pair.client.credit == 200
    with pytest.raises(LocalProtocolError, match="credit"):
        pair.client.send_chunk(number, b"x" * 201)
    pair.client.send_chunk(number, b"x" * 200)
    pair.settle()
    assert pair.server.ungranted == CREDIT
    with pytest.raises(RemoteProtocolError) as caught:
        pair.server.receive(encode_chunk(Chunk(number, 1000, b"x")))
    assert caught.value.close_code is CloseCode.CREDIT_EXCEEDED


SMALL_COST = 10
COSTLY = Limits(credit=SMALL_COST * MAX_CHUNKS + 1, chunk=400, instance=10 * MAX_CHUNKS)
"""Limits with which a chunk of less than ten bytes costs ten."""


def test_a_small_chunk_costs_its_part_of_the_credit_and_gets_it_back() -> None:
    costly = Pair().greet(COSTLY).open()
    number = costly.begin(length=1000)
    for size in (1, SMALL_COST, SMALL_COST + 1):
        costly.client.send_chunk(number, b"x" * size)
    costly.settle()
    used = 3 * SMALL_COST + 1
    assert (costly.client.credit, costly.server.ungranted) == (COSTLY.credit - used, used)
    costly.server.grant(used)
    costly.settle()
    assert costly.client.credit == COSTLY.credit


def test_very_small_chunks_are_bounded_by_their_number() -> None:
    costly = Pair().greet(COSTLY).open()
    number = costly.begin(length=2 * MAX_CHUNKS)
    for _ in range(MAX_CHUNKS):
        costly.client.send_chunk(number, b"x")
    with pytest.raises(LocalProtocolError, match="credit"):
        costly.client.send_chunk(number, b"x")
    costly.settle()
    with pytest.raises(RemoteProtocolError) as caught:
        costly.server.receive(encode_chunk(Chunk(number, MAX_CHUNKS, b"x")))
    assert caught.value.close_code is CloseCode.CREDIT_EXCEEDED


def test_a_late_small_chunk_gives_back_what_it_cost() -> None:
    costly = Pair().greet(COSTLY).open()
    number = costly.begin()
    costly.settle()
    costly.server.refused(number, "1.2.3", RefusalCode.NOT_DICOM)
    costly.client.send_chunk(number, b"x")  # crosses the refusal
    costly.client.abandon(number)
    costly.settle()
    assert costly.client.credit == COSTLY.credit


def test_by_default_no_chunk_costs_less_than_4_kib() -> None:
    assert Limits().cost(1) == 4096
    assert Limits().cost(4097) == 4097
    assert LIMITS.cost(1) == 1


def test_credit_comes_back_and_not_more_than_was_sent(pair: Pair) -> None:
    number = pair.begin()
    pair.client.send_chunk(number, b"x" * 20)
    pair.settle()
    with pytest.raises(LocalProtocolError, match="more back"):
        pair.server.grant(21)
    pair.server.grant(15)
    pair.settle()
    assert (pair.client.credit, pair.server.ungranted) == (CREDIT - 5, 5)
    with pytest.raises(RemoteProtocolError, match="more back"):
        pair.client.receive(encode_server(Credit(6)))


def test_an_answer_names_the_instance_of_its_stream(pair: Pair) -> None:
    number = pair.send()
    with pytest.raises(LocalProtocolError, match="another instance"):
        pair.server.refused(number, "1.2.4", RefusalCode.QUOTA)
    with pytest.raises(RemoteProtocolError, match="another instance"):
        pair.client.receive(encode_server(Stored(number, "1.2.4")))


def test_several_streams_wait_for_their_answers_in_any_order(pair: Pair) -> None:
    first, second, third = pair.send("1.1"), pair.send("1.2"), pair.send("1.3")
    assert list(pair.client.open_streams) == list(pair.server.open_streams) == [first, second, third]
    pair.server.duplicate(third)
    pair.server.stored(first)
    pair.server.refused(second, "1.2", RefusalCode.CONFLICT, "other content")
    _, events = pair.settle()
    assert events == [
        Duplicate(third, "1.3"),
        Stored(first, "1.1"),
        Refused("1.2", "conflict", "other content", stream=second),
    ]
    assert pair.client.open_streams == {}


def test_late_bytes_of_a_refused_stream_are_swallowed_and_granted_back(pair: Pair) -> None:
    number = pair.begin()
    pair.client.send_chunk(number, b"x" * 10)
    pair.settle()
    pair.server.grant(10)
    pair.server.refused(number, "1.2.3", RefusalCode.NOT_DICOM)
    pair.client.send_chunk(number, b"x" * 10)  # crosses the refusal
    pair.client.end(number, DIGEST)
    at_server, at_client = pair.settle()
    assert at_server == []
    assert [type(event) for event in at_client] == [Credit, Refused, Credit]
    assert pair.client.credit == CREDIT
    assert pair.client.can_begin


def test_an_abandoned_stream_gives_no_event_to_its_client(pair: Pair) -> None:
    number = pair.begin()
    pair.client.send_chunk(number, b"x" * 10)
    pair.settle()
    pair.server.saved(number, 10)
    pair.client.abandon(number)  # crosses Saved
    at_server, at_client = pair.settle()
    assert at_server == [Abandon(number)]
    assert at_client == []
    assert pair.client.open_streams == pair.server.open_streams == {}


def test_an_abandon_that_crosses_a_refusal_is_swallowed_at_both_ends(pair: Pair) -> None:
    number = pair.begin()
    pair.server.refused(number, "1.2.3", RefusalCode.QUOTA)
    pair.client.abandon(number)
    assert pair.settle() == ([], [])
    pair.finish()


@pytest.mark.parametrize("offset", [0, 4, 11])
def test_saved_goes_up_and_not_beyond_what_was_sent(pair: Pair, offset: int) -> None:
    number = pair.begin()
    pair.client.send_chunk(number, b"x" * 10)
    pair.settle()
    pair.server.saved(number, 5)
    _, [event] = pair.settle()
    assert event == Saved(number, 5)
    with pytest.raises(LocalProtocolError, match="Saved"):
        pair.server.saved(number, offset)
