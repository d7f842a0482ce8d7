"""How each fault is done. A strike tells whether it hit something; what missed is tried again later."""

import contextlib
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from .chaos_proxy import ChaosProxy, End
from .machine import Machine
from .plan import Fault, Kind
from .processes import send
from .server import DEPARTMENT, DESTINATION, FLOOR, NO_ROOM, Server

TOKEN_END_SECONDS = 90.0  # until an upload whose token was revoked ends by itself


@dataclass(frozen=True, slots=True)
class Striker:
    """Does harm to one machine, its line, and the server that it shares."""

    machine: Machine
    proxy: ChaosProxy
    server: Server

    def strike(self, fault: Fault) -> bool:
        """Does it; whether it hit. What stands still goes on before this returns, but for a dead line."""
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
            Kind.DEAD_LINE: lambda fault: self.proxy.hold(fault.pick),
        }
        return acts[fault.kind](fault)

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
        return self.proxy.cut_after(fault.pick, fault.size, End.RST if fault.hard else End.FIN)

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
        return self.proxy.slow_down(fault.pick, fault.size, rate=(fault.size + 20_000) / fault.seconds)

    # ------------------------------------------------------------ what the server allows

    def _revoke_token(self, fault: Fault) -> bool:
        """Takes the token away and cuts the lines, so that it is asked for; then there is a new one."""
        if self.machine.ended() or not self.proxy.lines:
            return False
        process = self.machine.process
        assert process is not None
        self.server.revoke_tokens(self.machine.user)
        self.proxy.cut(None, End.RST)
        process.wait(TOKEN_END_SECONDS)
        with self.server.exclusive:
            self.server.user(self.machine.user, department=DEPARTMENT, destinations=(DESTINATION,))
        return True

    def _no_room(self, fault: Fault) -> bool:
        with self.server.exclusive:
            self.server.set_floor(NO_ROOM)
            try:
                self._stand_still(fault.seconds)
            finally:
                self.server.set_floor(FLOOR)
        return True
