"""Tasks in Procrastinate's tables are good neighbours: ADIT's own run beside them."""

import json

import pytest

from tests.parts.stored_jobs import StoredJobs

NAMES = ["look_again", "look_at_the_queue"]

pytestmark = pytest.mark.parametrize("jobs", ["procrastinate"], indirect=True)

# as a worker leaves it that is killed in the middle: its task is "doing", and its heart has stopped
KILLED = """
from django.db import connection
from adit_receiver.forwarding.procrastinate_engine import LOOK, LOOK_AGAIN, QUEUE, defer
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO procrastinate_workers(last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id")
    (worker,) = cursor.fetchone()
def kill():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [worker])
"""

# what ADIT does every ten minutes, and before its servers start
RETRY_ALL = """
import asyncio
from procrastinate.contrib.django import app
async def retry_all():
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job, priority=10)
asyncio.run(retry_all())
"""

LIST = """
import json
from procrastinate.contrib.django.models import ProcrastinateJob
rows = ProcrastinateJob.objects.order_by("id").values_list("task_name", "status")
print(json.dumps(list(map(list, rows))))
"""


def test_what_a_killed_worker_has_left_can_be_retried_by_adit_while_the_next_one_waits(jobs: StoredJobs) -> None:
    ask = "from adit_receiver.tasks import look_again\nlook_again.defer(timestamp=1)\ndefer()"
    rows = json.loads(jobs.run_code(f"{KILLED}\n{ask}\nkill()\n{ask}\n{RETRY_ALL}\n{LIST}"))
    assert sorted(map(tuple, rows)) == [(f"adit_receiver.{name}", "todo") for name in sorted(2 * NAMES)]


def test_asked_for_again_and_again_few_tasks_wait_and_few_are_run(jobs: StoredJobs) -> None:
    code = """
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from adit_receiver.forwarding.procrastinate_engine import defer
from adit_receiver.tasks import look_again
later = timezone.now() + timedelta(hours=1)
def count(what):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {what}")
        return cursor.fetchone()[0]
for _ in range(3):
    defer(later)
    defer(later + timedelta(hours=1))
    defer(later - timedelta(minutes=30))
    defer()
print(count("procrastinate_jobs"))
for minute in range(5):
    look_again.defer(timestamp=minute)
with app.replace_connector(app.connector.get_worker_connector()) as working:
    working.run_worker(queues=["adit_uploads"], wait=False, delete_jobs="always")
print(count("procrastinate_events WHERE type = 'started'"))
"""
    waited, started = map(int, jobs.run_code(code).split())
    assert waited == 3  # one for each earlier time
    assert started <= 3  # of five minutes in which no worker ran, one
