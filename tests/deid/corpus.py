"""Realistic files: those that pydicom ships, and made ones of every kind and in every form that a PACS holds."""

import os
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom.data
from pydicom import dcmread
from pydicom.dataset import Dataset

from tests.deid import kinds, objects
from tests.deid.forms import (
    COMPRESSED,
    VIDEO,
    bare,
    compressed,
    scripts,
    with_group_lengths,
    with_hidden_sequences,
    with_overlays,
    with_private_blocks,
    with_undefined_lengths,
)
from tests.deid.made import written

SHIPPED = Path(pydicom.data.__file__).parent
FOLDERS = "PROVE_DEID_FOLDERS"  # environment variable: more folders of files, as in PATH
KINDS = objects.KINDS | kinds.KINDS
_SYNTAXES = ("explicit", "implicit", "deflated", "big-endian")
_NO_FILES = frozenset({".py", ".txt", ".json", ".md", ".icc", ".dump", ".gz", ".pyc"})
_NESTED = ("CT", "PET", "enhanced MR", "segmentation", "structure set", "report", "measurement report", "waveform")


def shipped() -> Iterator[tuple[str, bytes]]:
    """pydicom's own files, its DICOMDIRs and what is no DICOM left out."""
    for path in sorted(SHIPPED.rglob("*")):
        if path.is_file() and path.suffix not in _NO_FILES:
            data = path.read_bytes()
            if "palettes" not in path.parts and "DICOMDIR" not in path.name and len(data) < 1_500_000:
                yield path.relative_to(SHIPPED).as_posix(), data


def given() -> Iterator[tuple[str, bytes]]:
    """The files of the folders that the environment names; none where it names none."""
    for folder in filter(None, os.environ.get(FOLDERS, "").split(os.pathsep)):
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() and path.suffix not in _NO_FILES:
                yield str(path), path.read_bytes()


def made() -> Iterator[tuple[str, bytes]]:
    """One patient's files of every kind in four transfer syntaxes, and in every other form that files have."""
    for name, make in KINDS.items():
        for syntax in _SYNTAXES:
            yield f"{name} {syntax}", _written(make(), syntax)
    for name in ("CT", "enhanced MR", "ultrasound multi-frame", "mammography"):
        yield from _named(name, compressed(KINDS[name], COMPRESSED))
    for name, make in kinds.VIDEOS.items():
        yield from _named(name, compressed(make, VIDEO))
    yield from _named("CT explicit", bare(_written(KINDS["CT"](), "explicit")))
    yield from _named("report implicit", bare(_written(KINDS["report"](), "implicit")))
    for name in _NESTED:
        for syntax in _SYNTAXES:
            yield f"{name} {syntax} of undefined lengths", _written(with_undefined_lengths(KINDS[name]()), syntax)
        yield f"{name} with sequences as UN", _written(with_hidden_sequences(KINDS[name]()), "explicit")
    for syntax in _SYNTAXES:
        yield f"MR with private blocks {syntax}", _written(with_private_blocks(KINDS["MR"]()), syntax)
        yield f"CT with overlays {syntax}", _written(with_overlays(KINDS["CT"]()), syntax)
    yield "CT with group lengths", with_group_lengths(_written(KINDS["CT"](), "explicit"))
    yield from _named("CT in", scripts(KINDS["CT"]))


def corpus() -> Iterator[tuple[str, bytes]]:
    """All of it: name and bytes."""
    yield from shipped()
    yield from made()
    yield from given()


def parsed(data: bytes) -> Dataset:
    """A file as pydicom reads it, without its complaints."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(BytesIO(data), force=True)


def _written(ds: Dataset, syntax: str) -> bytes:
    return written(ds, syntax, pixels="Rows" in ds and "PixelData" not in ds)


def _named(name: str, files: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for form, data in files:
        yield f"{name} {form}", data
