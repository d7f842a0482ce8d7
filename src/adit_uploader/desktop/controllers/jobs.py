"""The page of all uploads: this computer's and the server's in one list, live while it is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.job_lines import deeds, job_lines, result_lines
from adit_uploader.desktop.controllers.ports import JobsView, MessageView, Services, WindowView, Words
from adit_uploader.desktop.controllers.resuming import ResumingController
from adit_uploader.desktop.controllers.saving import Saving
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.job_values import JobDeeds, JobLine, LocalJob, ServerLook
from adit_uploader.desktop.upload_values import TaskLine
from adit_uploader.desktop.values import Severity
from adit_uploader.protocol.messages import JobInfo, TaskInfo, Tasks
from adit_uploader.pseudonyms.errors import PseudonymError
from adit_uploader.pseudonyms.key_list import KeyList
from adit_uploader.transfer.receipt import Receipt
from adit_uploader.transfer.receipt_file import with_tasks

TOPIC = "jobs"


@dataclass(frozen=True, slots=True)
class _Server:
    """What a server said of its jobs. key: the server's."""

    key: str = ""
    jobs: tuple[JobInfo, ...] = ()


class JobsController:
    """Looks while the page is open, and only then."""

    def __init__(
        self,
        desk: Desk,
        *,
        view: JobsView,
        window: WindowView,
        messages: MessageView,
        gateway: Gateway,
        services: Services,
        resuming: ResumingController,
        saving: Saving,
        words: Words,
    ) -> None:
        self._desk = desk
        self._view = view
        self._window = window
        self._messages = messages
        self._gateway = gateway
        self._services = services
        self._resuming = resuming
        self._saving = saving
        self._words = words
        self._open = False
        self._look: Reporter | None = None
        self._local: tuple[LocalJob, ...] = ()
        self._there = _Server()
        self._tasks: dict[str, Tasks] = {}
        self._chosen = ""
        self._key_list: KeyList | None = None
        self._to_cancel = ""
        desk.listen(self._changed)

    # ------------------------------------------------------------ what the user does

    def show(self, visible: bool) -> None:
        """The page was opened or left."""
        self._open = visible
        if visible:
            self.look()
        else:
            self._end_look()

    def look(self) -> None:
        """Looks into the journal and at the server, anew."""
        if not self._open:
            return
        self._end_look()
        account, before = self._desk.account, self._chosen
        self._view.set_look(ServerLook.SIGNED_OUT if account is None else ServerLook.ASKING, None)

        def work(reporter: Reporter) -> bool:
            reporter.report(self._services.jobs.local())
            if account is None:
                return False
            return self._services.jobs.follow(
                account.server,
                account.token,
                chosen=lambda: self._chosen,
                on_jobs=lambda jobs: reporter.report(_Server(account.server.key, jobs)),
                on_tasks=reporter.report,
                stop=reporter.cancelled,
            )

        def done(under_way: bool) -> None:
            if self._look is not look:
                return
            self._look = None
            if under_way:
                self.look()
            elif account is not None:
                self._view.set_look(ServerLook.AT_REST, None)
                if self._chosen != before:  # chosen when the list came: the server may have been asked already
                    self._look_for_tasks()

        def failed(error: BaseException) -> None:
            if self._look is look:
                self._look = None
                self._view.set_look(ServerLook.UNREACHABLE, self._words.explain(error))

        def reports(news: Sequence[object]) -> None:
            if self._look is look:
                self._learn(news)

        look = self._look = self._gateway.run(work, done=done, failed=failed, reports=reports)

    def choose(self, job: str) -> None:
        """The user looks at this job; '' for none."""
        if job == self._chosen:
            return
        self._chosen, self._key_list = job, None
        self._show_chosen()
        local = self._local_of(job)
        if local is not None and local.key_list:
            self._read_key_list(job)
        self._look_for_tasks()

    def _look_for_tasks(self) -> None:
        """Asks for the chosen job's tasks, where nobody does and the server has them."""
        job = self._chosen
        if self._look is None and job not in self._tasks and any(one.job == job for one in self._there.jobs):
            self.look()

    def go_on(self) -> None:
        """Goes on with the chosen job."""
        local = self._local_of(self._chosen)
        if local is not None:
            self._resuming.go_on_with(local)

    def retry(self) -> None:
        """Sends once more what failed of the chosen job."""
        local = self._local_of(self._chosen)
        if local is not None:
            studies = [task.study_instance_uid for task in self._tasks_of(local.job) if task.failed]
            self._resuming.send_failed_of(local, studies)

    def ask_to_delete(self) -> None:
        local = self._local_of(self._chosen)
        if local is not None:
            self._resuming.ask_to_delete_job(local)

    def ask_to_cancel(self) -> None:
        if self._chosen:
            self._to_cancel = self._chosen
            self._window.ask_to_cancel_job()

    def cancel(self) -> None:
        """Gives the job up at the server, after the second word."""
        job, self._to_cancel = self._to_cancel, ""
        account = self._desk.account
        if not job or account is None:
            return

        def work(_: Reporter) -> None:
            self._services.jobs.give_up(account.server, account.token, job)

        self._gateway.run(work, done=lambda _: self._desk.tell(Change.JOBS), failed=self._explain)

    def save_key_list(self) -> None:
        """Asks where to, then saves the chosen job's list there."""
        local = self._local_of(self._chosen)
        if local is None:
            return
        job = local.job

        def save(path: Path) -> None:
            def read(_: Reporter) -> KeyList:
                return self._services.jobs.key_list(job)

            def write(key_list: KeyList) -> None:
                self._saving.save_key_list(key_list, path, saved=noted)

            self._gateway.run(read, done=write, failed=self._explain)

        def noted() -> None:
            self._gateway.run(
                lambda _: self._services.jobs.key_list_saved(job),
                done=lambda _: self._desk.tell(Change.JOBS),
                failed=self._explain,
            )

        self._saving.ask_for_key_list(_name("key-list", local), save)

    def save_receipt(self) -> None:
        """Asks where to, then saves the chosen job's receipt there, with what the server says of it now."""
        local = self._local_of(self._chosen)
        if local is None:
            return
        job = local.job

        def save(path: Path) -> None:
            def write(receipt: Receipt | None) -> None:
                if receipt is not None:
                    known = self._tasks.get(job)
                    self._saving.save_receipt(receipt if known is None else with_tasks(receipt, known.tasks), path)

            self._gateway.run(lambda _: self._services.jobs.receipt(job), done=write, failed=self._explain)

        self._saving.ask_for_receipt(_name("receipt", local), save)

    # ------------------------------------------------------------ inside

    def _changed(self, change: Change) -> None:
        if change is Change.ACCOUNT:
            self._there, self._tasks = _Server(), {}
            self._show()
        if change in {Change.ACCOUNT, Change.JOBS, Change.SENDING}:
            self.look()

    def _end_look(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _learn(self, news: Sequence[object]) -> None:
        for one in news:
            match one:
                case _Server():
                    self._there = one
                    self._view.set_look(ServerLook.LIVE, None)
                case Tasks():
                    self._tasks[one.job] = one
                case tuple():
                    self._local = one
        self._show()

    def _show(self) -> None:
        lines = job_lines(self._local, self._there.jobs, self._there.key)
        if not any(line.job == self._chosen for line in lines):
            self._chosen, self._key_list = "", None
        self._view.show_jobs(lines, self._chosen)
        self._show_chosen()

    def _show_chosen(self) -> None:
        line = next((one for one in self._lines() if one.job == self._chosen), None)
        tasks = self._tasks_of(self._chosen)
        self._view.show_job(
            line,
            self._deeds(line),
            tuple(TaskLine.of(task) for task in tasks),
            result_lines(self._key_list, tasks) if line is not None else (),
        )

    def _deeds(self, line: JobLine | None) -> JobDeeds:
        if line is None:
            return JobDeeds()
        local, account = self._local_of(line.job), self._desk.account
        return deeds(
            line,
            local,
            block=None if local is None else self._resuming.block_of(local),
            failed=line.failed + sum(task.failed for task in self._tasks_of(line.job)),
            connected=account is not None and account.server.key == line.server,
            busy=self._desk.sending,
        )

    def _lines(self) -> tuple[JobLine, ...]:
        return job_lines(self._local, self._there.jobs, self._there.key)

    def _read_key_list(self, job: str) -> None:
        def found(key_list: KeyList) -> None:
            if job == self._chosen:
                self._key_list = key_list
                self._show_chosen()

        def failed(error: BaseException) -> None:
            if not isinstance(error, PseudonymError):
                self._explain(error)

        self._gateway.run(lambda _: self._services.jobs.key_list(job), done=found, failed=failed)

    def _local_of(self, job: str) -> LocalJob | None:
        return next((one for one in self._local if one.job == job), None)

    def _tasks_of(self, job: str) -> tuple[TaskInfo, ...]:
        known = self._tasks.get(job)
        return () if known is None else known.tasks

    def _explain(self, error: BaseException) -> None:
        self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))


def _name(kind: str, job: LocalJob) -> str:
    return f"{kind}-{job.job[:8]}"
