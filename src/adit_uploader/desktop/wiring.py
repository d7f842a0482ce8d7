"""Puts views, controllers and the rest of the program together; the only place that knows both sides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from adit_uploader.account.managed import Managed
from adit_uploader.account.settings import Settings
from adit_uploader.desktop.background import Background
from adit_uploader.desktop.controllers.account import AccountController
from adit_uploader.desktop.controllers.choosing import ChoosingController
from adit_uploader.desktop.controllers.comparing import ComparingController
from adit_uploader.desktop.controllers.desk import Desk
from adit_uploader.desktop.controllers.diagnosing import DiagnosingController
from adit_uploader.desktop.controllers.finding import FindingController
from adit_uploader.desktop.controllers.jobs import JobsController
from adit_uploader.desktop.controllers.key_lists import KeyListsController
from adit_uploader.desktop.controllers.line import LineController
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.naming import NamingController
from adit_uploader.desktop.controllers.pictures import PicturesController
from adit_uploader.desktop.controllers.planning import PlanningController
from adit_uploader.desktop.controllers.ports import Services
from adit_uploader.desktop.controllers.profile import ProfileController
from adit_uploader.desktop.controllers.receiving import ReceivingController
from adit_uploader.desktop.controllers.resuming import ResumingController
from adit_uploader.desktop.controllers.saving import Saving
from adit_uploader.desktop.controllers.sending import SendingController
from adit_uploader.desktop.controllers.sent_before import SentBeforeController
from adit_uploader.desktop.controllers.thumbnails import Ahead, ThumbnailsController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.screen_facts import screen_facts
from adit_uploader.desktop.theme import unstyled
from adit_uploader.desktop.views.guide_window import Guide
from adit_uploader.desktop.views.helping import page_for
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.watched_file import WatchedFile
from adit_uploader.desktop.words.speaker import Speaker
from adit_uploader.pseudonyms.mode import Mode


@dataclass(frozen=True, slots=True)
class Program:
    """A wired window with everything behind it."""

    desk: Desk
    window: MainWindow
    background: Background
    account: AccountController
    line: LineController
    finding: FindingController
    naming: NamingController
    profile: ProfileController
    choosing: ChoosingController
    planning: PlanningController
    pictures: PicturesController
    thumbnails: ThumbnailsController
    comparing: ComparingController
    sending: SendingController
    resuming: ResumingController
    saving: Saving
    diagnosing: DiagnosingController
    jobs: JobsController
    key_lists: KeyListsController
    guide: Guide
    receiving: ReceivingController
    services: Services
    words: Speaker

    def add(self, paths: Sequence[Path]) -> None:
        """As if these had been dropped."""
        if paths:
            self.finding.add(paths)

    @property
    def idle(self) -> bool:
        """Whether nothing works behind the window, nor is about to."""
        return self.background.idle and self.thumbnails.idle

    def close(self) -> None:
        """Ends all work behind the window."""
        self.thumbnails.close()
        self.guide.close()
        self.diagnosing.closed()
        self.services.close()
        self.background.close()


def build(settings: Settings, services: Services, languages: Languages, fixed: Managed | None = None) -> Program:
    """The window and its controllers, connected, with nothing started yet. fixed: for all users of this computer."""
    with unstyled():
        window = MainWindow()
    background, words = Background(), Speaker(services.log.error)
    desk = Desk(settings=settings, managed=fixed or Managed())
    messages, page, panel = window.messages, window.check, window.panel
    memory = Memory(desk, services.save_settings, messages, words)
    account = AccountController(
        desk,
        view=panel.account,
        window=window,
        destinations=panel.destination,
        gateway=background,
        services=services,
        memory=memory,
        words=words,
    )
    line = LineController(desk, view=window.line, gateway=background, services=services, memory=memory, words=words)
    list_file = WatchedFile(window)
    naming = NamingController(
        desk,
        view=panel.mode,
        page=page,
        messages=messages,
        gateway=background,
        services=services,
        memory=memory,
        words=words,
        watch=list_file.watch,
    )
    list_file.touched.connect(naming.look_again)
    profile = ProfileController(desk, view=panel.profile, gateway=background)
    choosing = ChoosingController(desk, page=page)  # before the planning: it plans for what is left
    planning = PlanningController(desk, page=page, mode=panel.mode, button=panel.send, gateway=background, words=words)
    before = SentBeforeController(desk, page=page, gateway=background, services=services, words=words)
    ahead = Ahead(background)
    pictures = PicturesController(
        desk, page=page, review=window.review, gateway=ahead, render=services.render, words=words
    )
    comparing = ComparingController(desk, view=window.comparison, gateway=ahead, render=services.render, words=words)
    thumbnails = ThumbnailsController(desk, view=page.tree, gateway=background, ahead=ahead, render=services.render)
    finding = FindingController(
        desk,
        window=window,
        strip=window.scan,
        page=page,
        messages=messages,
        gateway=background,
        services=services,
        words=words,
    )

    def ended(_: Mode) -> None:
        naming.forget_real_names()

    saving = Saving(window=window, messages=messages, gateway=background, services=services, words=words)
    diagnosing = DiagnosingController(desk, log=services.log, services=services, saving=saving)
    sending = SendingController(
        desk,
        window=window,
        view=window.sending,
        messages=messages,
        gateway=background,
        services=services,
        saving=saving,
        words=words,
        ended=ended,
    )

    resuming = ResumingController(
        desk,
        view=window.unfinished,
        strip=window.scan,
        window=window,
        messages=messages,
        gateway=background,
        services=services,
        sending=sending,
        words=words,
    )

    jobs = JobsController(
        desk,
        view=window.jobs,
        window=window,
        messages=messages,
        gateway=background,
        services=services,
        resuming=resuming,
        saving=saving,
        words=words,
    )
    key_lists = KeyListsController(
        desk,
        view=window.jobs,
        window=window,
        messages=messages,
        gateway=background,
        services=services,
        words=words,
    )

    quiet = QTimer(window)
    quiet.setSingleShot(True)
    receiving = ReceivingController(
        desk,
        view=window.receiving_settings,
        strip=window.receiving,
        window=window,
        messages=messages,
        gateway=background,
        services=services,
        memory=memory,
        words=words,
        finding=finding,
        wait=quiet.start,
    )
    quiet.timeout.connect(receiving.show_arrived)

    def choose_language(setting: str) -> None:
        language = next(known for known in ("de", "en", "") if known == setting)
        languages.use(language)
        planning.say_again()
        before.say_again()
        comparing.say_again()
        pictures.say_again()
        sending.say_again()
        window.set_language(language)
        memory.keep(replace(desk.settings, language=language))

    window.language_chosen.connect(choose_language)
    window.set_language(settings.language)
    program = Program(
        desk,
        window,
        background,
        account,
        line,
        finding,
        naming,
        profile,
        choosing,
        planning,
        pictures,
        thumbnails,
        comparing,
        sending,
        resuming,
        saving,
        diagnosing,
        jobs,
        key_lists,
        Guide(),
        receiving,
        services,
        words,
    )
    connect(program)
    connect_jobs(program)
    connect_receiving(program)
    return program


def connect(program: Program) -> None:
    """Every signal of every view, and who answers it."""
    window, account, finding, naming = program.window, program.account, program.finding, program.naming
    panel = window.panel
    panel.account.sign_in_wanted.connect(account.sign_in)
    panel.account.token_page_wanted.connect(account.open_token_page)
    window.line_wanted.connect(program.line.show)
    window.guide_wanted.connect(lambda: program.guide.show(page_for(window, QApplication.focusWidget())))
    window.diagnostics_path_chosen.connect(lambda path: program.diagnosing.save(path, screen_facts(window)))
    window.line.save_wanted.connect(program.line.save)
    panel.account.sign_out_wanted.connect(account.sign_out)
    panel.account.server_chosen.connect(account.choose_server)
    panel.account.sign_out_everywhere_wanted.connect(account.sign_out_everywhere)
    window.trust_confirmed.connect(account.trust)
    panel.destination.destination_chosen.connect(account.choose_destination)

    panel.profile.profile_chosen.connect(program.profile.choose)

    window.paths_dropped.connect(finding.add)
    window.scan.stop_wanted.connect(finding.stop)
    window.check.clear_wanted.connect(finding.clear)
    window.sending.receipt.new_wanted.connect(finding.clear)
    window.check.ticked.connect(program.choosing.tick)
    window.check.only_wanted.connect(program.choosing.only)
    window.check.look_wanted.connect(program.comparing.look_at)
    window.check.tree.moved.connect(program.thumbnails.hold)
    window.check.tree.series_seen.connect(program.thumbnails.show)
    window.comparison.instance_wanted.connect(program.comparing.show)
    window.comparison.finished.connect(lambda _: program.comparing.close())

    panel.mode.mode_chosen.connect(naming.choose)
    panel.mode.batch_file_wanted.connect(window.ask_for_batch_file)
    window.batch_file_chosen.connect(naming.choose_batch_file)
    panel.mode.pseudonym_typed.connect(naming.type_pseudonym)
    panel.mode.keyed_wanted.connect(naming.use_key)
    panel.mode.key_make_wanted.connect(naming.make_key)
    panel.mode.key_load_wanted.connect(window.ask_for_key_file)
    window.key_file_chosen.connect(naming.load_key)
    panel.mode.key_save_wanted.connect(window.ask_where_to_save_key)
    window.key_copy_path_chosen.connect(naming.save_key)

    pictures, review = program.pictures, window.review
    window.check.details.released.connect(pictures.release)
    window.check.details.review_wanted.connect(pictures.look_at)
    review.picture_wanted.connect(pictures.show_picture)
    review.decision_wanted.connect(pictures.decide)
    review.areas_wanted.connect(pictures.draw)
    review.series_wanted.connect(pictures.step)
    review.finished.connect(lambda _: pictures.close())
    connect_upload(program)


def connect_upload(program: Program) -> None:
    """What leads to an upload, and what belongs to one."""
    window, sending = program.window, program.sending
    panel = window.panel
    resuming = program.resuming
    window.unfinished.go_on_wanted.connect(resuming.go_on)
    window.unfinished.leave_wanted.connect(resuming.leave)
    window.unfinished.delete_wanted.connect(resuming.ask_to_delete)
    window.delete_traces_confirmed.connect(resuming.delete)
    window.scan.stop_wanted.connect(resuming.stop)
    panel.send.send_wanted.connect(sending.send)
    window.real_names_confirmed.connect(sending.confirm_real_names)
    window.sending.progress.pause_wanted.connect(sending.pause)
    window.sending.progress.go_on_wanted.connect(sending.go_on)
    window.sending.progress.cancel_wanted.connect(sending.ask_how_to_stop)
    window.stop_confirmed.connect(sending.cancel)
    window.finish_current_confirmed.connect(sending.finish_current)
    window.sending.receipt.retry_wanted.connect(sending.retry)
    window.sending.receipt.go_on_wanted.connect(sending.go_on)
    window.close_confirmed.connect(sending.stop_and_close)
    window.sending.receipt.key_list_wanted.connect(sending.ask_for_key_list)
    window.sending.receipt.report_wanted.connect(sending.ask_for_report)
    window.key_list_path_chosen.connect(program.saving.key_list_path_chosen)
    window.report_path_chosen.connect(program.saving.receipt_path_chosen)


def connect_jobs(program: Program) -> None:
    """What leads to the page of all uploads, and what can be done there."""
    window, jobs = program.window, program.jobs
    page = window.jobs
    window.jobs_shown.connect(jobs.show)
    page.job_chosen.connect(jobs.choose)
    page.look_wanted.connect(jobs.look)
    page.go_on_wanted.connect(jobs.go_on)
    page.retry_wanted.connect(jobs.retry)
    page.cancel_wanted.connect(jobs.ask_to_cancel)
    window.cancel_job_confirmed.connect(jobs.cancel)
    page.delete_wanted.connect(jobs.ask_to_delete)
    page.key_list_wanted.connect(jobs.save_key_list)
    page.receipt_wanted.connect(jobs.save_receipt)


def connect_receiving(program: Program) -> None:
    """What comes from workstations."""
    window, receiving = program.window, program.receiving
    dialog = window.receiving_settings
    window.receiving_wanted.connect(receiving.show)
    dialog.save_wanted.connect(receiving.save)
    dialog.show_wanted.connect(receiving.show_inbox)
    dialog.delete_wanted.connect(receiving.ask_to_delete)
    window.delete_received_confirmed.connect(receiving.delete)
