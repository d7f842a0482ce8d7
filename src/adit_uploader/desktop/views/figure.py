"""A number on a card."""

from PySide6.QtWidgets import QFrame, QVBoxLayout

from adit_uploader.desktop.views import parts


class Figure(QFrame):
    """A number with its name, on a card of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._value = parts.label("figure")
        self._name = parts.label("muted")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(14, 10, 14, 10)
        inside.setSpacing(0)
        inside.addWidget(self._value)
        inside.addWidget(self._name)

    def set(self, name: str, value: str, tone: str = "figure") -> None:
        """tone: of the number."""
        self._name.setText(name)
        self._value.setText(value)
        parts.set_tone(self._value, "tone", tone)
        self._value.setAccessibleName(f"{name}: {value}")
