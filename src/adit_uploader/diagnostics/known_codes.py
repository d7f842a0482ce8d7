"""Codes that say why something was not sent: those of this program and of the protocol, and no others."""

from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.dicom.inventory import LeftOutReason
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.pseudonyms.assign import RefusalReason
from adit_uploader.transfer.plan import NotChosenReason
from adit_uploader.transfer.receipt import ReasonCode

OTHER = "other"
_KNOWN = frozenset(
    str(code.value)
    for codes in (ReasonCode, RefusalCode, LeftOutReason, NotChosenReason, RefusalReason, BurnedInReason)
    for code in codes
)


def known(code: str) -> str:
    """The code, if it is one of those that are fixed: whoever makes up another one could put a name into it."""
    return code if not code or code in _KNOWN else OTHER
