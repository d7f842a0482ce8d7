"""Instances grouped into patients, studies and series, in an order that does not depend on the disk. Pure."""

import re
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from .inventory import Instance, Inventory, LeftOut, Location, Patient, Series, Study

_Key = TypeVar("_Key", bound=Hashable)
_DIGITS = re.compile(r"([0-9]+)")


def location_key(location: Location) -> tuple[str, str]:
    """What locations are sorted by; an archive comes before its members."""
    return str(location.path), location.member or ""


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts "P2" before "P10"."""
    parts = enumerate(_DIGITS.split(text))
    return tuple((0, int(part), part) if index % 2 else (1, 0, part.casefold()) for index, part in parts)


def make_inventory(instances: Iterable[Instance], left_out: Iterable[LeftOut]) -> Inventory:
    """The inventory of what was found.

    Patients are in the order of their IDs, studies of date, series and instances of their numbers; UIDs decide
    between equals.
    """
    patients = [_patient(patient_id, group) for patient_id, group in _group(instances, _patient_id).items()]
    patients.sort(key=lambda patient: (natural_key(patient.patient_id), patient.patient_id))
    return Inventory(
        patients=tuple(patients),
        left_out=tuple(sorted(left_out, key=lambda item: (*location_key(item.location), item.reason))),
    )


def _patient_id(instance: Instance) -> str:
    return instance.patient_id


def _group(instances: Iterable[Instance], key: Callable[[Instance], _Key]) -> dict[_Key, list[Instance]]:
    groups: dict[_Key, list[Instance]] = {}
    for instance in instances:
        groups.setdefault(key(instance), []).append(instance)
    return groups


def _patient(patient_id: str, instances: list[Instance]) -> Patient:
    studies = [_study(uid, group) for uid, group in _group(instances, lambda one: one.study_instance_uid).items()]
    studies.sort(key=lambda study: (study.date, study.study_instance_uid))
    ordered = [instance for study in studies for instance in study.instances()]
    return Patient(
        patient_id=patient_id,
        names=_distinct(instance.patient_name for instance in ordered),
        birth_dates=_distinct(instance.patient_birth_date for instance in ordered),
        sexes=_distinct(instance.patient_sex for instance in ordered),
        studies=tuple(studies),
    )


def _study(uid: str, instances: list[Instance]) -> Study:
    series = [_series(key, group) for key, group in _group(instances, lambda one: one.series_instance_uid).items()]
    series.sort(key=lambda one: (_number_key(one.number), one.series_instance_uid))
    ordered = [instance for one in series for instance in one.instances]
    return Study(
        study_instance_uid=uid,
        date=_first(instance.study_date for instance in ordered),
        description=_first(instance.study_description for instance in ordered),
        series=tuple(series),
    )


def _series(uid: str, instances: list[Instance]) -> Series:
    ordered = sorted(instances, key=lambda one: (_number_key(one.instance_number), one.sop_instance_uid))
    return Series(
        series_instance_uid=uid,
        modality=_first(instance.modality for instance in ordered),
        description=_first(instance.series_description for instance in ordered),
        number=next((one.series_number for one in ordered if one.series_number is not None), None),
        instances=tuple(ordered),
    )


def _number_key(number: int | None) -> tuple[bool, int]:
    return number is None, number or 0


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
