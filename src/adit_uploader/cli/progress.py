"""How far a run is, on stderr: a bar on a terminal, else a line a phase."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from adit_uploader.deid.profiles import SHORT_DIGEST
from adit_uploader.transfer.events import Connected, Event, Phase, PhaseChanged, ProfileChanged, Reconnecting
from adit_uploader.transfer.events import Progress as RunProgressEvent

from .terminal import Terminal, count_of, size_text

if TYPE_CHECKING:
    from rich.progress import TaskID

_SENDING = {
    Phase.CONNECTING: "Connecting",
    Phase.SENDING: "Sending",
    Phase.FINISHING: "Finishing",
    Phase.DELIVERING: "Waiting for the destination",
}
_WRITING = {**_SENDING, Phase.SENDING: "Writing"}


class RunProgress:
    """Shows the events of one run. A context manager; called in the run's thread.

    Args:
        local: the run writes files and sends nothing.
    """

    def __init__(self, terminal: Terminal, *, local: bool = False) -> None:
        self._terminal = terminal
        self._words = _WRITING if local else _SENDING
        self._bar = _Bar(terminal) if terminal.is_interactive else None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case PhaseChanged(phase=phase):
                if self._bar is None:
                    self._terminal.note(f"{self._words[phase]} ...")
                else:
                    self._bar.describe(self._words[phase])
            case Connected(resumed=True, stored=stored):
                self._terminal.note(f"Going on with an earlier upload: {count_of(stored, 'instance')} stored already.")
            case ProfileChanged():
                self._terminal.warn(
                    f"The server's profile {event.name} was changed since this upload was begun (hash "
                    f"{event.before[:SHORT_DIGEST]}, now {event.now[:SHORT_DIGEST]}). A new upload begins; what the "
                    f"earlier one sent stays on the server as job {event.job}."
                )
            case Reconnecting():
                self._terminal.warn(f"{event.title}: {event.message} {_again(event.seconds)}")
            case RunProgressEvent():
                if self._bar is not None:
                    self._bar.show(event)
            case _:
                pass


class _Bar:
    """A bar on a terminal. Imports what draws it only now: most runs are without one."""

    def __init__(self, terminal: Terminal) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        self._bar: Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            TimeElapsedColumn(),
            console=terminal.err,
            transient=True,
        )
        self._task: TaskID = self._bar.add_task("", total=None, state="")
        self.start = self._bar.start
        self.stop = self._bar.stop

    def describe(self, text: str) -> None:
        self._bar.update(self._task, description=text)

    def show(self, event: RunProgressEvent) -> None:
        self._bar.update(self._task, total=event.bytes_total, completed=event.bytes_done, state=_state(event))


def _state(event: RunProgressEvent) -> str:
    counts = event.counts
    parts = [
        f"{counts.stored} stored",
        f"{counts.refused} refused" if counts.refused else "",
        f"{size_text(round(event.bytes_per_second))}/s",
        f"about {_duration(event.remaining_seconds)} left" if event.remaining_seconds is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def _again(seconds: float) -> str:
    whole = round(seconds)
    return f"Trying again in {whole} s." if whole else "Trying again now."


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{round(whole / 60)} min"
