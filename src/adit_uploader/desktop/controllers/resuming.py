"""Uploads that did not come to their end are offered when the window opens: go on, leave, or delete their traces."""

from collections.abc import Callable, Collection, Sequence

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.ports import MessageView, ScanView, Services, UnfinishedView, WindowView, Words
from adit_uploader.desktop.controllers.replanning import replan, replan_failed
from adit_uploader.desktop.controllers.sending import Job, SendingController
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.job_values import LocalJob, UnfinishedBlock, UnfinishedState
from adit_uploader.desktop.request import wanted_of
from adit_uploader.desktop.values import ScanState, Severity
from adit_uploader.dicom.errors import ScanCancelled
from adit_uploader.dicom.scan import ScanProgress
from adit_uploader.transfer.plan import UploadPlan

TOPIC = "unfinished"


class ResumingController:
    """Offers one job after the other, newest first."""

    def __init__(
        self,
        desk: Desk,
        *,
        view: UnfinishedView,
        strip: ScanView,
        window: WindowView,
        messages: MessageView,
        gateway: Gateway,
        services: Services,
        sending: SendingController,
        words: Words,
    ) -> None:
        self._desk = desk
        self._view = view
        self._strip = strip
        self._window = window
        self._messages = messages
        self._gateway = gateway
        self._services = services
        self._sending = sending
        self._words = words
        self._jobs: tuple[LocalJob, ...] = ()
        self._searching: Reporter | None = None
        self._to_delete: LocalJob | None = None
        desk.listen(self._changed)

    def start(self) -> None:
        """Looks into the journal."""

        def look(_: Reporter) -> tuple[LocalJob, ...]:
            return self._services.jobs.local()

        def found(jobs: Sequence[LocalJob]) -> None:
            self._jobs = tuple(job for job in jobs if job.state == "open" and job.left > 0 and not job.running)
            self._show()

        self._gateway.run(look, done=found, failed=self._explain)

    # ------------------------------------------------------------ what the user does

    def go_on(self) -> None:
        """Goes on with the job that is offered."""
        if self._jobs:
            self.go_on_with(self._jobs[0])

    def go_on_with(self, job: LocalJob) -> None:
        """Looks through the files again, and sends what is left."""
        account = self._desk.account
        if account is None or self._desk.sending or self.block_of(job) is not None:
            return
        self._search(
            lambda reporter: replan(job, account, self._services, reporter),
            lambda plan: Job(plan, account, job.request, resume=job.job),
            job,
        )

    def send_failed_of(self, job: LocalJob, studies: Collection[str]) -> None:
        """Sends as a new job what was refused of this one, and these studies (new UIDs) of it."""
        account = self._desk.account
        if account is None or self._desk.sending or self.block_of(job) is not None:
            return
        self._search(
            lambda reporter: replan_failed(job, studies, account, self._services, reporter),
            lambda plan: Job(plan, account, job.request),
            job,
        )

    def _search(self, work: Callable[[Reporter], UploadPlan], made: Callable[[UploadPlan], Job], job: LocalJob) -> None:
        def planned(plan: UploadPlan) -> None:
            self._end_search()
            self._sending.begin(made(plan))
            self._jobs = tuple(one for one in self._jobs if one.job != job.job)
            self._show()

        def failed(error: BaseException) -> None:
            self._end_search()
            if not isinstance(error, ScanCancelled):
                self._explain(error)
            self._show()

        def reports(news: Sequence[object]) -> None:
            for one in news:
                if isinstance(one, ScanProgress):
                    self._strip.set_scan(ScanState(one.files, one.instances, one.left_out))

        self._messages.dismiss(TOPIC)
        self._strip.set_scan(ScanState())
        self._searching = self._gateway.run(work, done=planned, failed=failed, reports=reports)
        self._show()

    def stop(self) -> None:
        """Ends the look through the files."""
        if self._searching is not None:
            self._searching.cancel()

    def leave(self) -> None:
        """Not now: it is offered again at the next start."""
        self._jobs = self._jobs[1:]
        self._show()

    def ask_to_delete(self) -> None:
        if self._jobs:
            self.ask_to_delete_job(self._jobs[0])

    def ask_to_delete_job(self, job: LocalJob) -> None:
        """Asks for the second word; what goes and what stays is said there."""
        self._to_delete = job
        unfinished = job.state == "open" and job.left > 0
        self._window.ask_to_delete_traces(key_list_saved=not job.unsaved, unfinished=unfinished)

    def delete(self) -> None:
        """Deletes what this computer knows of it, after the second word."""
        job, self._to_delete = self._to_delete, None
        if job is None:
            return

        def work(_: Reporter) -> None:
            self._services.jobs.delete(job.job)

        def done(_: None) -> None:
            self._jobs = tuple(one for one in self._jobs if one.job != job.job)
            self._show()
            self._desk.tell(Change.JOBS)

        self._gateway.run(work, done=done, failed=self._explain)

    # ------------------------------------------------------------ inside

    def _changed(self, change: Change) -> None:
        if change in {Change.ACCOUNT, Change.SENDING, Change.INVENTORY}:
            self._show()

    def _end_search(self) -> None:
        self._searching = None
        self._strip.set_scan(None)

    def _show(self) -> None:
        job = self._jobs[0] if self._jobs and not self._desk.sending else None
        if job is None:
            self._view.show_unfinished(None)
            return
        self._view.show_unfinished(
            UnfinishedState(
                created=job.created,
                destination=job.destination,
                server=job.server,
                folder=job.folder,
                left=job.left,
                images=job.images,
                others=len(self._jobs) - 1,
                block=self.block_of(job),
            )
        )

    def block_of(self, job: LocalJob) -> UnfinishedBlock | None:
        """Why what was asked for can't be planned again at the moment, if something keeps it."""
        account = self._desk.account
        checks: tuple[tuple[Callable[[], bool], UnfinishedBlock], ...] = (
            (lambda: job.running, UnfinishedBlock.RUNNING),
            (lambda: wanted_of(job.request) is None, UnfinishedBlock.MADE_ELSEWHERE),
            (lambda: account is None, UnfinishedBlock.SIGNED_OUT),
            (lambda: account is not None and account.server.key != job.server, UnfinishedBlock.OTHER_SERVER),
            (lambda: self._searching is not None or self._desk.scanning, UnfinishedBlock.SEARCHING),
        )
        return next((block for applies, block in checks if applies()), None)

    def _explain(self, error: BaseException) -> None:
        self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))
