"""A batch file that was read and found in order: who becomes whom, and what of them is sent."""

from adit_uploader.values import dataclass

PATIENT_ID = "PatientID"
PSEUDONYM = "Pseudonym"
STUDY = "StudyInstanceUID"
SERIES = "SeriesInstanceUID"
SENT = "Sent"  # key lists of mode batch have it; what stands in it does not matter
REQUIRED = (PATIENT_ID, PSEUDONYM)
COLUMNS = (*REQUIRED, STUDY, SERIES, SENT)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row. line: of the text file or sheet, from 1. UIDs: None where the row selects everything."""

    line: int
    patient_id: str
    pseudonym: str
    study_instance_uid: str | None = None
    series_instance_uid: str | None = None


@dataclass(frozen=True, slots=True)
class BatchFile:
    rows: tuple[BatchRow, ...]
