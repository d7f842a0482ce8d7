"""``adit-uploader preview``: the pictures of held series, to be looked at."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from adit_uploader.deid.burned_in import burned_in_risk
from adit_uploader.dicom.errors import DicomError
from adit_uploader.dicom.inventory import Instance, Inventory, Patient, Series
from adit_uploader.dicom.pictures.apart import Renderer
from adit_uploader.pseudonyms.private_file import write_private

from .errors import ExitStatus, NotDone
from .options import Subparsers, add_paths
from .png import png_bytes
from .scanning import scan_with_progress
from .terminal import Terminal, count_of

LARGEST = 8192
DESCRIPTION = """\
Writes the pictures of all series that would be held, since they may show the patient's name, as PNG files into
DIR/SERIES/, in their own size. What you see there is to be sent as it is (--release SERIES), to be blanked in part
(--blank SERIES=X,Y,WIDTH,HEIGHT), or stays held. The files show patients: delete them when you have looked.
"""


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("preview", help="write the pictures of held series", description=DESCRIPTION)
    add_paths(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the pictures")
    parser.add_argument("--all", action="store_true", help="all series, not only those that would be held")
    parser.add_argument(
        "--whole-range",
        action="store_true",
        help="show every grey value that occurs, whatever window the files ask for: it may hide text",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    terminal = Terminal()
    inventory = scan_with_progress(terminal, arguments.paths)
    failed = 0
    rows = []
    with Renderer() as renderer:
        for patient, series, instances in _looked_at(inventory, everything=arguments.all):
            folder = arguments.out / series.series_instance_uid
            written = 0
            for number, instance in enumerate(instances, 1):
                try:
                    written += _write(renderer, instance, folder, number, whole_range=arguments.whole_range)
                except DicomError as error:
                    failed += 1
                    terminal.warn(f"{instance.location}: {error.title}. {error.message}")
            sizes = sorted({f"{one.columns}x{one.rows}" for one in instances})
            reason = next((str(risk) for one in instances if (risk := burned_in_risk(one)) is not None), "")
            label = f"{series.modality} {series.description}".strip()
            rows.append((series.series_instance_uid, patient.patient_id, label, reason, ", ".join(sizes), str(written)))
    if rows:
        columns = "Series", "PatientID", "Name", "Held since", "Size", "Pictures"
        terminal.table(columns, rows, numbers=("Pictures",))
        terminal.note(f"The pictures are below {arguments.out}. They show patients: delete them when you have looked.")
    else:
        terminal.note("No series would be held.")
    if failed:
        terminal.note(f"{count_of(failed, 'instance')} can't be shown here.")
    return ExitStatus.NOT_DONE if failed else ExitStatus.DONE


def _looked_at(inventory: Inventory, *, everything: bool) -> Iterator[tuple[Patient, Series, list[Instance]]]:
    for patient in inventory.patients:
        for study in patient.studies:
            for series in study.series:
                chosen = [one for one in series.instances if everything or burned_in_risk(one) is not None]
                if chosen:
                    yield patient, series, chosen


def _write(renderer: Renderer, instance: Instance, folder: Path, number: int, *, whole_range: bool) -> int:
    """The first, middle and last frame; returns how many files were written.

    Raises:
        DicomError: it can't be shown.
        NotDone: a file can't be written.
    """
    last = instance.number_of_frames - 1
    frames = sorted({0, last // 2, last})
    for frame in frames:
        picture = renderer.render(instance.location, frame, (LARGEST, LARGEST), whole_range=whole_range)
        name = f"{number:04d}.png" if last == 0 else f"{number:04d}-frame-{frame + 1:04d}.png"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(folder / name, png_bytes(picture))
        except OSError as error:
            raise NotDone("The pictures can't be saved", f"{folder / name}: {error.strerror}.") from None
    return len(frames)
