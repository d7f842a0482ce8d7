"""How soon the window can be used is decided by what it imports, and how it is put together."""

import ast
import subprocess
import sys

from PySide6.QtWidgets import QApplication

from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.theme import unstyled
from adit_uploader.desktop.views.main_window import MainWindow

SLOW = frozenset(
    {
        *("websockets", "python_socks", "ssl", "email", "wakepy", "keyring", "numpy", "pydicom", "openpyxl"),
        *("adit_uploader.deid.engine", "adit_uploader.transfer.lanes", "adit_uploader.transfer.connection"),
    }
)
"""Each of them takes long to import, and is needed only when somebody signs in, looks at a picture, or sends."""


def test_the_program_imports_nothing_that_its_window_can_do_without() -> None:
    code = "import adit_uploader.desktop.application, sys; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules: list[str] = ast.literal_eval(done.stdout.splitlines()[-1])
    assert "PySide6.QtWidgets" in modules
    assert SLOW.isdisjoint(modules)


def test_the_style_sheet_comes_back_after_the_making_of_widgets(no_leaks: None, languages: Languages) -> None:
    sheet = _sheet()
    assert sheet
    with unstyled():
        assert not _sheet()
        with unstyled():  # nothing to take away
            pass
        assert not _sheet()
    assert _sheet() == sheet


def test_a_window_made_without_the_style_sheet_looks_as_one_made_with_it(no_leaks: None, languages: Languages) -> None:
    with unstyled():
        late = MainWindow()
    early = MainWindow()
    pictures = []
    for window in (early, late):
        window.show()
        QApplication.processEvents()
        pictures.append(window.grab().toImage())
        window.close()
        window.deleteLater()
    assert pictures[0] == pictures[1]


def _sheet() -> str:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app.styleSheet()
