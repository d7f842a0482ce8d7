"""An upload, from the plan to the receipt."""

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from adit_uploader.deid.profiles import Profile
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.limits import ACKNOWLEDGEMENT_TIMEOUT
from adit_uploader.protocol.messages import JobOpened, OpenJob, Tasks, Welcome
from adit_uploader.pseudonyms.errors import PseudonymError
from adit_uploader.pseudonyms.key_list import write_key_list

from .budget import Budget
from .checks import check_allowed
from .connection import Address, Server
from .control import PART, PATIENCE, Control, Stopped, already_finished
from .description import NO_DESCRIPTION, JobDescription
from .early_sign_in import EarlySignIn
from .errors import JobChanged, JobRefused, JournalError, KeyListNotWritten, LineError, TransferError
from .events import Connected, Event, Finished, Phase, PhaseChanged, ProfileChanged, TasksChanged
from .first_notes import begin_job
from .handout import HandOut
from .journal import JobState, Journal
from .lane_messages import WireTarget, Wished
from .lanes import Crashed, Lanes, Report
from .last_notes import close_what_has_ended, forgotten, persist
from .ledger import Mark
from .line import DIRECT, Line
from .plan import UploadPlan
from .problems import CRASHING, NOT_NOTED, NOT_TOLD, NOTHING
from .ready_lanes import ReadyLanes
from .receipt import Problem, Receipt, RunState
from .receipt_file import receipt_text
from .run_record import TICK, Ending, RunRecord, ignore
from .running import Claim

DAY = 86400.0
LOOK = 0.02  # seconds in which lanes that ask for more get it
ENDED_THERE = "The server has ended this upload meanwhile. Give the upload command again to send it as a new one."
CANCEL_NOTE_SECONDS = 3.0


class Upload:
    """One upload. Made in any thread; ``run`` blocks, ``cancel`` and ``pause`` come from another one.

    Attributes:
        job: id of the job once ``run`` has begun, else ''. The same plan that was cut before goes on under its id.
        key_list_path: where the key list is written before the first byte is sent, once ``run`` has begun.
    """

    def __init__(
        self,
        plan: UploadPlan,
        server: Server,
        token: str,
        *,
        journal: Path,
        lanes: int = 2,
        on_event: Callable[[Event], None] = ignore,
        description: JobDescription = NO_DESCRIPTION,
        ready: ReadyLanes | None = None,
        early: EarlySignIn | None = None,
        wait_for_delivery: bool | float = True,
        give_up_after: float = 600.0,
        silence_limit: float = ACKNOWLEDGEMENT_TIMEOUT,
        patience: float = PATIENCE,
        line: Line = DIRECT,
        request: str = "",
        resume: str = "",
        keep_days: float = 0,
        note_patience: float = 15.0,
    ) -> None:
        """
        Args:
            journal: file of the journal; the folder ``key_lists`` lies beside it.
            lanes: worker processes. ready: some that were started before.
            early: to this server by this token and over this line, before.
            on_event: called in the thread of ``run``, about ten times a second.
            wait_for_delivery: True: until every study is delivered, or what is left does not get on (the receiver
                goes on trying); a number: at most so many seconds; False: not at all.
            patience: seconds for which a delivery may stand still before it counts as not getting on.
            give_up_after: seconds without any connection after which the run ends as interrupted.
            line: proxy, certificates and speed, the same for all lanes.
            request: kept in the journal, to ask for the same again.
            resume: id of the job that this is to go on with, and no other; '': whichever fits, or a new one.
            keep_days: after so many days jobs that came to their end are forgotten by the journal; 0: never.
            silence_limit: seconds without any answer after which a connection is given up and made anew.
            note_patience: seconds for which the job's end is tried to be written into a journal that fails.
        """
        self.job = ""
        self.key_list_path: Path | None = None
        self._plan = plan
        self._server = Address.of(server)
        self._token = token
        self._journal_path = journal
        self._lane_count = max(1, lanes)
        self._ready = ready
        self._early = early
        self._line = line
        self._request = request
        self._resume = resume
        self._keep_days = keep_days
        self._budget = Budget(line.rate, time.monotonic())
        self._description = description
        self._wait_for_delivery = wait_for_delivery
        self._give_up_after = give_up_after
        self._silence_limit = silence_limit
        self._patience = patience
        self._note_patience = note_patience
        self._account = ""
        self._claim = Claim(journal)
        self._stop = threading.Event()
        self._last_studies = threading.Event()
        self._canceled = False
        self._record = RunRecord("upload", plan, on_event)
        self._on_event = on_event

    def cancel(self) -> None:
        """Give the job up: ``run`` ends within some seconds, the receiver delivers nothing more of it."""
        self._canceled = True
        self._stop.set()

    def pause(self) -> None:
        """End ``run`` within some seconds; the same plan sent again goes on where it stopped."""
        self._stop.set()

    def finish_current(self) -> None:
        """Send the studies that have begun to their end, nothing else, and have them delivered."""
        self._last_studies.set()

    def run(self) -> Receipt:
        """Send everything and wait for its delivery.

        Raises:
            TransferError: nothing was sent: LineError, JobRefused, JobRunsElsewhere, PlanOutdated, KeyListNotWritten,
                JournalError.
                Once sending has begun, a failure ends in a receipt that says so instead.
        """
        if not self._plan.counts.to_send:
            return self._end(Ending(RunState.FINISHED, NOTHING, server=self._server.key))
        control = Control(
            self._server,
            self._token,
            give_up_after=self._give_up_after,
            silence_limit=self._silence_limit,
            patience=self._patience,
            wait=self._stop.wait,
            line=self._line,
        )
        try:
            self._on_event(PhaseChanged(Phase.CONNECTING))
            welcome = control.sign_in(self._early)
            check_allowed(self._plan, welcome)
            with Journal(self._journal_path) as journal, self._claim:
                if self._keep_days:
                    journal.expire(time.time() - self._keep_days * DAY)
                receipt = self._end(self._run(control, journal, welcome))
                with suppress(JournalError):  # the user has it already
                    journal.keep_receipt(self.job, receipt_text(receipt))
                return receipt
        finally:
            control.close()

    def queue(self) -> str:
        """Write the job down, with its key list, to be sent later by the same plan; returns its id. Needs no server.

        Raises:
            KeyListNotWritten, JournalError: it is not queued.
        """
        with Journal(self._journal_path) as journal:
            fingerprint = self._plan.fingerprint(self._server.key)
            known = journal.open_job(fingerprint)
            self.job = known or uuid.uuid4().hex
            self._write_key_list()
            if known is None:
                self._write_journal(journal, fingerprint)
        return self.job

    def _end(self, ending: Ending) -> Receipt:
        receipt = self._record.receipt(ending)
        if self.key_list_path is not None:
            # the list itself is there since before the first byte; only what was sent is added
            with suppress(PseudonymError, OSError):
                write_key_list(self._plan.key_list(self._record.sent_words()), self.key_list_path)
        self._on_event(Finished(receipt))
        return receipt

    # ------------------------------------------------------------ the steps

    def _run(self, control: Control, journal: Journal, welcome: Welcome) -> Ending:
        self._account = welcome.user
        fingerprint = self._plan.fingerprint(self._server.key)
        known = self._known(journal, fingerprint)
        self._make_up(control, journal, known)
        if known is None and self._plan.site_profile is not None:
            self._notice_change(journal, self._plan.site_profile)
        opened = self._prepare(control, journal, fingerprint, known)
        if opened is None and self._resume:
            raise JobRefused(ENDED_THERE, code=RefusalCode.JOB_CLOSED)
        if opened is None:  # the receiver has ended that job meanwhile: the same again is a new one
            known = None
            opened = self._prepare(control, journal, fingerprint, None)
        self._on_event(
            Connected(welcome, self.job, opened.resumed if opened else False, opened.stored if opened else 0)
        )
        begun = () if known is None else journal.digests(known)
        problem = self._send(control, journal, HandOut(self._record.index, self._lane_count, begun=begun))
        state, problem, waiting = self._conclude(control, journal, problem)
        return Ending(
            state=state,
            problem=problem,
            waiting=waiting,
            job=self.job,
            server=self._server.key,
            receiver=welcome.program,
            protocol=welcome.version,
            key_list=str(self.key_list_path or ""),
            resumed=known is not None,
        )

    def _known(self, journal: Journal, fingerprint: str) -> str | None:
        """The job that goes on, if there is one.

        Raises:
            JobChanged: it is not the one that was meant.
        """
        known = journal.open_job(fingerprint)
        if self._resume and known != self._resume:
            raise JobChanged
        return known

    def _make_up(self, control: Control, journal: Journal, known: str | None) -> None:
        """Close older jobs that have come to their end at the receiver without being closed here.

        Raises LineError.
        """
        jobs = [job for job in forgotten(journal, self._server.key, time.time() - DAY) if job != known]
        if jobs:
            with suppress(JobRefused, JournalError):  # the next run does it
                close_what_has_ended(journal, jobs, control.job_states())

    def _notice_change(self, journal: Journal, profile: Profile) -> None:
        """Name an upload of the same that was begun by this profile as it was before: it is not gone on with."""
        before = journal.other_profile(self._plan.fingerprint(self._server.key, profile_hash=False), profile.digest)
        if before is not None:
            self._on_event(ProfileChanged(profile.name, before.job, before.profile_hash, profile.digest))

    def _prepare(self, control: Control, journal: Journal, fingerprint: str, known: str | None) -> JobOpened | None:
        """Key list, journal, then the job at the receiver; None if a job that was known is closed there."""
        self.job = known or uuid.uuid4().hex
        self._claim.take(self.job)
        self._write_key_list()
        if known is None:
            self._record.digest = control.best_digest
            self._write_journal(journal, fingerprint, self._record.digest)
        else:
            self._record.digest = journal.digest_of(known, control.best_digest)
            self._record.ledger.know_digests(journal.digests(known))
        try:
            return control.open_job(self._open_job(PART))
        except JobRefused as error:
            if known is None:
                with suppress(JournalError):  # the reason why is more important
                    journal.close_job(self.job, JobState.CANCELED)
                raise
            if not already_finished(error):
                raise
            journal.close_job(known, JobState.FINISHED)
            return None

    def _open_job(self, part: str) -> OpenJob:
        counts = self._plan.counts
        return OpenJob(
            job=self.job,
            mode=self._plan.mode.value,
            destination=self._plan.destination,
            profile=self._plan.profile,
            profile_hash=self._plan.profile_hash,
            patients=counts.patients,
            studies=counts.studies,
            instances=counts.to_send,
            part=part,
            project_name=self._description.project_name,
            project_description=self._description.project_description,
            trial_protocol_id=self._plan.trial.protocol_id,
            trial_protocol_name=self._plan.trial.protocol_name,
            urgent=self._description.urgent,
            mail=self._description.mail,
            digest=self._record.digest,
        )

    def _write_key_list(self) -> None:
        folder = self._journal_path.parent / "key_lists"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.key_list_path = folder / f"{self.job}.csv"
            write_key_list(self._plan.key_list(), self.key_list_path)
        except (PseudonymError, OSError):
            self.key_list_path = None
            raise KeyListNotWritten from None

    def _write_journal(self, journal: Journal, fingerprint: str, digest: str = "") -> None:
        begin_job(
            journal,
            self._plan,
            self.job,
            server=self._server.key,
            fingerprint=fingerprint,
            request=self._request,
            account=self._account,
            digest=digest,
        )

    def _target(self, lane: int) -> WireTarget:
        return WireTarget(
            self._server,
            self._token,
            self._open_job(str(lane)),
            self._silence_limit,
            self._give_up_after,
            self._line,
            self._lane_count,
        )

    def _send(self, control: Control, journal: Journal, handout: HandOut) -> Problem | None:
        """Run the lanes until every instance has its outcome, or something ends it before."""
        record = self._record
        self._on_event(PhaseChanged(Phase.SENDING))
        record.start_clock()
        self._budget = Budget(self._line.rate, time.monotonic())
        problem: Problem | None = None
        with Lanes(self._lane_count, record.recipe(), self._target, handout, self._ready) as lanes:
            told = time.monotonic()
            while lanes.running and not self._stop.wait(LOOK):
                if self._last_studies.is_set():
                    handout.only_begun()
                reports = lanes.poll(0.0)
                record.take(reports)
                self._share_rate(lanes, reports)
                if lanes.running and time.monotonic() - told < TICK:
                    continue
                told = time.monotonic()
                try:
                    journal.note(self.job, record.ledger.take_notes())
                except JournalError as error:
                    problem = Problem(error.title, error.message)
                if control.listen() and control.tasks is not None:
                    self._tasks(control.tasks)
                self._on_event(record.progress())
                record.tell_series()
                problem = problem or record.problem or (CRASHING if lanes.hopeless else None)
                if problem is not None:
                    break
            if problem is None and not lanes.running and not handout.done:
                problem = CRASHING
            record.take(lanes.stop())
        record.tell_series()
        try:
            journal.note(self.job, record.ledger.take_notes())
        except JournalError as error:
            problem = problem or Problem(error.title, error.message)
        return problem

    def _share_rate(self, lanes: Lanes, reports: list[Report]) -> None:
        """Grant what the lanes wish for, as far as the rate goes."""
        for report in reports:
            match report.message:
                case Wished(size):
                    self._budget.wish(report.lane, size)
                case Crashed(lane):
                    self._budget.forget(lane)
        for lane, size in self._budget.grants(time.monotonic()).items():
            lanes.grant(lane, size)

    def _tasks(self, tasks: Tasks) -> None:
        self._record.tasks = tasks.tasks
        self._on_event(TasksChanged(tasks.tasks, tasks.message))

    def _conclude(
        self, control: Control, journal: Journal, problem: Problem | None
    ) -> tuple[RunState, Problem | None, bool]:
        """Finish with the receiver, and wait for the delivery; returns state, problem and whether it waits."""
        if self._stop.is_set():
            return self._stopped(control, journal, problem)
        if problem is not None:
            return RunState.INTERRUPTED, problem, False
        ledger = self._record.ledger
        if self._last_studies.is_set() and not ledger.count(Mark.STORED):
            return RunState.CANCELED, self._cancel_there(control, journal), False
        try:
            self._finish(control)
        except Stopped:
            return self._stopped(control, journal, None)
        except TransferError as error:
            return RunState.INTERRUPTED, Problem(error.title, error.message), False
        # the job takes nothing more: what was refused or not sent can only go with a new one
        closed = ledger.count(Mark.STORED) == self._record.index.count or self._close(journal)
        return self._deliver(control, journal, closed=closed)

    def _stopped(
        self, control: Control, journal: Journal, problem: Problem | None
    ) -> tuple[RunState, Problem | None, bool]:
        """The user cancelled or paused."""
        if self._canceled:
            return RunState.CANCELED, self._cancel_there(control, journal) or problem, False
        return (RunState.PAUSED if problem is None else RunState.INTERRUPTED), problem, False

    def _cancel_there(self, control: Control, journal: Journal) -> Problem | None:
        told = control.cancel(self.job)
        if control.tasks is not None:
            self._tasks(control.tasks)
        stay = threading.Event().wait  # whoever cancels has said stop already
        noted = persist(
            lambda: journal.close_job(self.job, JobState.CANCELED),
            stay,
            seconds=min(CANCEL_NOTE_SECONDS, self._note_patience),
        )
        return NOT_TOLD if not told else None if noted else NOT_NOTED

    def _finish(self, control: Control) -> None:
        self._on_event(PhaseChanged(Phase.FINISHING))
        try:
            control.finish(self._record.told_counts())
        except JobRefused as error:
            if not already_finished(error):
                raise

    def _close(self, journal: Journal) -> bool:
        """The job needs nothing more; returns whether that could be written down, after as many tries as it takes."""

        def write() -> None:
            journal.delivered(self.job, self._arrived())
            journal.close_job(self.job, JobState.FINISHED)

        return persist(write, self._stop.wait, seconds=self._note_patience)

    def _deliver(self, control: Control, journal: Journal, *, closed: bool) -> tuple[RunState, Problem | None, bool]:
        """All is stored; see how far the delivery comes while the user wants to wait.

        Args:
            closed: False if the journal should know already that the job needs nothing more, and does not.
        """
        if self._wait_for_delivery is False:
            return RunState.FINISHED, None if closed else NOT_NOTED, False
        self._on_event(PhaseChanged(Phase.DELIVERING))
        wait = self._wait_for_delivery
        until = None if wait is True else time.monotonic() + wait
        problem: Problem | None = None
        done = False
        try:
            done = control.watch(self._tasks, until=until)
        except Stopped:
            if self._canceled:
                return self._stopped(control, journal, None)
        except LineError as error:
            problem = Problem(error.title, error.message)
        except JobRefused as error:
            problem = Problem(error.title, error.message)
        if control.tasks is not None:
            self._record.tasks = control.tasks.tasks
        if done or not closed:  # until then the same again goes on watching, and sends nothing twice
            closed = self._close(journal)
        else:
            with suppress(JournalError):
                journal.delivered(self.job, self._arrived())
        return RunState.FINISHED, problem or (None if closed else NOT_NOTED), not done

    def _arrived(self) -> list[str]:
        """Studies that are delivered whole."""
        return [task.study_instance_uid for task in self._record.tasks if task.state == "SU"]
