"""Drops, questions, messages and the keyboard of the real window."""

from pathlib import Path
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, QSize, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton

from adit_uploader.desktop.colours import DARK, LIGHT
from adit_uploader.desktop.models.inventory_tree import Column
from adit_uploader.desktop.theme import apply_theme
from adit_uploader.desktop.values import Explanation, ModeOption, SendBlock, SendState, Severity, Step, Totals
from adit_uploader.desktop.views.confirmation import Confirmation
from adit_uploader.desktop.views.inventory_view import InventoryView
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.pseudonyms.mode import Mode
from tests.desktop.states.sending import sending
from tests.desktop.states.signing_in import signed_in

# the platform without a screen says that it can't pass sizes on to a window manager
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction
NO_KEY, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


def drag(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def only(window: MainWindow, kind: type[Confirmation] | type[QFileDialog]) -> Confirmation | QFileDialog:
    (found,) = window.findChildren(kind)
    assert isinstance(found, kind)
    return found


def press(dialog: Confirmation, text: str) -> None:
    (button,) = (each for each in dialog.findChildren(QPushButton) if each.text().replace("&", "") == text)
    QTest.mouseClick(button, LEFT)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_a_drop_is_always_a_copy(window: MainWindow) -> None:
    heard = Mock()
    window.paths_dropped.connect(heard)
    data = drag("/a", "/b.zip")
    entering = QDragEnterEvent(QPoint(9, 9), COPY | MOVE, data, LEFT, NO_KEY)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    dropping = QDropEvent(QPointF(9, 9), COPY | MOVE, data, LEFT, NO_KEY)
    dropping.setDropAction(MOVE)
    QApplication.sendEvent(window, dropping)
    heard.assert_called_once_with([Path("/a"), Path("/b.zip")])
    assert dropping.dropAction() == COPY


def test_what_is_no_local_file_is_not_taken(window: MainWindow) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/x")])
    entering = QDragEnterEvent(QPoint(9, 9), COPY, data, LEFT, NO_KEY)
    entering.ignore()
    QApplication.sendEvent(window, entering)
    assert not entering.isAccepted()


def test_the_button_says_what_it_does_and_why_it_can_t(window: MainWindow) -> None:
    bar = window.panel.send
    (button,) = bar.findChildren(QPushButton)
    three = Totals(2, 3, 5, 100, 1000)
    bar.set_state(SendState(three, Mode.INTERNAL, None))
    assert button.accessibleName() == "Send 3 studies, pseudonymized"
    bar.set_state(SendState(three, Mode.NONE, None))
    assert button.accessibleName() == "Send 3 studies WITH real names"
    assert button.property("kind") == "danger"
    bar.set_state(SendState(Totals(), None, SendBlock.SIGNED_OUT))
    assert not button.isEnabled()
    assert button.accessibleDescription() == "Sign in to your server first."


def test_real_names_are_asked_for_with_the_count_and_enter_goes_back(window: MainWindow) -> None:
    confirmed = Mock()
    window.real_names_confirmed.connect(confirmed)
    window.show()
    window.ask_to_send_real_names(1234, 2, "archive")
    dialog = only(window, Confirmation)
    assert dialog.windowTitle() == "Send 1,234 images of 2 patients with real names?"
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not confirmed.called
    assert window.findChildren(Confirmation) == []
    window.ask_to_send_real_names(1, 1, "archive")
    dialog = only(window, Confirmation)
    assert isinstance(dialog, Confirmation)
    press(dialog, "Send with real names")
    confirmed.assert_called_once_with()


def test_closing_while_sending_asks_first(window: MainWindow) -> None:
    confirmed = Mock()
    window.close_confirmed.connect(confirmed)
    window.show()
    window.set_busy(True)
    assert not window.close()
    dialog = only(window, Confirmation)
    assert isinstance(dialog, Confirmation)
    press(dialog, "Stop and close")
    confirmed.assert_called_once_with()
    window.set_busy(False)
    assert window.close()


def test_while_sending_everything_is_readable_and_nothing_can_be_changed(window: MainWindow) -> None:
    sending(window)
    window.show()
    panel = window.panel
    for widget in (panel.mode._combo, panel.destination._combo, panel.account._sign_out):
        assert widget.isVisible()
        assert not widget.isEnabled()


def test_a_mode_that_is_not_allowed_can_t_be_chosen_by_keyboard(window: MainWindow) -> None:
    chosen = Mock()
    panel = window.panel.mode
    panel.mode_chosen.connect(chosen)
    signed_in(window)
    window.show()
    panel._combo.setFocus()
    QTest.keyClick(panel._combo, Qt.Key.Key_End)
    QTest.keyClick(panel._combo, Qt.Key.Key_Down)
    assert Mode.NONE not in [call.args[0] for call in chosen.call_args_list]
    assert panel._combo.itemText(3) == "None: real names (not permitted for you)"
    panel.set_options(tuple(ModeOption(mode) for mode in Mode))
    QTest.keyClick(panel._combo, Qt.Key.Key_End)
    chosen.assert_called_with(Mode.NONE)


def test_a_newer_message_takes_the_place_of_the_older_on_its_topic(window: MainWindow) -> None:
    window.show()
    area = window.messages
    area.show_message("a", Severity.ERROR, Explanation("One", "1"))
    area.show_message("b", Severity.INFO, Explanation("Two"))
    area.show_message("a", Severity.ERROR, Explanation("Three"))
    assert area.texts == ("Two", "Three")
    area.dismiss("a")
    area.dismiss("b")
    assert not area.isVisible()


@pytest.mark.parametrize(
    "ask",
    ["ask_for_folder", "ask_for_files", "ask_for_archive", "ask_for_batch_file", "ask_for_key_file"],
)
def test_questions_for_files_do_not_stop_the_window(window: MainWindow, ask: str) -> None:
    window.show()
    getattr(window, ask)()
    dialog = only(window, QFileDialog)
    assert dialog.isVisible()
    dialog.reject()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert window.findChildren(QFileDialog) == []


def test_a_key_list_is_saved_as_csv_unless_another_ending_is_given(window: MainWindow, tmp_path: Path) -> None:
    chosen = Mock()
    window.key_list_path_chosen.connect(chosen)
    window.show()
    for name, saved in (("keys", "keys.csv"), ("keys.xlsx", "keys.xlsx")):
        window.ask_where_to_save_key_list("key-list-2024-02-29")
        dialog = only(window, QFileDialog)
        assert isinstance(dialog, QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / name))
        chosen.assert_called_with(tmp_path / saved)
        dialog.reject()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_file_dialogs_open_in_documents_and_then_where_the_last_file_was(window: MainWindow, tmp_path: Path) -> None:
    chosen = tmp_path / "lists" / "keys.csv"
    chosen.parent.mkdir()
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    for expected in (documents if Path(documents).is_dir() else str(Path.home()), str(chosen.parent)):
        window.ask_where_to_save_key_list("keys")
        dialog = only(window, QFileDialog)
        assert isinstance(dialog, QFileDialog)
        assert dialog.directory().absolutePath() == expected
        dialog.filesSelected.emit([str(chosen)])
        dialog.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_in_a_small_window_names_have_the_room_of_the_sizes(window: MainWindow) -> None:
    (tree,) = window.findChildren(InventoryView)
    window.show_step(Step.CHECK)
    window.show()
    for size, hidden in ((QSize(1024, 700), True), (QSize(1600, 900), False), (QSize(900, 600), True)):
        window.resize(size)
        QCoreApplication.processEvents()
        assert tree.isColumnHidden(Column.SIZE) is hidden


def test_a_question_that_is_open_takes_on_the_colours_of_another_theme(window: MainWindow, qapp: QApplication) -> None:
    window.show()
    window.ask_to_cancel_job()
    dialog = only(window, Confirmation)
    sign = next(label for label in dialog.findChildren(QLabel) if not label.pixmap().isNull())
    light = sign.pixmap().toImage()
    apply_theme(qapp, DARK)
    try:
        QCoreApplication.processEvents()
        assert sign.pixmap().toImage() != light
    finally:
        apply_theme(qapp, LIGHT)
    dialog.close()
