"""Receiving from workstations: who may send, where to, and what lies here of it."""

import re
from dataclasses import replace

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QHBoxLayout, QLabel, QLineEdit, QWidget

from adit_uploader.account.receiving import LOOPBACK, ReceivingSettings
from adit_uploader.desktop.values import Explanation, InboxLook
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words import errors, formats
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.receiving.errors import NotAPort

WIDTH = 560  # pixels
_MARGIN = 24
_HERE, _OTHER = range(2)  # rows of the address's list
_MOST_PORT = 65535


class ReceivingDialog(QDialog):
    """What is set for all users of this computer is shown, and can't be changed."""

    save_wanted = Signal(object)  # ReceivingSettings
    show_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._own = self._shown = ReceivingSettings()
        self._fixed: frozenset[str] = frozenset()
        self._inbox = InboxLook()
        self._error: Explanation | None = None
        self._enabled, self._enabled_hint = QCheckBox(), parts.label("muted", wrap=True)
        self._callers_label, self._callers = parts.label("section"), QLineEdit()
        self._callers_hint = parts.label("muted", wrap=True)
        self._title_label, self._title = parts.label("section"), QLineEdit()
        self._title_hint = parts.label("muted", wrap=True)
        self._port_label, self._port = parts.label("section"), QLineEdit()
        self._port_hint = parts.label("muted", wrap=True)
        self._where_label, self._where, self._address = parts.label("section"), QComboBox(), QLineEdit()
        self._where.addItems([""] * 2)
        self._where.activated.connect(self._render)
        self._where_hint = parts.label("muted", wrap=True)
        self._warning = parts.label("danger", wrap=True)
        self._peers_label, self._peers = parts.label("section"), QLineEdit()
        self._peers_hint = parts.label("muted", wrap=True)
        self._inbox_text = parts.label(wrap=True)
        self._show, self._delete = parts.button("link"), parts.button("link")
        self._show.clicked.connect(self.show_wanted)
        self._delete.clicked.connect(self.delete_wanted)
        self._error_title = parts.label("danger", wrap=True, selectable=True)
        self._error_text = parts.label(wrap=True, selectable=True)
        self._save, self._cancel = parts.button("primary"), parts.button()
        self._save.setDefault(True)
        self._save.clicked.connect(self._take)
        self._cancel.clicked.connect(self.reject)
        for label, field in (
            (self._callers_label, self._callers),
            (self._title_label, self._title),
            (self._port_label, self._port),
            (self._where_label, self._where),
            (self._peers_label, self._peers),
        ):
            label.setBuddy(field)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        inside = parts.column(margins=(_MARGIN, 20, _MARGIN, 20))
        inside.setSpacing(6)
        inside.addWidget(self._enabled)
        inside.addWidget(self._enabled_hint)
        inside.addSpacing(8)
        where = QHBoxLayout()
        where.setSpacing(8)
        where.addWidget(self._where, 1)
        where.addWidget(self._address, 1)
        for label, field, hint in (
            (self._callers_label, self._callers, self._callers_hint),
            (self._title_label, self._title, self._title_hint),
            (self._port_label, self._port, self._port_hint),
            (self._where_label, where, self._where_hint),
            (self._warning, None, None),
            (self._peers_label, self._peers, self._peers_hint),
        ):
            inside.addWidget(label)
            if isinstance(field, QHBoxLayout):
                inside.addLayout(field)
            elif field is not None:
                inside.addWidget(field)
            if hint is not None:
                inside.addWidget(hint)
                inside.addSpacing(8)
        inside.addWidget(parts.rule())
        inside.addWidget(self._inbox_text)
        deeds = QHBoxLayout()
        deeds.setSpacing(14)
        deeds.addWidget(self._show)
        deeds.addWidget(self._delete)
        deeds.addStretch()
        inside.addLayout(deeds)
        inside.addWidget(self._error_title)
        inside.addWidget(self._error_text)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch()
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._save)
        inside.addLayout(buttons)
        self.setLayout(inside)

    # ------------------------------------------------------------ state

    def show_receiving(self, own: ReceivingSettings, shown: ReceivingSettings, fixed: frozenset[str]) -> None:
        """Opens the dialog. shown: what counts; own: what the user has set; fixed: names of what they can't change."""
        self._own, self._shown, self._fixed = own, shown, fixed
        self._enabled.setChecked(shown.enabled)
        self._callers.setText(", ".join(shown.callers))
        self._title.setText(shown.ae_title)
        self._port.setText(str(shown.port))
        other = shown.address != LOOPBACK
        self._where.setCurrentIndex(_OTHER if other else _HERE)
        self._address.setText(shown.address if other else "")
        self._peers.setText(", ".join(shown.peers))
        self.set_error(None)
        self._render()
        self.open()
        self._enabled.setFocus()

    def set_inbox(self, look: InboxLook) -> None:
        """What lies here."""
        self._inbox = look
        self._render()

    def set_error(self, error: Explanation | None) -> None:
        """Why it can't be right."""
        self._error = error
        self._render_error()
        if error is not None:
            parts.announce(self._error_title, f"{error.title}. {error.message}")

    # ------------------------------------------------------------ texts

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Receive from workstations"))
        self._enabled.setText(self.tr("&Receive images that a workstation sends to this computer by DICOM"))
        self._callers_label.setText(self.tr("&Workstations that may send (their AE titles)"))
        self._callers.setPlaceholderText(self.tr("Nobody"))
        self._title_label.setText(self.tr("AE &title of this program"))
        self._port_label.setText(self.tr("&Port"))
        self._where_label.setText(self.tr("Who can reac&h it"))
        self._where.setItemText(_HERE, self.tr("Programs on this computer only"))
        self._where.setItemText(_OTHER, self.tr("The network, at this address:"))
        self._address.setAccessibleName(self.tr("IP address of this computer"))
        self._address.setPlaceholderText("192.0.2.10")
        self._warning.setText(
            self.tr(
                "Other computers in the network can then send to this one. DICOM has no password, and what is sent "
                "is not encrypted. Ask your IT department, and name the computers that may."
            )
        )
        self._peers_label.setText(self.tr("Computers that may &connect (IP addresses or networks)"))
        self._peers.setPlaceholderText(self.tr("Each"))
        self._show.setText(self.tr("Sh&ow them in Check"))
        self._delete.setText(self.tr("&Delete them …"))
        self._cancel.setText(self.tr("C&ancel"))
        self._save.setText(self.tr("&Save"))
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
        other = self._where.currentIndex() == _OTHER
        for widget in (self._address, self._warning, self._peers_label, self._peers):
            widget.setVisible(other)
        managed = self.tr("Set by your IT department.")
        hints: tuple[tuple[str, QLabel, str, tuple[QWidget, ...]], ...] = (
            ("enabled", self._enabled_hint, "", (self._enabled,)),
            (
                "callers",
                self._callers_hint,
                self.tr("Several with commas, such as WORKSTATION1, WORKSTATION2. Whoever is not named is refused."),
                (self._callers,),
            ),
            ("ae_title", self._title_hint, "", (self._title,)),
            (
                "port",
                self._port_hint,
                self.tr("Both are entered at the workstation, as its destination."),
                (self._port,),
            ),
            ("address", self._where_hint, "", (self._where, self._address)),
            ("peers", self._peers_hint, "", (self._peers,)),
        )
        for name, hint, text, fields in hints:
            said = managed if name in self._fixed else text
            hint.setText(said)
            hint.setVisible(bool(said) and (other or name != "peers"))
            for field in fields:
                field.setEnabled(name not in self._fixed)
                field.setAccessibleDescription(said)
        count = len(self._inbox.paths)
        lines = [COUNTS.received(count, formats.size(self._inbox.size))] if count else []
        if self._inbox.needed:
            lines.append(COUNTS.received_needed(self._inbox.needed))
        self._inbox_text.setText("\n".join(lines) or self.tr("No received images lie on this computer."))
        self._show.setVisible(bool(count))
        self._delete.setVisible(bool(count))
        parts.fit_height(self, WIDTH - 2 * _MARGIN)

    def _render_error(self) -> None:
        title, message = (self._error.title, self._error.message) if self._error else ("", "")
        self._error_title.setText(title)
        self._error_text.setText(message)
        self._error_title.setVisible(bool(title))
        self._error_text.setVisible(bool(message))
        parts.fit_height(self, WIDTH - 2 * _MARGIN)

    def _take(self) -> None:
        port = self._port.text().strip()
        if not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) <= _MOST_PORT:
            self.set_error(errors.explain(NotAPort()))
            self._port.setFocus()
            return
        other = self._where.currentIndex() == _OTHER
        new = ReceivingSettings(
            enabled=self._enabled.isChecked(),
            address=self._address.text().strip() if other else LOOPBACK,
            port=int(port),
            ae_title=self._title.text().strip(),
            callers=_several(self._callers.text()),
            peers=_several(self._peers.text()),
        )
        kept = {name: getattr(self._own, name) for name in self._fixed}
        self.save_wanted.emit(replace(new, **kept))


def _several(text: str) -> tuple[str, ...]:
    """What stands between commas, each once."""
    return tuple(dict.fromkeys(one.strip() for one in re.split("[,;\n]", text) if one.strip()))
