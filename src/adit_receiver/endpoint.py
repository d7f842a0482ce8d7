"""The websocket, as a plain ASGI application: ``upload_endpoint``.

Four tasks a connection, none of which works in the event loop:

    reader   takes messages from the socket through the protocol's machine into a queue
    worker   hands all that waits to a thread (``Session``), one batch after the other; the beginning and the pieces of
             a file wait for its end, a further ``CREDIT_STEP`` of bytes, or the ticker
    ticker   has a thread look whether leases, token and watched jobs have changed
    sender   sends what the machine has to say

All connections of a process share its threads, and so a bounded number of database connections; where one of these
fails, the upload connection ends, and the client comes again. The queue is bounded by the machine's credit in bytes,
and by a number of messages against many tiny ones. What is to be said is bounded by what a client takes: nothing more
is worked on while it takes nothing.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, assert_never

from django.db import DatabaseError

from adit_uploader.protocol.chunks import Chunk
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.errors import RemoteProtocolError
from adit_uploader.protocol.limits import ACKNOWLEDGEMENT_TIMEOUT, MAX_CHUNKS, SUBPROTOCOL
from adit_uploader.protocol.messages import (
    Begin,
    Credit,
    Duplicate,
    Failed,
    JobFinished,
    JobOpened,
    Jobs,
    OfferAnswer,
    Refused,
    Saved,
    ServerMessage,
    Stored,
    Tasks,
    Welcome,
)
from adit_uploader.protocol.server import ServerEvent, UploadServer
from adit_uploader.protocol.transitions import State

from .accounts import SignIn, accounts
from .audit.of_session import SessionAudit
from .conf import receiver_settings
from .entrance import admit
from .errors import AccessDeniedError, ReceiverError
from .handshake import Handshake
from .living import this_server
from .session import Answer, Close, Session
from .spool import Spool
from .upload_threads import Turns, upload_threads

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_logger = logging.getLogger("adit_receiver.endpoint")
_QUEUE_MESSAGES = 2 * MAX_CHUNKS  # much more than a client has under way that keeps to the rules
_PAUSE_SECONDS = 0.1  # without a word, after which the client has said what it had to say
_TICK_SECONDS = 0.1
_LOOK_SECONDS = 1.0  # between two looks of a connection that watches no job
_GOODBYE_SECONDS = 15.0  # servers hang up by themselves before that
_TAKE_SECONDS = ACKNOWLEDGEMENT_TIMEOUT  # a client that took no answer for so long has given us up
_REASON_BYTES = 123  # RFC 6455 section 5.5
_RULE_BROKEN = frozenset({CloseCode.PROTOCOL_ERROR, CloseCode.TOO_LARGE, CloseCode.CREDIT_EXCEEDED, CloseCode.VERSION})
_GONE = Close(CloseCode.NORMAL, "")


async def upload_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """One upload connection, from handshake to close."""
    await receive()  # websocket.connect
    handshake = Handshake.of(scope)
    # accepted in any case: a refusal before would reach the client without its reason
    accepted = {"type": "websocket.accept", "subprotocol": SUBPROTOCOL if handshake.speaks_protocol else None}
    await send(accepted)
    turns = Turns(upload_threads(receiver_settings().upload_threads))
    close = await _serve(handshake, receive, send, turns)
    if close is not _GONE:
        with suppress(OSError):  # the client went first; or TimeoutError
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await send({"type": "websocket.close", "code": int(close.code), "reason": _reason(close.reason)})
                await _see_off(receive)


async def _see_off(receive: Receive) -> None:
    """Throws away what a client sends that was told to go, until it has gone: daphne would keep all of it."""
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def _serve(handshake: Handshake, receive: Receive, send: Send, turns: Turns) -> Close:
    loop = asyncio.get_running_loop()
    try:
        sign_in = await loop.run_in_executor(turns, admit, handshake)
    except AccessDeniedError as error:
        code = error.code if isinstance(error.code, CloseCode) else CloseCode.PERMISSION
        return Close(code, error.message)
    except (DatabaseError, ReceiverError) as error:
        return _failure(error)
    connection = _Connection(sign_in, handshake.peer, receive, send, turns)
    close = _GONE
    try:
        close = await connection.run()
    finally:
        turns.submit(_finish, connection.session, close.code)
    return close


def _finish(session: Session, code: CloseCode) -> None:
    if code in _RULE_BROKEN:
        session.audit.broke_rule(code)
    try:
        session.close()
    except DatabaseError as error:
        # its leases run out by themselves, and the client sends again what has no row
        _logger.warning("A connection could not store or let go of what it held: %s", type(error).__name__)


class _Connection:
    """The four tasks of a connection that was let in."""

    def __init__(self, sign_in: SignIn, peer: str, receive: Receive, send: Send, turns: Turns) -> None:
        self._receive = receive
        self._send = send
        self._turns = turns
        self._loop = asyncio.get_running_loop()
        self._server = UploadServer()
        self._waiting: list[ServerEvent] = []
        self._cost = 0  # credit that the pieces among them have used up
        self._enough = asyncio.Event()  # to be worth a thread's turn
        self._to_send = asyncio.Event()
        self._taken = asyncio.Event()  # the client has taken all that was said
        self._taken.set()
        self._close: Close | None = None
        self._answers: deque[Answer] = deque()
        self._called = False
        settings = receiver_settings()
        audit = SessionAudit(sign_in.user.get_username(), peer)
        server = this_server(settings.spool)
        self.session = Session(sign_in, accounts(), settings, Spool(settings.spool), self._emit, audit, server=server)

    async def run(self) -> Close:
        """Works until one side ends it; how it ended."""
        tasks = [asyncio.create_task(part()) for part in (self._read, self._work, self._tick, self._say)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        close = next(iter(done)).result()
        if self._close is not None and close is not _GONE:
            await self._flush()  # what was answered before the end still goes out
            return self._close
        return close

    async def _read(self) -> Close:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return _GONE
            text = message.get("text")
            try:
                events = self._server.receive(text if text is not None else message["bytes"])
            except RemoteProtocolError as error:
                return Close(error.close_code, error.text)
            if self._server.waiting > _QUEUE_MESSAGES:  # of what the machine answers by itself
                return Close(CloseCode.CREDIT_EXCEEDED, "More answers wait than a client may leave untaken.")
            self._have_said()
            if len(self._waiting) + len(events) > _QUEUE_MESSAGES:
                # waiting here would leave what comes to the server's own queue, which has no end
                return Close(CloseCode.CREDIT_EXCEEDED, "More messages wait than a client may have under way.")
            self._waiting += events
            for event in events:
                if isinstance(event, Chunk):
                    self._cost += self._server.limits.cost(len(event.data))
                if not isinstance(event, Begin | Chunk) or self._cost >= self.session.credit_step:
                    self._enough.set()

    async def _work(self) -> Close:
        while True:
            # a client that sends on is soon heard again; one that waits for an answer gets it now
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_SECONDS if self.session.holds else None):
                    await self._enough.wait()
            await self._taken.wait()  # requests are few, but their answers may be long
            self._enough.clear()
            events, self._waiting, self._cost = self._waiting, [], 0
            work = partial(self.session.work, events, hold=bool(events))
            try:
                await self._loop.run_in_executor(self._turns, work)
            except (DatabaseError, ReceiverError) as error:
                return _failure(error)

    async def _tick(self) -> Close:
        looked = self._loop.time()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            if self._waiting:
                self._enough.set()
            if not self.session.watches and self._loop.time() - looked < _LOOK_SECONDS:
                continue
            if self._to_send.is_set():
                continue  # the client is slow to take what was said: nothing more for now
            looked = self._loop.time()
            try:
                await self._loop.run_in_executor(self._turns, self.session.look)
            except (DatabaseError, ReceiverError) as error:
                return _failure(error)

    async def _say(self) -> Close:
        while self._close is None:
            await self._to_send.wait()
            if not await self._flush():
                return _GONE
            self._to_send.clear()
            self._taken.set()
        return self._close

    async def _flush(self) -> bool:
        """Sends all that is to be said; False if the client has gone, or takes nothing any more."""
        while messages := self._server.outgoing():
            try:
                async with asyncio.timeout(_TAKE_SECONDS) as limit:
                    for message in messages:
                        await self._send({"type": "websocket.send", "text": message})
                        limit.reschedule(self._loop.time() + _TAKE_SECONDS)
            except (OSError, RuntimeError):  # TimeoutError is the first; daphne's "disconnected" is the second
                return False
        return True

    def _have_said(self) -> None:
        """The sender has something to do, perhaps."""
        self._to_send.set()
        if self._server.waiting:
            self._taken.clear()

    def _emit(self, answer: Answer) -> None:
        """Takes an answer of the session's thread. The loop is called once for all that come together."""
        self._answers.append(answer)
        if not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._answer_all)

    def _answer_all(self) -> None:
        self._called = False  # first: what is appended from now on calls again
        while self._answers:
            self._answer(self._answers.popleft())

    def _answer(self, answer: Answer) -> None:
        if isinstance(answer, Close):
            self._close = self._close or answer
        elif self._close is None and self._server.state is not State.CLOSED:
            _say(self._server, answer)
        else:
            return  # of work that ended after the client had broken a rule
        self._have_said()


def _say(server: UploadServer, answer: ServerMessage) -> None:
    """Says it through the machine; to a stream that is gone meanwhile, nothing."""
    match answer:
        case Stored() | Duplicate() | Saved() | Refused():
            if server.is_open(answer.stream):
                _say_of_stream(server, answer)
        case Credit():
            server.grant(answer.size)
        case OfferAnswer():
            server.answer_offer(answer)
        case Welcome():
            server.welcome(answer)
        case JobOpened():
            server.job_opened(answer)
        case JobFinished():
            server.job_finished(answer)
        case Tasks():
            server.tasks(answer)
        case Jobs():
            server.jobs(answer)
        case Failed():
            # news of a job, on their way before it was asked for, have answered a Watch or Cancel already
            if answer.request not in {"Watch", "Cancel"} or server.awaits(answer.request):
                server.failed(answer)
        case _:
            assert_never(answer)


def _say_of_stream(server: UploadServer, answer: Stored | Duplicate | Saved | Refused) -> None:
    match answer:
        case Stored():
            server.stored(answer.stream)
        case Duplicate():
            server.duplicate(answer.stream)
        case Saved():
            server.saved(answer.stream, answer.offset)
        case Refused():
            code = RefusalCode(answer.code)
            server.refused(answer.stream, answer.sop_instance_uid, code, answer.text, answer.retriable)
        case _:
            assert_never(answer)


def _failure(error: Exception) -> Close:
    # only its kind: a database's text holds values
    _logger.error("A connection failed: %s", type(error).__name__)
    return Close(CloseCode.INTERNAL, "The receiver has a problem. Try again later.")


def _reason(text: str) -> str:
    return text.encode()[:_REASON_BYTES].decode(errors="ignore")
