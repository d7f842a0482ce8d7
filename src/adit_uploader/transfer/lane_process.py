"""A worker process: steps 3 to 5 of a file's journey for the instances that it is handed."""

import gc
import importlib
import os
import signal
import sys
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from adit_uploader.deid.engine import SITE_KEY_LENGTH, Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.practice import practise
from adit_uploader.deid.profiles import DEFAULT
from adit_uploader.deid.trial import Trial
from adit_uploader.dicom.scan import look_at
from adit_uploader.dicom.stretches import Familiar

from .errors import TransferError
from .in_hand import InHand
from .lane_link import LaneLink
from .lane_messages import FolderTarget, FromLane, GaveUp, Look, Looked, Recipe, Setup, ToLane, WireTarget
from .preparing import engine_of

NICE = 10
YOUNG = 20_000  # objects between two looks for garbage: a file makes thousands, and leaves no cycles
KEPT = 4 * 1024 * 1024  # bytes; what is larger is asked of the system and given back to it each time
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
FAULT = 70  # exit status of a lane that met a fault of this program (EX_SOFTWARE)


def main(
    commands: "Connection[None, ToLane]", reports: "Connection[tuple[FromLane, ...], None]", in_hand: InHand
) -> None:
    """Entry of the process. Ends with status 0 when there is no more work, and otherwise not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us too; the program decides
    gc.set_threshold(YOUNG)
    status = serve(commands, reports, in_hand)
    if status:
        os._exit(status)


def work(fds: tuple[int, int, int]) -> int:
    """A lane in a copy of the program, which is prepared; returns the exit status.

    Args:
        fds: of its commands, of its reports, and of the memory that tells what it has in hand.
    """
    gc.set_threshold(YOUNG)
    commands, reports, memory = fds
    in_hand = InHand.behind(memory)
    os.close(memory)
    to_lane: Connection[None, ToLane] = Connection(commands, writable=False)
    from_lane: Connection[tuple[FromLane, ...], None] = Connection(reports, readable=False)
    return serve(to_lane, from_lane, in_hand, prepared=True)


def serve(
    commands: "Connection[None, ToLane]",
    reports: "Connection[tuple[FromLane, ...], None]",
    in_hand: InHand,
    *,
    prepared: bool = False,
) -> int:
    """Work until there is no more; returns the exit status. Closes ``reports`` at its end.

    Args:
        prepared: whether this process, or the one that it is a copy of, did ``prepare``.
    """
    link = LaneLink(commands, reports, in_hand)
    try:
        try:
            setup = link.setup(partial(_looked, Familiar()), None if prepared else prepare)
        except (EOFError, OSError):
            return 0  # the program is gone
        _work(link, setup)
    except (TransferError, DeidentificationError) as error:
        link.report(GaveUp(error.title, error.message))
    except Exception as error:  # noqa: BLE001 -- the process's edge: its standard traceback would print foreign values
        _complain(error)
        return FAULT
    finally:
        link.close()
    return 0


def _looked(familiar: Familiar, message: Look) -> Looked:
    return Looked(tuple(look_at(map(Path, message.paths), familiar=familiar)))


def prepare(*, wire: bool = False) -> None:
    """Read, import and compile what the first file would wait for. wire: it is sent, and not written into a folder."""
    importlib.import_module(".wire_lane" if wire else ".folder_lane", __package__)
    engine = engine_of(Recipe(DEFAULT.name, bytes(SITE_KEY_LENGTH), Trial()))
    if isinstance(engine, Deidentifier):
        practise(engine)


def _work(link: LaneLink, setup: Setup) -> None:
    # each kind of lane is imported where it is used: the start of a lane is time in which nothing is sent
    engine = engine_of(setup.recipe)
    match setup.target:
        case WireTarget() as target:
            from .wire_lane import WireLane  # noqa: PLC0415

            _yield_to_the_window()
            _keep_freed_memory()
            WireLane(link, engine, target).run()
        case FolderTarget() as target:
            from .folder_lane import FolderLane  # noqa: PLC0415

            FolderLane(link, engine, target).run()


def _yield_to_the_window() -> None:
    """Uploads run behind the window, which has to stay smooth; a folder is written by a command that only does that."""
    if hasattr(os, "nice"):
        os.nice(NICE)


def _keep_freed_memory() -> None:
    """Lets the C library keep what one piece of a file took for the next ones.

    It would give it back to the system after each piece and have its pages cleared anew: a sixth of what sending
    costs. Elsewhere than with glibc nothing is changed.
    """
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - nobody else needs it

    try:
        tune = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    tune(_M_MMAP_THRESHOLD, KEPT)
    tune(_M_TRIM_THRESHOLD, 2 * KEPT)


def _complain(error: Exception) -> None:
    """Where it happened, for whoever has to mend it; the error's text may hold a patient's data and is left out."""
    trace = error.__traceback__
    print(f"a lane ended by {type(error).__name__}", file=sys.stderr)  # noqa: T201 -- no log is set up here
    while trace is not None:
        code = trace.tb_frame.f_code
        print(f"  {code.co_filename}:{trace.tb_lineno} {code.co_name}", file=sys.stderr)  # noqa: T201
        trace = trace.tb_next
