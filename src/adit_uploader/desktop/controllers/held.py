"""What is held, and what was decided on it, as the window shows it."""

from dataclasses import replace

from adit_uploader.desktop.values import HeldChoice
from adit_uploader.transfer.plan import UploadPlan


def held_choices(plan: UploadPlan) -> tuple[HeldChoice, ...]:
    """Series that wait for the user's word, and those on which it was said, in the order in which they were found."""
    known = {
        one.series.series_instance_uid: HeldChoice(
            key=one.series.series_instance_uid,
            patient=one.patient.patient_id,
            modality=one.series.modality,
            description=one.series.description,
            instances=one.count,
            reason=one.reason,
            release=one.blanking is None,
            blanking=one.blanking,
        )
        for one in plan.released
    }
    for one in plan.held:
        key = one.series.series_instance_uid
        if key in known:
            known[key] = replace(known[key], unfit=one.count, instances=known[key].instances + one.count)
            continue
        known[key] = HeldChoice(
            key=key,
            patient=one.patient.patient_id,
            modality=one.series.modality,
            description=one.series.description,
            instances=one.count,
            reason=one.reason,
            blanking=one.blanking,
            unfit=one.count if one.blanking is not None else 0,
            obstacle=one.obstacle if one.blanking is None else None,
            forbidden=not one.may_be_released,
        )
    everyone = [*(held.patient for held in plan.held), *(one.patient for one in plan.released)]
    order = {
        series.series_instance_uid: position
        for position, series in enumerate(
            series
            for patient in {one.patient_id: one for one in everyone}.values()
            for study in patient.studies
            for series in study.series
        )
    }
    return tuple(sorted(known.values(), key=lambda choice: order[choice.key]))
