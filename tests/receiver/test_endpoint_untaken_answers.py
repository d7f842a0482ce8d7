"""A client that asks and takes no answer: nothing more is worked on for it, so that what it is told does not grow."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from adit_receiver import endpoint
from adit_receiver.accounts import SignIn
from adit_uploader.protocol.chunks import Chunk, encode_chunk
from adit_uploader.protocol.codec import encode_client
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.limits import SUBPROTOCOL
from adit_uploader.protocol.messages import Begin, Hello, JobOpened, Jobs, Limits, ListJobs, OpenJob, Refused
from tests.protocol.pair import JOB, begin_text, make_job, make_welcome

pytestmark = pytest.mark.timeout(20)


class Deaf:
    """Says its first messages one by one, takes no answer to the last of them, and says all others at once."""

    def __init__(self, first: Sequence[str], others: Sequence[str | bytes]) -> None:
        self.closed = 0
        self._patience = len(first) - 1
        self._answered = asyncio.Event()
        self._messages = self._say(first, others)

    async def _say(self, first: Sequence[str], others: Sequence[str | bytes]) -> AsyncIterator[dict[str, Any]]:
        yield {"type": "websocket.connect"}
        for text in first:
            yield {"type": "websocket.receive", "text": text}
            await self._answered.wait()
            self._answered.clear()
        for message in others:
            await asyncio.sleep(0)
            yield {"type": "websocket.receive", "text" if isinstance(message, str) else "bytes": message}
        await asyncio.Event().wait()

    async def receive(self) -> dict[str, Any]:
        return await anext(self._messages)

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.closed = message["code"]
        elif message["type"] == "websocket.send":
            self._answered.set()
            self._patience -= 1
            if self._patience < 0:
                await asyncio.Event().wait()

    def meets_the_receiver(self) -> None:
        scope = {"headers": [], "subprotocols": [SUBPROTOCOL]}
        asyncio.run(endpoint.upload_endpoint(scope, self.receive, self.send))


class Session:
    """Answers at once."""

    worked: Sequence[object] = ()
    holds = watches = False
    credit_step = 1

    def __init__(self, *given: Any, server: str) -> None:
        self._emit, self.audit = given[-2:]

    def work(self, events: Sequence[object], *, hold: bool) -> None:
        Session.worked = (*Session.worked, *events)
        for event in events:
            match event:
                case Hello():
                    self._emit(make_welcome(Limits()))
                case OpenJob():
                    self._emit(JobOpened(JOB))
                case Begin():
                    self._emit(Refused(event.sop_instance_uid, RefusalCode.FULL, "", True, event.stream))
                case ListJobs():
                    self._emit(Jobs(()))

    def look(self) -> None: ...
    def close(self) -> None: ...


class Audit:
    """Of nothing."""

    def __init__(self, *of: object) -> None: ...
    def broke_rule(self, code: CloseCode) -> None: ...


@pytest.fixture(autouse=True)
def _a_receiver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setattr(endpoint, "admit", lambda handshake: SignIn(User(username="deaf"), ""))
    monkeypatch.setattr(endpoint, "Session", Session)
    monkeypatch.setattr(endpoint, "SessionAudit", Audit)
    monkeypatch.setattr(endpoint, "_GOODBYE_SECONDS", 0.5)
    monkeypatch.setattr(endpoint, "_TAKE_SECONDS", 0.5)
    monkeypatch.setattr(endpoint, "_QUEUE_MESSAGES", 50)
    monkeypatch.setattr(Session, "worked", ())
    with override_settings(ADIT_UPLOADER_RECEIVER={"SPOOL": tmp_path, "SECRET_FILE": tmp_path / "secret"}):
        yield


def test_no_further_request_is_worked_on() -> None:
    hello, asks = encode_client(Hello("deaf 1.0")), encode_client(ListJobs(10))
    Deaf([hello, asks], [asks] * 20).meets_the_receiver()
    assert [type(event) for event in Session.worked] == [Hello, ListJobs]


def test_who_makes_us_answer_without_end_is_cut_off() -> None:
    """Pieces of an instance that was refused meanwhile are no work: the machine gives their credit back by itself."""
    first = [encode_client(Hello("deaf 1.0")), encode_client(make_job()), begin_text(0, length=1000)]
    deaf = Deaf(first, [encode_chunk(Chunk(0, offset, b"x")) for offset in range(1000)])
    deaf.meets_the_receiver()
    assert deaf.closed == CloseCode.CREDIT_EXCEEDED
