"""Lists: a path keeps its file's name, a sentence is shown whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from adit_uploader.desktop.models.rows import Rows
from adit_uploader.desktop.values import Item
from adit_uploader.desktop.views.lines import Lines
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.dicom.inventory import LeftOut, LeftOutReason, Location

PATH = "/media/a long way down/" * 20 + "IM000001"


@pytest.fixture
def model(qapp: QApplication) -> Rows[Item]:
    return Rows(lambda: ("What", "Why"), lambda item, column: (item.what, item.why)[column])


@pytest.fixture
def lines(model: Rows[Item]) -> Iterator[Lines]:
    made = Lines(model)
    made.resize(400, 300)
    made.show()
    yield made
    made.close()


def test_a_path_loses_its_middle_and_is_whole_in_the_tool_tip(model: Rows[Item], lines: Lines) -> None:
    model.set_rows([Item(PATH, "Not a DICOM file.")])
    option = QStyleOptionViewItem()
    lines.itemDelegateForColumn(0).initStyleOption(option, model.index(0, 0))
    assert option.textElideMode == Qt.TextElideMode.ElideMiddle
    assert not option.features & QStyleOptionViewItem.ViewItemFeature.WrapText
    assert model.data(model.index(0, 0), Qt.ItemDataRole.ToolTipRole) == PATH


def test_rows_are_as_high_as_their_sentences_need(model: Rows[Item], lines: Lines) -> None:
    model.set_rows([Item(PATH, "Short.")])
    QCoreApplication.processEvents()
    one_line = lines.rowHeight(0)
    model.set_rows([Item(PATH, "A sentence that is far too long for one line of a list of this width. " * 2)])
    QCoreApplication.processEvents()
    assert lines.rowHeight(0) > one_line
    lines.resize(3000, 300)
    QCoreApplication.processEvents()
    assert lines.rowHeight(0) == one_line


def test_a_sentence_that_just_does_not_fit_gets_a_second_line(model: Rows[Item], lines: Lines) -> None:
    sentence = "NICHT gespeichert"
    model.set_rows([Item("What", sentence)])
    lines.horizontalHeader().setStretchLastSection(False)
    needed = lines.fontMetrics().horizontalAdvance(sentence)
    lines.setColumnWidth(1, needed + 100)
    one_line = lines.rowHeight(0)
    lines.setColumnWidth(1, lines.sizeHintForColumn(1) - 1)
    assert lines.rowHeight(0) > one_line


def test_rows_that_nobody_sees_are_measured_when_they_are_shown(model: Rows[Item], lines: Lines) -> None:
    """An upload tells of hundreds of studies ten times a second, mostly behind another tab."""
    model.set_rows([Item(PATH, "Short.")])
    one_line = lines.rowHeight(0)
    asked: list[int] = []
    lines.hide()
    model._cell = lambda item, column: (asked.append(column), (item.what, item.why)[column])[1]  # type: ignore[func-returns-value]
    model.set_rows([Item(PATH, "A sentence that is far too long for one line of a list of this width. " * 2)])
    model.set_rows([Item(PATH, "Short."), Item(PATH, "A sentence that is far too long for one line. " * 3)])
    assert asked == []
    lines.show()
    assert lines.rowHeight(0) > one_line


def test_sentences_that_change_make_room_for_themselves(model: Rows[Item], lines: Lines) -> None:
    model.set_rows([Item(PATH, "Short."), Item(PATH, "Short.")])
    one_line = lines.rowHeight(0)
    rows = [
        Item(PATH, "Short."),
        Item(PATH, "A sentence that is far too long for one line of a list of this width. " * 2),
    ]
    model._rows = rows
    model.dataChanged.emit(model.index(1, 0), model.index(1, 0))  # not of the sentence
    assert lines.rowHeight(0) == one_line
    model.dataChanged.emit(model.index(1, 1), model.index(1, 1))
    assert lines.rowHeight(0) > one_line


def test_the_title_of_what_is_left_out_says_how_many_may_be_images(window: MainWindow) -> None:
    details = window.check.details
    harmless = LeftOut(Location(Path("/cd/viewer.dll")), LeftOutReason.NOT_DICOM)
    damaged = LeftOut(Location(Path("/cd/IM00017")), LeftOutReason.DAMAGED)
    details.set_left_out([harmless])
    assert details.tabText(details.currentIndex()) == "Left out (1)"
    details.set_left_out([damaged, harmless])
    assert details.tabText(details.currentIndex()) == "Left out (2), perhaps images: 1"


def test_counts_of_very_many_images_are_not_cut_on_the_page_of_uploads(window: MainWindow) -> None:
    found = [lines for lines in window.jobs.findChildren(Lines) if "Delivered" in headers(lines)]
    assert len(found) == 3
    for lines in found:
        room = lines.columnWidth(headers(lines).index("Delivered"))
        assert room >= lines.fontMetrics().horizontalAdvance("99,999 / 99,999") + 6


def headers(lines: Lines) -> list[object]:
    model = lines.model()
    return [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
