"""A client that keeps to no rule: a real websocket, and messages made by hand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from .raw_wire import hello

TIMEOUT = 120.0
Said = dict[str, Any] | str | bytes


@dataclass
class Dishonest:
    """One connection. ``closed``: the code, once the receiver has closed it."""

    socket: ClientConnection
    closed: int | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, *messages: Said) -> None:
        """Sends messages, dictionaries as JSON; to one that has closed, nothing."""
        for message in messages:
            try:
                self.socket.send(json.dumps(message) if isinstance(message, dict) else message)
            except ConnectionClosed:
                return

    def hear(self, *kinds: str) -> dict[str, Any] | None:
        """The next message of one of these types; None once it was closed."""
        while True:
            try:
                message: dict[str, Any] = json.loads(self.socket.recv(TIMEOUT))
            except ConnectionClosed as error:
                self.closed = error.rcvd.code if error.rcvd is not None else 1006
                return None
            self.heard.append(message)
            if message["type"] in kinds:
                return message

    def ask(self, message: Said, *kinds: str) -> dict[str, Any]:
        """Says it; the answer, which has to come."""
        self.say(message)
        answer = self.hear(*kinds)
        assert answer is not None, f"closed with {self.closed}"
        return answer

    def greet(self, **more: Any) -> dict[str, Any]:
        return self.ask(hello(**more), "Welcome")

    def wait_closed(self) -> int:
        """The code with which the receiver closes."""
        while self.hear() is not None:
            continue
        assert self.closed is not None
        return self.closed


@contextmanager
def dishonest(url: str, token: Path) -> Iterator[Dishonest]:
    """A connection to a receiver that is let in."""
    address = url.replace("http", "ws", 1).rstrip("/") + "/ws/upload/"
    headers = {"Authorization": f"Token {token.read_text().strip()}"}
    with connect(
        address,
        subprotocols=["adit-upload.v1"],  # type: ignore[list-item] # a text of its own type
        additional_headers=headers,
        origin=url.rstrip("/"),  # type: ignore[arg-type] # a text of its own type
        compression=None,
        proxy=None,
    ) as socket:
        yield Dishonest(socket)
