"""What is removed and what is kept: the de-identification profile, and a warning if it keeps identifiers."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from adit_uploader.desktop.values import ProfileOption
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words import profiles

_SHOWN = 8  # kept elements that are named; the others are counted, and named by the tool tip


class ProfileBox(QWidget):
    """Shows what the server offers; hidden while that is not known, and where nothing is de-identified."""

    profile_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options: Sequence[ProfileOption] = ()
        self._chosen = ""
        self._unusable: Sequence[str] = ()
        self._locked = False
        self._fixed = False
        self._label = parts.label("section")
        self._combo = QComboBox()
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setMinimumContentsLength(12)
        self._combo.activated.connect(self._activated)
        self._label.setBuddy(self._combo)
        self._summary = parts.label("muted", wrap=True)
        self._warning = parts.label("danger", wrap=True, selectable=True)
        self._not_usable = parts.label("muted", wrap=True)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        for widget in (self._label, self._combo, self._warning, self._summary, self._not_usable):
            inside.addWidget(widget)
        self.retranslate()

    def set_profiles(self, options: Sequence[ProfileOption], chosen: str, unusable: Sequence[str] = ()) -> None:
        """chosen: a name among them, or '' for none. unusable: what the server offers and this program can't use."""
        self._options = options
        self._chosen = chosen
        self._unusable = unusable
        self._render()
        kept = self._kept()
        if kept:
            parts.announce(self._warning, profiles.warning(kept))

    def set_fixed(self, fixed: bool) -> None:
        """Whether the profile is set for all users of this computer."""
        self._fixed = fixed
        self._render()

    def set_locked(self, locked: bool) -> None:
        self._locked = locked
        self._render()

    def retranslate(self) -> None:
        self._label.setText(self.tr("De-&identification"))
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _activated(self, row: int) -> None:
        self.profile_chosen.emit(self._options[row].name)

    def _kept(self) -> Sequence[str]:
        return next((option.keeps for option in self._options if option.name == self._chosen), ())

    def _render(self) -> None:
        self._combo.clear()
        self._combo.addItems([profiles.name(option) for option in self._options])
        row = next((row for row, option in enumerate(self._options) if option.name == self._chosen), -1)
        self._combo.setCurrentIndex(row)
        self._combo.setEnabled(len(self._options) > 1 and not self._locked)
        self._combo.setPlaceholderText(self.tr("Choose …"))
        said = [profiles.summary(self._options[row])] if row >= 0 else []
        said += [self.tr("Set by your IT department.")] if self._fixed else []
        self._summary.setText(" ".join(said))
        kept = self._kept()
        self._warning.setText(profiles.warning(kept[:_SHOWN], more=len(kept[_SHOWN:])) if kept else "")
        self._warning.setToolTip("\n".join(kept))
        self._warning.setVisible(bool(kept))
        self._not_usable.setText(profiles.unusable(self._unusable) if self._unusable else "")
        self._not_usable.setVisible(bool(self._unusable))
        self.setVisible(bool(self._options or self._unusable))
