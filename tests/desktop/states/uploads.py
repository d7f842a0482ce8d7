"""All uploads, and those that were cut."""

from dataclasses import replace

from adit_uploader.desktop.job_values import (
    JobDeeds,
    JobLine,
    Place,
    ResultLine,
    ServerLook,
    UnfinishedBlock,
    UnfinishedState,
)
from adit_uploader.desktop.upload_values import TaskLine
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.words import errors
from adit_uploader.transfer.errors import ServerUnreachable
from tests.desktop.states.made_up import PSEUDONYM
from tests.desktop.states.signing_in import signed_in, signed_out


def unfinished(window: MainWindow) -> None:
    signed_out(window)
    window.unfinished.show_unfinished(
        UnfinishedState(
            1_700_000_000.0,
            "Research archive",
            "wss://adit.example.org:443",
            "/media/cd",
            120,
            165,
            2,
            UnfinishedBlock.SIGNED_OUT,
        )
    )


JOB = JobLine(
    "1" * 32,
    1_700_000_000.0,
    Place.BOTH,
    "WA",
    "wss://adit.example.org:443",
    "Research archive",
    "internal",
    165,
    165,
    160,
    5,
    False,
    "5 of 165 instances were not delivered.",
)


def jobs(window: MainWindow) -> None:
    signed_in(window)
    page = window.jobs
    cut = replace(JOB, job="2" * 32, created=1_600_000_000.0, place=Place.HERE, state="open", delivered=0, failed=0)
    other = replace(JOB, job="3" * 32, place=Place.SERVER, images=None, key_list=None, state="IP", message="")
    page.show_jobs((JOB, cut, other), JOB.job)
    tasks = (
        TaskLine(PSEUDONYM, "1.2.3", "WA", 44, 40, 4, "US 1", 3),
        TaskLine(PSEUDONYM, "1.2.4", "SU", 121, 120, 1, "", 1),
    )
    results = (ResultLine("1001", PSEUDONYM, "44 / 44", 1, 44, 40, 4), ResultLine("0002734", PSEUDONYM, "", 0, 0, 0, 0))
    page.show_job(JOB, JobDeeds(False, None, True, True, True, True, True), tasks, results)
    page.set_look(ServerLook.LIVE, None)
    page.set_unsaved(2)
    if not window.jobs_visible:
        window.toggle_jobs()


def jobs_offline(window: MainWindow) -> None:
    jobs(window)
    page = window.jobs
    cut = replace(JOB, place=Place.HERE, state="open", message="")
    page.show_jobs((cut,), JOB.job)
    page.show_job(cut, JobDeeds(block=UnfinishedBlock.OTHER_SERVER, delete=True, key_list=True), (), ())
    page.set_look(ServerLook.UNREACHABLE, errors.explain(ServerUnreachable()))


def no_jobs(window: MainWindow) -> None:
    signed_out(window)
    window.jobs.show_jobs((), "")
    window.jobs.show_job(None, JobDeeds(), (), ())
    window.jobs.set_unsaved(0)
    window.jobs.set_look(ServerLook.SIGNED_OUT, None)
    if not window.jobs_visible:
        window.toggle_jobs()


def jobs_asked_for(window: MainWindow) -> None:
    jobs(window)
    window.jobs.show_jobs((), "")
    window.jobs.show_job(None, JobDeeds(), (), ())
    window.jobs.set_unsaved(0)
    window.jobs.set_look(ServerLook.ASKING, None)


def jobs_at_rest(window: MainWindow) -> None:
    jobs(window)
    states = ("UV", "PE", "IP", "CI", "CA", "SU", "WA", "FA", "running", "open", "finished", "canceled")
    lines = tuple(replace(JOB, job=f"{number:032}", state=state) for number, state in enumerate(states))
    failed = replace(lines[7], message="3 of 165 instances were not delivered.", failed=3, key_list=True)
    tasks = tuple(
        TaskLine(PSEUDONYM, f"1.2.{number}", state, 44, 40, 4, "3 of 44 instances were not delivered.", 3)
        for number, state in enumerate(states[1:8])
    )
    window.jobs.show_jobs(lines, failed.job)
    window.jobs.show_job(failed, JobDeeds(retry=True, delete=True, key_list=True, receipt=True), tasks, ())
    window.jobs.set_unsaved(0)
    window.jobs.set_look(ServerLook.AT_REST, None)


def made_elsewhere(window: MainWindow) -> None:
    signed_in(window)
    window.unfinished.show_unfinished(
        UnfinishedState(
            1_700_000_000.0,
            "Research archive",
            "wss://adit.example.org:443",
            "/media/cd/a-long-name-of-a-folder-as-devices-make-them/0000A1B2/0000A1B2",
            120,
            165,
            0,
            UnfinishedBlock.MADE_ELSEWHERE,
        )
    )


def to_be_gone_on_with(window: MainWindow) -> None:
    signed_in(window)
    window.unfinished.show_unfinished(
        UnfinishedState(
            1_700_000_000.0, "Research archive", "wss://adit.example.org:443", "/media/cd", 120, 165, 0, None
        )
    )
