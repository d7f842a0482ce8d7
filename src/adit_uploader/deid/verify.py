"""The receiver's door: does a finished file hold what it must and nothing that it must not?"""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from adit_uploader.protocol.codes import RefusalCode


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a file breaks.

    Attributes:
        code: the refusal to answer with.
        element: ``(gggg,eeee) Keyword`` of the offending element, '' where it is the file as a whole; never a value.
    """

    code: RefusalCode
    element: str = ""


def check_file(
    path_or_file: Path | BinaryIO,
    *,
    mode: str,
    profile: str,
    pseudonym: str,
    study_instance_uid: str,
    series_instance_uid: str,
    sop_instance_uid: str,
    sop_class_uid: str,
    transfer_syntax_uid: str,
) -> tuple[Violation, ...]:
    """Return every violation of a finished file, () if it may be stored.

    Args:
        path_or_file: the file; an open file is read from its current position.
        mode: internal, batch, fixed or none. In mode none only form, UIDs and PatientID are checked.
        profile: name of the profile that the job was opened with.
        pseudonym: what PatientID must be (and PatientName, in the pseudonymized modes).
        study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid, transfer_syntax_uid: as declared.

    Reads the header only, in bounded memory. Never raises on bad input: a file that can't be read as DICOM
    has the violation NOT_DICOM.
    """
    return (Violation(RefusalCode.NOT_DICOM),)
