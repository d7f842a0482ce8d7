"""Mechanisms that keep an upload's promises, each taken away by a few words of a function's source."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from adit_receiver import jobs, session, spool, store, sweep
from adit_uploader.transfer import ledger, wire_lane

# name: (function, what, by what), once or several times
MUTANTS: dict[str, list[tuple[Callable[..., Any], str, str]]] = {
    "stored is said before the rows are committed": [
        (
            session.Session._commit,
            "outcomes = commit(",
            "[self.emit(Stored(x.begin.stream, x.begin.sop_instance_uid)) for x in group]; outcomes = commit(",
        )
    ],
    "the folder is not synced": [(spool.Spool.publish, "sync_folder(self.stored)", "pass")],
    "data is not synced": [(spool._sync_all, "file.sync()", "pass")],
    "rows come before the files": [
        (store.commit, "failed = spool.publish([arrived.file for arrived in fresh])", "failed = {}"),
        (
            store.commit,
            "        for arrived in group:\n            if outcomes",
            (
                "        spool.publish([arrived.file for arrived in fresh])\n"
                "        for arrived in group:\n            if outcomes"
            ),
        ),
    ],
    "digests are not compared": [(spool.DigestOnly.check, "if self.digest != digest:", "if False:")],
    "an offset is trusted blindly": [
        (store.save_partial, "file.sync()", "pass"),
        (session.Session._end, "stream.sink.check(end.digest)", "stream.begin.offset or stream.sink.check(end.digest)"),
    ],
    "leases are ignored": [
        (jobs.hold_lease, "free = Q(connection=connection) | Q(until__lt=now)", "free = Q(pk__gt=0)"),
        (store._commit_rows, ".exclude(connection=connection).exists()", ".none().exists()"),
    ],
    "a lane forgets what was not acknowledged": [
        (wire_lane.WireLane._take_back, "back = list(self._sent.values())", "back = []"),
    ],
    "what was sent counts as stored": [(ledger.Ledger.sent, "InstanceState.SENT", "InstanceState.STORED")],
    "a beginning is sent again where it should go on": [
        (wire_lane.WireLane._stream, "skip = max(0, min(len(piece), offset - position))", "skip = 0"),
    ],
    "orphans are left lying": [(sweep.sweep, "orphans += spool.remove(path)", "orphans += 1")],
}


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """The functions are others within. Their identity stays: whoever has imported them gets the mutant."""
    kept: list[tuple[Callable[..., Any], Any]] = []
    sources: dict[Callable[..., Any], str] = {}
    try:
        for named, what, by in MUTANTS[name]:
            function = inspect.unwrap(named)  # what is run anew where it was given up
            source = sources.get(function) or textwrap.dedent(inspect.getsource(function))
            assert what in source, f"{function.__qualname__} has changed: {what}"
            changed = source.replace(what, by)
            sources[function] = changed
            made: dict[str, Any] = {}
            code = compile(f"from __future__ import annotations\n{changed}", f"<{name}>", "exec")
            exec(code, function.__globals__, made)  # noqa: S102 - our own source
            kept.append((function, function.__code__))
            function.__code__ = inspect.unwrap(made[function.__name__]).__code__
        yield
    finally:
        for function, code in reversed(kept):
            function.__code__ = code
