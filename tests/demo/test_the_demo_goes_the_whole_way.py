"""``adit-uploader demo`` without a display: everything is delivered, and what it promises to leave is there."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_the_demo_delivers_all_and_leaves_receipt_key_list_and_picture(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    environment = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    environment["ADIT_UPLOADER_HOME"] = str(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "-m", "adit_uploader", "demo", "--terminal", "--out", out],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts = json.loads((out / "receipt.json").read_text(encoding="utf-8"))["counts"]
    assert counts["found"] == counts["stored"] == counts["delivered"] > 100
    assert all((out / name).is_file() for name in ("key-list.csv", "window.png"))
