"""What a transfer is made of, each alone: ``python -m benchmarks.components PART IN OUT``.

hash     read each file and hash it twice, as both ends do
disk     write each file and sync it, one after the other, then the folder
groups   the same in groups of 32, the files of a group side by side
socket   send all over a websocket of the receiver's make, where they are thrown away
"""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from adit_uploader.protocol.limits import CHUNK_SIZE

GROUP = 32
SIDE_BY_SIDE = 8
READY = b"ready "


def hash_all(paths: Sequence[Path], _out: Path) -> None:
    """The digests that client and receiver make."""
    for path in paths:
        first, second = hashlib.sha256(), hashlib.sha256()
        for piece in _pieces(path):
            first.update(piece)
            second.update(piece)


def write_one_by_one(paths: Sequence[Path], out: Path) -> None:
    """Durable writing without any grouping."""
    for number, path in enumerate(paths):
        descriptor = _written(path, out / str(number))
        os.fsync(descriptor)
        os.close(descriptor)
    _sync_folder(out)


def write_in_groups(paths: Sequence[Path], out: Path) -> None:
    """Durable writing as the receiver does it."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for start in range(0, len(paths), GROUP):
            group = [_written(path, out / str(start + at)) for at, path in enumerate(paths[start : start + GROUP])]
            list(pool.map(os.fsync, group))
            for descriptor in group:
                os.close(descriptor)
            _sync_folder(out)


def send_and_discard(paths: Sequence[Path], _out: Path) -> None:
    """Through the libraries of both ends, and nothing else."""
    from websockets.sync.client import connect  # noqa: PLC0415 - of this part alone

    words = [sys.executable, "-m", "benchmarks.components", "listen", ".", "."]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None  # noqa: S101 - it is a pipe
        port = int(server.stdout.readline().removeprefix(READY))
        with connect(f"ws://127.0.0.1:{port}/", compression=None, proxy=None) as line:
            for path in paths:
                for piece in _pieces(path):
                    line.send(piece)
            line.send("end")
            line.recv()
        server.terminate()


def listen() -> None:
    """The other end, until it is terminated."""
    import uvicorn  # noqa: PLC0415 - of this part alone

    async def discard(scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[dict[str, Any]], Any]) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            if message.get("text"):
                await send({"type": "websocket.send", "text": "all"})

    async def serve() -> None:
        config = uvicorn.Config(
            discard,
            port=0,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="off",
            log_level="critical",
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        sys.stdout.buffer.write(READY + f"{port}\n".encode())
        sys.stdout.buffer.flush()
        await serving

    asyncio.run(serve())


PARTS: dict[str, Callable[[Sequence[Path], Path], None]] = {
    "hash": hash_all,
    "disk": write_one_by_one,
    "groups": write_in_groups,
    "socket": send_and_discard,
}


def main(words: list[str]) -> int:
    """Runs one part."""
    if len(words) != 3 or words[0] not in {*PARTS, "listen"}:
        sys.stderr.write(__doc__)
        return 2
    if words[0] == "listen":
        listen()
        return 0
    out = Path(words[2])
    out.mkdir(parents=True, exist_ok=True)
    PARTS[words[0]](sorted(path for path in Path(words[1]).rglob("*") if path.is_file()), out)
    return 0


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(CHUNK_SIZE):
            yield piece


def _written(path: Path, target: Path) -> int:
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.posix_fallocate(descriptor, 0, path.stat().st_size)
    for piece in _pieces(path):
        os.write(descriptor, piece)
    return descriptor


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
