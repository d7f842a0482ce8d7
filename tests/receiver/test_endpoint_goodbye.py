"""A connection that the receiver gives up ends within a time, whatever its client does."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from adit_receiver import endpoint
from adit_receiver.accounts import SignIn
from adit_receiver.errors import AccessDeniedError
from adit_receiver.handshake import Handshake
from adit_receiver.session import Answer
from adit_uploader.protocol.codec import encode_client
from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.limits import SUBPROTOCOL
from adit_uploader.protocol.messages import Failed, Hello

pytestmark = pytest.mark.timeout(120)

CONNECT = {"type": "websocket.connect"}
MORE = {"type": "websocket.receive", "bytes": b"more"}


class Client:
    """What a server shows the receiver of a client that never goes.

    Args:
        deaf_to: a kind of message that it never takes.
        gone: what the server raises instead, since the client has gone and nobody was told.
    """

    def __init__(
        self, *says: dict[str, Any], goes_on: bool = False, deaf_to: str = "", gone: Exception | None = None
    ) -> None:
        self._says = list(says)
        self._goes_on = goes_on
        self._deaf_to = deaf_to
        self._gone = gone
        self.told: list[str] = []

    async def receive(self) -> dict[str, Any]:
        if self._says:
            return self._says.pop(0)
        if not self._goes_on:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        return MORE

    async def send(self, message: dict[str, Any]) -> None:
        self.told.append(message["type"])
        if message["type"] == self._deaf_to:
            if self._gone is not None:
                raise self._gone
            await asyncio.Event().wait()

    def meets_the_receiver(self, *subprotocols: str) -> None:
        scope = {"headers": [], "subprotocols": subprotocols}
        asyncio.run(endpoint.upload_endpoint(scope, self.receive, self.send))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_GOODBYE_SECONDS", 0.2)
    monkeypatch.setattr(endpoint, "_TAKE_SECONDS", 0.2)


def turn_away(handshake: Handshake) -> NoReturn:
    raise AccessDeniedError("No.", CloseCode.VERSION)


@pytest.mark.parametrize(
    "client",
    [Client(CONNECT), Client(CONNECT, goes_on=True), Client(CONNECT, deaf_to="websocket.close")],
    ids=["does nothing", "sends on", "takes no goodbye"],
)
def test_who_was_told_to_go_is_waited_for_only_so_long(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "admit", turn_away)
    client.meets_the_receiver()  # by another protocol
    assert client.told == ["websocket.accept", "websocket.close"]


class Answering:
    """A session that refuses everybody."""

    holds = watches = False
    credit_step = 1

    def __init__(self, *given: Any, server: str) -> None:
        self._emit = given[-2]

    def work(self, events: Sequence[object], *, hold: bool) -> None:
        answer: Answer = Failed("TOKEN", "No.", False)
        self._emit(answer)

    def look(self) -> None: ...
    def close(self) -> None: ...


@pytest.mark.parametrize(
    "gone", [None, BrokenPipeError(), RuntimeError("closed")], ids=["silent", "gone by uvicorn", "gone by daphne"]
)
def test_who_takes_no_answer_is_given_up(
    gone: Exception | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(endpoint, "admit", lambda handshake: SignIn(User(username="deaf"), ""))
    monkeypatch.setattr(endpoint, "Session", Answering)
    hello = {"type": "websocket.receive", "text": encode_client(Hello("deaf 1.0"))}
    client = Client(CONNECT, hello, deaf_to="websocket.send", gone=gone)
    with override_settings(ADIT_UPLOADER_RECEIVER={"SPOOL": tmp_path, "SECRET_FILE": tmp_path / "secret"}):
        client.meets_the_receiver(SUBPROTOCOL)
    assert client.told == ["websocket.accept", "websocket.send"]
