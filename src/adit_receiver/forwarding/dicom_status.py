"""What a C-STORE status means for us (PS3.4 table B.2-1, PS3.7 annex C)."""

from pynetdicom.status import STORAGE_SERVICE_CLASS_STATUS

from .parcels import Outcome

SUCCESS = 0x0000
PROCESSING_FAILURE = 0x0110
DUPLICATE_INSTANCE = 0x0111
RESOURCE_LIMITATION = 0x0213
OUT_OF_RESOURCES = range(0xA700, 0xA800)
WARNINGS = frozenset({0x0001, 0x0107, 0x0116})
WARNING_RANGE = range(0xB000, 0xC000)


def judge(status: int) -> tuple[Outcome, str]:
    """Outcome and message of a status.

    The destination's own comment is left out: it may name the patient.
    """
    if status == SUCCESS:
        return Outcome.DELIVERED, ""
    name = _name(status)
    if status == DUPLICATE_INSTANCE:
        return Outcome.DELIVERED, f"The destination says that it already has this instance ({name})."
    if status in WARNINGS or status in WARNING_RANGE:
        return Outcome.DELIVERED, f"The destination took it with a warning: {name}."
    if status in OUT_OF_RESOURCES or status in {PROCESSING_FAILURE, RESOURCE_LIMITATION}:
        return Outcome.RETRY, f"The destination could not take it now: {name}."
    return Outcome.FAILED, f"The destination refused it: {name}."


def _name(status: int) -> str:
    words = STORAGE_SERVICE_CLASS_STATUS.get(status, ("", ""))[1]
    return f"{words or 'unknown status'}, 0x{status:04X}"
