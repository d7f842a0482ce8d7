"""Rules beyond the tables: numbers, sizes, counts, names that must fit together."""

import pytest

from adit_uploader.protocol.chunks import Chunk
from adit_uploader.protocol.client import UploadClient
from adit_uploader.protocol.codec import encode_client, encode_server
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from adit_uploader.protocol.limits import MAX_REQUESTS, MAX_WATCHED
from adit_uploader.protocol.messages import (
    Abandon,
    Cancel,
    Counts,
    Failed,
    Finish,
    Hello,
    JobFinished,
    JobOpened,
    Jobs,
    Limits,
    ListJobs,
    OfferAnswer,
    Refused,
    Tasks,
    Watch,
)
from adit_uploader.protocol.server import UploadServer
from adit_uploader.protocol.transitions import State
from tests.protocol.pair import DIGEST, JOB, LIMITS, OTHER_JOB, Pair, make_job, make_welcome


@pytest.fixture
def pair() -> Pair:
    return Pair().greet().open()


# ---------------------------------------------------------------- greeting


def test_the_version_is_always_on_the_wire() -> None:
    client = UploadClient()
    client.hello("client 1")
    assert client.outgoing() == ['{"type":"Hello","program":"client 1","version":1,"features":[]}']
    assert '"version":1' in encode_server(make_welcome())


def test_a_receiver_that_does_not_speak_the_clients_version_closes_with_4426() -> None:
    server = UploadServer()
    with pytest.raises(RemoteProtocolError) as caught:
        server.receive('{"type":"Hello","program":"client 9","version":9,"something":"new"}')
    assert caught.value.close_code == 4426
    assert server.state is State.CLOSED


def test_a_client_does_not_go_on_with_another_version() -> None:
    client = UploadClient()
    client.hello("client 1")
    with pytest.raises(RemoteProtocolError) as caught:
        client.receive(encode_server(make_welcome()).replace('"version":1', '"version":2'))
    assert caught.value.close_code is CloseCode.VERSION


def test_features_are_those_that_both_ends_named() -> None:
    pair = Pair()
    pair.client.hello("client 1", ["zstd", "other"])
    pair.settle()
    pair.server.welcome(make_welcome(features=("zstd",)))
    pair.settle()
    assert pair.client.welcome is not None
    assert pair.client.welcome.features == ("zstd",)


def test_features_that_the_client_did_not_name_are_refused_at_both_ends() -> None:
    pair = Pair()
    pair.client.hello("client 1", ["other"])
    pair.settle()
    with pytest.raises(LocalProtocolError, match="features"):
        pair.server.welcome(make_welcome(features=("zstd",)))
    with pytest.raises(RemoteProtocolError, match="features"):
        pair.client.receive(encode_server(make_welcome(features=("zstd",))))


def test_what_is_known_before_the_welcome() -> None:
    client, server = UploadClient(), UploadServer()
    assert (client.welcome, client.job, client.credit, client.limits) == (None, None, 0, Limits())
    assert (server.job, server.ungranted, server.limits, server.watched) == (None, 0, Limits(), frozenset())
    assert not client.can_begin


def test_a_receiver_sends_no_binary_messages(pair: Pair) -> None:
    with pytest.raises(RemoteProtocolError, match="binary"):
        pair.client.receive(b"0123456789abcdef")


# ---------------------------------------------------------------- the job


def test_a_job_is_opened_resumed_finished_and_followed_by_another(pair: Pair) -> None:
    assert pair.client.job == pair.server.job == make_job()
    pair.finish()
    assert pair.client.job is pair.server.job is None
    pair.open(OTHER_JOB)
    assert pair.server.state is State.OPEN


def test_job_opened_names_the_job_that_was_asked_for() -> None:
    pair = Pair().greet()
    pair.client.open_job(make_job())
    pair.settle()
    with pytest.raises(LocalProtocolError, match="another job"):
        pair.server.job_opened(JobOpened(OTHER_JOB))
    with pytest.raises(RemoteProtocolError, match="another job"):
        pair.client.receive(encode_server(JobOpened(OTHER_JOB)))


@pytest.mark.parametrize("answer", [JobFinished(OTHER_JOB, 2), JobFinished(JOB, 3)])
def test_counts_that_differ_are_an_error_and_never_a_shrug(pair: Pair, answer: JobFinished) -> None:
    pair.client.finish(Counts(stored=2))
    pair.settle()
    with pytest.raises(LocalProtocolError, match="agree"):
        pair.server.job_finished(answer)
    with pytest.raises(RemoteProtocolError, match="agree"):
        pair.client.receive(encode_server(answer))


def test_a_job_whose_counts_differ_stays_open(pair: Pair) -> None:
    pair.client.finish(Counts(stored=2))
    pair.settle()
    pair.server.failed(Failed(RefusalCode.COUNTS_DIFFER))
    _, [event] = pair.settle()
    assert event == Failed(RefusalCode.COUNTS_DIFFER, request="Finish")
    assert pair.client.state is State.OPEN
    pair.send()


def test_finish_waits_for_answers_to_streams_and_offers(pair: Pair) -> None:
    number = pair.send()
    with pytest.raises(LocalProtocolError, match="answered"):
        pair.client.finish(Counts())
    pair.server.stored(number)
    pair.settle()
    pair.client.offer(["1.2.4"])
    with pytest.raises(LocalProtocolError, match="answered"):
        pair.client.finish(Counts())
    with pytest.raises(RemoteProtocolError, match="answered"):
        _ = [pair.server.receive(message) for message in (*pair.client.outgoing(), encode_client(Finish(Counts())))]


def test_an_open_job_that_is_refused_leaves_the_connection_ready() -> None:
    pair = Pair().greet()
    pair.client.open_job(make_job())
    pair.settle()
    pair.server.failed(Failed(RefusalCode.MODE_NOT_ALLOWED, "not for you"))
    _, [event] = pair.settle()
    assert event == Failed(RefusalCode.MODE_NOT_ALLOWED, "not for you", request="OpenJob")
    assert pair.client.state is State.READY
    assert pair.client.job is None


# ---------------------------------------------------------------- cancel


def test_cancel_abandons_the_stream_that_is_being_sent(pair: Pair) -> None:
    number = pair.begin()
    pair.client.send_chunk(number, b"x")
    pair.client.cancel(JOB)
    at_server, at_client = pair.settle()
    assert at_server[1:] == [Abandon(number), Cancel(JOB)]
    assert at_client == []
    pair.tell(JOB, "CI")
    pair.settle()
    assert pair.client.state is pair.server.state is State.READY
    assert pair.client.job is None


def test_a_cancel_with_a_stream_in_the_middle_is_refused_by_the_receiver(pair: Pair) -> None:
    pair.begin()
    with pytest.raises(RemoteProtocolError, match="ended or abandoned"):
        pair.server.receive(encode_client(Cancel(JOB)))


def test_a_cancel_is_answered_after_the_streams(pair: Pair) -> None:
    number = pair.send()
    pair.client.cancel(JOB)
    pair.settle()
    with pytest.raises(LocalProtocolError, match="before all else"):
        pair.tell(JOB, "CA")
    pair.server.refused(number, "1.2.3", RefusalCode.JOB_CLOSED)
    pair.tell(JOB, "CA")
    pair.settle()
    assert pair.client.state is State.READY


def test_news_of_a_watched_job_do_not_answer_its_cancel(pair: Pair) -> None:
    pair.client.watch(JOB)
    pair.settle()
    pair.tell(JOB)
    number = pair.send()
    pair.client.cancel(JOB)
    pair.settle()
    pair.tell(JOB, "IP")  # runs still
    pair.tell(JOB, "CI")  # but a stream is not answered
    pair.settle()
    assert pair.client.state is State.CANCELING
    pair.server.stored(number)
    pair.tell(JOB, "CI")
    pair.settle()
    assert pair.client.state is pair.server.state is State.READY


def test_a_cancel_that_fails_leaves_the_job_open(pair: Pair) -> None:
    pair.client.cancel(JOB)
    pair.settle()
    pair.server.failed(Failed("storage"))
    pair.settle()
    assert pair.client.state is pair.server.state is State.OPEN


def test_another_job_is_canceled_while_one_is_open(pair: Pair) -> None:
    pair.client.cancel(OTHER_JOB)
    pair.settle()
    with pytest.raises(LocalProtocolError):
        pair.tell(OTHER_JOB, "IP")
    pair.tell(OTHER_JOB, "CA")
    _, [event] = pair.settle()
    assert event == Tasks(OTHER_JOB, "CA", ())
    with pytest.raises(LocalProtocolError):
        pair.tell(OTHER_JOB, "CA")


def test_a_job_is_not_opened_while_its_cancel_is_not_answered() -> None:
    pair = Pair().greet()
    pair.client.cancel(JOB)
    with pytest.raises(LocalProtocolError, match="no answer"):
        pair.client.open_job(make_job())


# ---------------------------------------------------------------- offers


def test_offers_are_answered_in_order_and_name_what_is_partly_there(pair: Pair) -> None:
    pair.client.offer(["1.1", "1.2"])
    pair.client.offer(["1.3"])
    pair.settle()
    pair.server.answer_offer(OfferAnswer(have=("1.1",), partial={"1.2": 8}))
    pair.server.answer_offer(OfferAnswer(need=("1.3",)))
    _, events = pair.settle()
    assert events == [OfferAnswer(have=("1.1",), partial={"1.2": 8}), OfferAnswer(need=("1.3",))]
    number = pair.begin("1.2", 20, offset=8)
    pair.client.send_chunk(number, b"x" * 12)
    pair.client.end(number, DIGEST)
    at_server, _ = pair.settle()
    assert isinstance(at_server[0], Chunk)
    assert at_server[0].offset == 8


@pytest.mark.parametrize(
    "answer",
    [
        OfferAnswer(need=("1.1",)),
        OfferAnswer(need=("1.1", "1.2", "1.3")),
        OfferAnswer(need=("1.1", "1.2"), have=("1.2",)),
        OfferAnswer(need=("1.1", "1.2"), partial={"1.2": 3}),
        OfferAnswer(need=("1.1", "1.2", "1.2")),
    ],
)
def test_an_answer_names_each_key_of_the_offer_once(pair: Pair, answer: OfferAnswer) -> None:
    pair.offer("1.1", "1.2")
    with pytest.raises(LocalProtocolError, match="exactly once"):
        pair.server.answer_offer(answer)
    with pytest.raises(RemoteProtocolError, match="exactly once"):
        pair.client.receive(encode_server(answer))


def test_an_offer_has_no_key_twice_and_not_too_many(pair: Pair) -> None:
    with pytest.raises(LocalProtocolError, match="twice"):
        pair.client.offer(["1.1", "1.1"])
    with pytest.raises(LocalProtocolError, match="more keys"):
        pair.client.offer([f"1.{number}" for number in range(LIMITS.offer + 1)])
    with pytest.raises(LocalProtocolError, match="sop_instance_uids"):
        pair.client.offer([])


def test_keys_refused_in_an_offer_are_left_out_of_its_answer(pair: Pair) -> None:
    pair.offer("1.1", "1.2")
    pair.server.refused(None, "1.1", RefusalCode.INVALID_UID)
    with pytest.raises(LocalProtocolError, match="no key"):
        pair.server.refused(None, "1.1", RefusalCode.INVALID_UID)
    pair.answer_need("1.2")
    assert pair.server.open_streams == {}


def test_a_refusal_of_a_key_that_was_not_offered_closes(pair: Pair) -> None:
    with pytest.raises(RemoteProtocolError, match="no key"):
        pair.client.receive(encode_server(Refused("1.1", "quota")))


def test_an_offer_that_fails_is_forgotten(pair: Pair) -> None:
    pair.offer("1.1")
    pair.server.failed(Failed("storage", retriable=True))
    pair.settle()
    pair.finish()


# ---------------------------------------------------------------- at any time


def test_a_client_is_told_of_the_jobs_that_it_watches(pair: Pair) -> None:
    with pytest.raises(LocalProtocolError, match="no Watch"):
        pair.tell(OTHER_JOB)
    pair.client.watch(OTHER_JOB)
    pair.settle()
    assert pair.server.watched == {OTHER_JOB}
    pair.tell(OTHER_JOB)
    pair.tell(OTHER_JOB, "SU")
    _, events = pair.settle()
    assert events == [Tasks(OTHER_JOB, "IP", ()), Tasks(OTHER_JOB, "SU", ())]


def test_a_watch_that_fails_is_forgotten(pair: Pair) -> None:
    pair.client.watch(OTHER_JOB)
    pair.settle()
    pair.server.failed(Failed("permission"))
    pair.settle()
    assert pair.server.watched == frozenset()


def test_not_too_many_jobs_are_watched(pair: Pair) -> None:
    for number in range(MAX_WATCHED):
        job = f"{number:032x}"
        pair.client.watch(job)
        pair.settle()
        pair.tell(job)
    pair.client.watch(f"{0:032x}")  # again is no other
    with pytest.raises(LocalProtocolError, match="watched"):
        pair.client.watch(f"{MAX_WATCHED:032x}")


@pytest.mark.parametrize("message", [ListJobs(), Watch(JOB), Cancel(OTHER_JOB)])
def test_not_too_many_requests_wait_for_their_answers(pair: Pair, message: ListJobs | Watch | Cancel) -> None:
    for _ in range(MAX_REQUESTS):
        pair.server.receive(encode_client(message))
    with pytest.raises(RemoteProtocolError, match="requests"):
        pair.server.receive(encode_client(message))


def test_failed_without_a_name_answers_the_oldest_request(pair: Pair) -> None:
    pair.client.list_jobs()
    pair.client.offer(["1.1"])
    pair.settle()
    assert pair.client.receive(encode_server(Failed("storage"))) == [Failed("storage")]
    assert pair.client.receive(encode_server(Failed("storage", request="Offer")))
    with pytest.raises(RemoteProtocolError, match="no request"):
        pair.client.receive(encode_server(Failed("storage")))


def test_failed_needs_a_request(pair: Pair) -> None:
    with pytest.raises(LocalProtocolError, match="no request"):
        pair.server.failed(Failed("storage"))


def test_a_close_that_follows_ends_everything(pair: Pair) -> None:
    number = pair.begin()
    pair.client.send_chunk(number, b"x")
    pair.server.failed(Failed("TOKEN", "it was revoked"))
    at_server, [event] = pair.settle()
    assert at_server == []
    assert event == Failed("TOKEN", "it was revoked")
    for end in (pair.client, pair.server):
        assert end.state is State.CLOSED
        assert end.receive("anything") == []
    with pytest.raises(LocalProtocolError):
        pair.client.send_chunk(number, b"x")


def test_jobs_answers_list_jobs(pair: Pair) -> None:
    with pytest.raises(LocalProtocolError, match="ListJobs"):
        pair.server.jobs(Jobs(()))
    pair.client.list_jobs(7)
    at_server, _ = pair.settle()
    assert at_server == [ListJobs(7)]
    pair.server.jobs(Jobs(()))
    assert pair.settle()[1] == [Jobs(())]


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    "say",
    [
        lambda client: client.hello("x" * 2000),
        lambda client: client.hello("\0"),
        lambda client: client.hello("\ud800"),
        lambda client: client.list_jobs(0),
        lambda client: client.watch("not a job"),
    ],
)
def test_what_the_protocol_does_not_allow_does_not_leave(say: object) -> None:
    client = UploadClient()
    with pytest.raises(LocalProtocolError):
        say(client)  # type: ignore[operator]  # a lambda
    assert client.outgoing() == []
    assert client.state is State.NEW


def test_errors_speak_to_people_and_fit_a_close_frame() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        UploadServer().receive(encode_client(Finish(Counts())))
    assert isinstance(caught.value, ProtocolError)
    assert caught.value.title
    assert caught.value.message == caught.value.text
    assert len(caught.value.text.encode()) <= 123


def test_secrets_and_patients_stay_out_of_what_is_logged(pair: Pair) -> None:
    assert "cdcd" not in repr(make_welcome())
    number = pair.begin()
    assert "'p'" not in repr(pair.client.open_streams[number])
    assert repr(Hello("x")) == "Hello(program='x', version=1, features=())"
