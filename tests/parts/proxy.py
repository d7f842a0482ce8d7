"""A proxy as a process of its own: HTTP CONNECT or SOCKS5, well-behaved or not.

    python tests/parts/proxy.py BEHAVIOUR [USER:PASSWORD]

It says its port in the first line, and then a line for each target that it was asked for. Ends when its input ends.
Names below ``.test`` are known to it alone, as in a hospital's network: all are this computer.
"""

import base64
import contextlib
import queue
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

ANSWERS = {
    "refuse": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    "unreachable": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    "nonsense": b"220 mail.example.org ESMTP\r\n\r\n",
    "close": b"",
}
WANTS_PASSWORD = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"


# ------------------------------------------------------------ in the process


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _join(client: socket.socket, server: socket.socket) -> None:
    back = threading.Thread(target=_pump, args=(server, client), daemon=True)
    back.start()
    _pump(client, server)
    back.join()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _connect(client: socket.socket, stream: BinaryIO, behaviour: str, account: str) -> None:
    """RFC 9110 section 9.3.6."""
    request = stream.readline().decode()
    headers: dict[str, str] = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    _, target, _ = request.split(" ")
    _say(f"CONNECT {target}")
    if behaviour in ANSWERS:
        client.sendall(ANSWERS[behaviour])
        return
    if account and headers.get("proxy-authorization") != f"Basic {base64.b64encode(account.encode()).decode()}":
        client.sendall(WANTS_PASSWORD)
        return
    host, _, port = target.rpartition(":")
    with _reach(host.strip("[]"), int(port)) as server:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        _join(client, server)


def _socks(client: socket.socket, stream: BinaryIO, behaviour: str, account: str) -> None:
    """RFC 1928 and RFC 1929."""
    _, count = stream.read(2)
    offered = stream.read(count)
    method = 2 if account else 0
    if method not in offered:
        client.sendall(b"\x05\xff")
        return
    client.sendall(bytes((5, method)))
    if account:
        _, length = stream.read(2)
        user = stream.read(length)
        password = stream.read(stream.read(1)[0])
        right = user + b":" + password == account.encode()
        client.sendall(b"\x01\x00" if right else b"\x01\x01")
        if not right:
            return
    _, _, _, kind = stream.read(4)
    host = stream.read(stream.read(1)[0]).decode() if kind == 3 else socket.inet_ntoa(stream.read(4))
    (port,) = struct.unpack("!H", stream.read(2))
    _say(f"SOCKS {host}:{port}")
    reply = {"socks-refuse": 2, "socks-unreachable": 5}.get(behaviour, 0)
    client.sendall(bytes((5, reply, 0, 1)) + bytes(6))
    if not reply:
        with _reach(host, port) as server:
            _join(client, server)


def _reach(host: str, port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1" if host.endswith(".test") else host, port))


def _serve(client: socket.socket, behaviour: str, account: str) -> None:
    with client, contextlib.suppress(OSError, ValueError), client.makefile("rb") as stream:
        wants_socks = client.recv(1, socket.MSG_PEEK) == b"\x05"
        if behaviour.startswith("socks"):
            if wants_socks:
                _socks(client, stream, behaviour, account)
        elif wants_socks:
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        else:
            _connect(client, stream, behaviour, account)


def main(behaviour: str, account: str = "") -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    _say(str(listener.getsockname()[1]))

    def accept() -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, behaviour, account), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


# ------------------------------------------------------------ in the test


@dataclass
class Proxy:
    """A running one. asked: what it was asked for, one line each."""

    port: int
    asked: "queue.Queue[str]" = field(default_factory=queue.Queue)

    def url(self, scheme: str = "http", account: str = "") -> str:
        return f"{scheme}://{account + '@' if account else ''}127.0.0.1:{self.port}"


@contextmanager
def running_proxy(behaviour: str = "good", account: str = "") -> Iterator[Proxy]:
    """``good``, a key of ``ANSWERS``, ``socks``, ``socks-refuse`` or ``socks-unreachable``."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__)), behaviour, account],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines = process.stdout
    proxy = Proxy(int(lines.readline()))

    def read() -> None:
        for line in lines:
            proxy.asked.put(line.strip())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield proxy
    finally:
        process.stdin.close()
        process.wait(120)
        reader.join()
        lines.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
