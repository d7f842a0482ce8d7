"""The plan of a job that was cut, made anew from what the journal kept of it. Blocks: for the background."""

from collections.abc import Collection
from pathlib import Path

from adit_uploader.desktop.controllers.desk import SignedIn
from adit_uploader.desktop.controllers.ports import Services
from adit_uploader.desktop.gateway import Reporter
from adit_uploader.desktop.job_values import LocalJob
from adit_uploader.desktop.request import Wanted, blanking_of, wanted_of
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.pseudonyms.choice import BatchChoice, Choice, FixedChoice, InternalChoice, NoneChoice
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import JobChanged
from adit_uploader.transfer.offered_profiles import offered_profiles
from adit_uploader.transfer.plan import UploadPlan, make_plan


def replan(job: LocalJob, account: SignedIn, services: Services, reporter: Reporter) -> UploadPlan:
    """What is left of a job is part of it: the receiver knows what it has.

    Raises:
        JobChanged: the files, the pseudonyms or the settings are not those of then.
        ScanCancelled, PseudonymError, AccountError, JournalError: as their rooms say.
    """
    wanted = wanted_of(job.request)
    if wanted is None:
        raise JobChanged
    plan = plan_of(wanted, account, services, reporter)
    if services.jobs.is_job_of(job.job, plan.fingerprint(account.server.key)):
        return plan
    places = services.jobs.places(job.job)
    part = plan.only(lambda one: (str(one.location.path), one.location.member) in places)
    if services.jobs.is_job_of(job.job, part.fingerprint(account.server.key)):
        return part
    raise JobChanged


def replan_failed(
    job: LocalJob, studies: Collection[str], account: SignedIn, services: Services, reporter: Reporter
) -> UploadPlan:
    """What was refused of a job, and these studies (new UIDs) of it, as far as it is still there.

    Raises: as ``replan``.
    """
    wanted = wanted_of(job.request)
    if wanted is None:
        raise JobChanged
    places = services.jobs.failed(job.job, studies)
    plan = plan_of(wanted, account, services, reporter)
    part = plan.only(lambda one: (str(one.location.path), one.location.member) in places)
    if not part.counts.to_send:
        raise JobChanged
    return part


def plan_of(wanted: Wanted, account: SignedIn, services: Services, reporter: Reporter) -> UploadPlan:
    """As when it lay on the desk. Raises: as ``replan``."""
    inventory = services.scan(
        [Path(path) for path in wanted.paths], progress=reporter.report, seen=None, cancelled=reporter.cancelled
    )
    profile = offered_profiles(account.welcome).get(wanted.profile)
    try:
        blanked = {series: blanking_of(areas) for series, areas in wanted.blanked.items()}
        mode = Mode(wanted.mode)
    except ValueError:
        raise JobChanged from None
    return make_plan(
        inventory,
        choice_of(mode, wanted, inventory, account, services),
        profile=profile.name,
        site_profile=profile if profile.site else None,
        site_key=bytes.fromhex(account.welcome.site_key),
        destination=wanted.destination,
        released_series=frozenset(wanted.released),
        blanked_series=blanked,
        excluded_series=frozenset(wanted.excluded),
        policies=account.welcome.policies,
    )


def choice_of(mode: Mode, wanted: Wanted, inventory: Inventory, account: SignedIn, services: Services) -> Choice:
    """Raises: as ``replan``."""
    department = account.welcome.department
    if mode is Mode.BATCH:
        patient_ids = [patient.patient_id for patient in inventory.patients]
        return BatchChoice(services.read_batch_file(Path(wanted.batch_file), patient_ids))
    if mode is Mode.FIXED:
        return FixedChoice(wanted.pseudonym)
    if mode is Mode.NONE:
        return NoneChoice()
    if not wanted.keyed:
        return InternalChoice(department)
    key = services.keys.load(department)
    if key is None:
        raise JobChanged
    return InternalChoice(department, key)
