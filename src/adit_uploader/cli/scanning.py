"""The scan with its progress, and what it leaves out, for people."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from adit_uploader.dicom.inventory import Inventory, LeftOut, LeftOutReason
from adit_uploader.dicom.scan import Looking, ScanProgress, scan
from adit_uploader.transfer.harmless import HARMLESS

from .terminal import Terminal, count_of, size_text

REASONS = {
    LeftOutReason.NOT_DICOM: "no DICOM file",
    LeftOutReason.DICOMDIR: "a DICOMDIR, which is an index and no image",
    LeftOutReason.UNREADABLE: "can't be read; check who may read it",
    LeftOutReason.VANISHED: "is gone",
    LeftOutReason.DAMAGED: "damaged; copy it again from its source",
    LeftOutReason.NO_SOP_INSTANCE_UID: "has no valid UIDs",
    LeftOutReason.DUPLICATE: "the same as another file, which is taken",
    LeftOutReason.CONFLICT: "has the UID of another file and other content; none of them is taken",
    LeftOutReason.SYMLINK_LOOP: "a link that leads back to a folder above it",
    LeftOutReason.NOT_A_FILE: "neither file nor folder",
    LeftOutReason.ARCHIVE: "an archive that can't be opened: encrypted, damaged, or within another archive",
}


def scan_with_progress(
    terminal: Terminal,
    paths: Sequence[Path],
    looking: Looking | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Inventory:
    """The inventory; on a terminal it is shown how far the scan is.

    Args:
        looking: as of ``scan``.
        meanwhile: called now and then; what it raises ends the scan.
    """
    with _progress(terminal) as show:

        def tell(state: ScanProgress) -> None:
            meanwhile()
            show(state)

        return scan(paths, progress=tell, looking=looking)


def left_out_line(left_out: LeftOut) -> str:
    """One line: where, why, and what more is known."""
    line = f"{left_out.location}: {REASONS[left_out.reason]}"
    return f"{line} ({left_out.detail})" if left_out.detail else line


def tell_left_out(terminal: Terminal, left_out: Sequence[LeftOut]) -> None:
    """Names every file that is left out, on stderr, worst first."""
    if not left_out:
        return
    terminal.warn(f"Left out: {count_of(len(left_out), 'file')}")
    for entry in sorted(
        left_out, key=lambda entry: (entry.reason in HARMLESS, entry.location.path, entry.location.member or "")
    ):
        terminal.note(f"  {left_out_line(entry)}")


@contextmanager
def _progress(terminal: Terminal) -> Iterator[Callable[[ScanProgress], None]]:
    if not terminal.is_interactive:
        yield lambda state: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - on a terminal alone

    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=terminal.err, transient=True) as progress:
        task = progress.add_task("Looking at files")

        def show(state: ScanProgress) -> None:
            text = f"{count_of(state.files, 'file')}, {count_of(state.instances, 'instance')}, {size_text(state.bytes)}"
            progress.update(task, description=text)

        yield show
