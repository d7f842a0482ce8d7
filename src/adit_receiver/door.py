"""The policy at the door: what a job may be, and what an instance must be before it is stored.

Nothing here raises for what a client sent, and no answer holds a value of it: elements are named, values are not.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from adit_uploader.deid.profiles import Profile
from adit_uploader.deid.verify import check_file
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.digests import SHA256
from adit_uploader.protocol.messages import Begin

from .spool import translate

INTERNAL_PSEUDONYM = re.compile(r"[0-9a-f]{64}")
_SHOWN_ELEMENTS = 5


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What a connection knows of its open job.

    Attributes:
        part: of the job, held by this connection's lease.
        single_patient: whether the job may hold one patient only.
        digest: algorithm of its files' digests.
        burned_in: whether pictures are taken that may show a name.
    """

    id: UUID
    owner_id: int
    part: str
    mode: str
    profile: Profile
    destination_key: str
    single_patient: bool
    burned_in: bool
    digest: str = SHA256


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an instance or a job is not taken. text: for people; without values."""

    code: RefusalCode
    text: str


def check_begin(job: JobFacts, begin: Begin, *, largest: int, patient_ids: Collection[str]) -> Refusal | None:
    """What can be said before the first byte.

    Args:
        largest: bytes an instance may have.
        patient_ids: the pseudonyms that the job has so far.
    """
    if begin.length > largest:
        return Refusal(RefusalCode.TOO_LARGE, f"An instance may have at most {largest} bytes here.")
    if job.mode == "internal" and not INTERNAL_PSEUDONYM.fullmatch(begin.patient_id):
        return Refusal(RefusalCode.PSEUDONYM_FORM, "In mode Internal a pseudonym is 64 hexadecimal digits.")
    if refusal := check_patient(job, begin, patient_ids):
        return refusal
    if uid := next((name for name in _UIDS if not _is_uid(getattr(begin, name))), ""):
        return Refusal(RefusalCode.INVALID_UID, f"The {uid} is not a valid UID.")
    return None


def check_patient(job: JobFacts, begin: Begin, patient_ids: Collection[str]) -> Refusal | None:
    """Whether the instance's patient may join those that the job has so far."""
    if job.single_patient and set(patient_ids) - {begin.patient_id}:
        return Refusal(RefusalCode.PSEUDONYM_MISMATCH, "This job may hold a single patient only.")
    return None


def check_finished(path: Path, job: JobFacts, begin: Begin) -> Refusal | None:
    """What the whole file says, read from the spool before it is stored."""
    try:
        violations = check_file(
            path,
            mode=job.mode,
            profile=job.profile,
            pseudonym=begin.patient_id,
            study_instance_uid=begin.study_instance_uid,
            series_instance_uid=begin.series_instance_uid,
            sop_instance_uid=begin.sop_instance_uid,
            sop_class_uid=begin.sop_class_uid,
            transfer_syntax_uid=begin.transfer_syntax_uid,
            burned_in=job.burned_in,
        )
    except OSError as error:
        failed = translate(error)
        return Refusal(failed.code, failed.message)
    if not violations:
        return None
    code = violations[0].code
    elements = sorted({violation.element for violation in violations if violation.element})
    named = ", ".join(elements[:_SHOWN_ELEMENTS])
    more = f" and {len(elements) - _SHOWN_ELEMENTS} more" if len(elements) > _SHOWN_ELEMENTS else ""
    return Refusal(code, f"{_TEXTS.get(code, 'The instance breaks a rule of this receiver.')} {named}{more}".strip())


_UIDS = ("sop_instance_uid", "sop_class_uid", "transfer_syntax_uid", "study_instance_uid", "series_instance_uid")

_TEXTS = {
    RefusalCode.NOT_DEIDENTIFIED: "The instance does not say that it was de-identified as this job says.",
    RefusalCode.PSEUDONYM_MISMATCH: "The instance holds another patient identity than the declared pseudonym.",
    RefusalCode.PSEUDONYM_FORM: "The pseudonym has not the form that this mode asks for.",
    RefusalCode.FORBIDDEN_ELEMENT: "The instance holds elements that the profile removes:",
    RefusalCode.PROFILE: "The instance was de-identified by another profile than this job says.",
    RefusalCode.UID_MISMATCH: "The instance holds other UIDs than declared:",
    RefusalCode.NOT_DICOM: "This is not a DICOM file that can be read to its pixel data.",
    RefusalCode.BURNED_IN: "This receiver takes no pictures that may show a patient's name, blanked or not.",
    RefusalCode.INVALID_UID: "The instance holds an invalid UID:",
}


def _is_uid(text: str) -> bool:
    # PS3.5 section 9.1: components without leading zeros; the wire has checked characters and length
    return all(part == "0" or not part.startswith("0") for part in text.split("."))
