"""A command of Django's in which what Procrastinate begins once a minute begins every other second.

    python -m tests.parts.by_the_second forward

So that no test waits for the next minute; all else is as it is.
"""

import os
import sys

import django
from django.core.management import execute_from_command_line

ONCE_A_MINUTE = "* * * * *"
EVERY_OTHER_SECOND = "* * * * * */2"


def hasten() -> int:
    """Changes the times of the app's tasks; of how many."""
    from procrastinate.contrib.django import app  # noqa: PLC0415 - needs Django to be set up

    tasks = app.periodic_registry.periodic_tasks
    minutely = {key: task for key, task in tasks.items() if task.cron == ONCE_A_MINUTE}
    for key, task in minutely.items():
        tasks[key] = type(task)(task.task, EVERY_OTHER_SECOND, task.periodic_id, task.configure_kwargs)
    return len(minutely)


if __name__ == "__main__":
    assert os.environ["ADIT_RECEIVER_ENGINE"] == "procrastinate"
    django.setup()
    assert hasten() == 1
    execute_from_command_line(["manage.py", *sys.argv[1:]])
