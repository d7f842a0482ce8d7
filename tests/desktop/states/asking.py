"""Questions, dialogs and menus in front of the window."""

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox

from adit_uploader.desktop.views.main_window import MainWindow
from tests.desktop.states.checking import real_names
from tests.desktop.states.sending import complete, under_way
from tests.desktop.states.signing_in import signed_in, signed_out
from tests.desktop.states.uploads import jobs

FINGERPRINT = ":".join(f"{number:02X}" for number in range(128, 160))


def certificate_to_be_compared(window: MainWindow) -> None:
    signed_out(window)
    window.ask_to_trust("adit.example.org", FINGERPRINT)


def real_names_to_be_confirmed(window: MainWindow) -> None:
    real_names(window)
    window.ask_to_send_real_names(165, 2, "Research archive")


def to_be_cancelled(window: MainWindow) -> None:
    under_way(window)
    window.ask_to_stop(can_finish=True)


def to_be_stopped(window: MainWindow) -> None:
    under_way(window)
    window.ask_to_stop(can_finish=False)


def closing_while_sending(window: MainWindow) -> None:
    under_way(window)
    window.close()


def closing_without_key_lists(window: MainWindow) -> None:
    complete(window)
    window.set_unsaved(2)
    window.close()
    window.set_unsaved(0)


def job_to_be_cancelled(window: MainWindow) -> None:
    jobs(window)
    window.ask_to_cancel_job()


def traces_to_be_deleted(window: MainWindow) -> None:
    jobs(window)
    window.ask_to_delete_traces(key_list_saved=False, unfinished=True)


def saved_traces_to_be_deleted(window: MainWindow) -> None:
    jobs(window)
    window.ask_to_delete_traces(key_list_saved=True, unfinished=False)


def folder_to_be_chosen(window: MainWindow) -> None:
    signed_in(window)
    window.ask_for_folder()


def diagnostics_to_be_saved(window: MainWindow) -> None:
    signed_in(window)
    window.ask_where_to_save_diagnostics()


def key_list_to_be_saved(window: MainWindow) -> None:
    complete(window)
    window.ask_where_to_save_key_list("keys")


def menu(place: int) -> Callable[[MainWindow], None]:
    """The state in which one of the menus is open."""

    def opened(window: MainWindow) -> None:
        signed_in(window)
        bar = window.menuBar()
        action = bar.actions()[place]
        shown = action.menu()
        assert shown is not None
        shown.popup(bar.mapToGlobal(bar.actionGeometry(action).bottomLeft() + QPoint(0, 1)))

    opened.__name__ = f"menu_{place}"
    return opened


def modes_to_choose_from(window: MainWindow) -> None:
    signed_in(window)
    window.panel.mode.findChildren(QComboBox)[0].showPopup()
