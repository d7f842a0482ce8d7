"""What a task says to people: its message and its log."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from adit_receiver.models import Forward, ForwardState, UploadTask

from .parcels import Delivery, Outcome

WORDS = {
    Outcome.DELIVERED: "delivered",
    Outcome.FAILED: "failed",
    Outcome.RETRY: "not taken, tried again later",
    Outcome.GIVEN_UP: "canceled before it was whole there",
}
LONGEST_LOG = 200_000  # characters


def waiting_text(destination: str, reason: str, until: datetime) -> str:
    """Why instances wait for a destination that takes nothing now."""
    return f"Waiting for destination {destination}: {reason}; next try at {until:%Y-%m-%d %H:%M:%S} UTC."


def write_message(task_id: int) -> None:
    """Brings the task's message up to its forward rows; a task without anything to say has none."""
    rows = Forward.objects.filter(instance__task_id=task_id).order_by()
    failed = Q(state=ForwardState.FAILED)
    waiting = Q(state=ForwardState.WAITING) & ~Q(message="")
    warned = Q(state=ForwardState.DELIVERED) & ~Q(warning="")
    n = rows.aggregate(
        total=Count("pk"),
        failed=Count("pk", filter=failed),
        waiting=Count("pk", filter=waiting),
        warned=Count("pk", filter=warned),
    )
    sentences = []
    if n["failed"]:
        why = _first(rows.filter(failed).order_by("pk").values_list("message", flat=True))
        sentences.append(f"{n['failed']} of {n['total']} instances were not delivered. {why}")
    if n["waiting"]:
        why = _first(rows.filter(waiting).order_by("-next_try").values_list("message", flat=True))
        waits = f"{n['waiting']} of {n['total']} instances wait. {why}"
        sentences.append(why if why.startswith("Waiting for") else waits)
    if n["warned"]:
        why = _first(rows.filter(warned).order_by("pk").values_list("warning", flat=True))
        sentences.append(f"{n['warned']} of {n['total']} instances were delivered with a warning. {why}")
    UploadTask.objects.filter(pk=task_id).update(message=" ".join(sentences))


def log_lines(task_id: int, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Adds a line for each instance that was not simply delivered."""
    lines = [
        f"{now:%Y-%m-%d %H:%M:%S} {delivery.parcel.sop_instance_uid}: {WORDS[delivery.outcome]}. {delivery.message}\n"
        for delivery in deliveries
        if delivery.message or delivery.outcome is not Outcome.DELIVERED
    ]
    if lines:
        task = UploadTask.objects.only("log").get(pk=task_id)
        task.log = (task.log + "".join(lines))[-LONGEST_LOG:]
        task.save(update_fields=["log"])


def _first(texts: "QuerySet[Forward, str]") -> str:
    return texts.first() or ""
