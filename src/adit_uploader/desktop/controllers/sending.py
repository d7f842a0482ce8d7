"""The upload itself, from the press of Send to the saved receipt."""

from collections.abc import Callable, Sequence
from dataclasses import replace
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
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import (
    Outcome,
    Phase,
    ReceiptView,
    SendProgress,
    Sent,
    Severity,
    Step,
    TaskLine,
)
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.events import (
    Connected,
    Event,
    PhaseChanged,
    ProfileChanged,
    Progress,
    Reconnecting,
    TasksChanged,
)
from adit_uploader.transfer.events import Phase as RunPhase
from adit_uploader.transfer.plan import UploadPlan
from adit_uploader.transfer.receipt import Outcome as ItemOutcome
from adit_uploader.transfer.receipt import Problem, Receipt, RunState

TOPIC = "upload"
PROFILE_TOPIC = "profile"
SAVE_TOPIC = "save"
_PHASES = {
    RunPhase.CONNECTING: Phase.PREPARING,
    RunPhase.SENDING: Phase.SENDING,
    RunPhase.FINISHING: Phase.SENDING,
    RunPhase.DELIVERING: Phase.PROCESSING,
}


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
        self._words = words
        self._ended = ended
        self._upload: RunningUpload | None = None
        self._progress = SendProgress()
        self._asked_for: UploadPlan | None = None
        self._sent_plan: UploadPlan | None = None
        self._receipt: Receipt | None = None
        self._close_after = False

    # ------------------------------------------------------------ what the user does

    def send(self) -> None:
        """Sends the plan; with real names the window asks first, and names the count."""
        plan = self._desk.plan
        if plan is None or self._desk.account is None or self._desk.sending or not plan.counts.to_send:
            return
        if plan.mode is Mode.NONE:
            self._asked_for = plan
            self._window.ask_to_send_real_names(plan.counts.to_send, plan.counts.patients, plan.destination)
            return
        self._start(plan, self._desk.account)

    def confirm_real_names(self) -> None:
        """The second word. It counts only for the plan that was asked for."""
        plan, self._asked_for = self._asked_for, None
        if plan is not None and plan is self._desk.plan and self._desk.account is not None and not self._desk.sending:
            self._start(plan, self._desk.account)

    def cancel(self) -> None:
        """Gives the upload up."""
        if self._upload is not None:
            self._show(replace(self._progress, phase=Phase.STOPPING))
            self._upload.cancel()

    def stop_and_close(self) -> None:
        """Ends the upload so that it can be gone on with, then closes the window."""
        if self._upload is None:
            self._window.close()
            return
        self._close_after = True
        self._show(replace(self._progress, phase=Phase.STOPPING))
        self._upload.pause()

    def ask_for_key_list(self) -> None:
        self._window.ask_where_to_save_key_list(f"key-list-{self._stamp()}")

    def ask_for_report(self) -> None:
        self._window.ask_where_to_save_report(f"report-{self._stamp()}")

    def save_key_list(self, path: Path) -> None:
        """PatientID and pseudonym of what was sent, with what became of it."""
        plan, receipt = self._sent_plan, self._receipt
        if plan is None or receipt is None:
            return
        sent = {one.pseudonym: self._words.sent(one.stored, one.instances) for one in receipt.patients}
        key_list = plan.key_list(sent)

        def work(_: Reporter) -> None:
            self._services.write_key_list(key_list, path)

        self._save(work, path)

    def save_report(self, path: Path) -> None:
        """The receipt as a page (HTML or PDF), which names no file and no patient; as JSON, which names files."""
        receipt = self._receipt
        if receipt is None:
            return
        kind = path.suffix.lower()
        text = receipt.to_json() if kind == ".json" else self._words.receipt_page(receipt)

        def work(_: Reporter) -> None:
            if kind == ".pdf":
                self._services.write_pdf(text, path)
            else:
                path.write_text(text, encoding="utf-8")

        self._save(work, path)

    def say_again(self) -> None:
        """The receipt in the language that is spoken now."""
        if self._receipt is not None and not self._desk.sending:
            self._view.show_receipt(receipt_view(self._receipt, self._words))

    # ------------------------------------------------------------ the upload

    def _start(self, plan: UploadPlan, account: SignedIn) -> None:
        self._messages.dismiss(TOPIC)
        self._messages.dismiss(SAVE_TOPIC)
        self._receipt = None
        self._sent_plan = plan
        self._desk.sent = None
        self._desk.sending = True
        self._window.set_busy(True)
        self._view.show_progress(plan.destination)
        self._show(SendProgress(total=plan.counts.to_send, bytes_total=plan.counts.bytes_to_send))
        self._window.show_step(Step.SEND)
        self._desk.tell(Change.SENDING)
        waiting: list[Reporter] = []

        def tell(event: Event) -> None:
            waiting[0].report(event)

        upload = self._services.make_upload(plan, account.server, account.token, on_event=tell)
        self._upload = upload

        def work(reporter: Reporter) -> Receipt:
            waiting.append(reporter)
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
                    progress = _with(progress, event)
                case TasksChanged(tasks):
                    self._view.set_tasks(
                        tuple(
                            TaskLine(
                                pseudonym=task.patient_id,
                                study=task.study_instance_uid,
                                state=task.state,
                                stored=task.stored,
                                delivered=task.delivered,
                                failed=task.failed,
                                message=task.message,
                            )
                            for task in tasks
                        )
                    )
                case ProfileChanged():
                    text = self._words.profile_changed(event.name, event.job)
                    self._messages.show_message(PROFILE_TOPIC, Severity.WARNING, text)
                case Reconnecting():
                    progress = replace(progress, phase=Phase.RECONNECTING)
                    text = self._words.reconnecting(event.title, event.message, event.seconds)
                    self._messages.show_message(TOPIC, Severity.WARNING, text)
                case _:
                    pass
        if progress.phase is not Phase.RECONNECTING and self._progress.phase is Phase.RECONNECTING:
            self._messages.dismiss(TOPIC)
        if self._progress.phase is Phase.STOPPING:
            progress = replace(progress, phase=Phase.STOPPING)
        self._show(progress)

    def _finished(self, receipt: Receipt) -> None:
        self._receipt = receipt
        shown = receipt_view(receipt, self._words)
        if receipt.problem is not None:
            self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(ProblemError(receipt.problem)))
        self._view.show_receipt(shown)
        self._over(self._sent(receipt))
        self._window.show_step(Step.SEND, finished=shown.outcome is Outcome.COMPLETE)

    def _failed(self, error: BaseException) -> None:
        """Nothing was sent: back to where it was, with the reason."""
        self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))
        self._window.show_step(Step.CHECK)
        self._over()

    def _sent(self, receipt: Receipt) -> Sent | None:
        """Whether a second press of the button would send anything.

        Real names are not sent again by one press: their mode is gone, and has to be chosen and confirmed anew.
        """
        plan = self._sent_plan
        if plan is None:
            return None
        stored = receipt.state is RunState.FINISHED and receipt.counts.stored >= plan.counts.to_send
        if stored and not any(task.failed for task in receipt.tasks):
            return Sent.WHOLE
        return None if plan.mode is Mode.NONE else Sent.PARTLY

    def _over(self, sent: Sent | None = None) -> None:
        self._upload = None
        self._desk.sending = False
        self._window.set_busy(False)
        mode = self._sent_plan.mode if self._sent_plan else Mode.INTERNAL
        self._ended(mode)
        self._desk.sent = sent
        self._desk.tell(Change.SENDING)
        if self._close_after:
            self._window.close()

    def _show(self, progress: SendProgress) -> None:
        self._progress = progress
        self._view.set_progress(progress)

    def _save(self, work: Callable[[Reporter], None], path: Path) -> None:
        def done(_: None) -> None:
            self._messages.show_message(SAVE_TOPIC, Severity.SUCCESS, self._words.saved(path))

        def failed(error: BaseException) -> None:
            self._messages.show_message(SAVE_TOPIC, Severity.ERROR, self._words.explain(error))

        self._gateway.run(work, done=done, failed=failed)

    def _stamp(self) -> str:
        return self._receipt.ended[:10] if self._receipt else ""


class ProblemError(Exception):
    """A receipt's problem, to be put into words like any other error."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.title = problem.title
        self.message = problem.message


def _with(progress: SendProgress, event: Progress) -> SendProgress:
    counts = event.counts
    phase = Phase.SENDING if progress.phase is Phase.RECONNECTING else progress.phase
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
    )


def outcome(receipt: Receipt) -> Outcome:
    """The result in one word; complete only when nothing at all is missing."""
    if receipt.state is RunState.CANCELED:
        return Outcome.CANCELLED
    if receipt.complete:
        return Outcome.COMPLETE
    counts = receipt.counts
    failed = receipt.problem is not None or receipt.state is not RunState.FINISHED
    failed = failed or any(item.outcome in {ItemOutcome.REFUSED, ItemOutcome.NOT_SENT} for item in receipt.items)
    failed = failed or any(task.failed for task in receipt.tasks)
    if failed:
        return Outcome.FAILED
    if receipt.waiting or counts.delivered < counts.stored:
        return Outcome.UNDELIVERED
    return Outcome.PARTIAL


def receipt_view(receipt: Receipt, words: Words) -> ReceiptView:
    """The receipt as the last step shows it."""
    counts = receipt.counts
    return ReceiptView(
        outcome=outcome(receipt),
        mode=Mode(receipt.mode),
        destination=receipt.destination,
        found=counts.found,
        pseudonymized=counts.pseudonymized,
        sent=counts.sent,
        stored=counts.stored,
        delivered=counts.delivered,
        refused=counts.refused,
        held=counts.held,
        left_out=counts.left_out,
        items=tuple(words.receipt_items(receipt)),
    )
