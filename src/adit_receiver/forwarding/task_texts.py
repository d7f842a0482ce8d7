"""What a task says to people: its message and its log."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

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
    rows = Forward.objects.filter(instance__task_id=task_id)
    total = rows.count()
    sentences = []
    if n_failed := rows.filter(state=ForwardState.FAILED).count():
        why = _first(rows.filter(state=ForwardState.FAILED).values_list("message", flat=True))
        sentences.append(f"{n_failed} of {total} instances were not delivered. {why}")
    waiting = rows.filter(state=ForwardState.WAITING).exclude(message="")
    if n_waiting := waiting.count():
        why = _first(waiting.order_by("-next_try").values_list("message", flat=True))
        sentences.append(why if why.startswith("Waiting for") else f"{n_waiting} of {total} instances wait. {why}")
    warned = rows.filter(Q(state=ForwardState.DELIVERED) & ~Q(warning=""))
    if n_warned := warned.count():
        why = _first(warned.values_list("warning", flat=True))
        sentences.append(f"{n_warned} of {total} instances were delivered with a warning. {why}")
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
