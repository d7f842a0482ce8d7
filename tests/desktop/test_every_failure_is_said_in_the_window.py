"""Real window, real services, real receiver: whatever fails is said where the user looks, in both languages."""

import ctypes
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pydicom
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLabel, QPushButton, QTableView

from adit_uploader.account.settings import Settings
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.picture import NothingKept, leave, wait_until
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.wiring import Program, build
from adit_uploader.dicom.growing import Seen
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.dicom.scan import ScanProgress, scan
from adit_uploader.pseudonyms.mode import Mode
from tests.parts.orthanc import free_port
from tests.parts.receiver import Receiver
from tests.parts.tables import Tables

# the platform without a screen says that it can't pass sizes on to a window manager
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

NOBODY = 65534
Say = Callable[[str, str], str]


@dataclass
class Hospital:
    """A running receiver with a user who may send, and one who may not."""

    receiver: Receiver
    token: str
    token_without_rights: str

    @contextmanager
    def full(self) -> Iterator[None]:
        """Nothing of the spool's disk may be used any more."""
        self._set("free_space_floor", 2**60)
        yield
        self._set("free_space_floor", 0)

    @contextmanager
    def small_shares(self) -> Iterator[None]:
        """Each user has room for next to nothing."""
        self._set("quota_per_user", 100)
        yield
        self._set("quota_per_user", 2**40)

    def _set(self, column: str, value: int) -> None:
        Tables(self.receiver).set_policy(**{column: value})


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    folder = tmp_path_factory.mktemp("hospital")
    (folder / "delivered").mkdir()
    receiver = Receiver(folder / "receiver")
    receiver.data.mkdir()
    receiver.destination("archive", "--folder", str(folder / "delivered"))
    token = receiver.user("anna", destinations=("archive",)).read_text(encoding="utf-8").strip()
    without = receiver.user("bernd", permit="", destinations=("archive",)).read_text(encoding="utf-8").strip()
    policy = "from adit_receiver.models import ReceiverPolicy; ReceiverPolicy.objects.get_or_create(pk=1)"
    made = receiver.command("manage", "shell", "-c", policy)
    assert made.returncode == 0, made.stderr
    receiver.start()
    try:
        yield Hospital(receiver, token, without)
    finally:
        receiver.stop()


@pytest.fixture(scope="module")
def studies(studies: Path) -> Iterator[Path]:
    """Studies of two made-up patients; no test changes them."""
    with everybodys_folder() as folder:
        shutil.copytree(studies, folder, dirs_exist_ok=True)  # with its mode
        folder.chmod(0o755)
        yield folder


@pytest.fixture(params=["en", "de"])
def language(request: pytest.FixtureRequest) -> str:
    chosen = request.param
    assert isinstance(chosen, str)
    return chosen


@pytest.fixture
def say(language: str) -> Say:
    """The one of two texts that belongs to the window's language."""
    return lambda english, german: german if language == "de" else english


@pytest.fixture
def program(
    no_leaks: None, languages: Languages, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Program]:
    """The program's own wiring and services; nothing is kept in a keyring or in settings."""
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "home"))
    languages.use(language)
    settings = Settings(language="de" if language == "de" else "en")
    services = replace(
        real_services(settings), tokens=NothingKept(), save_settings=leave, scan=scan_without_special_rights
    )
    made = build(settings, services, languages)
    made.window.resize(1024, 700)
    made.window.show()
    yield made
    made.close()
    made.window.set_unsaved(0)  # else it asks for key lists first
    made.window.set_busy(False)
    made.window.close()
    made.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def scan_without_special_rights(
    paths: Sequence[Path],
    *,
    progress: Callable[[ScanProgress], None] | None,
    seen: Callable[[Seen], None] | None,
    cancelled: Callable[[], bool],
) -> Inventory:
    """The real scan on a thread that reads files as nobody does: nothing is locked to root, who often runs tests."""
    if os.geteuid():
        return scan(paths, progress=progress, seen=seen, cancelled=cancelled)
    system = ctypes.CDLL(None)
    system.setfsuid(NOBODY)
    try:
        return scan(paths, progress=progress, seen=seen, cancelled=cancelled)
    finally:
        system.setfsuid(0)


@contextmanager
def everybodys_folder() -> Iterator[Path]:
    """A folder that every user of this computer may look into (pytest's own are locked)."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def ready(program: Program) -> None:
    wait_until(lambda: program.background.idle)


def sign_in(program: Program, address: str, token: str) -> None:
    """As the user does it: types both, presses the button."""
    panel = program.window.panel.account
    panel._address.setText(address)
    panel._token.setText(token)
    panel._sign_in.click()
    ready(program)


def prepare(program: Program, hospital: Hospital, *paths: Path) -> None:
    sign_in(program, hospital.receiver.url, hospital.token)
    program.add(paths)
    ready(program)
    program.naming.choose(Mode.INTERNAL)
    ready(program)


def send(program: Program) -> None:
    program.window.panel.send._button.click()
    ready(program)


def texts(program: Program) -> list[str]:
    """Everything that stands in the window at the moment: labels, buttons, dropdowns, lists."""
    window = program.window
    found = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    buttons = [button for button in window.findChildren(QPushButton) if button.isVisible()]
    found += [button.text().replace("&", "").replace("\n", " ") for button in buttons]
    found += [box.currentText() for box in window.findChildren(QComboBox) if box.isVisible()]
    for table in window.findChildren(QTableView):
        if table.isVisible():
            found += [" | ".join(row) for row in rows(table)]
    return [text for text in found if text]


def rows(table: QAbstractItemView) -> list[list[str]]:
    model = table.model()
    return [
        [str(model.data(model.index(row, column)) or "") for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def reasons(program: Program) -> dict[str, str]:
    """The visible lists of the Check page: the last part of each path, and the sentence beside it."""
    lists = [table for table in program.window.check.details.findChildren(QTableView) if table.isVisible()]
    return {Path(row[0]).name: row[-1] for table in lists for row in rows(table)}


@contextmanager
def some_web_server() -> Iterator[int]:
    """A web server that knows nothing of uploads; gives its port."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


# ---------------------------------------------------------------- signing in


def test_a_wrong_token(program: Program, hospital: Hospital, say: Say) -> None:
    sign_in(program, hospital.receiver.url, "0" * 64)
    seen = texts(program)
    assert say("The token was not accepted", "Das Token wurde nicht angenommen") in seen
    assert say("Sign in", "Anmelden") in seen  # it can be tried again


def test_a_token_of_two_words(program: Program, hospital: Hospital, say: Say) -> None:
    sign_in(program, hospital.receiver.url, "Token abc")
    assert any(say("A token is one word", "Ein Token ist ein einziges Wort") in text for text in texts(program))


def test_a_name_that_nobody_has(program: Program, say: Say) -> None:
    sign_in(program, "https://no-such-server.invalid", "0" * 64)
    assert say("The server was not found", "Der Server wurde nicht gefunden") in texts(program)


def test_nothing_listens(program: Program, say: Say) -> None:
    sign_in(program, f"http://127.0.0.1:{free_port()}", "0" * 64)
    assert say("The server does not answer", "Der Server antwortet nicht") in texts(program)


def test_a_server_that_takes_no_uploads(program: Program, say: Say) -> None:
    with some_web_server() as port:
        sign_in(program, f"http://127.0.0.1:{port}", "0" * 64)
    assert say("This is not an upload server", "Das ist kein Upload-Server") in texts(program)


def test_a_server_that_does_not_encrypt(program: Program, hospital: Hospital, say: Say) -> None:
    sign_in(program, f"https://127.0.0.1:{hospital.receiver.port}", hospital.token)
    expected = say(
        "Check the port, and whether the address really begins with https://.",
        "Prüfen Sie den Port, und ob die Adresse wirklich mit https:// beginnt.",
    )
    assert any(expected in text for text in texts(program))  # uvicorn answers in the clear, daphne waits for more


def test_an_address_that_asks_for_no_encryption(program: Program, say: Say) -> None:
    sign_in(program, "http://adit.example.org", "0" * 64)
    seen = texts(program)
    assert any(
        say("Patients' data must not travel in the open.", "Patientendaten dürfen nicht") in text for text in seen
    )


def test_no_permission(program: Program, hospital: Hospital, say: Say) -> None:
    sign_in(program, hospital.receiver.url, hospital.token_without_rights)
    assert say("No permission", "Keine Berechtigung") in texts(program)


def test_a_mode_without_permission_is_named_and_can_t_be_chosen(program: Program, hospital: Hospital, say: Say) -> None:
    prepare(program, hospital)
    box = program.window.panel.mode._combo
    refused = say("None: real names (not permitted for you)", "Keine: echte Namen (für Sie nicht erlaubt)")
    assert box.itemText(3) == refused
    assert not box.model().flags(box.model().index(3, 0)) & Qt.ItemFlag.ItemIsEnabled


# ---------------------------------------------------------------- finding


def test_folders_that_can_t_be_read_are_named(program: Program, hospital: Hospital, say: Say) -> None:
    with everybodys_folder() as folder:
        (folder / "locked").mkdir(mode=0)
        prepare(program, hospital, folder)
        (folder / "locked").chmod(0o700)
    why = say(
        "This computer does not let you read it. Check its rights.",
        "Dieser Computer lässt Sie nicht darauf zugreifen. Prüfen Sie die Rechte.",
    )
    assert reasons(program) == {"locked": why}
    assert say("No DICOM images were found", "Keine DICOM-Bilder gefunden") in texts(program)


def test_a_cut_file_and_a_loop_of_links_are_named_and_the_rest_is_sent(
    program: Program, hospital: Hospital, studies: Path, say: Say
) -> None:
    files = sorted(path for path in (studies / "Export_CT" / "DICOM").rglob("*") if path.is_file())
    with everybodys_folder() as everything:
        folder = everything / "CD Müller"
        folder.mkdir()
        (folder / "whole").write_bytes(files[0].read_bytes())
        (folder / "cut").write_bytes(files[1].read_bytes()[: files[1].stat().st_size // 2])
        (folder / "again").symlink_to(folder, target_is_directory=True)
        prepare(program, hospital, folder)
        assert reasons(program) == {
            "cut": say(
                "The file is damaged. Copy it again from its source.",
                "Die Datei ist beschädigt. Kopieren Sie sie erneut von der Quelle.",
            ),
            "again": say(
                "A link that leads back to its own folder.",
                "Eine Verknüpfung, die in ihren eigenen Ordner zurückführt.",
            ),
        }
        send(program)
    seen = texts(program)
    arrived = say(
        "1 image arrived; some files could not be sent",
        "1 Bild ist angekommen; manche Dateien konnten nicht gesendet werden",
    )
    assert arrived in seen
    assert any("cut | " in text for text in seen)


# ---------------------------------------------------------------- sending


def test_a_full_server_says_so_and_nothing_has_been_sent(
    program: Program, hospital: Hospital, studies: Path, say: Say
) -> None:
    prepare(program, hospital, studies / "Export_CT")
    with hospital.full():
        send(program)
    seen = texts(program)
    assert say("The server has no space left", "Der Server hat keinen Platz mehr") in seen
    assert say("Send 1 study, pseudonymized", "1 Studie pseudonymisiert senden") in seen
    assert program.window.panel.send._button.isEnabled()


def test_a_used_up_share_of_the_server_is_said_for_every_image_and_sending_again_sends_the_rest(
    program: Program, hospital: Hospital, studies: Path, say: Say
) -> None:
    prepare(program, hospital, studies / "Export_CT")
    with hospital.small_shares():
        send(program)
    seen = texts(program)
    why = say(
        "Your space on the server is used up. Ask its administrators.", "Ihr Platz auf dem Server ist aufgebraucht."
    )
    assert any(why in text for text in seen), seen
    assert say("Send again", "Erneut senden") in seen
    assert say("Only what did not arrive is sent.", "Nur was nicht angekommen ist, wird gesendet.") in seen
    send(program)
    seen = texts(program)
    assert any(say(" images arrived", " Bilder sind angekommen") in text for text in seen), seen
    sent = say(
        "These studies have been sent. New upload starts over.",
        "Diese Studien sind gesendet. „Neuer Upload“ beginnt von vorn.",
    )
    assert sent in seen
    assert not program.window.panel.send._button.isEnabled()


def test_what_is_on_screen_follows_a_change_of_the_language(
    program: Program, hospital: Hospital, studies: Path, language: str, say: Say
) -> None:
    other = "en" if language == "de" else "de"
    sign_in(program, hospital.receiver.url, "0" * 64)
    program.window.language_chosen.emit(other)
    QCoreApplication.processEvents()
    assert say("Das Token wurde nicht angenommen", "The token was not accepted") in texts(program)
    prepare(program, hospital, studies / "Export_CT")
    with hospital.full():
        send(program)
    program.window.language_chosen.emit(language)
    QCoreApplication.processEvents()
    assert say("The server has no space left", "Der Server hat keinen Platz mehr") in texts(program)
    with hospital.small_shares():
        send(program)
    program.window.language_chosen.emit(other)
    QCoreApplication.processEvents()
    why = say("Ihr Platz auf dem Server ist aufgebraucht.", "Your space on the server is used up.")
    assert any(why in text for text in texts(program))


# ---------------------------------------------------------------- warnings


def test_two_names_under_one_patient_id_are_warned_of_and_rows_for_nobody_are_named(
    program: Program, hospital: Hospital, studies: Path, tmp_path: Path, say: Say
) -> None:
    files = sorted(path for path in (studies / "Export_CT" / "DICOM").rglob("*") if path.is_file())
    mixed = pydicom.dcmread(files[0])
    patient_id = str(mixed.PatientID)
    mixed.PatientName, mixed.SOPInstanceUID = "Jemand^Anders", "2.25.1"
    mixed.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    batch = tmp_path / "list.csv"
    batch.write_text(f"PatientID;Pseudonym\n{patient_id};P-1\n99999999;P-2\n", encoding="utf-8")
    with everybodys_folder() as folder:
        (folder / "whole").write_bytes(files[1].read_bytes())
        mixed.save_as(folder / "mixed")
        prepare(program, hospital, folder)
        program.naming.choose(Mode.BATCH)
        program.naming.choose_batch_file(batch)
        ready(program)
        assert reasons(program) == {
            patient_id: say(
                "Different names under this PatientID: perhaps two patients.",
                "Verschiedene Namen unter dieser PatientID: vielleicht zwei Patienten.",
            ),
            say("Batch file, line 3", "Batch-Datei, Zeile 3"): say(
                "This patient is not among what was found.", "Dieser Patient ist nicht unter dem Gefundenen."
            ),
        }
    assert program.window.panel.send._button.isEnabled()
