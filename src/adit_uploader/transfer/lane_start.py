"""How the process of a lane starts."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess

from adit_uploader.values import dataclass

from .in_hand import InHand, shared_memory
from .lane_messages import FromLane, ToLane
from .zygote import CopiedProcess


@dataclass(frozen=True, slots=True)
class StartedLane:
    """A process that waits for its setup.

    commands, reports: our ends of its pipes; in_hand: what it works on; at_once: it has imported what it needs.
    """

    process: BaseProcess | CopiedProcess
    commands: "Connection[ToLane, None]"
    reports: "Connection[None, tuple[FromLane, ...]]"
    in_hand: InHand
    at_once: bool = False


def start_process(
    number: int,
    commands: "Connection[None, ToLane]",
    reports: "Connection[tuple[FromLane, ...], None]",
    in_hand: InHand,
) -> SpawnProcess:
    """Start a lane's process, which then has these ends of the pipes for itself.

    ``spawn``: a forked child would hold the window's sockets, locks and threads.
    """
    from . import lane_process  # noqa: PLC0415 - a program whose lanes are copies does without all that they need

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


def copied(copy: Callable[[tuple[int, int, int]], CopiedProcess | None]) -> StartedLane | None:
    """A lane in a copy of the program, which works at once.

    Args:
        copy: makes it; given the file descriptors of the lane's ends. What it has beside these it has of the program
            as that was when it began: nothing of other lanes, so that it sees when the program is gone.
    """
    to_lane, commands = multiprocessing.Pipe(duplex=False)
    reports, from_lane = multiprocessing.Pipe(duplex=False)
    memory = shared_memory()
    process = copy((to_lane.fileno(), from_lane.fileno(), memory))
    in_hand = InHand.behind(memory)
    os.close(memory)
    to_lane.close()
    from_lane.close()
    if process is None:
        commands.close()
        reports.close()
        return None
    return StartedLane(process, commands, reports, in_hand, at_once=True)
