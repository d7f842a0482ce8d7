"""The whole run without a server: de-identified files into a folder."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from adit_uploader.pseudonyms.errors import PseudonymError
from adit_uploader.pseudonyms.key_list import write_key_list

from .errors import KeyListNotWritten, OutputNotWritable
from .events import Event, Finished, Phase, PhaseChanged
from .handout import HandOut
from .lane_messages import FolderTarget
from .lanes import Lanes
from .plan import UploadPlan
from .problems import CRASHING, NOTHING
from .ready_lanes import ReadyLanes
from .receipt import Problem, Receipt, RunState
from .run_record import TICK, Ending, RunRecord, ignore

LOOK = 0.1  # seconds that a look at silent lanes takes


class LocalRun:
    """De-identify a plan into ``out``: ``<new study>/<new series>/<new instance>.dcm``, each written atomically.

    A file that is there already with the same bytes is fine; with other bytes it is a refusal and stays.
    """

    def __init__(
        self,
        plan: UploadPlan,
        out: Path,
        *,
        lanes: int = 2,
        key_list: Path | None = None,
        digests: bool = True,
        ready: ReadyLanes | None = None,
        on_event: Callable[[Event], None] = ignore,
    ) -> None:
        """
        Args:
            key_list: .csv or .xlsx, written before the first file; None: none is written.
            ready: lanes that were started before.
            digests: whether the receipt has its manifest, for which all that is written is hashed.
            on_event: called in the thread of ``run``, about ten times a second.
        """
        self._plan = plan
        self._out = out
        self._lane_count = max(1, lanes)
        self._key_list = key_list
        self._digests = digests
        self._ready = ready
        self._on_event = on_event
        self._stop = threading.Event()
        self._record = RunRecord("local", plan, on_event)

    def run(self) -> Receipt:
        """Do it; blocks.

        Raises:
            TransferError: nothing was written: OutputNotWritable, KeyListNotWritten.
        """
        if not self._plan.counts.to_send:
            return self._end(RunState.FINISHED, NOTHING)
        try:
            self._out.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise OutputNotWritable from None
        self._write_key_list()
        problem = self._work()
        if self._stop.is_set():
            return self._end(RunState.CANCELED, problem)
        return self._end(RunState.FINISHED if problem is None else RunState.INTERRUPTED, problem)

    def _write_key_list(self, sent: dict[str, str] | None = None) -> None:
        if self._key_list is None:
            return
        try:
            write_key_list(self._plan.key_list(sent), self._key_list)
        except (PseudonymError, OSError):
            raise KeyListNotWritten from None

    def _work(self) -> Problem | None:
        record = self._record
        target = FolderTarget(self._out.absolute(), self._digests)
        self._on_event(PhaseChanged(Phase.SENDING))
        record.start_clock()
        problem: Problem | None = None
        handout = HandOut(record.index, self._lane_count)
        with Lanes(self._lane_count, record.recipe(), lambda _: target, handout, self._ready) as lanes:
            told = time.monotonic()
            while lanes.running and not self._stop.is_set():
                record.take(lanes.poll(LOOK))
                record.ledger.take_notes()  # a local run keeps no journal: what is written is seen in the folder
                if time.monotonic() - told >= TICK:
                    told = time.monotonic()
                    self._on_event(record.progress())
                problem = record.problem or (CRASHING if lanes.hopeless else None)
                if problem is not None:
                    break
            if problem is None and not lanes.running and not handout.done:
                problem = CRASHING
            record.take(lanes.stop())
        return problem

    def _end(self, state: RunState, problem: Problem | None) -> Receipt:
        with suppress(KeyListNotWritten):  # the list itself is there; only what was written is added
            self._write_key_list(self._record.sent_words())
        key_list = "" if self._key_list is None else str(self._key_list)
        receipt = self._record.receipt(Ending(state, problem, key_list=key_list))
        self._on_event(Finished(receipt))
        return receipt

    def cancel(self) -> None:
        """End ``run`` within some seconds, from any thread. What was written stays."""
        self._stop.set()
