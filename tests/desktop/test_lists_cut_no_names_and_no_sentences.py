"""Lists: a path keeps its file's name, a sentence is shown whole."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from adit_uploader.desktop.models.rows import Rows
from adit_uploader.desktop.values import Item
from adit_uploader.desktop.views.lines import Lines

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
