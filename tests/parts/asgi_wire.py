"""The endpoint of this process, spoken to as a web server would: real tokens, tables and threads, and no socket.

Messages are plain dictionaries and bytes, and know nothing of our own protocol code. The event loop runs only while a
test waits for something, so that a test may change tables in between and say exactly when.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 120.0  # seconds; nothing here takes so long
_SUBPROTOCOL = "adit-upload.v1"


@dataclass
class AsgiConnection:
    """One websocket. ``closed``: code and reason, once the application has closed it."""

    runner: asyncio.Runner
    to_app: "asyncio.Queue[dict[str, Any]]"
    from_app: "asyncio.Queue[dict[str, Any]]"
    task: "asyncio.Task[None]"
    closed: tuple[int, str] | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, message: dict[str, Any] | str | bytes) -> None:
        """Sends a message; a dictionary as JSON."""
        text = json.dumps(message) if isinstance(message, dict) else message
        kind = "bytes" if isinstance(text, bytes) else "text"
        self.to_app.put_nowait({"type": "websocket.receive", kind: text})

    def hear(self) -> dict[str, Any]:
        """The next message; EOFError once it was closed."""
        if self.closed is None:
            message = self.runner.run(asyncio.wait_for(self.from_app.get(), PATIENCE))
            if message["type"] == "websocket.send":
                self.heard.append(json.loads(message["text"]))
                return self.heard[-1]
            self.closed = message["code"], message.get("reason", "")
        raise EOFError(self.closed)

    def expect(self, *kinds: str) -> dict[str, Any]:
        """The next message of one of these types; credit and progress in between are passed over."""
        while (message := self.hear())["type"] not in kinds:
            assert message["type"] in {"Credit", "Saved", "Tasks"}, f"{message} instead of {kinds}"
        return message

    def ask(self, message: dict[str, Any], *kinds: str) -> dict[str, Any]:
        """Says it, and gives the answer."""
        self.say(message)
        return self.expect(*kinds)

    def hello(self) -> dict[str, Any]:
        return self.ask({"type": "Hello", "program": "test", "version": 1}, "Welcome")

    def wait_closed(self) -> tuple[int, str]:
        """Hears on until it is closed; code and reason."""
        with suppress(EOFError):
            while True:
                self.hear()
        assert self.closed is not None
        return self.closed

    def leave(self) -> None:
        """The client goes; returns when nothing of the connection is left."""
        self.to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        self.runner.run(asyncio.wait_for(self.task, PATIENCE))


@dataclass
class AsgiWire:
    """Makes connections to an ASGI application."""

    app: Any
    runner: asyncio.Runner

    @contextmanager
    def connected(self, token: str, *, peer: str = "192.0.2.1") -> Iterator[AsgiConnection]:
        """A connection that was accepted; at the end the client goes."""

        async def start() -> AsgiConnection:
            to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
            from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
            task = asyncio.create_task(self.app(_scope(token, peer), to_app.get, from_app.put))
            to_app.put_nowait({"type": "websocket.connect"})
            accepted = await asyncio.wait_for(from_app.get(), PATIENCE)
            assert (accepted["type"], accepted["subprotocol"]) == ("websocket.accept", _SUBPROTOCOL)
            return AsgiConnection(self.runner, to_app, from_app, task)

        connection = self.runner.run(start())
        try:
            yield connection
        finally:
            connection.leave()


def _scope(token: str, peer: str) -> dict[str, Any]:
    return {
        "type": "websocket",
        "path": "/ws/upload/",
        "headers": [
            (b"host", b"receiver.example"),
            (b"origin", b"https://receiver.example"),
            (b"authorization", f"Token {token}".encode()),
        ],
        "subprotocols": [_SUBPROTOCOL],
        "client": (peer, 4711),
    }


@contextmanager
def asgi_wire(app: Any) -> Iterator[AsgiWire]:
    """An event loop for connections to an application."""
    with asyncio.Runner() as runner:
        yield AsgiWire(app, runner)
