"""The matrix, generated from the tables: each message is allowed in a state, or refused with the right error."""

import pytest

from adit_uploader.protocol.chunks import Chunk, encode_chunk
from adit_uploader.protocol.codec import encode_client, encode_server
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.errors import LocalProtocolError, RemoteProtocolError
from adit_uploader.protocol.messages import (
    Abandon,
    Begin,
    Cancel,
    ClientMessage,
    Counts,
    Credit,
    Duplicate,
    End,
    Failed,
    Finish,
    Hello,
    JobFinished,
    JobInfo,
    JobOpened,
    Jobs,
    ListJobs,
    Offer,
    OfferAnswer,
    Refused,
    Saved,
    ServerMessage,
    Stored,
    Tasks,
    Watch,
)
from adit_uploader.protocol.transitions import (
    CLIENT_STEPS,
    LATE,
    STREAM_TRANSITIONS,
    TRANSITIONS,
    State,
    Step,
    StreamState,
)
from tests.protocol.pair import DIGEST, JOB, OTHER_JOB, Pair, make_job, make_welcome

ENDED_UID, SENDING_UID, OFFERED_UID = "1.2.1", "1.2.2", "1.2.3"
REQUEST_OF = {
    Step.FAILED_OPEN_JOB: "OpenJob",
    Step.FAILED_OFFER: "Offer",
    Step.FAILED_FINISH: "Finish",
    Step.FAILED_CANCEL: "Cancel",
    Step.FAILED_OTHER: "Watch",
}


def _prepared(state: State, step: Step) -> Pair:
    """A pair in the state, with all that the step is about; stream 1 is ended, stream 2 is being sent."""
    pair = Pair()
    if state is State.NEW:
        return pair
    if state is State.GREETING:
        pair.client.hello("client 1")
        pair.settle()
        return pair
    pair.greet().use_credit()
    if step in {Step.TASKS, Step.FAILED_OTHER}:
        pair.client.watch(OTHER_JOB)
    if step is Step.JOBS:
        pair.client.list_jobs()
    if state is State.OPENING:
        pair.client.open_job(make_job())
    if state in {State.OPEN, State.FINISHING, State.CANCELING}:
        _open_with_streams(pair, state, step)
    if state is State.CLOSED:
        pair.server.failed(Failed("LOCKED"))
    pair.settle()
    assert pair.client.state is pair.server.state is state
    return pair


def _open_with_streams(pair: Pair, state: State, step: Step) -> None:
    pair.open()
    if state is State.FINISHING:
        pair.client.finish(Counts(stored=2))
        return
    if step not in {Step.FINISH, Step.TASKS_CANCELED}:
        pair.offer(OFFERED_UID)
        pair.send(ENDED_UID)
    if state is State.CANCELING:
        pair.client.cancel(JOB)
    elif step in {Step.CHUNK, Step.END, Step.ABANDON, Step.SAVED}:
        number = pair.begin(SENDING_UID, 20)
        if step in {Step.END, Step.SAVED}:
            pair.client.send_chunk(number, b"x" * 20)


def _numbers(pair: Pair) -> tuple[int, int]:
    """The ended stream and the one being sent, where the pair has them."""
    by_uid = {begin.sop_instance_uid: number for number, begin in pair.client.open_streams.items()}
    return by_uid.get(ENDED_UID, 1), by_uid.get(SENDING_UID, 2)


def _message(step: Step, pair: Pair) -> ClientMessage | ServerMessage | Chunk:
    ended, sending = _numbers(pair)
    begin = Begin(50, SENDING_UID, "1.1", "1.1.1", "1.9", "1.9.1", "p", 20)
    about_saved = sending if sending in pair.client.open_streams else ended
    messages: dict[Step, ClientMessage | ServerMessage | Chunk] = {
        Step.HELLO: Hello("client 1"),
        Step.OPEN_JOB: make_job(),
        Step.OFFER: Offer(("1.5",)),
        Step.BEGIN: begin,
        Step.CHUNK: Chunk(sending, 0, b"y" * 5),
        Step.END: End(sending, DIGEST),
        Step.ABANDON: Abandon(sending),
        Step.FINISH: Finish(Counts()),
        Step.CANCEL: Cancel(JOB),
        Step.CANCEL_OTHER: Cancel(OTHER_JOB),
        Step.WATCH: Watch(OTHER_JOB),
        Step.LIST_JOBS: ListJobs(),
        Step.WELCOME: make_welcome(),
        Step.JOB_OPENED: JobOpened(JOB),
        Step.OFFER_ANSWER: OfferAnswer(need=(OFFERED_UID,)),
        Step.CREDIT: Credit(100),
        Step.STORED: Stored(ended, ENDED_UID),
        Step.DUPLICATE: Duplicate(ended, ENDED_UID),
        Step.REFUSED: Refused(ENDED_UID, "quota", stream=ended),
        Step.SAVED: Saved(about_saved, 20),
        Step.JOB_FINISHED: JobFinished(JOB, 2),
        Step.TASKS: Tasks(OTHER_JOB, "IP", ()),
        Step.TASKS_CANCELED: Tasks(JOB, "CA", ()),
        Step.JOBS: Jobs((JobInfo(JOB, "SU", "internal", "Archive", "2026-01-01T00:00:00Z"),)),
        Step.CLOSING: Failed("LOCKED"),
    }
    return Failed("quota", request=REQUEST_OF[step]) if step in REQUEST_OF else messages[step]


def _say(pair: Pair, message: ClientMessage | ServerMessage | Chunk) -> None:  # noqa: PLR0912 - one line a message
    client, server = pair.client, pair.server
    match message:
        case Hello():
            client.hello(message.program)
        case Offer():
            client.offer(message.sop_instance_uids)
        case Begin():
            pair.client.begin(**{name: getattr(message, name) for name in Begin.__struct_fields__ if name != "stream"})
        case Chunk():
            client.send_chunk(message.stream, message.data)
        case End():
            client.end(message.stream, message.sha256)
        case Abandon():
            client.abandon(message.stream)
        case Finish():
            client.finish(message.counts)
        case Cancel():
            client.cancel(message.job)
        case Watch():
            client.watch(message.job)
        case ListJobs():
            client.list_jobs(message.limit)
        case OfferAnswer():
            server.answer_offer(message)
        case Credit():
            server.grant(message.size)
        case Stored():
            server.stored(message.stream)
        case Duplicate():
            server.duplicate(message.stream)
        case Refused():
            server.refused(message.stream, message.sop_instance_uid, RefusalCode(message.code), message.text)
        case Saved():
            server.saved(message.stream, message.offset)
        case JobFinished():
            server.job_finished(message)
        case JobOpened():
            server.job_opened(message)
        case Tasks():
            server.tasks(message)
        case Jobs():
            server.jobs(message)
        case Failed():
            server.failed(message)
        case _ if isinstance(message, type(make_welcome())):
            server.welcome(message)
        case _:
            client.open_job(message)


def _wire(message: ClientMessage | ServerMessage | Chunk, step: Step) -> str | bytes:
    if isinstance(message, Chunk):
        return encode_chunk(message)
    return encode_client(message) if step in CLIENT_STEPS else encode_server(message)  # type: ignore[arg-type]  # by step


# without an open job every Cancel is about another one
EVERY_CASE = [(state, step) for state in State for step in Step if (state, step) != (State.READY, Step.CANCEL)]


@pytest.mark.parametrize(("state", "step"), EVERY_CASE, ids=lambda value: value.name)
def test_the_speaker_may_say_it_or_gets_a_local_error_and_stays_as_it_was(state: State, step: Step) -> None:
    pair = _prepared(state, step)
    speaker = pair.client if step in CLIENT_STEPS else pair.server
    message = _message(step, pair)
    then = TRANSITIONS[state].get(step)
    if then is None:
        with pytest.raises(LocalProtocolError):
            _say(pair, message)
        assert speaker.state is state
        assert speaker.outgoing() == []
    else:
        _say(pair, message)
        assert speaker.state is then
        pair.settle()
        assert pair.client.state is pair.server.state is then


@pytest.mark.parametrize(("state", "step"), EVERY_CASE, ids=lambda value: value.name)
def test_the_listener_takes_it_or_closes(state: State, step: Step) -> None:
    pair = _prepared(state, step)
    listener = pair.server if step in CLIENT_STEPS else pair.client
    message = _wire(_message(step, pair), step)
    if step is Step.CHUNK and state is State.OPEN:
        pair.client.send_chunk(_numbers(pair)[1], b"y" * 5)
    then = TRANSITIONS[state].get(step)
    if state is State.CLOSED:
        assert listener.receive(message) == []
    elif then is None:
        with pytest.raises(RemoteProtocolError) as caught:
            listener.receive(message)
        assert caught.value.close_code is CloseCode.PROTOCOL_ERROR
        assert listener.state is State.CLOSED
    else:
        events = listener.receive(message)
        assert len(events) == 1
        assert type(events[0]) is type(_message(step, pair))
        assert listener.state is then


# ---------------------------------------------------------------- streams

STREAM_STEPS = {step for row in STREAM_TRANSITIONS.values() for step in row}
CLIENT_STREAM_STEPS = sorted(STREAM_STEPS & CLIENT_STEPS)
RECEIVER_STREAM_STEPS = sorted(STREAM_STEPS - CLIENT_STEPS)
STATES_AT_RECEIVER = [state for state in StreamState if state is not StreamState.ABANDONED]  # answered at once there


def _with_stream(state: StreamState, *, complete: bool) -> tuple[Pair, int]:
    """A pair whose stream is in the state at the client (and at the receiver, if that can be)."""
    pair = Pair().greet().open()
    number = pair.begin(length=20)
    pair.client.send_chunk(number, b"x" * (20 if complete or state in {StreamState.ENDED, StreamState.DONE} else 10))
    pair.settle()
    if state is StreamState.REFUSED:
        pair.server.refused(number, "1.2.3", RefusalCode.QUOTA)
    if state is StreamState.ABANDONED:
        pair.client.abandon(number)
        return pair, number
    if state in {StreamState.ENDED, StreamState.DONE}:
        pair.client.end(number, DIGEST)
        pair.settle()
    if state is StreamState.DONE:
        pair.server.stored(number)
    pair.settle()
    return pair, number


def _stream_message(step: Step, number: int) -> ClientMessage | ServerMessage | Chunk:
    messages: dict[Step, ClientMessage | ServerMessage | Chunk] = {
        Step.CHUNK: Chunk(number, 10, b"x" * 10),
        Step.END: End(number, DIGEST),
        Step.ABANDON: Abandon(number),
        Step.STORED: Stored(number, "1.2.3"),
        Step.DUPLICATE: Duplicate(number, "1.2.3"),
        Step.REFUSED: Refused("1.2.3", "quota", stream=number),
        Step.SAVED: Saved(number, 10),
    }
    return messages[step]


@pytest.mark.parametrize("state", StreamState)
@pytest.mark.parametrize("step", CLIENT_STREAM_STEPS)
def test_the_client_may_say_it_of_a_stream_or_gets_a_local_error(state: StreamState, step: Step) -> None:
    pair, number = _with_stream(state, complete=step is Step.END)
    pair.collect()
    if step in STREAM_TRANSITIONS[state] and (state, step) not in LATE:
        _say(pair, _stream_message(step, number))
        assert len(pair.client.outgoing()) == 1
    else:
        with pytest.raises(LocalProtocolError):
            _say(pair, _stream_message(step, number))
        assert pair.client.outgoing() == []


@pytest.mark.parametrize("state", STATES_AT_RECEIVER)
@pytest.mark.parametrize("step", RECEIVER_STREAM_STEPS)
def test_the_receiver_may_say_it_of_a_stream_or_gets_a_local_error(state: StreamState, step: Step) -> None:
    pair, number = _with_stream(state, complete=False)
    if step in STREAM_TRANSITIONS[state]:
        _say(pair, _stream_message(step, number))
        assert len(pair.server.outgoing()) == 1
    else:
        with pytest.raises(LocalProtocolError):
            _say(pair, _stream_message(step, number))
        assert pair.server.outgoing() == []


@pytest.mark.parametrize("state", STATES_AT_RECEIVER)
@pytest.mark.parametrize("step", CLIENT_STREAM_STEPS)
def test_the_receiver_takes_it_of_a_stream_or_closes(state: StreamState, step: Step) -> None:
    pair, number = _with_stream(state, complete=step is Step.END)
    before = pair.server.ungranted
    wire = _wire(_stream_message(step, number), step)
    if step not in STREAM_TRANSITIONS[state]:
        with pytest.raises(RemoteProtocolError):
            pair.server.receive(wire)
        assert pair.server.state is State.CLOSED
    elif (state, step) in LATE:
        assert pair.server.receive(wire) == []
        assert pair.server.ungranted == before
    else:
        assert len(pair.server.receive(wire)) == 1


@pytest.mark.parametrize("state", StreamState)
@pytest.mark.parametrize("step", RECEIVER_STREAM_STEPS)
def test_the_client_takes_it_of_a_stream_or_closes(state: StreamState, step: Step) -> None:
    pair, number = _with_stream(state, complete=False)
    wire = _wire(_stream_message(step, number), step)
    if step not in STREAM_TRANSITIONS[state]:
        with pytest.raises(RemoteProtocolError):
            pair.client.receive(wire)
        assert pair.client.state is State.CLOSED
    else:
        assert len(pair.client.receive(wire)) == (0 if state is StreamState.ABANDONED else 1)


def test_the_tables_name_every_state_and_only_known_ones() -> None:
    assert set(TRANSITIONS) == set(State)
    assert set(STREAM_TRANSITIONS) == set(StreamState)
    assert {(state, step) for state, row in STREAM_TRANSITIONS.items() for step in row} >= LATE
