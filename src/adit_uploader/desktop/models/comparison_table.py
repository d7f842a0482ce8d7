"""The elements of an instance, before and after; texts are made only for what is on screen."""

from collections.abc import Sequence
from enum import Enum, auto

from PySide6.QtCore import QObject

from adit_uploader.deid.comparison import Fate, Line
from adit_uploader.desktop.models.rows import Rows
from adit_uploader.desktop.words import rules


class Show(Enum):
    """Which elements are shown."""

    ALL = auto()
    CHANGED = auto()
    KEPT = auto()


class ComparisonTable(Rows[Line]):
    """Element, before, after, what was done, and by which rule. What is found is shown with the sequences around it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(self._names, self._cell_text, parent)
        self._all: Sequence[Line] = ()
        self._days = 0
        self._found_by: list[str] = []
        self._show, self._text = Show.ALL, ""

    def set_lines(self, lines: Sequence[Line], days: int) -> None:
        """Shows another instance. days: by which the patient's dates move."""
        self._all, self._days, self._found_by = lines, days, []
        self._choose()

    def set_wanted(self, show: Show, text: str) -> None:
        """Shows only what is so, and has all these words."""
        self._show, self._text = show, text
        self._choose()

    def retranslate(self) -> None:
        self._found_by = []
        super().retranslate()

    def _choose(self) -> None:
        words = self._text.casefold().split()
        if words and not self._found_by:
            self._found_by = [self._searched(line) for line in self._all]
        wanted: set[int] = set()
        for at, line in enumerate(self._all):
            fits = self._show is Show.ALL or (line.fate is Fate.KEPT) is (self._show is Show.KEPT)
            if fits and all(word in self._found_by[at] for word in words):
                while at >= 0 and at not in wanted:
                    wanted.add(at)
                    at = self._all[at].parent  # noqa: PLW2901 - upwards, to what is around it
        shown = self._all if len(wanted) == len(self._all) else [self._all[at] for at in sorted(wanted)]
        self.beginResetModel()
        self._rows = shown
        self.endResetModel()

    def _searched(self, line: Line) -> str:
        texts = (rules.tag_name(line), *(self._cell_text(line, column) for column in range(1, self.columnCount())))
        return "\n".join(texts).casefold()

    def _names(self) -> tuple[str, ...]:
        return (
            self.tr("Element"),
            self.tr("Before"),
            self.tr("After"),
            self.tr("What was done"),
            self.tr("By which rule"),
        )

    def _cell_text(self, line: Line, column: int) -> str:
        match column:
            case 0:
                return rules.name(line)
            case 1:
                return rules.value(line.before)
            case 2:
                return rules.value(line.after)
            case 3:
                return rules.fates(self._days)[line.fate]
            case _:
                return rules.rule(line.rule)
