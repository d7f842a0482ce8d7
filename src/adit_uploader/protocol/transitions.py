"""Who may say what when: tables as data, from which ``docs/protocol.md`` draws its diagrams.

Both ends keep the same state, since both see the same messages: the sender moves when it sends, the other when it
receives. A step that a state does not list is not allowed in it. Two messages may cross on the way, so the tables
also list what can still be under way after the other side has moved on.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a connection is."""

    NEW = "new"  # nothing said yet
    GREETING = "greeting"  # hello was said, the welcome is awaited
    READY = "ready"  # welcome, no job
    OPENING = "opening"  # OpenJob waits for its answer
    OPEN = "open"  # instances are sent
    FINISHING = "finishing"  # Finish waits for its answer
    CANCELING = "canceling"  # Cancel of the open job waits for its answer
    CLOSED = "closed"  # nothing more counts


class StreamState(StrEnum):
    """Where one instance's stream is."""

    SENDING = "sending"
    ENDED = "ended"  # all bytes and the digest were sent, the answer is awaited
    ABANDONED = "abandoned"  # given up by the client, the answer is awaited
    REFUSED = "refused"  # answered while it was being sent; what is still under way is thrown away
    DONE = "done"


class Step(StrEnum):
    """What moves a state: a message, told apart by what it is about where that matters."""

    HELLO = "Hello"
    OPEN_JOB = "OpenJob"
    OFFER = "Offer"
    BEGIN = "Begin"
    CHUNK = "Chunk"
    END = "End"
    ABANDON = "Abandon"
    FINISH = "Finish"
    CANCEL = "Cancel (the open job)"
    CANCEL_OTHER = "Cancel (another job)"
    WATCH = "Watch"
    LIST_JOBS = "ListJobs"
    WELCOME = "Welcome"
    JOB_OPENED = "JobOpened"
    OFFER_ANSWER = "OfferAnswer"
    CREDIT = "Credit"
    STORED = "Stored"
    DUPLICATE = "Duplicate"
    REFUSED = "Refused"
    SAVED = "Saved"
    JOB_FINISHED = "JobFinished"
    TASKS = "Tasks"
    TASKS_CANCELED = "Tasks (answer to Cancel of the open job)"
    JOBS = "Jobs"
    FAILED_OPEN_JOB = "Failed (OpenJob)"
    FAILED_OFFER = "Failed (Offer)"
    FAILED_FINISH = "Failed (Finish)"
    FAILED_CANCEL = "Failed (Cancel of the open job)"
    FAILED_OTHER = "Failed (Cancel of another job, Watch, ListJobs)"
    CLOSING = "Failed (a close code)"


CLIENT_STEPS = frozenset(
    {
        Step.HELLO,
        Step.OPEN_JOB,
        Step.OFFER,
        Step.BEGIN,
        Step.CHUNK,
        Step.END,
        Step.ABANDON,
        Step.FINISH,
        Step.CANCEL,
        Step.CANCEL_OTHER,
        Step.WATCH,
        Step.LIST_JOBS,
    }
)
"""What the client says; all other steps are the receiver's."""

ANYTIME = (
    Step.CANCEL_OTHER,
    Step.WATCH,
    Step.LIST_JOBS,
    Step.CREDIT,
    Step.TASKS,
    Step.JOBS,
    Step.FAILED_OTHER,
)
"""Allowed in every state from READY on, without changing it."""

_STREAM_ANSWERS = (Step.OFFER_ANSWER, Step.FAILED_OFFER, Step.STORED, Step.DUPLICATE, Step.REFUSED, Step.SAVED)


def _greeted(state: State, moves: Mapping[Step, State], stays: tuple[Step, ...] = ()) -> Mapping[Step, State]:
    """A row of the table from READY on: what moves, what stays, what is always allowed."""
    return MappingProxyType({**dict.fromkeys((*ANYTIME, *stays), state), Step.CLOSING: State.CLOSED, **moves})


TRANSITIONS: Mapping[State, Mapping[Step, State]] = MappingProxyType(
    {
        State.NEW: MappingProxyType({Step.HELLO: State.GREETING, Step.CLOSING: State.CLOSED}),
        State.GREETING: MappingProxyType({Step.WELCOME: State.READY, Step.CLOSING: State.CLOSED}),
        State.READY: _greeted(State.READY, {Step.OPEN_JOB: State.OPENING}),
        State.OPENING: _greeted(State.OPENING, {Step.JOB_OPENED: State.OPEN, Step.FAILED_OPEN_JOB: State.READY}),
        State.OPEN: _greeted(
            State.OPEN,
            {Step.FINISH: State.FINISHING, Step.CANCEL: State.CANCELING},
            (Step.OFFER, Step.BEGIN, Step.CHUNK, Step.END, Step.ABANDON, *_STREAM_ANSWERS),
        ),
        State.FINISHING: _greeted(State.FINISHING, {Step.JOB_FINISHED: State.READY, Step.FAILED_FINISH: State.OPEN}),
        State.CANCELING: _greeted(
            State.CANCELING, {Step.TASKS_CANCELED: State.READY, Step.FAILED_CANCEL: State.OPEN}, _STREAM_ANSWERS
        ),
        State.CLOSED: MappingProxyType({}),
    }
)
"""Of a connection: state, step, next state."""

STREAM_TRANSITIONS: Mapping[StreamState, Mapping[Step, StreamState]] = MappingProxyType(
    {
        StreamState.SENDING: MappingProxyType(
            {
                Step.CHUNK: StreamState.SENDING,
                Step.SAVED: StreamState.SENDING,
                Step.END: StreamState.ENDED,
                Step.ABANDON: StreamState.ABANDONED,
                Step.REFUSED: StreamState.REFUSED,
            }
        ),
        StreamState.ENDED: MappingProxyType(
            {
                Step.SAVED: StreamState.ENDED,
                Step.STORED: StreamState.DONE,
                Step.DUPLICATE: StreamState.DONE,
                Step.REFUSED: StreamState.DONE,
            }
        ),
        StreamState.ABANDONED: MappingProxyType({Step.SAVED: StreamState.ABANDONED, Step.REFUSED: StreamState.DONE}),
        StreamState.REFUSED: MappingProxyType(
            {Step.CHUNK: StreamState.REFUSED, Step.END: StreamState.DONE, Step.ABANDON: StreamState.DONE}
        ),
        StreamState.DONE: MappingProxyType({}),
    }
)
"""Of one stream, from its Begin on: state, step, next state."""

LATE = frozenset(
    {
        (StreamState.REFUSED, Step.CHUNK),
        (StreamState.REFUSED, Step.END),
        (StreamState.REFUSED, Step.ABANDON),
        (StreamState.ABANDONED, Step.SAVED),
    }
)
"""Rows of STREAM_TRANSITIONS that only happen to messages already under way: received, but never sent knowingly."""
