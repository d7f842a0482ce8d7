"""What must hold between a file and its de-identified result, read by others than the engine: pydicom and dciodvfy."""

import re
import subprocess
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from adit_uploader.deid.engine import DeidentifiedInstance, Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.dicom.structure import read_structure
from tests.deid.corpus import parsed

WRITTEN = frozenset(
    {0x00080005, 0x00100010, 0x00100020, 0x00120062, 0x00120063, 0x00120064, 0x00280303}
)  # by the engine itself
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
DEFLATED = b"1.2.840.10008.1.2.1.99"
EXPLICIT = b"1.2.840.10008.1.2.1\0\0\0"
_DATE = re.compile(r"\d{4}\.?\d{2}\.?\d{2}")


@dataclass(frozen=True, slots=True)
class Pair:
    """A file before and after."""

    name: str
    before: bytes
    after: bytes
    result: DeidentifiedInstance
    days: int


def paired(engine: Deidentifier, name: str, data: bytes, whole: bytes = b"") -> Pair | None:
    """The file and its result; None where the engine refuses it. whole: what the file is a part of."""
    patient_id = str(parsed(whole or data).get("PatientID", "") or "")
    try:
        result = engine.deidentify(BytesIO(data), len(data), pseudonym="PSEUDO", patient_id=patient_id)
    except DeidentificationError:
        return None
    after = b"".join(result.chunks(BytesIO(data), 1 << 20))
    dated = "research" in engine.profile.name and "full" not in engine.profile.name
    return Pair(name, data, after, result, engine.date_shift(patient_id) if dated else 0)


def differences(pair: Pair, engine: Deidentifier) -> list[str]:
    """What pydicom reads in the result that is neither what it read in the original, nor reported as changed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = parsed(pair.before), parsed(pair.after)
        found = [
            f"{keyword} differs"
            for keyword in PIXELS
            if (keyword in before) != (keyword in after)
            or (keyword in before and before[keyword].value != after[keyword].value)
        ]
        changed = {change.tag for change in pair.result.changes}
        return found + list(_Comparison(changed, pair.days, engine).of(before, after, "", top=True))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """changed: tags that the result reports; days: by which dates must have moved."""

    changed: set[int]
    days: int
    engine: Deidentifier

    def of(self, before: Dataset, after: Dataset, path: str, *, top: bool = False) -> Iterator[str]:
        """What differs and was not reported."""
        for element in after:
            if (top and int(element.tag) in WRITTEN) or element.keyword in PIXELS:
                continue
            name = f"{path}{element.tag} {element.keyword}"
            if element.tag in before:
                yield from (f"{name} {problem}" for problem in self._element(before[element.tag], element, name))
            else:
                yield f"{name} appears"

    def _element(self, old: DataElement, new: DataElement, name: str) -> Iterator[str]:
        reported = int(new.tag) in self.changed
        if new.VR == "SQ" and old.VR == "SQ":
            if len(old.value) != len(new.value) and not reported:
                yield "has another number of items"
            for one, other in zip(old.value, new.value, strict=False):
                yield from self.of(one, other, f"{name} > ")
        elif new.VR == "UI":
            yield from ("points elsewhere" for uid in _strayed(old, new, self.engine) if uid)
        elif new.VR in {"DA", "DT", "TM"}:
            if not _moved(_texts(old), _texts(new), new.VR, self.days):
                yield "moves otherwise"
        elif repr(old.value) != repr(new.value) and not reported:
            yield "differs"


def _strayed(old: DataElement, new: DataElement, engine: Deidentifier) -> Iterator[str]:
    """UIDs that are neither as they were nor what they become everywhere."""
    for before, after in zip(_texts(old), _texts(new), strict=False):
        if after not in {before, engine.new_uid(before)}:
            yield after


def _texts(element: DataElement) -> list[str]:
    value = element.value
    if value is None:
        return []
    many = isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue"
    return [str(one) for one in (value if many else [value]) if str(one)]


def _moved(before: list[str], after: list[str], vr: str, days: int) -> bool:
    """Whether dates moved by the patient's days and times by nothing; what is gone or a dummy has no interval."""
    if not after or all(one.startswith("19000101") or (vr == "TM" and one == "000000") for one in after):
        return True
    if vr == "TM" or not days:
        return before == after
    for old, new in zip(before, after, strict=True):
        match = _DATE.match(old)
        if match is None or new[8:] != old[match.end() :]:
            return False
        first, second = (datetime.strptime(text, "%Y%m%d") for text in (match[0].replace(".", ""), new[:8]))  # noqa: DTZ007
        if second - first != timedelta(days=days):
            return False
    return True


def boundaries(data: bytes) -> set[int]:
    """Where the elements of a file's outermost data set begin; of a deflated one's, where in the inflated one."""
    structure = read_structure(BytesIO(data), len(data), keep=True)
    if structure.inflated is not None:
        structure.inflated.close()
    at, found, raws = structure.dataset_offset, set(), iter(structure.raws)
    for tag in structure.tags:
        found.add(at)
        pixel = structure.pixel
        at = pixel.end if pixel is not None and tag == pixel.tag else at + len(next(raws))
    return found


def new_errors(pair: Pair, folder: Path) -> list[str]:
    """Errors that dciodvfy finds in the result and not in the original."""
    return new_errors_of(pair.before, pair.after, folder)


def new_errors_of(original: bytes, result: bytes, folder: Path) -> list[str]:
    """The same of two files."""
    counted = []
    for name, data in (("before.dcm", original), ("after.dcm", result)):
        (folder / name).write_bytes(_inflated(data))
        ran = subprocess.run(["dciodvfy", "-new", name], cwd=folder, capture_output=True, check=False)
        lines = (ran.stdout + ran.stderr).decode("latin-1").splitlines()
        counted.append(Counter(re.sub(r"<[^/].*?>", "<>", line) for line in lines if line.startswith("Error")))
    before, after = counted
    return sorted((after - before).elements())


def _inflated(data: bytes) -> bytes:
    """A deflated file with its data set as explicit VR little endian: dciodvfy inflates nothing."""
    if DEFLATED not in data[:1000]:
        return data
    start = 144 + int.from_bytes(data[140:144], "little")
    plain = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[start:])
    return data[:start].replace(DEFLATED, EXPLICIT) + plain
