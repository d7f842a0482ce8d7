"""``adit-uploader jobs``: what became of the user's uploads at a server."""

import argparse
import json
import re
from collections.abc import Sequence

import msgspec

from adit_uploader.protocol.messages import JobInfo, Tasks

from . import again
from .errors import ExitStatus, WrongUsage
from .line import add_line_options, line_of
from .options import Subparsers, add_server_options
from .states import STATES
from .terminal import Terminal
from .tokens import parse_server, token_for

DESCRIPTION = """\
Without a word: your uploads at a server, newest first; with JOB, the studies of that upload and where each is.
local: the uploads that this computer knows. resume [JOB ...]: goes on with uploads of this computer that were cut,
paused or told to wait (--later), all or some, one after the other. retry JOB: sends what was refused of an upload once
more. cancel JOB: gives an upload up; what is not yet delivered will not be.
"""
LOCAL, RESUME, RETRY, CANCEL = "local", "resume", "retry", "cancel"
_JOB = re.compile(r"[0-9a-f]{32}")


def job_id(text: str) -> str:
    job = text.replace("-", "").lower()
    if not _JOB.fullmatch(job):
        raise argparse.ArgumentTypeError(f"{text!r} is no job; a job has 32 hexadecimal digits")
    return job


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("jobs", help="show your uploads at a server", description=DESCRIPTION)
    parser.add_argument(
        "what", nargs="*", metavar="WORD", help="JOB, local, resume [JOB ...], retry JOB, or cancel JOB"
    )
    parser.add_argument("--json", action="store_true", help="for programs; docs/command-line.md describes it")
    add_server_options(parser, required=False)
    add_line_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    terminal = Terminal()
    action, jobs = _asked(arguments.what)
    match action:
        case "local":
            again.show_local(terminal)
            return ExitStatus.DONE
        case "resume":
            return again.go_on(terminal, jobs)
        case "retry":
            return again.send_refused(terminal, jobs[0])
        case _:
            return _at_the_server(terminal, arguments, jobs, cancel=action == CANCEL)


def _asked(words: Sequence[str]) -> tuple[str, list[str]]:
    """What to do, and with which jobs.

    Raises:
        WrongUsage: it is nothing of that.
    """
    action = words[0] if words and words[0] in (LOCAL, RESUME, RETRY, CANCEL) else ""
    try:
        jobs = [job_id(word) for word in words[1 if action else 0 :]]
    except argparse.ArgumentTypeError as error:
        raise WrongUsage("This is no upload", f"{error}.") from None
    fits = {LOCAL: len(jobs) == 0, RESUME: True, RETRY: len(jobs) == 1, CANCEL: len(jobs) == 1}.get(
        action, len(jobs) <= 1
    )
    if not fits:
        raise WrongUsage("These words don't fit together", "See: adit-uploader jobs --help.")
    return action, jobs


def _at_the_server(terminal: Terminal, arguments: argparse.Namespace, jobs: list[str], *, cancel: bool) -> int:
    from adit_uploader.transfer.errors import JobRefused  # noqa: PLC0415 - as below
    from adit_uploader.transfer.jobs import cancel_job, list_jobs, show_job  # noqa: PLC0415 - only this command needs the line, whose import takes long

    server = parse_server(arguments.server, insecure_loopback=arguments.insecure_loopback)
    line = line_of(arguments, server)
    token = token_for(server, arguments.token_file)
    if cancel:
        try:
            _show_tasks(terminal, cancel_job(server, token, jobs[0], line=line))
        except JobRefused:
            if not again.close_local(jobs[0]):
                raise
            terminal.say("Given up here; the server does not have it.")
        again.close_local(jobs[0])
    elif jobs:
        tasks = show_job(server, token, jobs[0], line=line)
        if arguments.json:
            terminal.raw(_json(tasks))
        else:
            _show_tasks(terminal, tasks)
    else:
        listed = list_jobs(server, token, line=line)
        if arguments.json:
            terminal.raw(_json(listed))
        else:
            _show_jobs(terminal, listed)
    return ExitStatus.DONE


def _json(value: object) -> str:
    return json.dumps(msgspec.to_builtins(value), indent=2) + "\n"


def _show_jobs(terminal: Terminal, jobs: tuple[JobInfo, ...]) -> None:
    if not jobs:
        terminal.say("No uploads yet.")
        return
    terminal.table(
        ("Job", "Created", "State", "Mode", "Destination", "Stored", "Delivered", "Failed", "Project", "Message"),
        [
            (
                job.job,
                job.created,
                STATES[job.state],
                job.mode,
                job.destination,
                str(job.stored),
                str(job.delivered),
                str(job.failed),
                job.project_name,
                job.message,
            )
            for job in jobs
        ],
        numbers=("Stored", "Delivered", "Failed"),
    )


def _show_tasks(terminal: Terminal, tasks: Tasks) -> None:
    terminal.say(f"Job {tasks.job}: {STATES[tasks.state]}" + (f". {tasks.message}" if tasks.message else ""))
    terminal.table(
        ("Patient", "Study", "State", "Stored", "Delivered", "Failed", "Attempts", "Message"),
        [
            (
                task.patient_id,
                task.study_instance_uid,
                STATES[task.state],
                str(task.stored),
                str(task.delivered),
                str(task.failed),
                str(task.attempts),
                task.message,
            )
            for task in tasks.tasks
        ],
        numbers=("Stored", "Delivered", "Failed", "Attempts"),
    )
