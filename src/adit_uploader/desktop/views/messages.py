"""The message area: what went wrong or needs attention, in the window itself and never in a box on top of it."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from adit_uploader.desktop import icons
from adit_uploader.desktop.colours import Theme
from adit_uploader.desktop.theme import current_theme
from adit_uploader.desktop.values import Explanation, Severity
from adit_uploader.desktop.views import parts

_ICONS = {Severity.INFO: "info", Severity.SUCCESS: "success", Severity.WARNING: "warning", Severity.ERROR: "error"}


def severity_colour(theme: Theme, severity: Severity) -> str:
    return {
        Severity.INFO: theme.accent,
        Severity.SUCCESS: theme.success,
        Severity.WARNING: theme.warning,
        Severity.ERROR: theme.danger,
    }[severity]


class Banner(QFrame):
    """One message. Its kind is said by an icon and a word, not by colour alone."""

    closed = Signal()

    def __init__(self, severity: Severity, text: Explanation, *, closable: bool = True) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("severity", severity.name)
        self._severity = severity
        self._icon = QLabel()
        self._icon.setFixedSize(22, 22)
        self._title = parts.label("section", wrap=True, selectable=True)
        self._message = parts.label(wrap=True, selectable=True)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setIconSize(QSize(16, 16))
        self._close.setVisible(closable)
        self._close.clicked.connect(self.closed)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._message)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 10)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._text = text
        self._paint_icons()
        self.set_text(text)

    def set_text(self, text: Explanation) -> None:
        """Says something else."""
        self._text = text
        self.retranslate()

    @property
    def sentence(self) -> str:
        """Title and message in one."""
        return " ".join(part for part in (self._text.title, self._text.message) if part)

    def retranslate(self) -> None:
        self._text = self._text.again()
        self._title.setText(self._text.title)
        self._message.setText(self._text.message)
        self._message.setVisible(bool(self._text.message))
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        kind = {
            Severity.INFO: self.tr("Note"),
            Severity.SUCCESS: self.tr("Done"),
            Severity.WARNING: self.tr("Warning"),
            Severity.ERROR: self.tr("Error"),
        }[self._severity]
        self._icon.setAccessibleName(kind)
        self.setAccessibleName(f"{kind}: {self.sentence}")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._paint_icons()
        super().changeEvent(event)

    def _paint_icons(self) -> None:
        theme = current_theme()
        colour = severity_colour(theme, self._severity)
        self._icon.setPixmap(icons.pixmap(_ICONS[self._severity], colour, 22, self.devicePixelRatioF()))
        self._close.setIcon(QIcon(icons.pixmap("close", theme.muted, 16, self.devicePixelRatioF())))


class MessageArea(QWidget):
    """Holds at most one message a topic; a newer one takes the place of the older."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._banners: dict[str, Banner] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.setVisible(False)

    def show_message(self, topic: str, severity: Severity, text: Explanation, *, closable: bool = True) -> None:
        """Shows a message, and lets a screen reader say it."""
        self.dismiss(topic)
        banner = Banner(severity, text, closable=closable)
        banner.closed.connect(lambda: self.dismiss(topic))
        self._banners[topic] = banner
        self._column.addWidget(banner)
        self.setVisible(True)
        parts.announce(banner, banner.sentence)

    def dismiss(self, topic: str) -> None:
        """Takes a message away, if it is there."""
        banner = self._banners.pop(topic, None)
        if banner is not None:
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._banners))

    @property
    def texts(self) -> tuple[str, ...]:
        """What stands there, from top to bottom."""
        return tuple(banner.sentence for banner in self._banners.values())
