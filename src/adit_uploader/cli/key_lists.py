"""The user's own key list: written before the run, and again with what was sent after it."""

from pathlib import Path

from adit_uploader.pseudonyms.errors import BatchFileRefused, KeyListError
from adit_uploader.pseudonyms.key_list import write_key_list
from adit_uploader.transfer.plan import UploadPlan
from adit_uploader.transfer.receipt import Receipt

from .terminal import Terminal


def keep_earlier(terminal: Terminal, plan: UploadPlan, path: Path) -> None:
    """Moves a file that is there already aside, unless it says the same: a list that is lost can't be made again.

    Raises:
        KeyListError: it can't be moved.
    """
    if not path.exists() or _says_the_same(plan, path):
        return
    number = 1
    while (aside := path.with_name(f"{path.stem}.{number}{path.suffix}")).exists():
        number += 1
    try:
        path.rename(aside)
    except OSError as error:
        raise KeyListError("The earlier key list can't be moved aside", f"{path}: {error.strerror}.") from None
    terminal.note(f"The earlier key list is kept as {aside}")


def _says_the_same(plan: UploadPlan, path: Path) -> bool:
    from adit_uploader.pseudonyms.batch_file import read_batch_file  # noqa: PLC0415 - most runs find no earlier list

    try:
        earlier = read_batch_file(path).rows
    except BatchFileRefused:
        return False
    return [
        (row.patient_id, row.pseudonym, row.study_instance_uid or "", row.series_instance_uid or "") for row in earlier
    ] == [
        (row.patient_id, row.pseudonym, row.study_instance_uid, row.series_instance_uid) for row in plan.key_list().rows
    ]


def write_before(terminal: Terminal, plan: UploadPlan, path: Path) -> None:
    """Raises: KeyListError: nothing may be sent."""
    keep_earlier(terminal, plan, path)
    write_key_list(plan.key_list(), path)
    terminal.note(f"Key list: {path}")


def write_after(plan: UploadPlan, receipt: Receipt, path: Path) -> None:
    """Adds how many instances of each patient are stored. Raises: KeyListError: the list without it is there."""
    totals: dict[str, tuple[int, int]] = {}
    for patient in receipt.patients:
        stored, asked = totals.get(patient.pseudonym, (0, 0))
        totals[patient.pseudonym] = stored + patient.stored, asked + patient.instances
    sent = {pseudonym: f"{stored} of {asked}" for pseudonym, (stored, asked) in totals.items()}
    write_key_list(plan.key_list(sent), path)
