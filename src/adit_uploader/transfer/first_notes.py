"""A job as the journal knows it before its first byte is sent."""

from itertools import chain

from .journal import Journal, NewInstance
from .notes import InstanceState
from .plan import UploadPlan
from .versions import PROGRAM


def begin_job(
    journal: Journal,
    plan: UploadPlan,
    job: str,
    *,
    server: str,
    fingerprint: str,
    request: str,
    account: str,
    digest: str,
) -> None:
    """Write down all that is to be sent, and what is held.

    Args:
        digest: as ``Journal.begin`` takes it.
        account: the user at the server, '' where nobody has asked it yet.

    Raises:
        JournalError: nothing of it is written.
    """
    rows = (
        NewInstance(
            number,
            one.sop_instance_uid,
            one.study_instance_uid,
            str(one.instance.location.path),
            one.instance.location.member,
            one.instance.size,
            one.instance.modified_ns,
        )
        for number, one in enumerate(plan.instances())
    )
    held = (
        NewInstance(
            -1 - number,  # not numbered in the plan, which holds what is to be sent
            plan.new_uid(one.sop_instance_uid),
            plan.new_uid(one.study_instance_uid),
            str(one.location.path),
            one.location.member,
            one.size,
            one.modified_ns,
            InstanceState.HELD,
            series.reason,
        )
        for number, (series, one) in enumerate((series, one) for series in plan.held for one in series.instances)
    )
    journal.begin(
        job,
        fingerprint=fingerprint,
        server=server,
        destination=plan.destination,
        mode=plan.mode.value,
        profile=plan.profile,
        profile_hash=plan.profile_hash,
        plan=plan.fingerprint(server, profile_hash=False) if plan.profile_hash else fingerprint,
        program=PROGRAM,
        instances=chain(rows, held),
        request=request,
        account=account,
        digest=digest,
    )
