"""What a task says to people: its message and its log."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge

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
_LOG_TIME = "%Y-%m-%d %H:%M:%S"


def waiting_text(destination: str, reason: str, until: datetime) -> str:
    """Why instances wait for a destination that takes nothing now."""
    return f"Waiting for destination {destination}: {reason}; next try at {until:%Y-%m-%d %H:%M:%S} UTC."


def write_message(task_id: int) -> None:
    """Brings the task's message up to its forward rows; a task without anything to say has none."""
    rows = Forward.objects.filter(instance__task_id=task_id).order_by()
    failed = Q(state=ForwardState.FAILED)
    unconfirmed = Q(state=ForwardState.UNCONFIRMED)
    asked = Q(state=ForwardState.SENT)
    waiting = Q(state=ForwardState.WAITING) & ~Q(message="")
    warned = Q(state=ForwardState.DELIVERED) & ~Q(warning="")
    n = rows.aggregate(
        total=Count("pk"),
        failed=Count("pk", filter=failed),
        waiting=Count("pk", filter=waiting),
        warned=Count("pk", filter=warned),
        asked=Count("pk", filter=asked),
        unconfirmed=Count("pk", filter=unconfirmed),
    )
    sentences = []
    if n["failed"]:
        why = _first(rows.filter(failed).order_by("pk").values_list("message", flat=True))
        sentences.append(f"{n['failed']} of {n['total']} instances were not delivered. {why}")
    if n["unconfirmed"]:
        why = _first(rows.filter(unconfirmed).order_by("pk").values_list("message", flat=True))
        sentences.append(f"{n['unconfirmed']} of {n['total']} instances: {why}")
    if n["asked"]:
        why = _first(rows.filter(asked).exclude(message="").order_by("pk").values_list("message", flat=True))
        sentences.append(f"{n['asked']} of {n['total']} instances were sent and wait to be confirmed. {why}".strip())
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
    told = [
        (delivery.parcel.sop_instance_uid, f"{WORDS[delivery.outcome]}. {delivery.message}")
        for delivery in deliveries
        if delivery.message or delivery.outcome is not Outcome.DELIVERED
    ]
    write_log(task_id, told, now)


def write_log(task_id: int, told: Sequence[tuple[str, str]], now: datetime) -> None:
    """Adds lines: SOPInstanceUID, and what is to be said of the instance."""
    if told:
        lines = "".join(f"{now:{_LOG_TIME}} {uid}: {text}\n" for uid, text in told)
        task = UploadTask.objects.only("log").get(pk=task_id)
        task.log = (task.log + lines)[-LONGEST_LOG:]
        task.save(update_fields=["log"])


def whole_log(task: UploadTask) -> Iterator[str]:
    """The log with a line for each instance that came to its outcome, in the order of time.

    What was simply delivered is not written into the log but read from its row: a study may have 50,000.
    """
    delivered = (
        Forward.objects.filter(instance__task_id=task.pk, state=ForwardState.DELIVERED, ended__isnull=False)
        .order_by("ended", "pk")
        .values_list("ended", "instance__sop_instance_uid", "warning")
    )
    lines = (
        f"{ended:{_LOG_TIME}} {uid}: delivered."
        for ended, uid, warning in delivered.iterator(chunk_size=2000)
        if ended is not None and not warning
    )
    yield from merge(task.log.splitlines(), lines, key=_time_of)


def _time_of(line: str) -> str:
    return line[:19]


def _first(texts: "QuerySet[Forward, str]") -> str:
    return texts.first() or ""
