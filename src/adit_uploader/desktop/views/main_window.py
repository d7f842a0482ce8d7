"""The window: three steps on the left, who, where and how on the right."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QSize, QStandardPaths, Qt, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from adit_uploader.desktop import icons
from adit_uploader.desktop.values import Explanation, Step
from adit_uploader.desktop.views import parts, questions
from adit_uploader.desktop.views.check_page import CheckPage
from adit_uploader.desktop.views.comparison import Comparison
from adit_uploader.desktop.views.drop_page import DropPage
from adit_uploader.desktop.views.held_review import HeldReview
from adit_uploader.desktop.views.jobs_page import JobsPage
from adit_uploader.desktop.views.line_dialog import LineDialog
from adit_uploader.desktop.views.messages import MessageArea
from adit_uploader.desktop.views.notices import Notices
from adit_uploader.desktop.views.receiving_dialog import ReceivingDialog
from adit_uploader.desktop.views.receiving_strip import ReceivingStrip
from adit_uploader.desktop.views.scan_strip import ScanStrip
from adit_uploader.desktop.views.send_page import SendPage
from adit_uploader.desktop.views.step_bar import StepBar
from adit_uploader.desktop.views.unfinished_box import UnfinishedBox
from adit_uploader.desktop.views.upload_panel import UploadPanel

APPLICATION_NAME = "ADIT Uploader"
_FILE_DIALOG = (820, 500)  # pixels of Qt's own, where the system has none: its columns are cut in a smaller one


def local_paths(data: QMimeData) -> list[Path]:
    """The files and folders of a drag."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class MainWindow(QMainWindow):
    """Holds the views and takes drops anywhere; what they mean is decided elsewhere."""

    paths_dropped = Signal(list)
    batch_file_chosen = Signal(object)  # Path
    key_list_path_chosen = Signal(object)
    report_path_chosen = Signal(object)
    key_file_chosen = Signal(object)
    key_copy_path_chosen = Signal(object)
    real_names_confirmed = Signal()
    stop_confirmed = Signal()
    finish_current_confirmed = Signal()
    delete_traces_confirmed = Signal()
    close_confirmed = Signal()
    cancel_job_confirmed = Signal()
    trust_confirmed = Signal()
    line_wanted = Signal()
    receiving_wanted = Signal()
    delete_received_confirmed = Signal()
    diagnostics_path_chosen = Signal(object)
    jobs_shown = Signal(bool)
    language_chosen = Signal(str)
    guide_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._step = Step.DROP
        self._busy = False
        self._unsaved = 0
        self._folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self.setAcceptDrops(True)
        self.setMinimumSize(900, 600)
        self.resize(1180, 760)
        self.steps = StepBar()
        self.messages = MessageArea()
        self.scan = ScanStrip()
        self.unfinished = UnfinishedBox()
        self.drop = DropPage()
        self.check = CheckPage()
        self.sending = SendPage()
        self.jobs = JobsPage()
        self.panel = UploadPanel()
        self.review = HeldReview(self)
        self._notices = Notices(self)
        self.comparison = Comparison(self)
        self.line = LineDialog(self)
        self.receiving_settings = ReceivingDialog(self)
        self.receiving = ReceivingStrip()
        self.receiving.settings_wanted.connect(self.receiving_wanted)
        self._pages = QStackedWidget()
        for page in (self.drop, self.check, self.sending, self.jobs):
            self._pages.addWidget(page)
        self.setCentralWidget(self._make_content())
        self._make_menu()
        for wanted in (self.drop.folder_wanted, self.check.add_wanted):
            wanted.connect(self.ask_for_folder)
        self.drop.files_wanted.connect(self.ask_for_files)
        self.drop.archive_wanted.connect(self.ask_for_archive)
        self.drop.take_focus()  # what most people do first, and not the header's button
        self.retranslate()

    def _make_content(self) -> QWidget:
        content = QWidget()
        header = QFrame()
        header.setObjectName("header")
        sign = QLabel()
        sign.setPixmap(icons.pixmap("adit-uploader", "#ffffff", 30, self.devicePixelRatioF()))
        self._uploads = parts.button("link")
        self._uploads.clicked.connect(self.toggle_jobs)
        self._name = parts.label("heading")
        self._name.setText(APPLICATION_NAME)
        head = QHBoxLayout(header)
        head.setContentsMargins(20, 12, 20, 12)
        head.setSpacing(10)
        head.addWidget(sign)
        head.addWidget(self._name)
        head.addStretch()
        head.addWidget(self.steps)
        head.addStretch()
        head.addWidget(self._uploads)
        left = QVBoxLayout()
        left.setContentsMargins(20, 16, 20, 16)
        left.setSpacing(12)
        left.addWidget(self.messages)
        left.addWidget(self.unfinished)
        left.addWidget(self.receiving)
        left.addWidget(self.scan)
        left.addWidget(self._pages, 1)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addLayout(left, 1)
        below.addWidget(self.panel)
        around = QVBoxLayout(content)
        around.setContentsMargins(0, 0, 0, 0)
        around.setSpacing(0)
        around.addWidget(header)
        around.addLayout(below, 1)
        return content

    def _make_menu(self) -> None:
        self._file_menu, self._language_menu, self._help_menu = QMenu(self), QMenu(self), QMenu(self)
        self._add_folder, self._add_files, self._add_archive = QAction(self), QAction(self), QAction(self)
        self._quit, self._show_uploads, self._set_line, self._receive = (QAction(self) for _ in range(4))
        self._receive.triggered.connect(self.receiving_wanted)
        self._set_line.triggered.connect(self.line_wanted)
        self.panel.account.line_wanted.connect(self.line_wanted)
        self._show_uploads.setShortcut(QKeySequence("Ctrl+J"))
        self._show_uploads.triggered.connect(self.toggle_jobs)
        self._add_folder.setShortcut(QKeySequence(QKeySequence.StandardKey.Open))
        self._quit.setShortcut(QKeySequence(QKeySequence.StandardKey.Quit))
        self._quit.setMenuRole(QAction.MenuRole.QuitRole)
        self._add_folder.triggered.connect(self.ask_for_folder)
        self._add_files.triggered.connect(self.ask_for_files)
        self._add_archive.triggered.connect(self.ask_for_archive)
        self._quit.triggered.connect(self.close)
        self._file_menu.addActions([self._add_folder, self._add_files, self._add_archive])
        self._file_menu.addSeparator()
        self._file_menu.addActions([self._show_uploads, self._receive, self._set_line])
        self._file_menu.addSeparator()
        self._file_menu.addAction(self._quit)
        group = QActionGroup(self)
        self._languages = {code: QAction(self) for code in ("", "en", "de")}
        for code, action in self._languages.items():
            action.setCheckable(True)
            action.setData(code)
            group.addAction(action)
            self._language_menu.addAction(action)
        group.triggered.connect(lambda action: self.language_chosen.emit(action.data()))
        self.menuBar().addMenu(self._file_menu)
        self._guide, self._diagnose = QAction(self), QAction(self)
        self._guide.setShortcut(QKeySequence("F1"))
        self._guide.triggered.connect(self.guide_wanted)
        for each in (self, self.review, self.comparison, self.line, self.receiving_settings):
            each.addAction(self._guide)  # questions take it over from the window
        self._diagnose.triggered.connect(self.ask_where_to_save_diagnostics)
        self._help_menu.addActions([self._guide, self._diagnose])
        for menu in (self._language_menu, self._help_menu):
            self.menuBar().addMenu(menu)

    # ------------------------------------------------------------ state

    def show_step(self, step: Step, *, finished: bool = False) -> None:
        new = step is not self._step
        self._step = step
        self.steps.set_step(step, finished=finished)
        if new or not self.jobs_visible:  # who looks at the uploads is not taken away by the end of one
            self._show_page()

    def _show_page(self) -> None:
        """The page of the step."""
        was_jobs = self.jobs_visible
        self._pages.setCurrentWidget(self._page_of_step())
        if self._step is Step.CHECK:
            self.check.take_focus()
        elif self._step is Step.SEND:
            self.sending.take_focus()
        if was_jobs:
            self._name_uploads()
            self.jobs_shown.emit(False)

    @property
    def front(self) -> QWidget:
        """The page that is in front."""
        return self.jobs if self.jobs_visible else self._page_of_step()

    def _page_of_step(self) -> QWidget:
        return {Step.DROP: self.drop, Step.CHECK: self.check, Step.SEND: self.sending}[self._step]

    @property
    def step(self) -> Step:
        """The one that is shown, or lies below the page of all uploads."""
        return self._step

    @property
    def jobs_visible(self) -> bool:
        """Whether the page of all uploads is in front."""
        return self._pages.currentWidget() is self.jobs

    def toggle_jobs(self) -> None:
        """To the page of all uploads, and back to the step."""
        if self.jobs_visible:
            self._show_page()
            return
        self._pages.setCurrentWidget(self.jobs)
        self.jobs.take_focus()
        self._name_uploads()
        self.jobs_shown.emit(True)

    def set_unsaved(self, key_lists: int) -> None:
        """So many key lists of ended uploads were never saved elsewhere: closing the window asks first."""
        self._unsaved = key_lists

    def _name_uploads(self) -> None:
        name = self.tr("Back") if self.jobs_visible else self.tr("Uploads")
        self._uploads.setText(name)
        self._uploads.setToolTip(self._show_uploads.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
        self._show_uploads.setText(name)

    def set_busy(self, busy: bool) -> None:
        """While an upload runs, settings are locked and closing the window asks first."""
        self._busy = busy
        self.panel.set_locked(busy)
        for action in (self._add_folder, self._add_files, self._add_archive, self._set_line):
            action.setEnabled(not busy)

    def set_language(self, setting: str) -> None:
        """Ticks the language in the menu; '' means the system's."""
        self._languages.get(setting, self._languages[""]).setChecked(True)

    # ------------------------------------------------------------ questions

    def ask_for_folder(self) -> None:
        dialog = self._dialog(self.tr("Add a folder"), QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(self._dropped)
        dialog.open()

    def ask_for_files(self) -> None:
        dialog = self._dialog(self.tr("Add files"), QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._dropped)
        dialog.open()

    def ask_for_archive(self) -> None:
        dialog = self._dialog(self.tr("Add a zip archive"), QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([self.tr("Zip archives (*.zip)"), self.tr("All files (*)")])
        dialog.filesSelected.connect(self._dropped)
        dialog.open()

    def ask_for_batch_file(self) -> None:
        dialog = self._dialog(self.tr("Choose the batch file"), QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("CSV and Excel (*.csv *.txt *.tsv *.xlsx)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda path: self.batch_file_chosen.emit(Path(path)))
        dialog.open()

    def ask_for_key_file(self) -> None:
        dialog = self._dialog(self.tr("Load the department's key"), QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.key_file_chosen.emit(Path(path)))
        dialog.open()

    def ask_where_to_save_key(self) -> None:
        dialog = self._save_dialog(self.tr("Save a copy of the department's key"), "department-key.txt", [])
        dialog.fileSelected.connect(lambda path: self.key_copy_path_chosen.emit(Path(path)))
        dialog.open()

    def ask_where_to_save_key_list(self, name: str) -> None:
        filters = [self.tr("CSV (*.csv)"), self.tr("Excel (*.xlsx)")]
        dialog = self._save_dialog(self.tr("Save the key list"), name + ".csv", filters)

        def chosen(path: str) -> None:
            wanted = ".xlsx" if "xlsx" in dialog.selectedNameFilter() else ".csv"
            known = Path(path).suffix.lower() in {".csv", ".xlsx"}
            self.key_list_path_chosen.emit(Path(path) if known else Path(path + wanted))

        dialog.filterSelected.connect(lambda text: dialog.setDefaultSuffix("xlsx" if "xlsx" in text else "csv"))
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def ask_where_to_save_report(self, name: str) -> None:
        kinds = {
            self.tr("Page to read and print (*.html)"): "html",
            self.tr("PDF (*.pdf)"): "pdf",
            self.tr("Receipt for programs (*.json)"): "json",
        }
        dialog = self._save_dialog(self.tr("Save the receipt"), name + ".html", list(kinds))

        def chosen(path: str) -> None:
            wanted = kinds.get(dialog.selectedNameFilter(), "html")
            known = Path(path).suffix.lower().removeprefix(".") in kinds.values()
            self.report_path_chosen.emit(Path(path) if known else Path(f"{path}.{wanted}"))

        dialog.filterSelected.connect(lambda text: dialog.setDefaultSuffix(kinds.get(text, "html")))
        dialog.setDefaultSuffix("html")
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def ask_where_to_save_diagnostics(self) -> None:
        title = self.tr("Save diagnostic information (no patient data)")
        dialog = self._save_dialog(title, "adit-uploader-diagnostics.zip", [self.tr("Zip archives (*.zip)")])
        dialog.setDefaultSuffix("zip")
        dialog.fileSelected.connect(lambda path: self.diagnostics_path_chosen.emit(Path(path)))
        dialog.open()

    def ask_to_send_real_names(self, images: int, patients: int, destination: str) -> None:
        """The second confirmation of mode None; it names the count."""
        dialog = questions.real_names(self, images, patients, destination)
        dialog.accepted.connect(self.real_names_confirmed)
        dialog.open()

    def ask_to_stop(self, *, can_finish: bool) -> None:
        """can_finish: whether the studies under way can come to their end first."""
        dialog = questions.stop(self, can_finish=can_finish)
        dialog.accepted.connect(self.stop_confirmed)
        dialog.second_chosen.connect(self.finish_current_confirmed)
        dialog.open()

    def ask_to_delete_traces(self, *, key_list_saved: bool, unfinished: bool) -> None:
        """The second word before a key list may be lost."""
        dialog = questions.delete_traces(self, key_list_saved=key_list_saved, unfinished=unfinished)
        dialog.accepted.connect(self.delete_traces_confirmed)
        dialog.open()

    def ask_to_trust(self, server: str, fingerprint: str) -> None:
        """Whether the certificate with this fingerprint is the server's; nothing was sent to it yet."""
        dialog = questions.trust(self, server, fingerprint)
        dialog.accepted.connect(self.trust_confirmed)
        dialog.open()

    def ask_to_cancel_job(self) -> None:
        """The second word before a job is given up at the server."""
        dialog = questions.cancel_job(self)
        dialog.accepted.connect(self.cancel_job_confirmed)
        dialog.open()

    def ask_to_delete_received(self, images: int) -> None:
        """The second word before what workstations sent is deleted."""
        dialog = questions.delete_received(self, images)
        dialog.accepted.connect(self.delete_received_confirmed)
        dialog.open()

    def open_page(self, url: str) -> bool:
        """Shows a page in the system's browser, if there is one."""
        return QDesktopServices.openUrl(QUrl(url))

    def notify(self, text: Explanation) -> None:
        """Says it outside of the window, if people look elsewhere."""
        self._notices.show_notice(self, text)

    def _ask_to_close(self) -> None:
        dialog = questions.close_while_sending(self)
        dialog.accepted.connect(self.close_confirmed)
        dialog.open()

    def _ask_about_key_lists(self) -> None:
        dialog = questions.close_without_key_lists(self, self._unsaved)

        def close() -> None:
            self._unsaved = 0
            self.close()

        def show() -> None:
            if not self.jobs_visible:
                self.toggle_jobs()

        dialog.accepted.connect(close)
        dialog.second_chosen.connect(show)
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = parts.file_dialog(self, title)
        dialog.resize(*_FILE_DIALOG)
        dialog.setFileMode(mode)
        dialog.setDirectory(self._folder if Path(self._folder).is_dir() else str(Path.home()))
        dialog.filesSelected.connect(self._remember_folder)
        return dialog

    def _remember_folder(self, paths: Sequence[str]) -> None:
        """The next dialog opens where the last file was."""
        self._folder = str(Path(paths[0]).parent)

    def _save_dialog(self, title: str, name: str, filters: Sequence[str]) -> QFileDialog:
        dialog = self._dialog(title, QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if filters:
            dialog.setNameFilters(list(filters))
        dialog.selectFile(name)
        return dialog

    def _dropped(self, paths: Sequence[str]) -> None:
        self.paths_dropped.emit([Path(path) for path in paths])

    # ------------------------------------------------------------ texts

    def retranslate(self) -> None:
        self.setWindowTitle(APPLICATION_NAME)
        self._file_menu.setTitle(self.tr("&File"))
        self._language_menu.setTitle(self.tr("Lan&guage"))
        self._help_menu.setTitle(self.tr("Help"))
        self._guide.setText(self.tr("&Guide"))
        self._diagnose.setText(self.tr("Save &diagnostic information …"))
        self._add_folder.setText(self.tr("Add f&older …"))
        self._add_files.setText(self.tr("Add fi&les …"))
        self._add_archive.setText(self.tr("Add &zip archive …"))
        self._quit.setText(self.tr("&Quit"))
        self._receive.setText(self.tr("&Receive from workstations …"))
        self._set_line.setText(self.tr("&Connection settings …"))
        self._name_uploads()
        self._languages[""].setText(self.tr("Language of the &system"))
        self._languages["en"].setText("&English")
        self._languages["de"].setText("&Deutsch")

    # ------------------------------------------------------------ events

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.drop.set_over(True)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop.set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop.set_over(False)
        paths = local_paths(event.mimeData())
        if paths:
            # never a move: the source must keep its files
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.paths_dropped.emit(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._busy:
            event.ignore()
            self._ask_to_close()
        elif self._unsaved:
            event.ignore()
            self._ask_about_key_lists()
        else:
            event.accept()

    def sizeHint(self) -> QSize:
        return QSize(1180, 760)
