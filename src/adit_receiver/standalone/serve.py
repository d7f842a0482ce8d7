"""``adit-receiver serve``: the web server in this process, the forwarding worker in a child.

``adit-receiver web`` is the web server alone: one of several, beside workers that are started by themselves.
"""

import fcntl
import gc
import logging
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType

import uvicorn
from django.db import DatabaseError, connection

from adit_receiver.conf import receiver_settings
from adit_receiver.errors import SpoolError
from adit_receiver.living import release_leases_of_dead
from adit_receiver.spool import Spool
from adit_receiver.sweep import sweep
from adit_uploader.protocol.limits import PING_INTERVAL

from .keeper import Keeper
from .wire import Wire

_logger = logging.getLogger("adit_receiver.serve")
_PING_TIMEOUT = 60.0
_MESSAGE_SIZE = 1024 * 1024
_SHUTDOWN_SECONDS = 20
_SWEEP_SECONDS = 3600.0


class _Server(uvicorn.Server):
    """Says on standard output when it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # the program itself is no garbage: to look through it holds all connections up for 0.05 s
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            sys.stdout.write(f"adit-receiver ready at http://{shown}:{port}/\n")
            sys.stdout.flush()


def serve(data: Path, host: str, port: int, *, alone: bool) -> int:
    """Runs until SIGTERM or SIGINT; the exit status. Django and the data folder are ready.

    Args:
        alone: with a worker of its own, and nobody else; else one of several.
    """
    if alone and receiver_settings().engine != "embedded":
        sys.stderr.write("adit-receiver: with Procrastinate, run `web` and `manage forward` instead of `serve`.\n")
        return 1
    with (data / "serve.lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            running = "another `serve` or `web`" if alone else "a `serve`"
            sys.stderr.write(f"adit-receiver: {running} is running on {data}.\n")
            return 1
        return _serve(host, port, with_worker=alone)


def _serve(host: str, port: int, *, with_worker: bool) -> int:
    try:
        listener = _listen(host, port)
    except OSError as error:
        sys.stderr.write(f"adit-receiver: can't listen on {host} port {port}: {error.strerror or error}\n")
        return 1
    release_leases_of_dead(receiver_settings().spool)
    _sweep()
    connection.close()
    config = uvicorn.Config(
        "adit_receiver.standalone.asgi:application",
        ws=Wire,
        ws_max_size=_MESSAGE_SIZE,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_INTERVAL,
        ws_ping_timeout=_PING_TIMEOUT,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    # uvicorn raises the signal again once it has ended; being asked to end is no failure
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ended)
    stopping = threading.Event()
    helpers = [threading.Thread(target=_keep_swept, args=(stopping,), name="sweep")]
    if with_worker:
        helpers.append(threading.Thread(target=Keeper(stopping).run, name="worker"))
    for helper in helpers:
        helper.start()
    try:
        _Server(config).run(sockets=[listener])
    finally:
        stopping.set()
        for helper in helpers:
            helper.join()
        listener.close()
    return 0


def _ended(number: int, frame: FrameType | None) -> None:
    return


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(address[:2], family=family, backlog=128)


def _keep_swept(stopping: threading.Event) -> None:
    while not stopping.wait(_SWEEP_SECONDS):
        _sweep()
        connection.close()


def _sweep() -> None:
    settings = receiver_settings()
    try:
        swept = sweep(Spool(settings.spool), settings.partial_days)
    except (SpoolError, DatabaseError) as error:
        _logger.warning("The spool could not be swept: %s", type(error).__name__)
        return
    if swept.orphans or swept.partials:
        _logger.info("Spool: %d orphans and %d expired partial files deleted", swept.orphans, swept.partials)
