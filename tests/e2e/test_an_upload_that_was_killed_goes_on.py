"""The program is killed in mid-upload, started again, and offers to go on: everything arrives, and once."""

import json
import signal
import sqlite3
from collections import Counter
from pathlib import Path

import pydicom

from tests.e2e.screen import Reader, Screen, open_program, open_reader, until
from tests.e2e.test_from_drop_to_receipt import figures, sign_in
from tests.parts.receiver import Receiver

SLOW = 60_000  # bytes a second: there is time to look, and to kill


def slow_line(screen: Screen) -> Path:
    """Sets how fast this computer sends; returns the program's folder."""
    home = Path(screen.environment["ADIT_UPLOADER_HOME"])
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.json").write_text(json.dumps({"line": {"limit_rate": SLOW}}))
    return home


def stored(reader: Reader) -> int:
    """Images that the server has, as the window says: 'stored: 3 / 40'."""
    said = [text for text in reader.texts() if text.startswith("stored: ")]
    return int(said[0].removeprefix("stored: ").split(" / ")[0]) if said else 0


def test_a_killed_upload_is_offered_and_arrives_exactly_once(
    screen: Screen, receiver: Receiver, studies: Path, delivered: Path
) -> None:
    token_file = receiver.user("anna", destinations=("archive",))
    home = slow_line(screen)
    with open_program(screen, studies) as program, open_reader(screen) as reader:
        reader.wait_for("2 patients")
        reader.write("Server address", receiver.url)
        reader.write("Token", token_file.read_text(encoding="utf-8").strip())
        reader.press("Sign in")
        reader.wait_for("Department: Radiology")
        reader.choose(screen, "Pseudonyms", "p", "Internal pseudonyms")
        reader.wait_for(", pseudonymized")
        reader.press("pseudonymized")
        before = until(lambda: stored(reader) or None, "something is stored")
        program.send_signal(signal.SIGKILL)
        program.wait(30)
    with sqlite3.connect(home / "data" / "journal.sqlite3") as journal:
        ((images, open_jobs),) = journal.execute(
            "SELECT (SELECT count(*) FROM instances WHERE number >= 0), count(*) FROM jobs WHERE state = 'open'"
        )
    assert open_jobs == 1
    assert 0 < before < images
    (home / "config" / "settings.json").unlink()
    with open_program(screen), open_reader(screen) as reader:
        reader.wait_for("did not come to its end")
        reader.wait_for(f"of {images} images are still to be sent")
        reader.wait_for("Sign in to go on with it.")
        sign_in(reader, receiver, token_file)
        reader.press("Go on with it")
        reader.wait_for("arrived", deadline=180)
        counts = figures(reader)
    assert counts["delivered"] == str(images)
    arrived = [pydicom.dcmread(path, stop_before_pixels=True) for path in delivered.rglob("*.dcm")]
    uids = Counter(str(dataset.SOPInstanceUID) for dataset in arrived)
    assert len(uids) == images
    assert set(uids.values()) == {1}
    with sqlite3.connect(home / "data" / "journal.sqlite3") as journal:
        assert journal.execute("SELECT count(*), min(state) FROM jobs").fetchall() == [(1, "finished")]
