"""The upload itself, from the press of Send to the receipt."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adit_uploader.desktop.controllers.desk import Change, Desk, SignedIn
from adit_uploader.desktop.controllers.ports import (
    MessageView,
    RunningUpload,
    SendView,
    Services,
    WindowView,
    Words,
)
from adit_uploader.desktop.controllers.receipts import failed_of, failed_tasks, receipt_view
from adit_uploader.desktop.controllers.saving import Saving
from adit_uploader.desktop.controllers.time_left import TimeLeft
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.upload_values import Outcome, Phase, SendProgress, SeriesLine, TaskLine
from adit_uploader.desktop.values import Sent, Severity, Step
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import PlanOutdated
from adit_uploader.transfer.events import (
    Connected,
    Event,
    InstancesRefused,
    PhaseChanged,
    ProfileChanged,
    Progress,
    Reconnecting,
    SeriesMoved,
    TasksChanged,
)
from adit_uploader.transfer.events import Phase as RunPhase
from adit_uploader.transfer.plan import UploadPlan
from adit_uploader.transfer.receipt import Item as ReceiptItem
from adit_uploader.transfer.receipt import Problem, Receipt, RunState

TOPIC = "upload"
PROFILE_TOPIC = "profile"
_PHASES = {
    RunPhase.CONNECTING: Phase.PREPARING,
    RunPhase.SENDING: Phase.SENDING,
    RunPhase.FINISHING: Phase.PROCESSING,
    RunPhase.DELIVERING: Phase.PROCESSING,
}
_WISHES = frozenset({Phase.PAUSING, Phase.STOPPING, Phase.LAST_STUDIES})
"""What the user asked for stands there until it is so."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be sent.

    Attributes:
        account: for whom it was planned: pseudonyms come from the department, new UIDs from the server.
        request: kept in the journal, to plan the same again after a restart.
        resume: id of the job that goes on; '': whichever fits, or a new one.
        of_desk: it is what lies on the desk, whole.
        completes: when all of it is at the server, so is all that lies on the desk.
    """

    plan: UploadPlan
    account: SignedIn
    request: str = ""
    resume: str = ""
    of_desk: bool = False
    completes: bool = False


class SendingController:
    """One upload at a time. Real names are sent only after a second word of the user, asked for each time."""

    def __init__(
        self,
        desk: Desk,
        *,
        window: WindowView,
        view: SendView,
        messages: MessageView,
        gateway: Gateway,
        services: Services,
        saving: Saving,
        words: Words,
        ended: Callable[[Mode], None],
    ) -> None:
        """ended: called after every upload with its mode."""
        self._desk = desk
        self._window = window
        self._view = view
        self._messages = messages
        self._gateway = gateway
        self._services = services
        self._saving = saving
        self._words = words
        self._ended = ended
        self._upload: RunningUpload | None = None
        self._progress = SendProgress()
        self._time_left = TimeLeft()
        self._asked_for: Job | None = None
        self._job: Job | None = None
        self._receipt: Receipt | None = None
        self._refused: list[ReceiptItem] = []  # of the upload under way
        self._close_after = False

    # ------------------------------------------------------------ what the user does

    def send(self) -> None:
        """Sends the plan, or what failed of it before; with real names the window asks first, and names the count."""
        plan, account = self._desk.plan, self._desk.account
        if plan is None or account is None or self._desk.sending or not plan.counts.to_send:
            return
        receipt = self._receipt
        if self._desk.sent is Sent.PARTLY and receipt is not None and receipt.state is RunState.FINISHED:
            self.retry(())
            return
        self.begin(Job(plan, account, self._desk.request(), of_desk=True, completes=True))

    def begin(self, job: Job) -> None:
        """Sends this, unless something is sent already; with real names only after a second word."""
        if self._desk.account is None or self._desk.sending or not job.plan.counts.to_send:
            return
        if job.plan.mode is Mode.NONE:
            self._asked_for = job
            counts = job.plan.counts
            self._window.ask_to_send_real_names(counts.to_send, counts.patients, job.plan.destination)
            return
        self._start(job)

    def confirm_real_names(self) -> None:
        """The second word. It counts only for what was asked."""
        job, self._asked_for = self._asked_for, None
        if job is None or self._desk.sending:
            return
        if not job.of_desk or job.plan is self._desk.plan:
            self._start(job)

    def retry(self, rows: Collection[int]) -> None:
        """Sends once more what failed, as a new job; rows: lines of the receipt, none: all that failed."""
        job, receipt = self._job, self._receipt
        if job is None or receipt is None or self._desk.sending:
            return
        completes = job.completes and not rows and self._desk.sent is Sent.PARTLY

        def narrow(_: Reporter) -> UploadPlan:
            return job.plan.only(failed_of(job.plan, receipt, rows))

        def again(part: UploadPlan) -> None:
            self.begin(Job(part, job.account, job.request, completes=completes))

        self._gateway.run(narrow, done=again, failed=self._not_begun)

    def go_on(self) -> None:
        """Goes on with what was paused or interrupted."""
        job = self._job
        if job is None or self._upload is not None:
            return
        if self._progress.phase is Phase.PAUSED:
            self._start(job)
        else:
            self.begin(job)

    def pause(self) -> None:
        """Ends the sending for now; the job stays open at the server."""
        if self._upload is not None and self._progress.phase not in _WISHES:
            self._show(replace(self._progress, phase=Phase.PAUSING))
            self._upload.pause()

    def ask_how_to_stop(self) -> None:
        """Asks what is to become of the studies under way; where none is, only whether."""
        sending = self._progress.phase in {Phase.SENDING, Phase.RECONNECTING}
        self._window.ask_to_stop(can_finish=sending)

    def finish_current(self) -> None:
        """Sends the studies under way to their end, and nothing else."""
        if self._upload is not None:
            self._show(replace(self._progress, phase=Phase.LAST_STUDIES))
            self._upload.finish_current()

    def cancel(self) -> None:
        """Gives the upload up, here and at the server."""
        if self._upload is not None:
            self._show(replace(self._progress, phase=Phase.STOPPING))
            self._upload.cancel()
        elif self._progress.phase is Phase.PAUSED:
            self._give_up()

    def stop_and_close(self) -> None:
        """Ends the upload so that it can be gone on with, then closes the window."""
        if self._upload is None:
            self._window.set_busy(False)
            self._window.close()
            return
        self._close_after = True
        self._show(replace(self._progress, phase=Phase.STOPPING))
        self._upload.pause()

    def ask_for_key_list(self) -> None:
        self._saving.ask_for_key_list(f"key-list-{self._stamp()}", self.save_key_list)

    def ask_for_report(self) -> None:
        self._saving.ask_for_receipt(f"receipt-{self._stamp()}", self.save_report)

    def save_key_list(self, path: Path) -> None:
        """PatientID and pseudonym of what was sent, with what became of it."""
        job, receipt = self._job, self._receipt
        if job is None or receipt is None:
            return
        sent = {one.pseudonym: self._words.sent(one.stored, one.instances) for one in receipt.patients}

        def saved() -> None:
            self._gateway.run(
                lambda _: self._services.jobs.key_list_saved(receipt.job),
                done=lambda _: self._desk.tell(Change.JOBS),
                failed=self._not_begun,
            )

        self._saving.save_key_list(job.plan.key_list(sent), path, saved=saved)

    def save_report(self, path: Path) -> None:
        if self._receipt is not None:
            self._saving.save_receipt(self._receipt, path)

    def say_again(self) -> None:
        """The receipt, or what was refused so far, in the language that is spoken now."""
        if self._desk.sending:
            self._view.set_problems(self._words.items(self._refused))
        elif self._receipt is not None:
            self._view.show_receipt(receipt_view(self._receipt, self._words))

    # ------------------------------------------------------------ the upload

    def _start(self, job: Job) -> None:
        plan, account = job.plan, self._desk.account
        if account is None:
            return
        if not job.account.is_same_person(account):
            self._not_begun(PlanOutdated())
            return
        self._messages.dismiss(TOPIC)
        self._saving.forget()
        self._receipt = None
        self._job = job
        self._time_left = TimeLeft()
        self._desk.sent = None
        self._desk.sending = True
        self._window.set_busy(True)
        if self._progress.phase is not Phase.PAUSED:
            self._refused = []
            self._view.show_progress(plan.destination, series_lines(plan))
            self._progress = SendProgress(total=plan.counts.to_send, bytes_total=plan.counts.bytes_to_send)
        self._show(replace(self._progress, phase=Phase.PREPARING))
        self._window.show_step(Step.SEND)
        self._desk.tell(Change.SENDING)
        waiting: list[Reporter] = []

        def tell(event: Event) -> None:
            waiting[0].report(event)

        upload = self._services.make_upload(
            plan, account.server, account.token, on_event=tell, request=job.request, resume=job.resume
        )
        self._upload = upload

        def work(reporter: Reporter) -> Receipt:
            waiting.append(reporter)
            with self._services.stay_awake():
                return upload.run()

        self._gateway.run(work, done=self._finished, failed=self._failed, reports=self._events)

    def _events(self, news: Sequence[object]) -> None:
        """What happened in the last tenth of a second; one look at the end, however much it was."""
        progress = self._progress
        for event in news:
            match event:
                case PhaseChanged(phase):
                    progress = replace(progress, phase=_PHASES[phase])
                case Connected():
                    self._messages.dismiss(TOPIC)
                case Progress():
                    progress = self._with(progress, event)
                case SeriesMoved(series):
                    self._view.set_series(series)
                case InstancesRefused(items):
                    self._refused += items
                    self._view.add_problems(self._words.items(items))
                case TasksChanged(tasks):
                    self._view.set_tasks(tuple(TaskLine.of(task) for task in tasks))
                case ProfileChanged():
                    text = self._words.profile_changed(event.name, event.job)
                    self._messages.show_message(PROFILE_TOPIC, Severity.WARNING, text)
                case Reconnecting():
                    progress = replace(progress, phase=Phase.RECONNECTING)
                    text = self._words.reconnecting(event.title, event.message, event.seconds)
                    self._messages.show_message(TOPIC, Severity.WARNING, text)
                case _:
                    pass
        lost = self._progress.phase is Phase.RECONNECTING or any(isinstance(event, Reconnecting) for event in news)
        if lost and progress.phase is not Phase.RECONNECTING:
            self._messages.dismiss(TOPIC)
        if self._progress.phase in _WISHES and progress.phase is not Phase.PROCESSING:
            progress = replace(progress, phase=self._progress.phase)
        self._show(progress)

    def _with(self, progress: SendProgress, event: Progress) -> SendProgress:
        counts = event.counts
        moves = counts.stored > progress.stored or event.bytes_done > progress.bytes_done
        phase = Phase.SENDING if progress.phase is Phase.RECONNECTING and moves else progress.phase
        left = self._time_left.look(event.seconds, event.bytes_per_second, event.bytes_total - event.bytes_done)
        return replace(
            progress,
            phase=phase,
            sent=counts.sent,
            stored=counts.stored,
            delivered=counts.delivered,
            failed=max(0, counts.refused),
            bytes_done=event.bytes_done,
            bytes_total=event.bytes_total,
            rate=event.bytes_per_second,
            seconds_left=left,
        )

    # ------------------------------------------------------------ its end

    def _finished(self, receipt: Receipt) -> None:
        self._receipt = receipt
        if receipt.state is RunState.PAUSED and not self._close_after:
            self._upload = None
            self._show(replace(self._progress, phase=Phase.PAUSED, rate=0.0, seconds_left=None))
            return
        shown = receipt_view(receipt, self._words)
        if receipt.problem is not None:
            self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(ProblemError(receipt.problem)))
        self._view.show_receipt(shown)
        self._over(self._sent(receipt))
        self._window.show_step(Step.SEND, finished=shown.outcome is Outcome.COMPLETE)
        self._window.notify(self._words.ended(shown))

    def _failed(self, error: BaseException) -> None:
        """Nothing was sent: back to where it was, with the reason."""
        self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))
        self._window.show_step(Step.CHECK if self._desk.inventory.patients else Step.DROP)
        self._over()
        self._window.notify(self._words.explain(error))

    def _not_begun(self, error: BaseException) -> None:
        self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))

    def _give_up(self) -> None:
        """A paused job comes to its end at the server too."""
        receipt, account = self._receipt, self._desk.account
        if receipt is None or account is None:
            return
        self._show(replace(self._progress, phase=Phase.STOPPING))

        def work(_: Reporter) -> Receipt:
            self._services.jobs.give_up(account.server, account.token, receipt.job)
            return replace(receipt, state=RunState.CANCELED)

        def failed(error: BaseException) -> None:
            self._not_begun(error)
            self._show(replace(self._progress, phase=Phase.PAUSED))

        self._gateway.run(work, done=self._finished, failed=failed)

    def _sent(self, receipt: Receipt) -> Sent | None:
        """Whether a second press of the button would send anything.

        Real names are not sent again by one press: their mode is gone, and has to be chosen and confirmed anew.
        """
        job = self._job
        if job is None or not job.completes:
            return None
        stored = receipt.state is RunState.FINISHED and receipt.counts.stored >= job.plan.counts.to_send
        if stored and not failed_tasks(receipt):
            return Sent.WHOLE
        return None if job.plan.mode is Mode.NONE else Sent.PARTLY

    def _over(self, sent: Sent | None = None) -> None:
        self._upload = None
        self._progress = SendProgress()
        self._desk.sending = False
        self._window.set_busy(False)
        self._ended(self._job.plan.mode if self._job else Mode.INTERNAL)
        self._desk.sent = sent
        self._desk.tell(Change.SENDING)
        if self._close_after:
            self._window.close()

    def _show(self, progress: SendProgress) -> None:
        self._progress = progress
        self._view.set_progress(progress)

    def _stamp(self) -> str:
        return self._receipt.ended[:10] if self._receipt else ""


class ProblemError(Exception):
    """A receipt's problem, to be put into words like any other error."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.title = problem.title
        self.message = problem.message


def series_lines(plan: UploadPlan) -> tuple[SeriesLine, ...]:
    """Every series that is sent, in the order of the plan."""
    return tuple(
        SeriesLine(
            planned.patient.patient_id, planned.pseudonym, series.modality, series.description, len(series.instances)
        )
        for planned in plan.patients
        for study in planned.patient.studies
        for series in study.series
    )
