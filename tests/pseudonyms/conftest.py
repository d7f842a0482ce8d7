"""Made-up patients and batch files."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from adit_uploader.dicom.inventory import Instance, Location, Patient, Series, Study

MakePatient = Callable[..., Patient]
WriteFile = Callable[..., Path]


@pytest.fixture
def make_patient() -> MakePatient:
    """make_patient(id, name="", birth_date="", studies={"1.2": ["1.2.1"]}) with one instance a series."""
    numbers = count(1)

    def make(
        patient_id: str,
        name: str = "",
        birth_date: str = "",
        studies: dict[str, list[str]] | None = None,
        *,
        names: tuple[str, ...] | None = None,
        birth_dates: tuple[str, ...] | None = None,
    ) -> Patient:
        studies = {"1.2": ["1.2.1"]} if studies is None else studies

        def instance(study: str, series: str) -> Instance:
            return Instance(
                Location(Path("/made/up")),
                1000,
                0,
                "1.2.840.10008.5.1.4.1.1.2",
                f"9.{next(numbers)}",
                study,
                series,
                "1.2.840.10008.1.2.1",
                patient_id,
                name,
                birth_date,
                "",
                "CT",
            )

        return Patient(
            patient_id,
            names if names is not None else ((name,) if name else ()),
            birth_dates if birth_dates is not None else ((birth_date,) if birth_date else ()),
            (),
            tuple(
                Study(study, "", "", tuple(Series(one, "CT", "", 1, (instance(study, one),)) for one in series))
                for study, series in studies.items()
            ),
        )

    return make


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """write_file(text or bytes, name) -> path of a new file."""

    def write(content: str | bytes, name: str = "batch.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
