"""Many small studies, made quickly: one data set written by pydicom, whose numbers are changed in its bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from adit_uploader.protocol.digests import BLAKE3, as_text, hasher

ROOT = "1.2.826.0.1.3680043.8.498.77"
LARGE = 64 * 1024 * 1024  # bytes; beyond it the receiver acknowledges offsets
_INSTANCE = f"{ROOT}.4.1111111111"
_SERIES = f"{ROOT}.3.2222222222"
_STUDY = f"{ROOT}.2.3333333333"
_PATIENT = "PAT-4444444444"
_NAME = "Quillfeather5555555555^Ottoline"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of what.

    Attributes:
        instances: how many in all.
        series: instances of one series.
        rows: largest number of rows of 128 bytes; most have far fewer.
        large: how many of the instances have more than 64 MiB.
    """

    instances: int
    series: int = 25
    rows: int = 512
    large: int = 0


def _template(rows: int, columns: int) -> bytes:
    """A whole file whose pixel data, at its end, are zeros."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(_INSTANCE)
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = _INSTANCE
    dataset.SeriesInstanceUID = _SERIES
    dataset.StudyInstanceUID = _STUDY
    dataset.PatientID = _PATIENT
    dataset.PatientName = _NAME
    dataset.PatientBirthDate = "19510713"
    dataset.PatientSex = "F"
    dataset.StudyDate = dataset.SeriesDate = "20200405"
    dataset.StudyTime = dataset.SeriesTime = "101112"
    dataset.StudyID = "1"
    dataset.AccessionNumber = "ACC1"
    dataset.ReferringPhysicianName = ""
    dataset.Modality = "CT"
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = 1
    dataset.SeriesDescription = "Axial"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Rows, dataset.Columns = rows, columns
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelData = bytes(2 * rows * columns)
    buffer = DicomBytesIO()
    with config.disable_value_validation():
        dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


class Studies:
    """Writes studies; no two of its instances, series, studies or patients are the same. random: of sizes and bytes."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._templates: dict[tuple[int, int], bytes] = {}
        self._instance = self._series = self._patient = 1_000_000_000

    def write(self, folder: Path, amount: Amount) -> int:
        """Writes into a new folder; returns the bytes in all. Two series a study, one study a patient."""
        total = 0
        folder.mkdir(parents=True)
        for number, (rows, columns) in enumerate(self._sizes(amount)):
            if number % amount.series == 0:
                self._series += 1
                if number // amount.series % 2 == 0:
                    self._patient += 1
            self._instance += 1
            total += (folder / f"{number:06d}.dcm").write_bytes(self._file(rows, columns))
        return total

    def _sizes(self, amount: Amount) -> Iterator[tuple[int, int]]:
        large = set(self._random.sample(range(amount.instances), amount.large))
        for number in range(amount.instances):
            if number in large:
                yield (LARGE // 4096) + self._random.randrange(16, 4096), 2048
            else:
                # few sizes, so that templates are used again; most are small
                yield max(16, int(amount.rows * self._random.random() ** 4) // 16 * 16), 64

    def _file(self, rows: int, columns: int) -> bytes:
        size = 2 * rows * columns
        if columns == 64 and (rows, columns) not in self._templates:
            self._templates[rows, columns] = _template(rows, columns)
        header = (self._templates.get((rows, columns)) or _template(rows, columns))[:-size]
        for placeholder, number in (
            (_INSTANCE, self._instance),
            (_SERIES, self._series),
            (_STUDY, self._patient),
            (_PATIENT, self._patient),
            (_NAME, self._patient),
        ):
            digits = next(
                part
                for part in ("1111111111", "2222222222", "3333333333", "4444444444", "5555555555")
                if part in placeholder
            )
            header = header.replace(placeholder.encode(), placeholder.replace(digits, str(number)).encode())
        pattern = self._random.randbytes(4096)
        return header + (pattern * (size // len(pattern) + 1))[:size]


def digest_of(path: Path) -> str:
    """Digest of a file by the algorithm that both programs like best, as the receiver writes it."""
    made = hasher(BLAKE3)
    with path.open("rb") as file:
        while block := file.read(2**20):
            made.update(block)
    return as_text(BLAKE3, made.hexdigest())
