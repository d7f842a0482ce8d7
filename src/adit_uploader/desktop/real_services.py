"""The rest of the program, as the window's controllers are given it."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adit_uploader.account.department_key import DepartmentKeys
from adit_uploader.account.managed import managed, managed_line
from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import LineSettings, Settings, data_dir, inbox_dir, journal_path, make_private
from adit_uploader.account.tokens import TokenStore
from adit_uploader.desktop.awake import stay_awake
from adit_uploader.desktop.controllers.ports import RunningUpload, Services
from adit_uploader.desktop.receipt_pdf import write_pdf
from adit_uploader.desktop.smoothness import without_pauses
from adit_uploader.desktop.stored_inbox import StoredInbox
from adit_uploader.desktop.stored_jobs import StoredJobs
from adit_uploader.diagnostics.log import EventLog, log_path
from adit_uploader.dicom.pictures.apart import Renderer
from adit_uploader.protocol.messages import Welcome
from adit_uploader.pseudonyms.batch_file import read_batch_file, stamp_of
from adit_uploader.pseudonyms.key_list import write_key_list
from adit_uploader.receiving.events import ReceivingEvent
from adit_uploader.transfer.events import Event
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.plan import UploadPlan
from adit_uploader.transfer.searching import search


def lanes(setting: int) -> int:
    """Worker processes: as set, else as many as leave one processor to the window, two to four."""
    return setting or min(4, max(2, (os.cpu_count() or 2) - 1))


def line_to(server: ServerAddress, settings: Settings) -> Line:
    """The way to a server, as this computer and the user have set it.

    Raises:
        SettingsError: the computer's settings can't be read.
    """
    line = managed_line(settings.line)
    return line_from(line, pin=line.pins.get(server.key, ""))


def line_from(settings: LineSettings, *, pin: str = "") -> Line:
    """The settings as the wire takes them."""
    return Line(
        proxy=settings.proxy,
        ca_file=Path(settings.ca_file) if settings.ca_file else None,
        pin=pin,
        rate=settings.limit_rate,
        compression=settings.compress,
    )


class Remembered:
    """The settings as they are now: what is changed in the window counts for the next connection."""

    def __init__(self, settings: Settings) -> None:
        self.now = settings

    def save(self, settings: Settings) -> None:
        """Takes them, and writes them. Raises SettingsError: only the writing failed."""
        self.now = settings
        settings.save()

    def line_to(self, server: ServerAddress) -> Line:
        return line_to(server, self.now)


def real_services(settings: Settings) -> Services:
    """The program itself. The wire is imported behind the window, when somebody signs in."""
    pictures, remembered = Renderer(), Remembered(settings)

    def make_upload(
        plan: UploadPlan,
        server: ServerAddress,
        token: str,
        *,
        on_event: Callable[[Event], None],
        request: str = "",
        resume: str = "",
    ) -> RunningUpload:
        from adit_uploader.transfer.upload import Upload  # noqa: PLC0415

        make_private(data_dir())
        return Upload(
            plan,
            server,
            token,
            journal=journal_path(),
            lanes=lanes(remembered.now.lanes),
            on_event=on_event,
            line=remembered.line_to(server),
            keep_days=remembered.now.keep_days,
            request=request,
            resume=resume,
        )

    def ask_who(server: ServerAddress, token: str) -> Welcome:
        from adit_uploader.transfer.sign_in import sign_in  # noqa: PLC0415

        return managed().narrow(sign_in(server, token, line=remembered.line_to(server)))

    def certificate(server: ServerAddress) -> str:
        from adit_uploader.transfer.sign_in import shown_certificate  # noqa: PLC0415

        return shown_certificate(server, line=remembered.line_to(server))

    def find_token_page(server: ServerAddress) -> str:
        from adit_uploader.transfer.token_page import token_page  # noqa: PLC0415

        return token_page(server, line=remembered.line_to(server))

    def look_at_line(settings: LineSettings) -> None:
        from adit_uploader.transfer.line_check import check_line  # noqa: PLC0415

        check_line(line_from(settings))

    def receive(
        settings: ReceivingSettings,
        *,
        folder: Callable[[], str],
        report: Callable[[ReceivingEvent], None],
        stop: Callable[[], bool],
    ) -> None:
        from adit_uploader.receiving.listener import listen  # noqa: PLC0415

        managed()  # where it can't be read what this computer allows, nothing is received
        listen(settings, inbox_dir(), folder=folder, report=report, stop=stop)

    def write_diagnostics(path: Path, window: Mapping[str, Any]) -> None:
        from adit_uploader.diagnostics.bundle import write_bundle  # noqa: PLC0415

        write_bundle(path, window)

    return Services(
        scan=without_pauses(search),
        sign_in=ask_who,
        certificate=certificate,
        token_page=find_token_page,
        check_line=look_at_line,
        tokens=TokenStore(),
        keys=DepartmentKeys(),
        read_batch_file=read_batch_file,
        batch_file_stamp=stamp_of,
        write_key_list=write_key_list,
        write_pdf=write_pdf,
        make_upload=make_upload,
        jobs=StoredJobs(remembered.line_to),
        listen=receive,
        inbox=StoredInbox(),
        stay_awake=stay_awake,
        save_settings=remembered.save,
        write_diagnostics=write_diagnostics,
        log=EventLog(log_path()),
        render=pictures.render,
        close=pictures.close,
    )
