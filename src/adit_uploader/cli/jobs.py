"""``adit-uploader jobs``: what became of the user's uploads at a server."""

import argparse
import json
import re

import msgspec

from adit_uploader.protocol.messages import JobInfo, Tasks

from .errors import ExitStatus
from .line import add_line_options, line_of
from .options import Subparsers, add_server_options
from .states import STATES
from .terminal import Terminal
from .tokens import parse_server, token_for

DESCRIPTION = """\
Lists your uploads at a server, newest first; with JOB, the studies of that upload and where each is.
"""
_JOB = re.compile(r"[0-9a-f]{32}")


def job_id(text: str) -> str:
    job = text.replace("-", "").lower()
    if not _JOB.fullmatch(job):
        raise argparse.ArgumentTypeError(f"{text!r} is no job; a job has 32 hexadecimal digits")
    return job


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("jobs", help="show your uploads at a server", description=DESCRIPTION)
    parser.add_argument("job", nargs="?", type=job_id, metavar="JOB", help="one upload")
    parser.add_argument("--json", action="store_true", help="for programs; docs/command-line.md describes it")
    add_server_options(parser, required=False)
    add_line_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from adit_uploader.transfer.jobs import list_jobs, show_job  # noqa: PLC0415 - only this command needs the line, whose import takes long

    terminal = Terminal()
    server = parse_server(arguments.server, insecure_loopback=arguments.insecure_loopback)
    line = line_of(arguments, server)
    token = token_for(server, arguments.token_file)
    if arguments.job is not None:
        tasks = show_job(server, token, arguments.job, line=line)
        if arguments.json:
            terminal.raw(_json(tasks))
        else:
            _show_tasks(terminal, tasks)
    else:
        jobs = list_jobs(server, token, line=line)
        if arguments.json:
            terminal.raw(_json(jobs))
        else:
            _show_jobs(terminal, jobs)
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
