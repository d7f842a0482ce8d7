"""How patients are named: the dropdown, and the fields that belong to the chosen mode."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from adit_uploader.desktop.values import BatchState, Explanation, KeyState, ModeOption, Severity
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.views.messages import Banner
from adit_uploader.desktop.words import formats, modes
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.pseudonyms.mode import Mode

_MODE_ROLE = Qt.ItemDataRole.UserRole


class ModePanel(QWidget):
    """Shows one mode at a time; says what was chosen and typed, and decides nothing."""

    mode_chosen = Signal(object)  # Mode
    batch_file_wanted = Signal()
    pseudonym_typed = Signal(str)
    keyed_wanted = Signal(bool)
    key_make_wanted = Signal()
    key_load_wanted = Signal()
    key_save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options: Sequence[ModeOption] = ()
        self._mode: Mode | None = None
        self._department = ""
        self._batch = BatchState()
        self._key = KeyState.UNKNOWN
        self._wrong: Explanation | None = None
        self._locked = False
        self._label = parts.label("section")
        self._combo = QComboBox()
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setMinimumContentsLength(12)
        self._items = QStandardItemModel(self)
        self._combo.setModel(self._items)
        self._label.setBuddy(self._combo)
        self._combo.activated.connect(self._chosen)
        self._description = parts.label("muted", wrap=True)
        self._wrong_text = parts.label("danger", wrap=True, selectable=True)
        self._faces = {
            Mode.INTERNAL: self._make_internal(),
            Mode.BATCH: self._make_batch(),
            Mode.FIXED: self._make_fixed(),
            Mode.NONE: self._make_none(),
        }
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        inside.addWidget(self._label)
        inside.addWidget(self._combo)
        inside.addWidget(self._description)
        for face in self._faces.values():
            inside.addWidget(face)
        inside.addWidget(self._wrong_text)
        self.retranslate()

    def _make_internal(self) -> QWidget:
        face = QWidget()
        self._department_text = parts.label(wrap=True)
        self._keyed = QCheckBox()
        self._keyed.toggled.connect(self.keyed_wanted)
        self._key_text = parts.label("muted", wrap=True)
        self._key_make, self._key_load, self._key_save = parts.button(), parts.button(), parts.button("link")
        self._key_make.clicked.connect(self.key_make_wanted)
        self._key_load.clicked.connect(self.key_load_wanted)
        self._key_save.clicked.connect(self.key_save_wanted)
        buttons = QVBoxLayout()
        buttons.setSpacing(6)
        for each in (self._key_make, self._key_load, self._key_save):
            buttons.addWidget(each, 0, Qt.AlignmentFlag.AlignLeft)
        inside = QVBoxLayout(face)
        inside.setContentsMargins(0, 2, 0, 0)
        inside.setSpacing(6)
        inside.addWidget(self._department_text)
        inside.addWidget(self._keyed)
        inside.addWidget(self._key_text)
        inside.addLayout(buttons)
        return face

    def _make_batch(self) -> QWidget:
        face = QWidget()
        self._batch_text = parts.label(wrap=True)
        self._batch_button = parts.button()
        self._batch_button.clicked.connect(self.batch_file_wanted)
        inside = QVBoxLayout(face)
        inside.setContentsMargins(0, 2, 0, 0)
        inside.setSpacing(6)
        inside.addWidget(self._batch_text)
        inside.addWidget(self._batch_button, 0, Qt.AlignmentFlag.AlignLeft)
        return face

    def _make_fixed(self) -> QWidget:
        face = QWidget()
        self._pseudonym_label = parts.label()
        self._pseudonym = QLineEdit()
        self._pseudonym.setMaxLength(64)
        self._pseudonym_label.setBuddy(self._pseudonym)
        self._pseudonym.textChanged.connect(self.pseudonym_typed)
        inside = QVBoxLayout(face)
        inside.setContentsMargins(0, 2, 0, 0)
        inside.setSpacing(4)
        inside.addWidget(self._pseudonym_label)
        inside.addWidget(self._pseudonym)
        return face

    def _make_none(self) -> QWidget:
        face = QWidget()
        self._warning = Banner(Severity.ERROR, Explanation(""), closable=False)
        inside = QVBoxLayout(face)
        inside.setContentsMargins(0, 2, 0, 0)
        inside.addWidget(self._warning)
        return face

    # ------------------------------------------------------------ state

    def set_options(self, options: Sequence[ModeOption]) -> None:
        """The lines of the dropdown; those that can't be chosen say why."""
        self._options = options
        self._fill()

    def set_mode(self, mode: Mode | None) -> None:
        """None: nothing is chosen."""
        self._mode = mode
        self._render()

    def set_department(self, department: str) -> None:
        """The user's department, as the server says: shown, never typed."""
        self._department = department
        self._render()

    def set_key(self, keyed: bool, state: KeyState) -> None:
        """Whether the keyed variant is chosen, and whether its key is there."""
        self._key = state
        if self._keyed.isChecked() != keyed:
            self._keyed.setChecked(keyed)
        self._render()

    def set_batch(self, batch: BatchState) -> None:
        self._batch = batch
        self._render()

    def set_wrong(self, wrong: Explanation | None) -> None:
        """Why what was chosen or typed can't be used; stands below the fields."""
        if wrong == self._wrong:
            return
        self._wrong = wrong
        if wrong is not None:
            parts.announce(self._wrong_text, f"{wrong.title}. {wrong.message}")
        self._render()

    def clear_pseudonym(self) -> None:
        """Empties the field of mode Fixed."""
        self._pseudonym.clear()

    def set_locked(self, locked: bool) -> None:
        """While an upload runs nothing can be changed, but stays readable."""
        self._locked = locked
        self._render()

    def retranslate(self) -> None:
        self._label.setText(self.tr("&Pseudonyms"))
        self._combo.setPlaceholderText(self.tr("Choose …"))
        self._keyed.setText(self.tr("With the department's secret &key"))
        self._keyed.setToolTip(
            self.tr("Without the key nobody can find out by trying which PatientID a pseudonym stands for.")
        )
        self._key_make.setText(self.tr("&Make a key"))
        self._key_load.setText(self.tr("Loa&d from file …"))
        self._key_save.setText(self.tr("Save a cop&y …"))
        self._batch_button.setText(self.tr("Choose &batch file …"))
        self._pseudonym_label.setText(self.tr("Pseudonym of this patie&nt"))
        text = self.tr("Names, birth dates and IDs are sent as they are. You confirm it once more before sending.")
        self._warning.set_text(Explanation(self.tr("Real names will be sent"), text))
        self._wrong = self._wrong.again() if self._wrong else None
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # ------------------------------------------------------------ inside

    def _chosen(self, row: int) -> None:
        self.mode_chosen.emit(Mode(self._items.item(row).data(_MODE_ROLE)))

    def _fill(self) -> None:
        self._items.clear()
        for option in self._options:
            text = modes.name(option.mode)
            if option.blocked is not None:
                text = f"{text} ({modes.block(option.blocked)})"
            item = QStandardItem(text)
            item.setData(option.mode.value, _MODE_ROLE)
            item.setData(text, Qt.ItemDataRole.ToolTipRole)
            item.setEnabled(option.blocked is None)
            self._items.appendRow(item)
        self._combo.view().setTextElideMode(Qt.TextElideMode.ElideNone)
        self._render()

    def _render(self) -> None:
        shown = [option.mode for option in self._options]
        self._combo.setCurrentIndex(shown.index(self._mode) if self._mode in shown else -1)
        self._combo.setEnabled(bool(self._options) and not self._locked)
        self._description.setText(modes.description(self._mode) if self._mode else "")
        self._description.setVisible(self._mode is not None and self._mode is not Mode.NONE)
        for mode, face in self._faces.items():
            face.setVisible(mode is self._mode)
            face.setEnabled(not self._locked)
        self._department_text.setText(
            self.tr("Department: {name}").format(name=formats.breakable(self._department) or self.tr("none"))
        )
        self._render_key()
        self._render_batch()
        self._wrong_text.setVisible(self._wrong is not None)
        if self._wrong is not None:
            self._wrong_text.setText(" ".join(part for part in (self._wrong.title + ".", self._wrong.message) if part))
        parts.set_tone(self._pseudonym, "wrong", self._mode is Mode.FIXED and self._wrong is not None)

    def _render_key(self) -> None:
        keyed = self._keyed.isChecked()
        missing = keyed and self._key in {KeyState.MISSING, KeyState.NO_KEYRING}
        texts = {
            KeyState.UNKNOWN: "",
            KeyState.MISSING: self.tr("This computer has no key of your department yet."),
            KeyState.READY: self.tr("The key is ready."),
            KeyState.NO_KEYRING: self.tr("No keyring here: a key is kept for this session only. Save a copy."),
        }
        self._key_text.setText(texts[self._key])
        self._key_text.setVisible(keyed and bool(texts[self._key]))
        self._key_make.setVisible(missing)
        self._key_load.setVisible(missing)
        self._key_save.setVisible(keyed and self._key is KeyState.READY)

    def _render_batch(self) -> None:
        batch = self._batch
        if batch.path is None:
            self._batch_text.setText(self.tr("No file chosen."))
            parts.set_tone(self._batch_text, "tone", "muted")
        elif batch.problems:
            problems = COUNTS.problems(batch.problems)
            self._batch_text.setText(f"{formats.breakable(batch.path.name)}: {problems}")
            parts.set_tone(self._batch_text, "tone", "danger")
        else:
            rows = COUNTS.rows(batch.rows)
            self._batch_text.setText(f"{formats.breakable(batch.path.name)}: {rows}")
            parts.set_tone(self._batch_text, "tone", "success")
        self._batch_text.setToolTip(str(batch.path) if batch.path else "")
