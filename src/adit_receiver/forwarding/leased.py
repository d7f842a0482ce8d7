"""What a lease reads of its rows, in one statement, and the parcels that become of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from adit_receiver.models import Forward, ForwardState, StoredInstance
from adit_receiver.spool import Spool

from .parcels import Parcel

if TYPE_CHECKING:
    from django.db.models import QuerySet

_COLUMNS = (
    "pk",
    "tries",
    "instance__spool_name",
    "instance__length",
    "instance__digest",
    "instance__sop_class_uid",
    "instance__sop_instance_uid",
    "instance__transfer_syntax_uid",
    "instance__series_instance_uid",
    "instance__task_id",
    "instance__task__state",
    "instance__task__attempts",
    "instance__task__study_instance_uid",
    "instance__task__patient_id",
    "instance__job__owner_id",
    "instance__job__destination_key",
)


@dataclass(frozen=True, slots=True)
class Leased:
    """A row under a lease, with what is needed of its instance, task and job: many rows would make many models.

    Attributes:
        key: of the row.
        tries: how often it was tried before.
        task_attempts: as many as its task has by now.
    """

    key: int
    tries: int
    spool_name: str
    length: int
    digest: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    series_instance_uid: str
    task_id: int
    task_state: str
    task_attempts: int
    study_instance_uid: str
    patient_id: str
    owner_id: int
    destination_key: str

    @classmethod
    def of(cls, rows: "QuerySet[Forward]") -> list[Self]:
        """These rows, those of a task together."""
        return [cls(*row) for row in rows.order_by("instance__task_id", "pk").values_list(*_COLUMNS)]


def parcels_of(rows: Sequence[Leased], spool: Spool, *, own_digests: bool) -> tuple[Parcel, ...]:
    """A parcel for each row.

    Args:
        own_digests: whether they tell what their owner has delivered there before.
    """
    earlier = _own_digests(rows) if own_digests else {}
    return tuple(
        Parcel(
            key=row.key,
            path=spool.stored_path(row.spool_name) if row.spool_name else spool.stored / "gone",
            length=row.length,
            digest=row.digest,
            sop_class_uid=row.sop_class_uid,
            sop_instance_uid=row.sop_instance_uid,
            transfer_syntax_uid=row.transfer_syntax_uid,
            series_instance_uid=row.series_instance_uid,
            study_instance_uid=row.study_instance_uid,
            patient_id=row.patient_id,
            own_digests=frozenset(earlier.get((row.owner_id, row.sop_instance_uid), ())),
        )
        for row in rows
    )


def _own_digests(rows: Sequence[Leased]) -> dict[tuple[int, str], set[str]]:
    """Digests of what the owners of these instances delivered there before, by (owner, SOPInstanceUID)."""
    if not rows:
        return {}
    delivered = StoredInstance.objects.filter(
        sop_instance_uid__in={row.sop_instance_uid for row in rows},
        job__owner_id__in={row.owner_id for row in rows},
        job__destination_key=rows[0].destination_key,
        forward__state=ForwardState.DELIVERED,
    ).order_by()
    found: dict[tuple[int, str], set[str]] = {}
    for owner, uid, digest in delivered.values_list("job__owner_id", "sop_instance_uid", "digest"):
        found.setdefault((owner, uid), set()).add(digest)
    return found
