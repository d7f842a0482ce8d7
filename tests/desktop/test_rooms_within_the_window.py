"""What may know what inside the window, and what is never used."""

import re
import subprocess
import sys
from pathlib import Path

from adit_uploader import desktop

ROOM = Path(desktop.__file__).parent


def test_controllers_know_no_qt() -> None:
    modules = [f"adit_uploader.desktop.controllers.{path.stem}" for path in (ROOM / "controllers").glob("*.py")]
    code = f"import {', '.join(modules)}, sys; print([name for name in sys.modules if name.startswith('PySide6')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_views_import_no_controller() -> None:
    for path in (ROOM / "views").glob("*.py"):
        assert "desktop.controllers" not in path.read_text(encoding="utf-8"), path.name


def test_no_loop_within_the_loop_and_no_boxes_on_top() -> None:
    for path in ROOM.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "QMessageBox" not in text, path.name
        assert not re.search(r"QFileDialog\.get", text), path.name
        loops = re.findall(r"(\w+)\.exec\(", text)
        assert loops in ([], ["app"]), path.name
