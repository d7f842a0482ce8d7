"""What a scan found: patients, studies, series, instances, and what is left out and why."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from adit_uploader.values import dataclass, replace


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """Where an instance's bytes lie: a file, or a member of a zip archive.

    Attributes:
        path: absolute path of the file or the archive.
        member: name inside the archive, or None.
    """

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return str(self.path) if self.member is None else f"{self.path}!{self.member}"


class LeftOutReason(StrEnum):
    """Why a file is not sent, told by the scan."""

    NOT_DICOM = "not-dicom"
    DICOMDIR = "dicomdir"
    UNREADABLE = "unreadable"  # the system does not let us read it
    VANISHED = "vanished"
    DAMAGED = "damaged"  # starts as DICOM and can't be understood to its end (cut in the middle, wrong lengths)
    NO_SOP_INSTANCE_UID = (
        "no-sop-instance-uid"  # or no SOPClassUID, StudyInstanceUID, SeriesInstanceUID, or not a valid UID
    )
    DUPLICATE = "duplicate"  # same SOPInstanceUID, same content: sent once
    CONFLICT = "conflict"  # same SOPInstanceUID, other content: none of them is sent
    SYMLINK_LOOP = "symlink-loop"
    NOT_A_FILE = "not-a-file"  # device, pipe, socket
    ARCHIVE = "archive"  # a zip that is encrypted, damaged or nested


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder that is not sent. detail: for people; never a patient's data."""

    location: Location
    reason: LeftOutReason
    detail: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Instance:
    """One DICOM instance on disk; texts are decoded by the data set's character set and stripped.

    Attributes:
        size: bytes of the file (in an archive: uncompressed).
        modified_ns: modification time of the file (or archive), nanoseconds since 1970.
        burned_in_annotation, image_type, conversion_type: what the burned-in gate looks at.
    """

    location: Location
    size: int
    modified_ns: int
    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    transfer_syntax_uid: str
    patient_id: str
    patient_name: str
    patient_birth_date: str
    patient_sex: str
    modality: str
    study_date: str = ""
    study_description: str = ""
    series_description: str = ""
    series_number: int | None = None
    instance_number: int | None = None
    number_of_frames: int = 1
    rows: int = 0
    columns: int = 0
    burned_in_annotation: str = ""
    image_type: tuple[str, ...] = ()
    conversion_type: str = ""
    patient_identity_removed: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    series_instance_uid: str
    modality: str
    description: str
    number: int | None
    instances: tuple[Instance, ...]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(instance.size for instance in self.instances)


@dataclass(frozen=True, slots=True)
class Study:
    study_instance_uid: str
    date: str
    description: str
    series: tuple[Series, ...]

    def instances(self) -> Iterator[Instance]:
        for series in self.series:
            yield from series.instances


@dataclass(frozen=True, slots=True)
class Patient:
    """All that was found under one PatientID ('' where the files have none).

    names, birth_dates, sexes: every distinct non-empty value seen, in order of appearance.
    """

    patient_id: str
    names: tuple[str, ...]
    birth_dates: tuple[str, ...]
    sexes: tuple[str, ...]
    studies: tuple[Study, ...]

    def instances(self) -> Iterator[Instance]:
        for study in self.studies:
            yield from study.instances()


@dataclass(frozen=True, slots=True)
class Inventory:
    patients: tuple[Patient, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def instances(self) -> Iterator[Instance]:
        for patient in self.patients:
            yield from patient.instances()

    def only(self, wanted: Callable[[Instance], bool]) -> "Inventory":
        """The same with these instances alone; series, studies and patients without any are left away."""
        patients = []
        for patient in self.patients:
            studies = []
            for study in patient.studies:
                series = (
                    replace(one, instances=tuple(filter(wanted, one.instances)))
                    for one in study.series
                    if any(map(wanted, one.instances))
                )
                if kept := tuple(series):
                    studies.append(replace(study, series=kept))
            if studies:
                patients.append(replace(patient, studies=tuple(studies)))
        return replace(self, patients=tuple(patients))
