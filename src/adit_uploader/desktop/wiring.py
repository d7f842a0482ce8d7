"""Puts views, controllers and the rest of the program together; the only place that knows both sides."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adit_uploader.account.department_key import DepartmentKeys
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import Settings, data_dir, journal_path, make_private, managed_line
from adit_uploader.account.tokens import TokenStore
from adit_uploader.desktop.background import Background
from adit_uploader.desktop.controllers.account import AccountController
from adit_uploader.desktop.controllers.choosing import ChoosingController
from adit_uploader.desktop.controllers.comparing import ComparingController
from adit_uploader.desktop.controllers.desk import Desk
from adit_uploader.desktop.controllers.finding import FindingController
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.naming import NamingController
from adit_uploader.desktop.controllers.pictures import PicturesController
from adit_uploader.desktop.controllers.planning import PlanningController
from adit_uploader.desktop.controllers.ports import RunningUpload, Services
from adit_uploader.desktop.controllers.profile import ProfileController
from adit_uploader.desktop.controllers.sending import SendingController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.receipt_pdf import write_pdf
from adit_uploader.desktop.smoothness import without_pauses
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.words.speaker import Speaker
from adit_uploader.dicom.pictures.apart import Renderer
from adit_uploader.dicom.scan import scan
from adit_uploader.protocol.messages import Welcome
from adit_uploader.pseudonyms.batch_file import read_batch_file
from adit_uploader.pseudonyms.key_list import write_key_list
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.events import Event
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.plan import UploadPlan
from adit_uploader.transfer.sign_in import sign_in
from adit_uploader.transfer.upload import Upload


def lanes(setting: int) -> int:
    """Worker processes: as set, else as many as leave one processor to the window, two to four."""
    return setting or min(4, max(2, (os.cpu_count() or 2) - 1))


def line_to(server: ServerAddress, settings: Settings) -> Line:
    """The way to a server, as this computer and the user have set it.

    Raises:
        SettingsError: the computer's settings can't be read.
    """
    line = managed_line(settings.line)
    return Line(
        proxy=line.proxy,
        ca_file=Path(line.ca_file) if line.ca_file else None,
        pin=line.pins.get(server.key, ""),
        rate=line.limit_rate,
        compression=line.compress,
    )


def real_services(settings: Settings) -> Services:
    """The program itself."""
    pictures = Renderer()

    def make_upload(
        plan: UploadPlan, server: ServerAddress, token: str, *, on_event: Callable[[Event], None]
    ) -> RunningUpload:
        make_private(data_dir())
        return Upload(
            plan,
            server,
            token,
            journal=journal_path(),
            lanes=lanes(settings.lanes),
            on_event=on_event,
            line=line_to(server, settings),
            keep_days=settings.keep_days,
        )

    def ask_who(server: ServerAddress, token: str) -> Welcome:
        return sign_in(server, token, line=line_to(server, settings))

    return Services(
        scan=without_pauses(scan),
        sign_in=ask_who,
        tokens=TokenStore(),
        keys=DepartmentKeys(),
        read_batch_file=read_batch_file,
        write_key_list=write_key_list,
        write_pdf=write_pdf,
        make_upload=make_upload,
        save_settings=Settings.save,
        render=pictures.render,
        close=pictures.close,
    )


@dataclass(frozen=True, slots=True)
class Program:
    """A wired window with everything behind it."""

    desk: Desk
    window: MainWindow
    background: Background
    account: AccountController
    finding: FindingController
    naming: NamingController
    profile: ProfileController
    choosing: ChoosingController
    planning: PlanningController
    pictures: PicturesController
    comparing: ComparingController
    sending: SendingController
    services: Services

    def add(self, paths: Sequence[Path]) -> None:
        """As if these had been dropped."""
        if paths:
            self.finding.add(paths)

    def close(self) -> None:
        """Ends all work behind the window."""
        self.services.close()
        self.background.close()


def build(settings: Settings, services: Services, languages: Languages) -> Program:
    """The window and its controllers, connected, with nothing started yet."""
    window, background, words = MainWindow(), Background(), Speaker()
    desk = Desk(settings=settings)
    messages, page, panel = window.messages, window.check, window.panel
    memory = Memory(desk, services.save_settings, messages, words)
    account = AccountController(
        desk,
        view=panel.account,
        destinations=panel.destination,
        gateway=background,
        services=services,
        memory=memory,
        words=words,
    )
    naming = NamingController(
        desk,
        view=panel.mode,
        page=page,
        messages=messages,
        gateway=background,
        services=services,
        memory=memory,
        words=words,
    )
    profile = ProfileController(desk, view=panel.profile, gateway=background)
    choosing = ChoosingController(desk, page=page)  # before the planning: it plans for what is left
    planning = PlanningController(desk, page=page, mode=panel.mode, button=panel.send, gateway=background, words=words)
    pictures = PicturesController(
        desk, page=page, review=window.review, gateway=background, render=services.render, words=words
    )
    comparing = ComparingController(
        desk, view=window.comparison, gateway=background, render=services.render, words=words
    )
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

    sending = SendingController(
        desk,
        window=window,
        view=window.sending,
        messages=messages,
        gateway=background,
        services=services,
        words=words,
        ended=ended,
    )

    def choose_language(setting: str) -> None:
        language = next(known for known in ("de", "en", "") if known == setting)
        languages.use(language)
        planning.say_again()
        comparing.say_again()
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
        finding,
        naming,
        profile,
        choosing,
        planning,
        pictures,
        comparing,
        sending,
        services,
    )
    connect(program)
    return program


def connect(program: Program) -> None:
    """Every signal of every view, and who answers it."""
    window, account, finding, naming = program.window, program.account, program.finding, program.naming
    sending = program.sending
    panel = window.panel
    panel.account.sign_in_wanted.connect(account.sign_in)
    panel.account.sign_out_wanted.connect(account.sign_out)
    panel.destination.destination_chosen.connect(account.choose_destination)

    panel.profile.profile_chosen.connect(program.profile.choose)

    window.paths_dropped.connect(finding.add)
    window.scan.stop_wanted.connect(finding.stop)
    window.check.clear_wanted.connect(finding.clear)
    window.sending.receipt.new_wanted.connect(finding.clear)
    window.check.ticked.connect(program.choosing.tick)
    window.check.only_wanted.connect(program.choosing.only)
    window.check.look_wanted.connect(program.comparing.look_at)
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

    panel.send.send_wanted.connect(sending.send)
    window.real_names_confirmed.connect(sending.confirm_real_names)
    window.stop_confirmed.connect(sending.cancel)
    window.close_confirmed.connect(sending.stop_and_close)
    window.sending.receipt.key_list_wanted.connect(sending.ask_for_key_list)
    window.sending.receipt.report_wanted.connect(sending.ask_for_report)
    window.key_list_path_chosen.connect(sending.save_key_list)
    window.report_path_chosen.connect(sending.save_report)
