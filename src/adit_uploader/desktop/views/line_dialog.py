"""The way to the server: proxy, own certificates, bandwidth, compression."""

from dataclasses import replace
from typing import get_args

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from adit_uploader.account.settings import Compression, LineSettings
from adit_uploader.desktop.values import Explanation
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words.counts import COUNTS

WIDTH = 540  # pixels
_MARGIN = 24
_SYSTEM, _NONE, _OWN = range(3)  # rows of the proxy's list
_NO_PROXY = "none"
_COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)
_BITS = 8 / 1_000_000  # megabits of a byte
_DECIMALS = 2


class LineDialog(QDialog):
    """What is set for all users of this computer is shown, and can't be changed."""

    save_wanted = Signal(object)  # LineSettings

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._own = self._shown = LineSettings()
        self._fixed: frozenset[str] = frozenset()
        self._error: Explanation | None = None
        self._busy = False
        self._proxy_label, self._proxy, self._address = parts.label("section"), QComboBox(), QLineEdit()
        self._proxy.addItems([""] * 3)
        self._proxy.activated.connect(self._render)
        self._proxy_hint = parts.label("muted", wrap=True)
        self._file_label, self._file, self._choose = parts.label("section"), QLineEdit(), parts.button()
        self._choose.clicked.connect(self._ask_for_file)
        self._file_hint = parts.label("muted", wrap=True)
        self._rate_label, self._rate, self._unit = parts.label("section"), QLineEdit(), parts.label()
        self._rate_hint = parts.label("muted", wrap=True)
        self._compress_label, self._compress = parts.label("section"), QComboBox()
        self._compress.addItems([""] * len(_COMPRESSIONS))
        self._compress_hint = parts.label("muted", wrap=True)
        self._pins, self._forget = parts.label("muted", wrap=True), parts.button("link")
        self._forget.clicked.connect(self._forget_pins)
        self._error_title = parts.label("danger", wrap=True, selectable=True)
        self._error_text = parts.label(wrap=True, selectable=True)
        self._save, self._cancel = parts.button("primary"), parts.button()
        self._save.setDefault(True)
        self._save.clicked.connect(self._take)
        self._cancel.clicked.connect(self.reject)
        for label, field in (
            (self._proxy_label, self._proxy),
            (self._file_label, self._file),
            (self._rate_label, self._rate),
            (self._compress_label, self._compress),
        ):
            label.setBuddy(field)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        inside = parts.column(margins=(_MARGIN, 20, _MARGIN, 20))
        inside.setSpacing(6)
        groups: tuple[tuple[QLabel, QWidget, QWidget | None, QLabel], ...] = (
            (self._proxy_label, self._proxy, self._address, self._proxy_hint),
            (self._file_label, self._file, self._choose, self._file_hint),
            (self._rate_label, self._rate, self._unit, self._rate_hint),
            (self._compress_label, self._compress, None, self._compress_hint),
        )
        for label, field, beside, hint in groups:
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(field, 1)
            if beside is not None:
                row.addWidget(beside, 1 if isinstance(beside, QLineEdit) else 0)
            inside.addWidget(label)
            inside.addLayout(row)
            inside.addWidget(hint)
            inside.addSpacing(8)
        inside.addWidget(self._pins)
        inside.addWidget(self._forget, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addWidget(self._error_title)
        inside.addWidget(self._error_text)
        inside.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch()
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._save)
        inside.addLayout(buttons)
        self.setLayout(inside)

    # ------------------------------------------------------------ state

    def show_line(self, own: LineSettings, shown: LineSettings, fixed: frozenset[str]) -> None:
        """Opens the dialog. shown: what counts; own: what the user has set; fixed: names of what they can't change."""
        self._own, self._shown, self._fixed = own, shown, fixed
        proxy = {"": _SYSTEM, _NO_PROXY: _NONE}.get(shown.proxy, _OWN)
        self._proxy.setCurrentIndex(proxy)
        self._address.setText(shown.proxy if proxy == _OWN else "")
        self._file.setText(shown.ca_file)
        self._rate.setText(self._megabits(shown.limit_rate))
        self._compress.setCurrentIndex(_COMPRESSIONS.index(shown.compress))
        self.set_busy(False)
        self.set_error(None)
        self.open()
        self._proxy.setFocus()

    def set_busy(self, busy: bool) -> None:
        """Whether what was set is being looked at."""
        self._busy = busy
        self._render()

    def set_error(self, error: Explanation | None) -> None:
        """Why it can't be right."""
        self._error = error
        self._render_error()
        if error is not None:
            parts.announce(self._error_title, f"{error.title}. {error.message}")

    # ------------------------------------------------------------ texts

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Connection settings"))
        self._proxy_label.setText(self.tr("&Proxy"))
        for row, text in (
            (_SYSTEM, self.tr("As the system says")),
            (_NONE, self.tr("No proxy")),
            (_OWN, self.tr("This one:")),
        ):
            self._proxy.setItemText(row, text)
        self._address.setAccessibleName(self.tr("Address of the proxy"))
        self._address.setPlaceholderText("http://proxy.example.org:3128")
        self._file_label.setText(self.tr("Certificates of your &own authorities"))
        self._file.setPlaceholderText(self.tr("None but those of the system"))
        self._choose.setText(self.tr("C&hoose …"))
        self._rate_label.setText(self.tr("Send at &most"))
        self._rate.setPlaceholderText(self.tr("No limit"))
        self._unit.setText(self.tr("Mbit/s"))
        self._compress_label.setText(self.tr("&Compress on the way"))
        for compression, text in (
            ("auto", self.tr("On slow lines")),
            ("on", self.tr("Always")),
            ("off", self.tr("Never")),
        ):
            self._compress.setItemText(_COMPRESSIONS.index(compression), text)
        self._forget.setText(self.tr("&Forget these certificates"))
        self._cancel.setText(self.tr("C&ancel"))
        self._error = self._error.again() if self._error else None
        self._render_error()
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        parts.fit_height(self, WIDTH - 2 * _MARGIN)
        super().showEvent(event)

    # ------------------------------------------------------------ inside

    def _render(self) -> None:
        own_proxy = self._proxy.currentIndex() == _OWN
        self._address.setVisible(own_proxy)
        managed = self.tr("Set by your IT department.")
        hints: tuple[tuple[str, QLabel, str, tuple[QWidget, ...]], ...] = (
            (
                "proxy",
                self._proxy_hint,
                self.tr("With a password: http://user:password@proxy:3128. It can be read in your settings file.")
                if own_proxy
                else "",
                (self._proxy, self._address),
            ),
            (
                "ca_file",
                self._file_hint,
                self.tr("A PEM file, if your hospital has an authority of its own that this computer does not know."),
                (self._file, self._choose),
            ),
            (
                "limit_rate",
                self._rate_hint,
                self.tr("All uploads together. Empty: as fast as the line is."),
                (self._rate,),
            ),
            ("compress", self._compress_hint, "", (self._compress,)),
        )
        for name, hint, text, fields in hints:
            said = managed if name in self._fixed else text
            hint.setText(said)
            hint.setVisible(bool(said))
            for field in fields:
                field.setEnabled(name not in self._fixed and not self._busy)
                if not isinstance(field, QPushButton):
                    field.setAccessibleDescription(said)
        pins = len(self._own.pins)
        self._pins.setText(COUNTS.pinned_servers(pins))
        self._pins.setVisible(bool(pins))
        self._forget.setVisible(bool(pins))
        self._save.setText(self.tr("Checking …") if self._busy else self.tr("&Save"))
        self._save.setEnabled(not self._busy)
        parts.fit_height(self, WIDTH - 2 * _MARGIN)

    def _render_error(self) -> None:
        title, message = (self._error.title, self._error.message) if self._error else ("", "")
        self._error_title.setText(title)
        self._error_text.setText(message)
        self._error_title.setVisible(bool(title))
        self._error_text.setVisible(bool(message))
        parts.fit_height(self, WIDTH - 2 * _MARGIN)

    def _megabits(self, rate: int) -> str:
        """A rate as it is typed; '' of none."""
        if not rate:
            return ""
        text = QLocale().toString(rate * _BITS, "f", _DECIMALS)
        point = QLocale().decimalPoint()
        return text.rstrip("0").removesuffix(point) if point in text else text

    def _typed_rate(self) -> int | None:
        """Bytes a second; None where no number was typed, or none that can be sent by."""
        typed = self._rate.text().strip()
        if typed == self._megabits(self._shown.limit_rate):
            return self._shown.limit_rate
        if not typed:
            return 0
        megabits, valid = QLocale().toDouble(typed)
        rate = round(megabits / _BITS) if valid else 0
        return rate if rate > 0 else None

    def _take(self) -> None:
        rate = self._typed_rate()
        if rate is None:
            self.set_error(self._no_rate())
            self._rate.setFocus()
            return
        chosen = self._proxy.currentIndex()
        proxy = self._address.text().strip() if chosen == _OWN else _NO_PROXY if chosen == _NONE else ""
        if chosen == _OWN and not proxy:
            self.set_error(self._no_proxy())
            self._address.setFocus()
            return
        new = LineSettings(
            proxy=proxy,
            ca_file=self._file.text().strip(),
            pins=self._own.pins,
            limit_rate=rate,
            compress=_COMPRESSIONS[self._compress.currentIndex()],
        )
        kept = {name: getattr(self._own, name) for name in self._fixed}
        self.save_wanted.emit(replace(new, **kept))

    def _no_rate(self) -> Explanation:
        return Explanation(
            self.tr("This is not a speed"),
            self.tr("Type megabits a second, such as 50, or nothing for no limit."),
            self._no_rate,
        )

    def _no_proxy(self) -> Explanation:
        return Explanation(
            self.tr("The proxy's address is missing"),
            self.tr("Type an address such as http://proxy.example.org:3128, or choose another line of the list."),
            self._no_proxy,
        )

    def _forget_pins(self) -> None:
        self._own = replace(self._own, pins={})
        self._render()
        self._save.setFocus()

    def _ask_for_file(self) -> None:
        dialog = parts.file_dialog(self, self.tr("Choose the certificates"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Certificates (*.pem *.crt *.cer)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self._file.setText)
        dialog.open()
