"""A slider through images or frames."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words import formats


class Position(QWidget):
    """A slider with its place in words; there only where there is something to slide through."""

    moved = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._label, self._place = QLabel(), parts.label("muted")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setPageStep(10)
        self._slider.valueChanged.connect(self._moved)
        self._label.setBuddy(self._slider)
        self._label.setMinimumWidth(64)
        self._place.setMinimumWidth(110)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(10)
        inside.addWidget(self._label)
        inside.addWidget(self._slider, 1)
        inside.addWidget(self._place)

    def set_place(self, place: int, count: int) -> None:
        """place: from 0 on."""
        self._slider.blockSignals(True)
        self._slider.setRange(0, max(count - 1, 0))
        self._slider.setValue(place)
        self._slider.blockSignals(False)
        self.setVisible(count > 1)
        self._render()

    @property
    def place(self) -> int:
        return self._slider.value()

    def set_name(self, text: str) -> None:
        self._label.setText(text)
        self._slider.setAccessibleName(text.replace("&", ""))
        self._render()

    def _moved(self, place: int) -> None:
        self._render()
        self.moved.emit(place)

    def _render(self) -> None:
        place, count = formats.number(self._slider.value() + 1), formats.number(self._slider.maximum() + 1)
        self._place.setText(self.tr("{place} of {count}").format(place=place, count=count))
