"""The process of which lanes are copies: it has imported what they need, while the program did something else.

It is a copy of the program itself, made before that has opened anything or started a thread. What both of them need
is imported before, so that no processor does it twice; what one of them needs alone, by it alone.
"""

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import NoReturn, Self

_MAKE, _BECOME = b"m", b"b"  # another lane; the last one, which is the zygote itself
_READY = b"r"  # what it says when it has imported everything
_FDS = 3  # that a lane has: of commands, of reports, of the memory that tells what it has in hand
PATIENCE = 60.0  # seconds; it imports for a quarter of one
TOGETHER = 0.02  # seconds between the ends of lanes; of one that is waited for, a system knows what time it took
_IN_COMMON = (".ready_lanes", ".errors", ".receipt", ".vigil", "adit_uploader.deid.profiles", "adit_uploader.deid.uids")
_TO_SEND = (".connection", ".waking", *(f"adit_uploader.deid.{name}" for name in ("dates", "marks", "rules", "tree")))
FAULT = 70  # exit status after a fault of this program (EX_SOFTWARE)


def may_fork() -> bool:
    """Whether a copy of this process is a sound one: on Linux (5.3 or newer), and as long as it has a single thread."""
    if sys.platform != "linux" or threading.active_count() != 1:
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):  # Python, or the system, is too old
        return False
    return True


class CopiedProcess:
    """A copy of this program, or a copy of a copy; what ``multiprocessing`` calls a process.

    It is known by a file descriptor, so that no other process that was given its number is ever taken for it.
    """

    __slots__ = ("_fd", "pid")

    def __init__(self, pid: int, fd: int) -> None:
        self.pid = pid
        self._fd = fd

    def is_alive(self) -> bool:
        return not self._ended(0.0)

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, at most ``timeout`` seconds."""
        self._ended(timeout)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._fd, signal.SIGKILL)

    def close(self) -> None:
        """Let go of it, once it has ended."""
        with contextlib.suppress(ChildProcessError):  # a copy's own copy is not ours to bury
            os.waitid(os.P_PIDFD, self._fd, os.WEXITED | os.WNOHANG)
        os.close(self._fd)

    def _ended(self, timeout: float | None) -> bool:
        poller = select.poll()
        poller.register(self._fd, select.POLLIN)
        return bool(poller.poll(None if timeout is None else timeout * 1000))


class Zygote:
    """The program's end of it. Only where ``may_fork`` says so.

    A context manager: at its end it is gone, unless it has become a lane.
    """

    def __init__(self, *, wire: bool = False) -> None:
        """
        Args:
            wire: lanes will send to a receiver, and not write into a folder.

        Raises:
            OSError: the system gives no further process.
        """
        self._line, theirs = socket.socketpair()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            pid = os.fork()
            if not pid:
                self._line.close()
                _live(theirs, wire=wire)
        except OSError:
            self._line.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        self._line.settimeout(PATIENCE)
        self._said_ready = False
        self._process: CopiedProcess | None = CopiedProcess(pid, os.pidfd_open(pid))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._process = None

    def is_ready(self) -> bool:
        """Whether nobody would wait for a copy: it has imported everything, or there is no zygote any more."""
        if self._process is None or self._said_ready:
            return True
        poller = select.poll()
        poller.register(self._line, select.POLLIN)
        if not poller.poll(0):
            return False
        self._await_ready()
        return True

    def _await_ready(self) -> None:
        """Until it has imported everything; one that does not is ended."""
        if self._process is None or self._said_ready:
            return
        try:
            self._said_ready = self._line.recv(len(_READY)) == _READY
        except OSError:
            self._said_ready = False
        if not self._said_ready:
            self._end()

    def copy(self, fds: tuple[int, int, int]) -> CopiedProcess | None:
        """A lane with copies of these file descriptors; None if there is no zygote any more, or it stands still."""
        self._await_ready()
        if self._process is None:
            return None
        try:
            socket.send_fds(self._line, [_MAKE], fds)
            number, found, _, _ = socket.recv_fds(self._line, 16, 1)
        except OSError:
            found = []
        if not found:
            self._end()
            return None
        return CopiedProcess(int(number), found[0])

    def become(self, fds: tuple[int, int, int]) -> CopiedProcess | None:
        """The last lane: the zygote itself, which makes no more of them; None if there is none any more."""
        self._await_ready()
        if self._process is not None:
            try:
                socket.send_fds(self._line, [_BECOME], fds)
            except OSError:
                self._end()
        process, self._process = self._process, None
        return process


@contextlib.contextmanager
def begun(*, wire: bool = False) -> Iterator[Zygote | None]:
    """A zygote, or None where a copy would not be sound or can't be made; lanes then begin as new processes.

    Args:
        wire: as of ``Zygote``.
    """
    one: Zygote | None = None
    if may_fork():
        _import_in_common(wire=wire)
        with contextlib.suppress(OSError):
            one = Zygote(wire=wire)
    if one is None:
        yield None
        return
    with one:
        yield one


def _import_in_common(*, wire: bool) -> None:
    """What the program imports in any case, and its lanes too. wire: as of ``Zygote``."""
    gc.disable()  # importing leaves nothing to collect
    try:
        for name in (*_IN_COMMON, *(_TO_SEND if wire else ())):
            importlib.import_module(name, __package__)
    finally:
        gc.freeze()  # a copy that looked for garbage among them would make their pages its own
        gc.enable()


def _live(line: socket.socket, *, wire: bool) -> NoReturn:
    """All that the zygote ever does, and its copies."""
    status = FAULT
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us too; the program decides
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        gc.disable()  # importing leaves nothing to collect
        from . import lane_process  # noqa: PLC0415 - imported by the copy, on a processor of its own

        lane_process.prepare(wire=wire)
        gc.freeze()  # what is there now is garbage of nobody: looking through it would only make pages differ
        gc.enable()
        line.sendall(_READY)
        copies: list[CopiedProcess] = []
        fds = _birth(line, copies)
        status = lane_process.work(fds) if fds is not None else 0
        for copy in copies:
            copy.join(TOGETHER)
            copy.close()
    except Exception:  # noqa: BLE001 -- the process's edge; the program sees that it is gone, and starts lanes anew
        status = FAULT
    finally:
        os._exit(status)


def _birth(line: socket.socket, copies: list[CopiedProcess]) -> "tuple[int, int, int] | None":
    """Makes copies until it is told to become a lane; what is this process's, None if the program is gone.

    Args:
        copies: to which they are added.
    """
    while True:
        word, fds, _, _ = socket.recv_fds(line, 1, _FDS)
        if len(fds) != _FDS:
            return None
        mine = (fds[0], fds[1], fds[2])
        pid = 0 if word == _BECOME else os.fork()
        if not pid:
            line.close()
            if word == _MAKE:
                for copy in copies:
                    copy.close()
                copies.clear()
            return mine
        for fd in fds:
            os.close(fd)
        known = os.pidfd_open(pid)
        socket.send_fds(line, [str(pid).encode()], [known])
        copies.append(CopiedProcess(pid, known))
