"""A file system with a single file in it, whose every write and flush somebody is told of.

Enough of Linux's FUSE protocol (``linux/fuse.h``, version 7.31) for a loop device upon the file, spoken on
``/dev/fuse`` itself: what the loop device writes is what a disk would have been told, in the same order.
"""

import errno
import os
import stat
import struct
from collections.abc import Callable
from typing import Protocol

NAME = b"disk"
MAX_WRITE = 1024 * 1024  # bytes
_BUFFER = MAX_WRITE + 4096
_ROOT, _FILE = 1, 2
_IN = struct.Struct("<IIQQIIIHH")
_OUT = struct.Struct("<IiQ")
_ATTRIBUTES = struct.Struct("<6Q10I")
_TRANSFER = struct.Struct("<QQIIQII")  # of a read or a write: handle, offset, size, ...
_FOREVER = 2**31  # seconds for which the kernel may remember names and attributes
_MAX_PAGES = 1 << 22
_BIG_WRITES = 1 << 5
_FORGET, _BATCH_FORGET, _INTERRUPT = 2, 42, 36


class Disk(Protocol):
    """What lies behind the file."""

    size: int

    def read(self, offset: int, size: int) -> bytes: ...
    def write(self, offset: int, data: memoryview) -> None: ...
    def flush(self) -> None: ...


def serve(channel: int, disk: Disk) -> None:
    """Answers the kernel until the file system is unmounted. channel: an open ``/dev/fuse`` that was mounted."""
    operations: dict[int, Callable[[memoryview, int], bytes]] = {
        1: lambda body, node: _looked_up(disk, bytes(body)),
        3: lambda body, node: struct.pack("<QII", _FOREVER, 0, 0) + _attributes(disk, node),
        4: lambda body, node: struct.pack("<QII", _FOREVER, 0, 0) + _attributes(disk, node),  # times, that nobody keeps
        14: lambda body, node: struct.pack("<QII", 0, 0, 0),
        15: lambda body, node: _read(disk, body),
        16: lambda body, node: _written(disk, body),
        17: lambda body, node: struct.pack("<5Q4I24x", 0, 0, 0, 0, 0, 4096, 255, 4096, 0),
        18: lambda body, node: b"",
        20: lambda body, node: _flushed(disk),
        25: lambda body, node: b"",
        26: lambda body, node: _greeting(body),
        27: lambda body, node: struct.pack("<QII", 0, 0, 0),
        29: lambda body, node: b"",
        38: lambda body, node: b"",
    }
    while True:
        try:
            request = memoryview(os.read(channel, _BUFFER))
        except OSError as error:
            if error.errno == errno.ENODEV:  # unmounted
                return
            if error.errno in {errno.ENOENT, errno.EINTR, errno.EAGAIN}:  # taken back before it was read
                continue
            raise
        _, operation, unique, node, *_ = _IN.unpack_from(request)
        if operation in {_FORGET, _BATCH_FORGET, _INTERRUPT}:
            continue
        failure = 0
        answer = b""
        try:
            answer = operations[operation](request[_IN.size :], node)
        except KeyError:
            failure = errno.ENOSYS
        except FileNotFoundError:
            failure = errno.ENOENT
        os.write(channel, _OUT.pack(_OUT.size + len(answer), -failure, unique) + answer)


def _attributes(disk: Disk, node: int) -> bytes:
    size, mode = (disk.size, stat.S_IFREG | 0o600) if node == _FILE else (0, stat.S_IFDIR | 0o700)
    return _ATTRIBUTES.pack(node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def _looked_up(disk: Disk, name: bytes) -> bytes:
    if name.rstrip(b"\0") != NAME:
        raise FileNotFoundError
    return struct.pack("<4Q2I", _FILE, 1, _FOREVER, _FOREVER, 0, 0) + _attributes(disk, _FILE)


def _greeting(body: memoryview) -> bytes:
    major, _, read_ahead, flags = struct.unpack_from("<IIII", body)
    wanted = flags & (_MAX_PAGES | _BIG_WRITES)
    return struct.pack("<IIIIHHIIHH32x", major, 31, read_ahead, wanted, 32, 24, MAX_WRITE, 1, MAX_WRITE // 4096, 0)


def _read(disk: Disk, body: memoryview) -> bytes:
    _, offset, size, *_ = _TRANSFER.unpack_from(body)
    return disk.read(offset, size)


def _written(disk: Disk, body: memoryview) -> bytes:
    _, offset, size, *_ = _TRANSFER.unpack_from(body)
    disk.write(offset, body[_TRANSFER.size : _TRANSFER.size + size])
    return struct.pack("<II", size, 0)


def _flushed(disk: Disk) -> bytes:
    disk.flush()
    return b""
