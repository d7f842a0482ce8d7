"""Pictures are decoded in a process of their own: a hostile file may end a decoder, and must not end the window."""

import contextlib
import multiprocessing
import signal
import threading
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from adit_uploader.dicom.errors import DicomError, PictureDamaged
from adit_uploader.dicom.inventory import Location
from adit_uploader.dicom.pictures.render import Picture, render

TIMEOUT = 30.0  # seconds for one picture; a large compressed one takes some

_Request = tuple[Location, int, tuple[int, int]]
_Answer = Picture | DicomError


def _serve(requests: "Connection[_Answer, _Request]") -> None:
    """Entry of the process: one picture after the other, until the window hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):
        while True:
            location, frame, max_size = requests.recv()
            try:
                requests.send(render(location, frame, max_size))
            except DicomError as error:
                requests.send(error)


class PictureProcess:
    """Starts with the first picture, and anew after one that ended it. Usable from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._process: SpawnProcess | None = None
        self._requests: Connection[_Request, _Answer] | None = None

    def render(self, location: Location, frame: int, max_size: tuple[int, int]) -> Picture:
        """See ``dicom.pictures.render``.

        Raises:
            DicomError: as there; PictureDamaged also where the decoder ended or took too long.
        """
        with self._lock:
            answer = self._asked((location, frame, max_size))
        if isinstance(answer, DicomError):
            raise answer
        return answer

    def _asked(self, request: _Request) -> _Answer:
        if self._closed:
            return PictureDamaged("The window is closed.")
        requests = self._requests or self._start()
        try:
            requests.send(request)
            if requests.poll(TIMEOUT):
                return requests.recv()
        except (EOFError, OSError):
            self._end()
            return PictureDamaged("The decoder ended over it. The file may be damaged.")
        self._end()
        return PictureDamaged("It takes too long to decode. The file may be damaged.")

    def _start(self) -> "Connection[_Request, _Answer]":
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="pictures", daemon=True)
        self._process.start()
        theirs.close()
        self._requests = ours
        return ours

    def close(self) -> None:
        """Ends the process, whatever it does; there are no pictures any more."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()  # a picture that is being decoded ends with it; it holds nothing that could be lost
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, requests = self._process, self._requests
        self._process = self._requests = None
        if process is None or requests is None:
            return
        requests.close()
        process.kill()
        process.join()
        process.close()
