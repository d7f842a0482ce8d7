"""Procrastinate's tasks; it imports this module by its name where it is installed.

Whatever becomes of a task, the forward rows say what is to be done: a killed worker's task stays behind as "doing" and
is put away, and one that a worker without this app has deleted is asked for again within a minute.
"""

import logging
from contextlib import suppress

from django.db import connection
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from .conf import receiver_settings
from .forwarding import queue
from .forwarding.procrastinate_engine import LOOK, LOOK_AGAIN, QUEUE, defer
from .forwarding.worker import LINGER, Worker

logger = logging.getLogger(__name__)


@app.task(name=LOOK, queue=QUEUE, pass_context=True)
def look_at_the_queue(context: JobContext) -> None:
    """Carries on until nothing is due; then asks for the next look, if it is known when something will be."""
    worker = Worker(receiver_settings())

    def look_whether_to_end() -> None:
        if context.should_abort():
            worker.stop()

    worker.on_look = look_whether_to_end
    worker.run(until_idle=True, linger=LINGER)
    try:
        now = timezone.now()
        if (soon := queue.next_due(now)) is not None:
            defer(max(soon, now))
    finally:
        connection.close()


@app.periodic(cron="* * * * *")
@app.task(name=LOOK_AGAIN, queue=QUEUE, queueing_lock=LOOK_AGAIN)
async def look_again(timestamp: int) -> None:
    """Once a minute: puts away what killed workers have left, and asks for a look."""
    for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
        logger.warning("A worker was lost in the middle of task %s; its work is looked for again", job.task_name)
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
    with suppress(AlreadyEnqueued):
        await app.configure_task(LOOK, queue=QUEUE, queueing_lock=LOOK).defer_async()
