"""Rendering in a process of its own: a decoder that a hostile file crashes, hangs or fills takes nothing with it."""

import multiprocessing
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import Self

from adit_uploader.dicom.errors import DicomError, PictureDamaged
from adit_uploader.dicom.inventory import Location

from .render import Picture, render

TIME_LIMIT = 20.0  # seconds for one picture
_START_LIMIT = 60.0  # seconds
_MEMORY_LIMIT = 4 * 1024**3  # bytes of address space, where the system can set it
_GONE = "A decoder failed at this picture. It is damaged, or made in a way that no decoder here understands."
_NOT_STARTED = "The part of the program that decodes pictures did not start. Try again."
_CLOSED = "No more pictures are shown."
_SLOW = "The picture takes too long to decode. It is damaged, or far larger than a picture should be."

_Asked = tuple[Location, int, tuple[int, int], bool]
_Answered = Picture | DicomError


class Renderer:
    """Shows pictures one after the other; the process is started when the first is wanted, and again when it died.

    A context manager; usable from any thread, each picture waits for the one before.
    """

    def __init__(self, time_limit: float = TIME_LIMIT) -> None:
        """time_limit: seconds for one picture; the start of the process comes on top."""
        self._limit = time_limit
        self._lock = threading.Lock()
        self._closed = False
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection[_Asked, _Answered] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def render(
        self, location: Location, frame: int = 0, max_size: tuple[int, int] = (256, 256), *, whole_range: bool = False
    ) -> Picture:
        """As ``render.render``.

        Raises:
            PictureDamaged: also where the process died or took too long; it has been ended then.
            DicomError: as ``render.render``.
        """
        with self._lock:
            answer = self._answer((location, frame, max_size, whole_range))
        if isinstance(answer, DicomError):
            raise answer
        return answer

    def _answer(self, asked: _Asked) -> _Answered:
        if self._closed:
            return PictureDamaged(_CLOSED)
        pipe = self._pipe or self._start()
        if pipe is None:
            self._end()
            return PictureDamaged(_NOT_STARTED)
        try:
            pipe.send(asked)
            if pipe.poll(self._limit):
                return pipe.recv()
        except (EOFError, OSError):
            self._end()
            return PictureDamaged(_GONE)
        self._end()
        return PictureDamaged(_SLOW)

    def _start(self) -> "Connection[_Asked, _Answered] | None":
        """None: it died at once, or took too long."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe = ours
        try:
            if not ours.poll(_START_LIMIT):
                return None  # what it says later would be taken for an answer
            ours.recv()  # it is up: imports don't count as decoding
        except (EOFError, OSError):
            return None
        return ours

    def close(self) -> None:
        """End the process, whatever it does; there are no pictures any more. Can be called twice."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()  # whoever waits for a picture in another thread gets an error at once
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._pipe = None


def _serve(pipe: "Connection[_Answered | None, _Asked]") -> None:
    """The process: answers until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us too; the program decides
    _limit_memory()
    pipe.send(None)
    while True:
        try:
            location, frame, max_size, whole_range = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(render(location, frame, max_size, whole_range=whole_range))
        except DicomError as error:
            pipe.send(error)
        except MemoryError:
            pipe.send(PictureDamaged(_GONE))


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT, _MEMORY_LIMIT))
