"""What the user leaves out: unticked rows of the tree. Nothing of it is planned, and so nothing of it is sent."""

from collections.abc import Sequence

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.ports import InventoryView
from adit_uploader.desktop.values import Excluded
from adit_uploader.dicom.inventory import Inventory, Patient, Series, Study


class ChoosingController:
    """Keeps what was left out over changes of the mode and further drops. Listens before the planning does."""

    def __init__(self, desk: Desk, *, page: InventoryView) -> None:
        self._desk = desk
        self._page = page
        self._inventory = desk.inventory
        desk.listen(self._changed)

    def tick(self, series: frozenset[str], send: bool) -> None:
        """Whether these series, by SeriesInstanceUID, are sent."""
        self._set(self._desk.excluded - series if send else self._desk.excluded | series)

    def only(self, series: frozenset[str]) -> None:
        """These series are sent, and no others."""
        self._set(series_of(self._desk.inventory) - series)

    def _set(self, excluded: frozenset[str]) -> None:
        if excluded == self._desk.excluded or self._desk.sending:
            return
        self._desk.excluded = excluded
        self._show()
        self._desk.tell(Change.EXCLUDED)

    def _changed(self, change: Change) -> None:
        if change is Change.INVENTORY and not self._desk.scanning and self._desk.inventory is not self._inventory:
            self._desk.excluded = carried_over(self._inventory, self._desk.excluded, self._desk.inventory)
            self._inventory = self._desk.inventory
            self._show()

    def _show(self) -> None:
        self._page.set_excluded(self._desk.excluded, named(self._desk.inventory, self._desk.excluded))


def series_of(inventory: Inventory) -> frozenset[str]:
    """Every SeriesInstanceUID."""
    return frozenset(
        series.series_instance_uid
        for patient in inventory.patients
        for study in patient.studies
        for series in study.series
    )


def carried_over(before: Inventory, excluded: frozenset[str], after: Inventory) -> frozenset[str]:
    """What is left out of a new inventory: the same, and what is new in patients and studies that were out whole."""
    if not excluded:
        return excluded
    patients = {one.patient_id for one in before.patients if _is_out(one, excluded)}
    studies = {
        (patient.patient_id, study.study_instance_uid)
        for patient in before.patients
        for study in patient.studies
        if _is_out(study, excluded)
    }
    return frozenset(
        series.series_instance_uid
        for patient in after.patients
        for study in patient.studies
        for series in study.series
        if patient.patient_id in patients
        or (patient.patient_id, study.study_instance_uid) in studies
        or series.series_instance_uid in excluded
    )


def named(inventory: Inventory, excluded: frozenset[str]) -> tuple[Excluded, ...]:
    """What is left out, in as few rows as say it: a patient or study that is out whole is one."""
    found: list[Excluded] = []
    for patient in inventory.patients if excluded else ():
        if _is_out(patient, excluded):
            found.append(Excluded((patient,), _images(patient.studies)))
            continue
        for study in patient.studies:
            if _is_out(study, excluded):
                found.append(Excluded((patient, study), _images((study,))))
                continue
            found += [
                Excluded((patient, study, series), len(series.instances))
                for series in study.series
                if series.series_instance_uid in excluded
            ]
    return tuple(found)


def _is_out(item: Patient | Study | Series, excluded: frozenset[str]) -> bool:
    match item:
        case Patient():
            return all(_is_out(study, excluded) for study in item.studies)
        case Study():
            return all(_is_out(series, excluded) for series in item.series)
        case Series():
            return item.series_instance_uid in excluded


def _images(studies: Sequence[Study]) -> int:
    return sum(len(series.instances) for study in studies for series in study.series)
