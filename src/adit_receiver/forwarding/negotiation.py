"""The PDUs around the data: association, release, abort, as bytes. Made and read by pynetdicom's own classes.

None of them is on the way of the data: an association is made for many instances. Source: PS3.8 section 9.3.
"""

import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from pynetdicom.pdu import A_ABORT_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ, A_RELEASE_RQ
from pynetdicom.pdu_primitives import (
    A_ABORT,
    A_ASSOCIATE,
    A_RELEASE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
)
from pynetdicom.presentation import build_context

from adit_uploader.deid.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

from .errors import DestinationUnavailableError

ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA_TF, RELEASE_RQ, RELEASE_RP, ABORT = 0x02, 0x03, 0x04, 0x05, 0x06, 0x07
MAX_CONTEXTS = 128  # PS3.8 section 9.3.2.2: odd numbers from 1 to 255
LONGEST_ANSWER = 64 * 1024  # bytes; the answer to 128 contexts has about 6,000
SMALLEST_PDU = 128  # bytes; nobody means what is below

_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"  # PS3.7 annex A.2.1
_ACCEPTED = 0x00  # of a presentation context, PS3.8 table 9-18
# what pynetdicom's classes raise where the bytes are none of this kind
_NOT_UNDERSTOOD = (ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError, struct.error)
_reading = Lock()  # what warnings are told is of the whole process

Kind = tuple[str, str]
"""SOP class and transfer syntax."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the server has agreed to.

    Attributes:
        contexts: numbers of the presentation contexts.
        max_pdu: what the server takes, bytes, capped.
    """

    contexts: dict[Kind, int]
    max_pdu: int


def association_request(called: str, calling: str, kinds: Sequence[Kind], max_pdu: int) -> bytes:
    """An A-ASSOCIATE-RQ with a presentation context for each kind.

    Args:
        max_pdu: bytes that the server may send us at once.

    Raises:
        DestinationUnavailableError: one of the titles is none.
    """
    contexts = []
    for place, (sop_class, syntax) in enumerate(kinds):
        context = build_context(sop_class, syntax)
        context.context_id = 2 * place + 1
        contexts.append(context)
    longest = MaximumLengthNotification()
    longest.maximum_length_received = max_pdu
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    request = A_ASSOCIATE()
    request.application_context_name = _APPLICATION_CONTEXT
    try:
        request.called_ae_title = called
        request.calling_ae_title = calling
    except (ValueError, TypeError):
        raise DestinationUnavailableError("its AE title, or ours, is none") from None
    request.presentation_context_definition_list = contexts
    request.user_information = [longest, implementation, version]
    return bytes(A_ASSOCIATE_RQ(request).encode())


def acceptance(pdu: bytes, kinds: Sequence[Kind], cap: int) -> Accepted:
    """What an A-ASSOCIATE-AC says.

    Args:
        pdu: all of it.
        kinds: that were asked for.
        cap: the largest PDU that we send, bytes, whatever the server takes.

    Raises:
        ValueError: it is none.
    """
    answer = A_ASSOCIATE_AC()
    try:
        # pydicom warns of a UID that is none, and quotes it
        with _reading, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer.decode(pdu)
            numbers = {item.context_id for item in answer.presentation_context if item.result == _ACCEPTED}
            # 0 or nothing means that it has no limit
            longest = (answer.user_information.maximum_length if answer.user_information else None) or cap
    except _NOT_UNDERSTOOD:
        raise ValueError("no acceptance") from None
    contexts = {kind: 2 * place + 1 for place, kind in enumerate(kinds) if 2 * place + 1 in numbers}
    return Accepted(contexts, max(SMALLEST_PDU, min(longest, cap)))


def rejection(pdu: bytes) -> str:
    """Why an A-ASSOCIATE-RJ says no, in words. Raises ValueError: it is none."""
    answer = A_ASSOCIATE_RJ()
    try:
        answer.decode(pdu)
        reason = str(answer.reason_str)
    except _NOT_UNDERSTOOD:
        if len(pdu) < 10:  # PS3.8 table 9-21
            raise ValueError("no rejection") from None
        reason = "no reason given"
    return reason[:1].lower() + reason[1:]


def release_request() -> bytes:
    """An A-RELEASE-RQ."""
    return bytes(A_RELEASE_RQ(A_RELEASE()).encode())


def abort_request() -> bytes:
    """An A-ABORT by the service user, which is us."""
    primitive = A_ABORT()
    primitive.abort_source = 0x00
    return bytes(A_ABORT_RQ(primitive).encode())
