"""How each fault is done. A strike tells whether it hit something; what missed is tried again later."""

import contextlib
import errno
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .chaos_proxy import ChaosProxy, End
from .machine import Machine
from .meddler import EVERY_WRITE, Calls, Meddler
from .plan import Fault, Kind
from .processes import Watched, send
from .server import DEPARTMENT, DESTINATION, FLOOR, NO_ROOM, Server
from .small_disk import SmallDisk

TOKEN_END_SECONDS = 300.0  # until an upload whose token was revoked ends by itself
TOKEN_TITLE = "The token was not accepted"
DEAD_LANE_SECONDS = 300.0  # until a lane that stands still is replaced
HIT_SECONDS = 3.0  # for the call, or the byte, that is waited for
MOST_CALLS = 30
CUT_BYTES = 100_000
LOOK_SECONDS = 0.05


class NotAsPromised(AssertionError):
    """The program did not do what it should have done about a fault."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a program stands on. disk: where it keeps everything; None: not a small one that could be filled."""

    meddler: Meddler
    disk: SmallDisk | None


@dataclass(frozen=True, slots=True)
class Striker:
    """Does harm to one machine, its line, and the server that it shares."""

    machine: Machine
    machine_ground: Ground
    proxy: ChaosProxy
    server: Server
    server_ground: Ground

    def strike(self, fault: Fault) -> bool:
        """Does it; whether it hit. What stands still goes on before this returns, but for a dead line or lane.

        Raises:
            NotAsPromised: and the program did something else than it should.
        """
        acts: dict[Kind, Callable[[Fault], bool]] = {
            Kind.KILL_CLIENT: self._kill_client,
            Kind.KILL_LANE: lambda fault: self._signal_lane(fault, signal.SIGKILL),
            Kind.KILL_SERVER: self._kill_server,
            Kind.KILL_WORKER: self._kill_worker,
            Kind.STOP_CLIENT: self._stop_client,
            Kind.STOP_LANE: lambda fault: self._signal_lane(fault, signal.SIGSTOP),
            Kind.STOP_SERVER: self._stop_server,
            Kind.STOP_WORKER: self._stop_worker,
            Kind.RESET_LINE: lambda fault: self._cut(fault, End.RST),
            Kind.CLOSE_LINE: lambda fault: self._cut(fault, End.FIN),
            Kind.CUT_AFTER: self._cut_after,
            Kind.BLACKHOLE: self._blackhole,
            Kind.SLOW_LINE: self._slow_line,
            Kind.REVOKE_TOKEN: self._revoke_token,
            Kind.NO_ROOM: self._no_room,
            Kind.FULL_SERVER: self._full_server,
            Kind.FULL_CLIENT: self._full_client,
            Kind.EIO_SPOOL: self._eio_spool,
            Kind.EIO_DATABASE: self._eio_database,
            Kind.EIO_ARCHIVE: self._eio_archive,
            Kind.EIO_JOURNAL: self._eio_journal,
            Kind.SHORT_SERVER: self._short_server,
            Kind.SHORT_CLIENT: self._short_client,
            Kind.CLOCK_SERVER: self._clock_server,
            Kind.CLOCK_CLIENT: self._clock_client,
            Kind.DEAD_LINE: lambda fault: self.proxy.hold(fault.pick),
            Kind.DEAD_LANE: self._dead_lane,
        }
        return self._active and acts[fault.kind](fault)

    @property
    def _active(self) -> bool:
        """Whether an upload is under way: what strikes nothing does not count."""
        return not self.machine.ended() and self.proxy.lines > 0

    def _stand_still(self, seconds: float) -> None:
        """Until the client ends, or so many seconds."""
        assert self.machine.process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.machine.process.wait(seconds)

    def _hold_still(self, pid: int, seconds: float) -> bool:
        if not send(pid, signal.SIGSTOP):
            return False
        try:
            self._stand_still(seconds)
        finally:
            send(pid, signal.SIGCONT)
        return True

    # ------------------------------------------------------------ processes

    def _kill_client(self, fault: Fault) -> bool:
        if self.machine.ended():
            return False
        self.machine.kill()
        return True

    def _stop_client(self, fault: Fault) -> bool:
        assert self.machine.process is not None
        return not self.machine.ended() and self._hold_still(self.machine.process.pid, fault.seconds)

    def _signal_lane(self, fault: Fault, number: signal.Signals) -> bool:
        lanes = self.machine.lanes()
        if not lanes:
            return False
        pid = lanes[min(int(fault.pick * len(lanes)), len(lanes) - 1)]
        return self._hold_still(pid, fault.seconds) if number is signal.SIGSTOP else send(pid, number)

    def _kill_server(self, fault: Fault) -> bool:
        with self.server.exclusive:
            self.server.kill_and_start()
        return True

    def _stop_server(self, fault: Fault) -> bool:
        with self.server.exclusive:
            assert self.server.process is not None
            return self._hold_still(self.server.process.pid, fault.seconds)

    def _kill_worker(self, fault: Fault) -> bool:
        with self.server.exclusive:
            pid = self.server.worker()
            return pid is not None and send(pid, signal.SIGKILL)

    def _stop_worker(self, fault: Fault) -> bool:
        with self.server.exclusive:
            pid = self.server.worker()
            return pid is not None and self._hold_still(pid, fault.seconds)

    # ------------------------------------------------------------ the line

    def _cut(self, fault: Fault, end: End) -> bool:
        return self.proxy.cut(None if fault.hard else fault.pick, end)

    def _cut_after(self, fault: Fault) -> bool:
        before = self.proxy.cuts
        if not self.proxy.cut_after(1 + fault.size % CUT_BYTES, End.RST if fault.hard else End.FIN):
            return False
        self._await(lambda: self.proxy.cuts > before)
        self.proxy.disarm()
        return self.proxy.cuts > before

    def _blackhole(self, fault: Fault) -> bool:
        if not self.proxy.hold(None if fault.hard else fault.pick):
            return False
        self._stand_still(fault.seconds)
        if fault.size % 2:
            self.proxy.cut_held(End.RST)
        else:
            self.proxy.release()
        return True

    def _slow_line(self, fault: Fault) -> bool:
        before = self.proxy.slow
        if not self.proxy.slow_down(fault.pick, fault.size, rate=(fault.size + 20_000) / fault.seconds):
            return False
        self._await(lambda: self.proxy.slow >= before + min(fault.size, 2_000))
        return self.proxy.slow > before

    # ------------------------------------------------------------ what the server allows

    def _revoke_token(self, fault: Fault) -> bool:
        """Takes the token away and cuts the lines, so that it is asked for; then there is a new one."""
        process = self.machine.process
        assert process is not None
        self.server.revoke_tokens(self.machine.user)
        self.proxy.cut(None, End.RST)
        process.wait(TOKEN_END_SECONDS)
        with self.server.exclusive:
            self.server.user(self.machine.user, department=DEPARTMENT, destinations=(DESTINATION,))
        report = self.machine.last_report()
        problem = report["problem"] if report is not None else None
        if report is None or problem is None or problem["title"] != TOKEN_TITLE:
            return False  # it had all been delivered, or an earlier fault ended it first
        only_to_deliver = report["state"] == "finished" and report["waiting"]  # everything was stored before
        if report["state"] != "interrupted" and not only_to_deliver:
            raise NotAsPromised(f"an upload whose token was revoked ended as {report['state']}")
        return True

    def _no_room(self, fault: Fault) -> bool:
        with self.server.exclusive:
            self.server.set_floor(NO_ROOM)
            try:
                self._stand_still(fault.seconds)
            finally:
                self.server.set_floor(FLOOR)
        return True

    # ------------------------------------------------------------ disks

    def _full_server(self, fault: Fault) -> bool:
        """The one disk of spool and database."""
        with self.server.exclusive:
            return self._full(self.server_ground, fault)

    def _full_client(self, fault: Fault) -> bool:
        return self._full(self.machine_ground, fault)

    def _full(self, ground: Ground, fault: Fault) -> bool:
        disk = ground.disk
        if disk is None:
            return False
        disk.fill(fault.size % 100_000 if fault.hard else 0)
        try:
            self._stand_still(fault.seconds)
        finally:
            disk.empty()
        return True

    def _eio_spool(self, fault: Fault) -> bool:
        """Writing, syncing, reserving, naming, or all of it; reading too, which the forwarding worker does."""
        ways = (Calls.WRITE, Calls.SYNC, Calls.RESERVE, Calls.NAME, Calls.READ, EVERY_WRITE)
        way = ways[int(fault.pick * len(ways))]
        with self.server.exclusive, self._failing(self.server_ground.meddler, way, self.server.spool, fault) as hit:
            return self._await(hit)

    def _eio_database(self, fault: Fault) -> bool:
        with (
            self.server.exclusive,
            self._failing(self.server_ground.meddler, EVERY_WRITE, self.server.database_file, fault) as hit,
        ):
            return self._await(hit)

    def _eio_archive(self, fault: Fault) -> bool:
        with (
            self.server.exclusive,
            self._failing(self.server_ground.meddler, EVERY_WRITE, self.server.archive, fault) as hit,
        ):
            return self._await(hit)

    def _eio_journal(self, fault: Fault) -> bool:
        way = EVERY_WRITE | Calls.READ if fault.hard else EVERY_WRITE
        with self._failing(self.machine_ground.meddler, way, self.machine.journal_file, fault) as hit:
            return self._await(hit)

    def _short_server(self, fault: Fault) -> bool:
        with self.server.exclusive:
            return self._short(self.server_ground.meddler, self.server.data, fault)

    def _short_client(self, fault: Fault) -> bool:
        return self._short(self.machine_ground.meddler, self.machine.home, fault)

    def _short(self, meddler: Meddler, below: Path, fault: Fault) -> bool:
        meddler.shorten(Calls.WRITE, below, 10 * self._calls(fault))
        self._stand_still(fault.seconds)
        return meddler.stop() > 0

    @contextmanager
    def _failing(self, meddler: Meddler, calls: Calls, below: Path, fault: Fault) -> Iterator[Callable[[], bool]]:
        """Some calls fail meanwhile; gives what tells whether all of them, or one and then none for a while, did."""
        count = self._calls(fault)
        meddler.fail(calls, below, count, error=errno.EIO)
        try:
            yield lambda: meddler.hits > 0
            self._stand_still(fault.seconds / 2)
        finally:
            meddler.stop()

    @staticmethod
    def _calls(fault: Fault) -> int:
        return 1 + int((fault.size % 1000 / 1000) ** 2 * MOST_CALLS)

    def _await(self, happened: Callable[[], bool]) -> bool:
        """Waits for it, as long as the upload is under way; whether it happened."""
        look = threading.Event()
        left = HIT_SECONDS
        while not happened() and left > 0 and not self.machine.ended():
            look.wait(LOOK_SECONDS)
            left -= LOOK_SECONDS
        return happened()

    # ------------------------------------------------------------ clocks

    def _clock_server(self, fault: Fault) -> bool:
        with self.server.exclusive:
            self.server_ground.meddler.set_clock(3600 * fault.hours)
        return True

    def _clock_client(self, fault: Fault) -> bool:
        self.machine_ground.meddler.set_clock(3600 * fault.hours)
        return True

    # ------------------------------------------------------------ what never comes back

    def _dead_lane(self, fault: Fault) -> bool:
        lanes = self.machine.lanes()
        if not lanes:
            return False
        try:
            lane = Watched(lanes[int(fault.pick * len(lanes))])
        except ProcessLookupError:
            return False
        try:
            if not send(lane.pid, signal.SIGSTOP):
                return False
            if not lane.ends_within(DEAD_LANE_SECONDS):
                send(lane.pid, signal.SIGKILL)
                raise NotAsPromised("a lane that stands still was not replaced")
        finally:
            lane.close()
        return True
