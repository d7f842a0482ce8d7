"""What a scan found: patients, studies, series, instances, and what is left out and why."""

import os
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from adit_uploader.values import dataclass, field, replace


class Location:
    """Where an instance's bytes lie: a file, or a member of a zip archive. A value: never changed, compared by content.

    There may be a hundred thousand of them, most in few folders: the folder's name is kept once for all of them, and
    a `Path`, which takes ten times as much, is made when it is asked for.

    Attributes:
        member: name inside the archive, or None.
    """

    __slots__ = ("_folder", "_name", "member")

    _folder: str
    _name: str
    member: str | None

    def __init__(self, path: Path | str, member: str | None = None) -> None:
        """
        Args:
            path: absolute path of the file or the archive; a text as `Path` writes it.
        """
        text = str(path)
        cut = text.rfind(os.sep) + 1
        for name, value in (("_folder", sys.intern(text[:cut])), ("_name", text[cut:]), ("member", member)):
            object.__setattr__(self, name, value)

    @property
    def path(self) -> Path:
        """Absolute path of the file or the archive."""
        return Path(self.file)

    @property
    def file(self) -> str:
        """The same as a text, which whoever opens thousands of files has sooner."""
        return self._folder + self._name

    def __str__(self) -> str:
        return self.file if self.member is None else f"{self.file}!{self.member}"

    def __repr__(self) -> str:
        return f"Location(path={self.path!r}, member={self.member!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Location):
            return NotImplemented
        return (self._name, self._folder, self.member) == (other._name, other._folder, other.member)

    def __hash__(self) -> int:
        return hash((self._folder, self._name, self.member))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot change {name!r}")

    def __reduce__(self) -> tuple[type["Location"], tuple[str, str | None]]:
        return Location, (self.file, self.member)


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
    """Some instances. size: bytes on disk; summed up once, since whoever shows it must not go through all of them."""

    series_instance_uid: str
    modality: str
    description: str
    number: int | None
    instances: tuple[Instance, ...]
    size: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", sum(instance.size for instance in self.instances))


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
