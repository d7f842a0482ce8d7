"""How the process of a lane starts."""

import gc
import multiprocessing
from collections.abc import Iterable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess

from adit_uploader.values import dataclass

from . import lane_process
from .in_hand import InHand
from .lane_messages import FromLane, ToLane


@dataclass(frozen=True, slots=True)
class StartedLane:
    """A process that waits for its setup.

    commands, reports: our ends of its pipes; in_hand: what it works on; forked: it can work at once.
    """

    process: BaseProcess
    commands: "Connection[ToLane, None]"
    reports: "Connection[None, tuple[FromLane, ...]]"
    in_hand: InHand
    forked: bool = False


def start_process(
    number: int,
    commands: "Connection[None, ToLane]",
    reports: "Connection[tuple[FromLane, ...], None]",
    in_hand: InHand,
) -> SpawnProcess:
    """Start a lane's process, which then has these ends of the pipes for itself.

    ``spawn``: a forked child would hold the window's sockets, locks and threads.
    """
    process = multiprocessing.get_context("spawn").Process(
        target=lane_process.main, args=(commands, reports, in_hand), name=f"lane {number}", daemon=True
    )
    process.start()
    commands.close()
    reports.close()
    return process


def started(number: int) -> StartedLane:
    """A lane in a process that begins as a program does: whatever this one holds, it has nothing of it."""
    to_lane, commands = multiprocessing.Pipe(duplex=False)
    reports, from_lane = multiprocessing.Pipe(duplex=False)
    in_hand = InHand.for_a_new_process()
    return StartedLane(start_process(number, to_lane, from_lane, in_hand), commands, reports, in_hand)


def forked(number: int, others: Iterable[StartedLane]) -> StartedLane:
    """A lane in a copy of this process, which has imported everything already. Only where ``may_fork`` says so.

    Args:
        others: lanes that were started before. The copy closes our ends of their pipes: a lane has to see that the
            program is gone.
    """
    to_lane, commands = multiprocessing.Pipe(duplex=False)
    reports, from_lane = multiprocessing.Pipe(duplex=False)
    in_hand = InHand.for_a_copy()
    ours = [commands, reports, *(pipe for lane in others for pipe in (lane.commands, lane.reports))]

    def work() -> None:
        for pipe in ours:
            pipe.close()
        lane_process.main(to_lane, from_lane, in_hand)

    gc.freeze()  # what is there now is garbage of neither: looking through it would only make pages differ
    process = multiprocessing.get_context("fork").Process(target=work, name=f"lane {number}", daemon=True)
    process.start()
    to_lane.close()
    from_lane.close()
    return StartedLane(process, commands, reports, in_hand, forked=True)
