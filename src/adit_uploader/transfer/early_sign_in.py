"""Signing in beside other work, over a connection that an upload then goes on with."""

import threading
import time
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from adit_uploader.protocol.messages import Welcome

from .connection import Connection, Server
from .line import DIRECT, Line
from .sign_in import introduced

FRESH = 10.0  # seconds for which a connection that only said hello is surely still there


class EarlySignIn:
    """A sign-in in a thread of its own. A context manager: a connection that nobody took ends with it."""

    def __init__(self, server: Server, token: str, *, line: Line = DIRECT) -> None:
        self._server = server
        self._token = token
        self._line = line
        self._answer: Future[tuple[Connection, Welcome, float]] = Future()
        self._lock = threading.Lock()
        self._spoken_for = False
        # a daemon: whoever ends the program need not wait for a server that does not answer
        threading.Thread(target=self._sign_in, name="sign-in", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()

    @property
    def done(self) -> bool:
        """Whether ``welcome`` answers at once."""
        return self._answer.done()

    def welcome(self) -> Welcome:
        """Who the user is there and what is allowed, as soon as it is known.

        Raises:
            LineError: with title and message for people.
        """
        return self._answer.result()[1]

    def take(self) -> tuple[Connection, Welcome] | None:
        """The connection, which then belongs to the caller; None where it is too old to be relied on.

        Raises:
            LineError: there is none.
        """
        connection, welcome, since = self._answer.result()
        if time.monotonic() - since > FRESH:
            self._drop()
            return None
        with self._lock:
            if self._spoken_for:  # taken or closed before
                return None
            self._spoken_for = True
        return connection, welcome

    def _sign_in(self) -> None:
        try:
            connection, welcome = introduced(self._server, self._token, line=self._line)
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is asked for
            self._answer.set_exception(error)
            return
        with self._lock:
            self._answer.set_result((connection, welcome, time.monotonic()))
            spoken_for = self._spoken_for
        if spoken_for:
            connection.close()

    def _drop(self) -> None:
        """Closes the connection, as soon as there is one, unless somebody took it."""
        with self._lock:
            first, self._spoken_for = not self._spoken_for, True
            there = self._answer.done() and self._answer.exception() is None
        if first and there:
            self._answer.result()[0].close()
