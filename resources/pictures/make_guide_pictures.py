"""Takes the pictures of the user guide from the real window, in English and German.

    python resources/pictures/make_guide_pictures.py src/adit_uploader/desktop/guide

Everything on them is real: a receiver on this machine, made-up studies, an upload that really runs. Each picture that a
page shows is taken here, and nothing else; a test compares both. ``guide_texts.json`` beside this file says which fixed
texts of the window are on them, so that another test finds pictures of a window that says something else by now.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import defusedxml.ElementTree as ET  # noqa: N817 - its usual name
import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QTabWidget, QWidget

from adit_uploader.account.settings import Settings
from adit_uploader.deid.blanking.areas import Rectangle
from adit_uploader.demo.receiver import LoopbackReceiver, loopback_receiver
from adit_uploader.demo.studies import make_demo_studies
from adit_uploader.desktop.application import make_application
from adit_uploader.desktop.colours import LIGHT
from adit_uploader.desktop.languages import LANGUAGES, Languages
from adit_uploader.desktop.picture import NothingKept, leave, wait_until
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.theme import apply_theme
from adit_uploader.desktop.wiring import Program, build
from adit_uploader.pseudonyms.mode import Mode

HERE = Path(__file__).resolve().parent
TEXTS = HERE / "guide_texts.json"
SIZE = (1000, 660)  # its parts fit into a page as they are
WIDEST = 660  # pixels of a page; what is wider is made smaller
AROUND = 10  # pixels left around a part of the window
COLUMNS, ROWS = 480, 360  # of the ultrasound
SERIES = "2.25.202178351907632189150743105326188904399"


def take_all(out: Path) -> None:
    """Writes ``LANGUAGE/pictures/NAME.png``.

    Raises:
        FileExistsError: another run is under way, or was cut, and its studies are still there.
    """
    app = make_application()
    apply_theme(app, LIGHT)
    texts = {}
    with made_up_studies() as studies:
        for language in LANGUAGES:
            with tempfile.TemporaryDirectory() as folder, loopback_receiver(Path(folder)) as receiver:
                os.environ["ADIT_UPLOADER_HOME"] = str(Path(folder) / "program")
                journey = Journey(app, receiver, studies, language, out / language / "pictures")
                journey.go()
                texts[language] = journey.texts
    TEXTS.write_text(json.dumps(texts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@contextmanager
def made_up_studies() -> Iterator[Path]:
    """Its name is on the pictures."""
    studies = Path(tempfile.gettempdir()) / "CD Müller"
    studies.mkdir()
    try:
        make_demo_studies(studies)
        write_ultrasound(studies / "Export_US" / "DICOM" / "IM000001")
        yield studies
    finally:
        shutil.rmtree(studies)


class Journey:
    """One language, from the empty window to the list of uploads."""

    def __init__(self, app: QApplication, receiver: LoopbackReceiver, studies: Path, language: str, out: Path) -> None:
        self._receiver, self._studies, self._out = receiver, studies, out
        self._fixed = fixed_texts(language)
        self.texts: dict[str, list[str]] = {}
        out.mkdir(parents=True, exist_ok=True)
        languages = Languages(app)
        languages.use(language)
        settings = Settings(language="de" if language == "de" else "en")
        services = replace(real_services(settings), tokens=NothingKept(), save_settings=leave)
        self._program: Program = build(settings, services, languages)
        self._window = self._program.window

    def go(self) -> None:
        program, window = self._program, self._window
        window.resize(*SIZE)
        window.show()
        window.panel.account.set_address("https://adit.example.org")
        self.part("sign-in", window.panel.account)
        program.account.sign_in(self._receiver.url, self._receiver.token_file.read_text().strip())
        self.wait()
        self.part("drop", window.drop)
        program.line.show()
        self.whole("connection", window.line)
        window.line.close()
        self.check()
        self.send()
        program.close()
        window.close()

    def check(self) -> None:
        program, window = self._program, self._window
        program.add([self._studies])
        self.wait()
        program.naming.choose(Mode.INTERNAL)
        self.wait()
        self.part("check", window.check)
        self.part("pseudonyms", window.panel.mode)
        window.check.searching.look_wanted.emit()
        self.wait()
        self.whole("before-after", window.comparison)
        window.comparison.close()
        self.batch_file()
        program.naming.choose(Mode.INTERNAL)
        self.wait()
        program.pictures.look_at(SERIES)
        self.wait()
        window.review.resize(WIDEST, 440)
        program.pictures.draw((Rectangle(0, 0, COLUMNS, 44),))
        self.wait()
        self.whole("held", window.review)
        window.review.close()
        self.whole("window", window)

    def batch_file(self) -> None:
        """Two patients whose zeros a spreadsheet has eaten."""
        program, window = self._program, self._window
        list_file = self._studies.parent / "study-list.csv"
        list_file.write_text("PatientID,Pseudonym\n4711829,HEART-01\n2093355,HEART-02\n", encoding="utf-8")
        try:
            program.naming.choose(Mode.BATCH)
            program.naming.choose_batch_file(list_file)
            self.wait()
            self.part("batch-problems", window.check.details)
        finally:
            list_file.unlink()

    def send(self) -> None:
        program, window = self._program, self._window
        program.sending.send()
        self.wait()
        self.part("receipt", window.sending)
        window.toggle_jobs()
        wait_until(lambda: any("(4)" in tabs.tabText(0) for tabs in window.jobs.findChildren(QTabWidget)))  # studies
        self.wait()
        self.part("uploads", window.jobs)

    def wait(self) -> None:
        """Until nothing works behind the window, and all of it is laid out."""
        wait_until(lambda: self._program.idle)
        for _ in range(10):  # text that wraps asks for its height from the inside out, one layout after the other
            QApplication.processEvents()

    def part(self, name: str, widget: QWidget) -> None:
        """A part of the window with a little of what is around it."""
        window = self._window
        place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
        self.save(name, widget, window.grab(place.adjusted(-AROUND, -AROUND, AROUND, AROUND) & window.rect()))

    def whole(self, name: str, window: QWidget) -> None:
        """A window of its own."""
        self.wait()
        self.save(name, window, window.grab())

    def save(self, name: str, shown: QWidget, picture: QPixmap) -> None:
        said = {one.text() for kind in (QLabel, QAbstractButton) for one in shown.findChildren(kind) if one.isVisible()}
        self.texts[name] = sorted(said & self._fixed)
        if picture.width() > WIDEST:
            picture = picture.scaledToWidth(WIDEST, Qt.TransformationMode.SmoothTransformation)
        path = self._out / f"{name}.png"
        if not picture.save(str(path), "PNG", 0):  # smallest file
            raise SystemExit(f"{path} can't be written.")


def fixed_texts(language: str) -> set[str]:
    """What the window says in this language without a value or a count in it."""
    messages = ET.parse(HERE.parent / "translations" / "adit-uploader_de.ts").iter("message")
    place = "translation" if language == "de" else "source"
    texts = (message.findtext(place, "") for message in messages if message.get("numerus") is None)
    return {text for text in texts if text.strip() and "{" not in text}


def write_ultrasound(path: Path) -> None:
    """A sector of noise with the name above it, as devices write it into the picture."""
    path.parent.mkdir(parents=True)
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SpecificCharacterSet = "ISO_IR 100"
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = UltrasoundImageStorage
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = SERIES + "1"
    data.SeriesInstanceUID, data.StudyInstanceUID = SERIES, SERIES[:-1]
    data.PatientName, data.PatientID, data.PatientBirthDate = "Müller^Jürgen", "0004711829", "19571103"
    data.StudyDate, data.StudyDescription = "20250317", "Sonographie Abdomen"
    data.Modality, data.SeriesNumber, data.SeriesDescription = "US", 1, "Leber"
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = ROWS, COLUMNS
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.PixelData = ultrasound_picture()
    data.save_as(path, enforce_file_format=True)


def ultrasound_picture() -> bytes:
    """Grey values, row by row."""
    across, down = np.meshgrid(np.arange(COLUMNS) - COLUMNS / 2, np.arange(ROWS) - 40.0)
    far, turned = np.hypot(across, down), np.abs(np.arctan2(across, down))
    speckle = np.random.default_rng(1).rayleigh(34.0, (ROWS, COLUMNS))
    organ = np.where(np.hypot(across + 40, down - 170) < 60, 0.35, 1.0)
    sector = (far > 40) & (far < 300) & (turned < 0.7)
    grey = np.ascontiguousarray(np.where(sector, np.clip(speckle * organ * 1.4, 0, 255), 0).astype(np.uint8))
    image = QImage(grey.data, COLUMNS, ROWS, COLUMNS, QImage.Format.Format_Grayscale8).copy()
    painter = QPainter(image)
    painter.setPen(QColor("#ffffff"))
    painter.setFont(QFont("DejaVu Sans", 11))
    painter.drawText(10, 20, "MÜLLER, JÜRGEN   *03.11.1957")
    painter.drawText(10, 38, "ID 0004711829   17.03.2025")
    painter.end()
    return b"".join(bytes(image.constScanLine(row))[:COLUMNS] for row in range(ROWS))


if __name__ == "__main__":
    take_all(Path(sys.argv[1]))
