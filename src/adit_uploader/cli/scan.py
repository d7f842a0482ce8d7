"""``adit-uploader scan``: what lies there, and what of it can't be sent."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

from adit_uploader.deid.burned_in import burned_in_risk
from adit_uploader.dicom.inventory import Inventory, Patient, Series, Study
from adit_uploader.transfer.harmless import HARMLESS

from .errors import ExitStatus
from .options import Subparsers, add_paths
from .scanning import scan_with_progress, tell_left_out
from .terminal import Terminal, count_of, size_text

SCHEMA = "adit-uploader/scan/1"
DESCRIPTION = """\
Shows the patients, studies and series below some paths, and everything that is not DICOM or can't be sent, with its
reason. Nothing is changed or sent. The output names patients: it is for your eyes. Exit status 1 if something that
may be DICOM can't be sent.
"""


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("scan", help="show what lies in folders", description=DESCRIPTION)
    add_paths(parser)
    parser.add_argument("--json", action="store_true", help="for programs; docs/command-line.md describes it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    terminal = Terminal()
    inventory = scan_with_progress(terminal, arguments.paths)
    if arguments.json:
        terminal.raw(json.dumps(as_json(inventory), indent=2) + "\n")
    else:
        _show(terminal, inventory)
        tell_left_out(terminal, inventory.left_out)
    missing = any(entry.reason not in HARMLESS for entry in inventory.left_out)
    return ExitStatus.NOT_DONE if missing else ExitStatus.DONE


def as_json(inventory: Inventory) -> dict[str, Any]:
    """The inventory as plain values; docs/command-line.md describes it. Holds the patients' data."""
    return {
        "schema": SCHEMA,
        "counts": _counts(inventory),
        "patients": [_patient(patient) for patient in inventory.patients],
        "left_out": [
            {
                "path": str(entry.location.path),
                "member": entry.location.member,
                "reason": entry.reason.value,
                "detail": entry.detail,
                "size": entry.size,
            }
            for entry in inventory.left_out
        ],
    }


def _counts(inventory: Inventory) -> dict[str, int]:
    series = list(_all_series(inventory))
    return {
        "patients": len(inventory.patients),
        "studies": sum(len(patient.studies) for patient in inventory.patients),
        "series": len(series),
        "instances": sum(len(one.instances) for _, _, one in series),
        "bytes": sum(one.size for _, _, one in series),
        "left_out": len(inventory.left_out),
    }


def _patient(patient: Patient) -> dict[str, Any]:
    return {
        "patient_id": patient.patient_id,
        "names": list(patient.names),
        "birth_dates": list(patient.birth_dates),
        "sexes": list(patient.sexes),
        "studies": [
            {
                "study_instance_uid": study.study_instance_uid,
                "date": study.date,
                "description": study.description,
                "series": [_series(series) for series in study.series],
            }
            for study in patient.studies
        ],
    }


def _series(series: Series) -> dict[str, Any]:
    risks = _risks(series)
    return {
        "series_instance_uid": series.series_instance_uid,
        "modality": series.modality,
        "description": series.description,
        "number": series.number,
        "instances": len(series.instances),
        "bytes": series.size,
        "held": len(risks),
        "held_reasons": sorted(set(risks)),
    }


def _risks(series: Series) -> list[str]:
    """Why instances would be held, one entry each."""
    return [risk.value for instance in series.instances if (risk := burned_in_risk(instance)) is not None]


def _all_series(inventory: Inventory) -> Iterator[tuple[Patient, Study, Series]]:
    for patient in inventory.patients:
        for study in patient.studies:
            for series in study.series:
                yield patient, study, series


def _show(terminal: Terminal, inventory: Inventory) -> None:
    rows = [
        (
            patient.patient_id or "(none)",
            " / ".join(patient.names),
            study.date,
            study.description,
            series.modality,
            series.description,
            str(len(series.instances)),
            size_text(series.size),
            str(len(_risks(series)) or ""),
        )
        for patient, study, series in _all_series(inventory)
    ]
    if rows:
        columns = "PatientID", "Name", "Date", "Study", "Modality", "Series", "Instances", "Size", "Held"
        terminal.table(columns, rows, numbers=("Instances", "Size", "Held"))
    counts = _counts(inventory)
    terminal.say(
        f"{count_of(counts['patients'], 'patient')}, {count_of(counts['studies'], 'study', 'studies')}, "
        f"{counts['series']} series, {count_of(counts['instances'], 'instance')}, {size_text(counts['bytes'])}; "
        f"{count_of(counts['left_out'], 'file')} left out"
    )
    held = sum(len(_risks(series)) for _, _, series in _all_series(inventory))
    if held:
        terminal.say(
            f"{count_of(held, 'instance')} would be held: the pictures may show the patient's name. Look at them, and "
            "send them with --send-burned-in."
        )
