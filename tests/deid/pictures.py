"""Pictures made for one test: any size, bits, colours, frames and byte order; and files with them."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from adit_uploader.deid.engine import Blanking, Deidentifier, Rectangle
from adit_uploader.deid.profiles import profile
from adit_uploader.deid.verify import Violation, check_file
from tests.deid.made import KEY, image, written

ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"
MULTIFRAME = {1: "1.2.840.10008.5.1.4.1.1.7.1", 8: "1.2.840.10008.5.1.4.1.1.7.2", 16: "1.2.840.10008.5.1.4.1.1.7.3"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a picture is written."""

    rows: int = 7
    columns: int = 10
    frames: int = 1
    photometric: str = "MONOCHROME2"
    allocated: int = 16
    stored: int = 16
    signed: bool = False
    planar: bool = False
    syntax: str = "explicit"
    vr: str = "OW"
    seed: int = 0

    @property
    def samples(self) -> int:
        return 1 if self.photometric.startswith(("MONO", "PALETTE")) else 3


def pixel_bytes(form: Form) -> bytes:
    """Random values, none of them black, as the file has them."""
    random = np.random.default_rng(form.seed)
    order = ">" if form.syntax == "big-endian" else "<"
    per_pixel = 2 if form.photometric == "YBR_FULL_422" else form.samples
    count = form.rows * form.columns * form.frames * per_pixel
    if form.allocated == 1:
        data = np.packbits(random.integers(0, 2, count, dtype="u1"), bitorder="little").tobytes()
    else:
        low, high = (-(1 << form.stored - 1), 1 << form.stored - 1) if form.signed else (0, 1 << form.stored)
        values = random.integers(low + 1, high - 1, count, dtype="i8")
        data = values.astype(f"{order}{'i' if form.signed else 'u'}{form.allocated // 8}").tobytes()
    data += bytes(len(data) % 2)
    if form.syntax == "big-endian" and form.vr == "OW" and form.allocated <= 8:
        data = np.frombuffer(data, "<u2").astype(">u2").tobytes()
    return data


def dataset(form: Form) -> Dataset:
    """An ultrasound picture's header and pixels."""
    ds = image(
        SOPClassUID=ULTRASOUND,
        Modality="US",
        ImageType=["ORIGINAL", "PRIMARY"],
        Rows=form.rows,
        Columns=form.columns,
        PhotometricInterpretation=form.photometric,
        SamplesPerPixel=form.samples,
        BitsAllocated=form.allocated,
        BitsStored=form.stored,
        HighBit=form.stored - 1,
        PixelRepresentation=int(form.signed),
        BurnedInAnnotation="YES",
    )
    if form.frames > 1:
        ds.NumberOfFrames = form.frames
    if form.samples > 1:
        ds.PlanarConfiguration = int(form.planar)
    if form.photometric == "PALETTE COLOR":
        for number, name in enumerate(("Red", "Green", "Blue")):
            table = (np.arange(256, dtype="<u2") * 7 + 3 + number) % 251 * 257
            table[42] = 0
            setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
            setattr(ds, f"{name}PaletteColorLookupTableData", table.tobytes())
    ds.PixelData = pixel_bytes(form)
    ds["PixelData"].VR = form.vr
    return ds


def file_of(form: Form) -> bytes:
    return written(dataset(form), form.syntax, pixels=False)


def blanked(data: bytes, blanking: Blanking, name: str = "research") -> bytes:
    """The finished file.

    Raises:
        DeidentificationError: there is none.
    """
    engine = Deidentifier(profile(name), KEY)
    patient_id = str(dcmread(BytesIO(data), stop_before_pixels=True, force=True).get("PatientID", "") or "")
    result = engine.deidentify(BytesIO(data), len(data), pseudonym="PSEUDO", patient_id=patient_id, blanking=blanking)
    try:
        finished = b"".join(result.chunks(BytesIO(data), 1000))
        assert len(finished) == result.length
        assert b"".join(result.chunks(BytesIO(data), 1 << 20)) == finished
    finally:
        result.close()
    return finished


def door(data: bytes, name: str = "research", *, burned_in: bool = True) -> tuple[Violation, ...]:
    """What the receiver has against a finished file."""
    ds = dcmread(BytesIO(data), stop_before_pixels=True)
    return check_file(
        BytesIO(data),
        mode="fixed",
        profile=name,
        pseudonym="PSEUDO",
        study_instance_uid=ds.StudyInstanceUID,
        series_instance_uid=ds.SeriesInstanceUID,
        sop_instance_uid=ds.SOPInstanceUID,
        sop_class_uid=ds.SOPClassUID,
        transfer_syntax_uid=ds.file_meta.TransferSyntaxUID,
        burned_in=burned_in,
    )


def mask(blanking: Blanking, *, pairs: bool = False) -> NDArray[np.bool_]:
    """True where a picture is blanked; rows x columns."""
    inside = np.zeros((blanking.rows, blanking.columns), dtype=bool)
    for one in blanking.rectangles:
        left = one.x - one.x % 2 if pairs else one.x
        right = one.x + one.width
        inside[one.y : one.y + one.height, left : right + right % 2 if pairs else right] = True
    return inside


@st.composite
def blankings(draw: st.DrawFn, columns: int, rows: int) -> Blanking:
    """Up to four rectangles: overlapping, reaching beyond the picture, the whole of it."""
    rectangles = st.builds(
        Rectangle,
        st.integers(0, columns - 1),
        st.integers(0, rows - 1),
        st.integers(1, columns + 5),
        st.integers(1, rows + 5),
    )
    return Blanking(columns, rows, tuple(draw(st.lists(rectangles, min_size=1, max_size=4))))
