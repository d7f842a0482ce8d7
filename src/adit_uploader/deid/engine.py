"""The engine: one file in, one finished header and the span of its pixel data out; whole result or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.profiles import Profile
from adit_uploader.dicom.inventory import Patient


@dataclass(frozen=True, slots=True)
class Trial:
    """The clinical trial that the results belong to: (0012,0020) and (0012,0021) of every result, '' for none."""

    protocol_id: str = ""
    protocol_name: str = ""


@dataclass(frozen=True, slots=True)
class PatientSecrets:
    """What identifies a patient, collected over all of the patient's instances.

    Picklable; never logged: its repr is empty.
    """

    patient_ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    birth_dates: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return "PatientSecrets(...)"

    @classmethod
    def of(cls, patient: Patient) -> "PatientSecrets":
        """Collect from what a scan found under one PatientID."""
        ids = frozenset({patient.patient_id} - {""})
        return cls(ids, frozenset(patient.names), frozenset(patient.birth_dates))


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one element (top level or nested); for reports. tag: gggg,eeee hex; action: keep, remove, ..."""

    tag: int
    keyword: str
    action: str


@dataclass(frozen=True, slots=True)
class DeidentifiedInstance:
    """A finished instance: new header bytes, a span of the source that is copied unchanged, a trailer.

    Attributes:
        body: (offset, length) in the source file of the bytes copied unchanged, or None.
        length: bytes of the finished file.
    """

    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    transfer_syntax_uid: str
    patient_id: str
    header: bytes
    body: tuple[int, int] | None
    trailer: bytes
    length: int
    changes: tuple[Change, ...] = ()

    def chunks(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        """Yield the finished file's bytes in order, each at most ``size`` bytes, none empty.

        Args:
            file: the source it was made from, seekable.

        Raises:
            SourceChanged: the source shrank or can no longer be read.
        """
        raise DeidentificationError("De-identification is not ready yet.")


class Deidentifier:
    """De-identifies by one profile and one site key. Holds no state of a patient; usable for any number of files."""

    def __init__(self, profile: Profile, site_key: bytes, trial: Trial = Trial()) -> None:
        """Args: site_key: 32 bytes. Raises: InvalidSiteKey."""
        self.profile = profile
        self.trial = trial

    def deidentify(
        self,
        file: BinaryIO,
        size: int,
        *,
        pseudonym: str,
        patient_id: str,
        secrets: PatientSecrets | None = None,
    ) -> DeidentifiedInstance:
        """Return the finished instance, checked.

        Args:
            file: the source, seekable, at any position.
            size: bytes of the source.
            pseudonym: the new PatientID and PatientName.
            patient_id: the original PatientID as the scan gave it; decides the date shift.
            secrets: what identifies this patient in any of the instances.

        Raises:
            DeidentificationError: or one of its subclasses; nothing of the file may then be sent.
        """
        raise DeidentificationError("De-identification is not ready yet.")

    def new_uid(self, uid: str) -> str:
        """The UID that replaces this one."""
        raise DeidentificationError("De-identification is not ready yet.")

    def date_shift(self, patient_id: str) -> int:
        """Days that all dates of this patient move by."""
        raise DeidentificationError("De-identification is not ready yet.")


class PassThrough:
    """Mode none: the file's own bytes; what a Part 10 file needs is added where it is missing."""

    def deidentify(
        self,
        file: BinaryIO,
        size: int,
        *,
        pseudonym: str,
        patient_id: str,
        secrets: PatientSecrets | None = None,
    ) -> DeidentifiedInstance:
        """Return the file as it is. pseudonym is not used.

        Raises:
            DeidentificationError: the file can't be understood.
        """
        raise DeidentificationError("De-identification is not ready yet.")
