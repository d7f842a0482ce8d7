"""Delivery to a DICOM server: C-STORE of the encoded files as they are (PS3.4 annex B, PS3.7 section 9.1.1).

Nothing is decoded or encoded again: a file's data set goes from the spool to the socket in PDUs, so its bytes arrive
as they were stored and memory does not grow with its size.
"""

import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pynetdicom import AE, _config, build_context, evt
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import MaximumLengthNotification
from pynetdicom.presentation import PresentationContext

from .bounded_queue import BoundedQueue
from .dicom_status import judge
from .errors import DestinationUnavailableError
from .parcels import Delivery, Outcome, Parcel, damaged

logger = logging.getLogger(__name__)

# pynetdicom's documented switch: a path given to send_c_store is sent in pieces, without decoding
_config.STORE_SEND_CHUNKED_DATASET = True

ACCEPTED = 0x00  # PS3.8 table 9-21
MAX_CONTEXTS = 128  # PS3.8 section 9.3.2.2: odd numbers from 1 to 255
MAX_PDU = 128 * 1024  # bytes; a peer may announce more, or no limit, and would then get a file in one piece
QUEUED_PDUS = 16
CONNECT_SECONDS = 10.0
NEGOTIATION_SECONDS = 30.0
RESPONSE_SECONDS = 300.0  # for large objects some servers answer late
STALLED_SECONDS = 60.0  # without a byte taken from our socket


@dataclass(frozen=True, slots=True)
class Peer:
    """A DICOM server, and the name that we use towards it."""

    host: str
    port: int
    ae_title: str
    calling_ae_title: str = "ADIT_UPLOADER"


class DicomSender:
    """Carries parcels to one DICOM server, over as few associations as their kinds allow."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def carry(self, parcels: Sequence[Parcel], stopped: Callable[[], bool]) -> Iterator[Delivery]:
        """See ``Carrier.carry``."""
        for group in by_contexts(parcels):
            if stopped():
                return
            yield from self._carry_group(group, stopped)

    def _carry_group(self, parcels: Sequence[Parcel], stopped: Callable[[], bool]) -> Iterator[Delivery]:
        with self._association(parcels) as association:
            accepted = {
                (str(context.abstract_syntax), str(context.transfer_syntax[0]))
                for context in association.accepted_contexts
            }
            for number, parcel in enumerate(parcels):
                if stopped():
                    return
                if bad := damaged(parcel):
                    yield bad
                elif (parcel.sop_class_uid, parcel.transfer_syntax_uid) not in accepted:
                    yield Delivery(
                        parcel, Outcome.FAILED, "The destination does not take this kind of object in its encoding."
                    )
                else:
                    yield self._store(association, parcel, number)

    def _store(self, association: Association, parcel: Parcel, number: int) -> Delivery:
        lost = "the connection was lost while an instance was sent"
        try:
            status = association.send_c_store(parcel.path, msg_id=number % 65535 + 1)
        except RuntimeError:  # pynetdicom: the association is not established any more
            raise DestinationUnavailableError(lost) from None
        except (AttributeError, ValueError, OSError) as error:
            # the file's own header contradicts what was stored about it, or it can't be read
            logger.warning("Instance of forward row %d can't be read: %s", parcel.key, type(error).__name__)
            return Delivery(parcel, Outcome.FAILED, "Its file in the receiver's spool is damaged. Upload it again.")
        if "Status" not in status:
            raise DestinationUnavailableError(lost)
        outcome, message = judge(status.Status)
        return Delivery(parcel, outcome, message)

    @contextmanager
    def _association(self, parcels: Sequence[Parcel]) -> Iterator[Association]:
        """An established association for these parcels; released at the end, aborted after an error.

        Raises:
            DestinationUnavailableError: there is none to be had.
        """
        entity = AE(ae_title=self._peer.calling_ae_title)
        entity.connection_timeout = CONNECT_SECONDS
        entity.acse_timeout = NEGOTIATION_SECONDS
        entity.dimse_timeout = RESPONSE_SECONDS
        entity.network_timeout = RESPONSE_SECONDS
        try:
            association = entity.associate(
                self._peer.host,
                self._peer.port,
                contexts=contexts_of(parcels),
                ae_title=self._peer.ae_title,
                max_pdu=MAX_PDU,
                evt_handlers=[(evt.EVT_CONN_OPEN, _tune), (evt.EVT_DATA_SENT, _acknowledge_at_once)],
            )
        except OSError as error:  # the host's name is not known
            raise DestinationUnavailableError(_in_words(error)) from None
        if not association.is_established:
            answer = association.acceptor.primitive
            if answer is not None and answer.result == ACCEPTED:
                yield association  # which has no contexts: the destination takes none of these kinds
                return
            raise DestinationUnavailableError(self._why_not(association))
        _limit_memory(association)
        ended = False
        try:
            yield association
            ended = True
        finally:
            if ended:
                association.release()
            else:
                association.abort()

    def _why_not(self, association: Association) -> str:
        if association.is_rejected:
            reason = association.acceptor.primitive.reason_str if association.acceptor.primitive else "no reason given"
            return f"association rejected ({reason})"
        # pynetdicom only logs why the connection failed
        try:
            socket.create_connection((self._peer.host, self._peer.port), CONNECT_SECONDS).close()
        except OSError as error:
            return _in_words(error)
        return "no answer to the association request"


def contexts_of(parcels: Sequence[Parcel]) -> list[PresentationContext]:
    """One presentation context for each pair of SOP class and transfer syntax."""
    return [build_context(*pair) for pair in dict.fromkeys(_kind(parcel) for parcel in parcels)]


def by_contexts(parcels: Sequence[Parcel]) -> list[list[Parcel]]:
    """The parcels in groups that one association has contexts for, their order kept within a group."""
    group_of: dict[tuple[str, str], int] = {}
    groups: list[list[Parcel]] = []
    for parcel in parcels:
        number = group_of.setdefault(_kind(parcel), len(group_of) // MAX_CONTEXTS)
        if number == len(groups):
            groups.append([])
        groups[number].append(parcel)
    return groups


def _kind(parcel: Parcel) -> tuple[str, str]:
    return parcel.sop_class_uid, parcel.transfer_syntax_uid


def _tune(event: evt.Event) -> None:
    """Sets up the connection's socket as soon as it is open."""
    wrapped = event.assoc.dul.socket
    if wrapped is None or wrapped.socket is None:
        return
    connection = wrapped.socket
    # small PDUs must not wait for acknowledgements (Nagle's algorithm): 16 files/s would be left of 200
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # without it a server that reads no more would hold us for ever
    connection.settimeout(STALLED_SECONDS)


def _acknowledge_at_once(event: evt.Event) -> None:
    """Re-arms quick acknowledgement, which the kernel takes back again and again.

    A server with Nagle's algorithm on sends the second part of its response only after our acknowledgement of the
    first, which would otherwise be delayed by 40 ms.
    """
    wrapped = event.assoc.dul.socket
    if hasattr(socket, "TCP_QUICKACK") and wrapped is not None and wrapped.socket is not None:
        wrapped.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _limit_memory(association: Association) -> None:
    """Caps the size of PDUs and how many of them wait for the network."""
    for item in association.acceptor.user_information:
        if isinstance(item, MaximumLengthNotification):
            item.maximum_length_received = min(item.maximum_length_received or MAX_PDU, MAX_PDU)
    waiting = BoundedQueue(QUEUED_PDUS, association.dul.is_alive)
    association.bind(evt.EVT_CONN_CLOSE, lambda _event: waiting.close())
    association.dul.to_provider_queue = waiting


def _in_words(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, socket.gaierror):
        return "its host name is not known"
    return (error.strerror or type(error).__name__).lower()
