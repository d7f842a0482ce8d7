"""A TLS connection that one thread reads while another one writes.

OpenSSL lets only one thread at a time use a connection (openssl-threads(7)): a thread that writes while another one is
just reading the server's session tickets, which TLS 1.3 sends when it pleases, waits for a message that nobody sends.
Python does not see to it up to 3.12, and 3.13.6 holds its lock for as long as a reader waits.
"""

import contextlib
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

_Result = TypeVar("_Result")


class TwoWaySocket:
    """What a websocket needs of a socket. Every use of the connection is a turn that ends at once; the waiting for
    the network is between the turns."""

    def __init__(self, secured: ssl.SSLSocket) -> None:
        """secured: after its handshake; belongs to this object from now on."""
        self._secured = secured
        self._limit = secured.gettimeout()
        self._turn = threading.Condition()
        self._waiting = 0
        secured.setblocking(False)

    def fileno(self) -> int:
        return self._secured.fileno()

    def settimeout(self, limit: float | None) -> None:
        """How many seconds a call may wait; None: forever."""
        self._limit = limit

    def recv(self, size: int) -> bytes:
        """At least one byte, or none at the end.

        Raises:
            TimeoutError: there was nothing in time.
            OSError: the connection broke.
        """
        return self._take_turns(lambda: self._secured.recv(size), self._deadline())

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        """Everything is with the system when this returns.

        Raises:
            TimeoutError: the line took it not in time; the connection is of no more use then.
            OSError: the connection broke.
        """
        deadline = self._deadline()
        left = memoryview(data).cast("B")
        while left:
            # what could not be written is tried again as it was, which OpenSSL demands
            left = left[self._take_turns(partial(self._secured.send, left), deadline) :]

    def shutdown(self, how: int) -> None:
        """End the line under the connection; any thread may, and whoever waits goes on."""
        # SSLSocket's own would pull the TLS state from under the reading thread
        socket.socket.shutdown(self._secured, how)

    def close(self) -> None:
        """End the line, and leave it to the system when nobody waits for it any more."""
        with contextlib.suppress(OSError):  # it was ended before
            self.shutdown(socket.SHUT_RDWR)
        with self._turn:
            # a file descriptor that is closed under a waiting epoll never wakes it
            self._turn.wait_for(lambda: not self._waiting)
            self._secured.close()

    def _deadline(self) -> float | None:
        return None if self._limit is None else time.monotonic() + self._limit

    def _take_turns(self, use: Callable[[], _Result], deadline: float | None) -> _Result:
        """Uses the connection until that needs to wait no more."""
        while True:
            with self._turn:
                try:
                    return use()
                except ssl.SSLWantReadError:
                    awaited = selectors.EVENT_READ
                except ssl.SSLWantWriteError:
                    awaited = selectors.EVENT_WRITE
                self._waiting += 1
            self._wait(awaited, deadline)

    def _wait(self, awaited: int, deadline: float | None) -> None:
        """Until the network is ready; whoever calls has counted itself among those who wait."""
        left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._secured, awaited)
                if not selector.select(left):
                    raise TimeoutError
        finally:
            with self._turn:
                self._waiting -= 1
                self._turn.notify_all()
