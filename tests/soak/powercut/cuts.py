"""Many cuts: lives are recorded, moments drawn from a seed, and each disk is looked at, started and used again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from .after import Findings, check_cut, check_start, resume
from .disk import DISK, mounted
from .hearing import hearing_proxy
from .life import Life, Wish, record


@dataclass(frozen=True, slots=True)
class Plan:
    """
    Attributes:
        cuts: how many in all.
        each: cuts of one life.
        instances: of one life.
        start: at one cut of so many the receiver is started upon what is left.
        resume: at one start of so many the upload goes on afterwards, and everything is counted at its end.
        large: one life of so many holds an instance of more than 64 MiB; 0: none does.
        folder_sync: False: the receiver has the defect that has to be found; then nothing is started again.
    """

    seed: int
    cuts: int
    each: int = 20
    instances: int = 500
    start: int = 1
    resume: int = 3
    large: int = 5
    folder_sync: bool = True


@dataclass
class Outcome:
    """What came of it."""

    cuts: int = 0
    starts: int = 0
    acknowledged: int = 0
    missing: int = 0
    lossy: int = 0
    unclean: list[Findings] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not self.unclean

    def __str__(self) -> str:
        return (
            f"{self.cuts} power cuts, {self.starts} starts, {self.acknowledged} acknowledged instances looked for, "
            f"{self.missing} missing in {self.lossy} cuts; {len(self.unclean)} cuts with anything wrong; "
            f"{self.seconds:.0f} s"
        )


def draw_moments(life: Life, count: int, random: Random) -> list[int]:
    """Half right after the client was told something, the others at any time; a few while all is being set up."""
    told = sorted(set(life.heard.stored.values()))
    moments = []
    for _ in range(count):
        draw = random.random()
        if draw < 0.5:
            moments.append(random.choice(told) + int(random.random() ** 4 * 20_000))
        elif draw < 0.95:
            moments.append(random.randrange(life.ready, life.end))
        else:
            moments.append(random.randrange(life.ready))
    return moments


def run(base: Path, plan: Plan, tell: Callable[[str], None]) -> Outcome:
    """All of it. base: an empty folder; what went wrong is kept there. tell: takes a line after each life.

    Raises:
        NoDisks: not on this machine.
    """
    began = time.monotonic()
    outcome = Outcome()
    for number, first in enumerate(range(0, plan.cuts, plan.each)):
        random = Random(f"{plan.seed} {number}")  # noqa: S311 - moments, not secrets
        wish = Wish(
            plan.instances,
            large=plan.large > 0 and number % plan.large == plan.large - 1,
            # what is delivered is safe elsewhere: half of the lives keep it in the spool
            forwarding=number % 2 == 1,
            folder_sync=plan.folder_sync,
        )
        folder = base / f"life-{number:03d}"
        life = record(folder, wish, random)
        moments = draw_moments(life, min(plan.each, plan.cuts - first), random)
        image = folder / "cut.image"
        wrong = len(outcome.unclean)
        for moment in life.recording.images(moments, random, image):
            with mounted(image, folder / DISK) as disk:  # where it was in its life
                findings = _look(life, disk, moment, plan, outcome)
            if not findings.clean:
                tell(f"cut at {moment} of {life.recording.log}: {findings}")
        outcome.seconds = time.monotonic() - began
        tell(f"{outcome.seconds:6.0f} s  life {number}, {life.end >> 20} MiB written: {outcome}")
        if wrong == len(outcome.unclean):
            _forget(folder)
    return outcome


def _look(life: Life, disk: Path, moment: int, plan: Plan, outcome: Outcome) -> Findings:
    """At one disk, and what can still be done with it."""
    findings = Findings(moment)
    if moment >= life.ready:
        check_cut(life, disk, findings)
    if plan.folder_sync and outcome.cuts % plan.start == 0:
        _use_again(life, disk, findings, resumed=outcome.starts % plan.resume == 0)
        outcome.starts += 1
    outcome.cuts += 1
    outcome.acknowledged += findings.acknowledged
    outcome.missing += len(findings.missing)
    outcome.lossy += bool(findings.missing)
    if not findings.clean:
        outcome.unclean.append(findings)
    return findings


def _use_again(life: Life, disk: Path, findings: Findings, *, resumed: bool) -> None:
    server = check_start(life, disk, findings)
    try:
        if resumed and findings.moment >= life.ready:
            # at the port that the journal knows
            with hearing_proxy(life.port, lambda: 0, life.client_port):
                resume(life, disk, server, findings)
    finally:
        server.stop()
        server.clear_up()


def _forget(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
