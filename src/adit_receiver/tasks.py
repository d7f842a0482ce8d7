"""Procrastinate's tasks; it imports this module by its name where it is installed.

Whatever becomes of a task, the forward rows say what is to be done: a killed worker's task stays behind as "doing" and
is put away, and one that a worker without this app has deleted is asked for again within a minute.
"""

import logging

from django.db import DatabaseError, connection
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from .conf import receiver_settings
from .errors import SpoolError
from .forwarding import queue
from .forwarding.procrastinate_engine import LOOK, LOOK_AGAIN, QUEUE, WAITING, defer, is_asked_for
from .forwarding.worker import LINGER, Worker
from .spool import Spool
from .sweep import sweep

SWEEP = "adit_receiver.sweep_the_spool"

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
@app.task(name=LOOK_AGAIN, queue=QUEUE)
async def look_again(timestamp: int) -> None:
    """Once a minute: puts away what killed workers have left, and asks for a look."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(queue=QUEUE):
        logger.warning("A worker was lost in the middle of task %s; its work is looked for again", job.task_name)
        await manager.finish_job(job, Status.FAILED, delete_job=True)
    # in ADIT every worker asks for this task, also while none of ours is there to do it
    for job in await manager.list_jobs_async(queue=QUEUE, task=LOOK_AGAIN, status=WAITING):
        if job.id is not None:
            await manager.cancel_job_by_id_async(job.id, delete_job=True)
    if not is_asked_for(await manager.list_jobs_async(queue=QUEUE, task=LOOK, status=WAITING), None):
        await app.configure_task(LOOK, queue=QUEUE).defer_async()


@app.periodic(cron="17 * * * *")
@app.task(name=SWEEP, queue=QUEUE)
def sweep_the_spool(timestamp: int) -> None:
    """Once an hour, where no ``serve`` and no ``web`` does it: deletes what crashes have left in the spool."""
    settings = receiver_settings()
    try:
        sweep(Spool(settings.spool), settings.partial_days)
    except (SpoolError, DatabaseError) as error:
        logger.warning("The spool could not be swept: %s", type(error).__name__)
    finally:
        connection.close()
