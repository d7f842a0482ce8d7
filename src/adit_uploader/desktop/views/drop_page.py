"""Step 1: the place to drop things on, and buttons for those who don't drag."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from adit_uploader.desktop import icons
from adit_uploader.desktop.theme import current_theme
from adit_uploader.desktop.views import parts


class DropPage(QWidget):
    """The empty state is the drop target. Drops themselves arrive at the window: it is all one target."""

    folder_wanted = Signal()
    files_wanted = Signal()
    archive_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._target = QFrame()
        self._target.setObjectName("dropTarget")
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = parts.label("title", wrap=True)
        self._hint = parts.label("muted", wrap=True)
        self._promise = parts.label("muted", wrap=True)
        for words in (self._title, self._hint, self._promise):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._folder, self._files, self._archive = parts.button("primary"), parts.button(), parts.button()
        for pressed, wanted in (
            (self._folder, self.folder_wanted),
            (self._files, self.files_wanted),
            (self._archive, self.archive_wanted),
        ):
            pressed.clicked.connect(wanted)
            pressed.setIconSize(QSize(18, 18))
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch()
        for each in (self._folder, self._files, self._archive):
            buttons.addWidget(each)
        buttons.addStretch()
        inside = QVBoxLayout(self._target)
        inside.setContentsMargins(32, 32, 32, 32)
        inside.setSpacing(12)
        inside.addStretch(2)
        inside.addWidget(self._icon)
        inside.addWidget(self._title)
        inside.addWidget(self._hint)
        inside.addSpacing(8)
        inside.addLayout(buttons)
        inside.addStretch(3)
        inside.addWidget(self._promise)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self._target)
        self._paint_icons()
        self.retranslate()

    def set_over(self, over: bool) -> None:
        """Whether something is being dragged over the window."""
        parts.set_tone(self._target, "over", over)

    def take_focus(self) -> None:
        """Puts the keyboard on what most people do."""
        self._folder.setFocus()

    def retranslate(self) -> None:
        self._title.setText(self.tr("Drop studies here"))
        self._hint.setText(self.tr("Folders, files, zip archives or a CD: all DICOM images in them are found."))
        self._promise.setText(self.tr("Nothing leaves this computer until you press Send."))
        self._folder.setText(self.tr("Add f&older …"))
        self._files.setText(self.tr("Add fi&les …"))
        self._archive.setText(self.tr("Add &zip archive …"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._paint_icons()
        super().changeEvent(event)

    def _paint_icons(self) -> None:
        theme = current_theme()
        self._icon.setPixmap(icons.pixmap("drop", theme.accent, 64, self.devicePixelRatioF()))
        self._folder.setIcon(icons.icon("folder", theme.on_accent))
        self._files.setIcon(icons.icon("files", theme.text))
        self._archive.setIcon(icons.icon("zip", theme.text))
