"""Delivery to a DICOM server: C-STORE of the encoded files as they are (PS3.4 annex B, PS3.7 section 9.1.1).

Nothing is decoded or encoded again: a file's data set goes from the spool to the socket in PDUs, so its bytes arrive
as they were stored and memory does not grow with its size.
"""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pynetdicom import AE, build_context, evt
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import split_dataset
from pynetdicom.presentation import PresentationContext

from .dicom_status import judge
from .errors import DestinationUnavailableError
from .parcels import Delivery, GivenUpError, Outcome, Parcel, damaged, unless_given_up, unreadable, wanted
from .store_request import store_command, store_request

ACCEPTED = 0x00  # PS3.8 table 9-21
MAX_CONTEXTS = 128  # PS3.8 section 9.3.2.2: odd numbers from 1 to 255
MAX_PDU = 128 * 1024  # bytes; a peer may announce more, or no limit, and would then get a file in one piece
MAX_LOSSES = 2  # connections lost in a row, none of which delivered anything
SMALLEST_PDU = 128  # bytes; nobody means what is below
CONNECT_SECONDS = 10.0
NEGOTIATION_SECONDS = 30.0
RESPONSE_SECONDS = 300.0  # for large objects some servers answer late
STALLED_SECONDS = 60.0  # for 256 KiB that the server doesn't take from our socket
LOST = "The connection was lost while it was sent."


@dataclass(frozen=True, slots=True)
class Peer:
    """A DICOM server, and the name that we use towards it."""

    host: str
    port: int
    ae_title: str
    calling_ae_title: str = "ADIT_UPLOADER"


class _ConnectionLostError(DestinationUnavailableError):
    """The association ended while an instance was sent."""


class DicomSender:
    """Carries parcels to one DICOM server, over as few associations as their kinds allow.

    The last association stays open for what comes next; ``close`` releases it.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._open: Association | None = None
        self._kinds: frozenset[tuple[str, str]] = frozenset()  # that it was opened for
        self._used_before = False  # nothing was delivered over it since it was left open

    def carry(
        self, parcels: Sequence[Parcel], stopped: Callable[[], bool], given_up: Callable[[Parcel], bool] = wanted
    ) -> Iterator[Delivery]:
        """See ``Carrier.carry``."""
        for group in by_contexts(parcels):
            done, losses = 0, 0
            while done < len(group) and not stopped():
                before = done
                try:
                    for delivery in self._carry_group(group[done:], stopped, given_up):
                        done += 1
                        yield delivery
                except GivenUpError:  # in the middle of it: that association is aborted
                    yield Delivery(group[done], Outcome.GIVEN_UP)
                    done += 1
                except _ConnectionLostError as lost:
                    if self._used_before:
                        self._used_before = False  # the server has ended it while nothing was sent
                        continue
                    # it may be this very instance that the server breaks at: the others must not wait behind it
                    yield Delivery(group[done], Outcome.RETRY, lost.message)
                    losses = losses + 1 if done == before else 1
                    done += 1
                    if losses == MAX_LOSSES:
                        raise DestinationUnavailableError("the connection was lost again and again") from None

    def close(self) -> None:
        """Releases the association."""
        association, self._open = self._open, None
        if association is not None:
            association.release()

    def _carry_group(
        self, parcels: Sequence[Parcel], stopped: Callable[[], bool], given_up: Callable[[Parcel], bool]
    ) -> Iterator[Delivery]:
        """The same over one association."""
        with self._association(parcels) as association:
            context_ids = {
                (str(context.abstract_syntax), str(context.transfer_syntax[0])): context.context_id
                for context in association.accepted_contexts
            }
            for number, parcel in enumerate(parcels):
                if stopped():
                    return
                if given_up(parcel):
                    yield Delivery(parcel, Outcome.GIVEN_UP)
                elif bad := damaged(parcel):
                    yield bad
                elif (context_id := context_ids.get(_kind(parcel))) is None:
                    yield Delivery(
                        parcel, Outcome.FAILED, "The destination does not take this kind of object in its encoding."
                    )
                else:
                    delivery = self._store(association, parcel, number, context_id, given_up)
                    self._used_before = False
                    yield delivery

    def _store(
        self,
        association: Association,
        parcel: Parcel,
        number: int,
        context_id: int,
        given_up: Callable[[Parcel], bool],
    ) -> Delivery:
        """One C-STORE, named by the data set's own UIDs: the file meta information may differ."""
        wrapped = association.dul.socket
        connection = wrapped.socket if wrapped is not None else None
        if connection is None:
            raise _ConnectionLostError(LOST)
        try:
            _, offset = split_dataset(parcel.path)
            file = parcel.path.open("rb")
        except OSError:
            return unreadable(parcel)
        command = store_command(parcel.sop_class_uid, parcel.sop_instance_uid, number % 65535 + 1)
        with file:
            file.seek(offset)
            # past pynetdicom's sending thread, which costs more than the network and queues without a limit
            request = store_request(
                command, file, parcel.length - offset, context_id=context_id, max_pdu=_max_pdu(association)
            )
            try:
                for piece in unless_given_up(request, parcel, given_up):
                    connection.sendall(piece)
                _acknowledge_at_once(connection)
            except (OSError, EOFError):
                raise _ConnectionLostError(LOST) from None
        _, response = association.dimse.get_msg(block=True)
        if not isinstance(response, C_STORE) or not response.is_valid_response or response.Status is None:
            raise _ConnectionLostError(LOST)
        outcome, message = judge(response.Status)
        return Delivery(parcel, outcome, message)

    @contextmanager
    def _association(self, parcels: Sequence[Parcel]) -> Iterator[Association]:
        """The open association if it fits these parcels, else a new one; aborted after an error.

        Raises:
            DestinationUnavailableError: there is none to be had.
        """
        kinds = frozenset(map(_kind, parcels))
        association = self._open
        self._used_before = association is not None and association.is_established and kinds <= self._kinds
        if association is None or not self._used_before:
            self.close()
            association = self._associate(parcels)
            if not association.is_established:
                yield association  # which has no contexts: the destination takes none of these kinds
                return
            self._kinds = kinds
        self._open = None
        try:
            yield association
            self._open = association
        finally:
            if self._open is None:
                association.abort()

    def _associate(self, parcels: Sequence[Parcel]) -> Association:
        """A new association; one that is not established has no contexts.

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
                evt_handlers=[(evt.EVT_CONN_OPEN, _tune)],
            )
        except OSError as error:  # the host's name is not known
            raise DestinationUnavailableError(_in_words(error)) from None
        if not association.is_established:
            answer = association.acceptor.primitive
            if answer is not None and answer.result == ACCEPTED:
                return association
            raise DestinationUnavailableError(self._why_not(association))
        _pause_reactor(association)
        return association

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
    # small PDUs must not wait for acknowledgements (Nagle's algorithm): 16 files/s would be left of 200
    wrapped.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # without it a server that reads no more would hold us for ever
    wrapped.socket.settimeout(STALLED_SECONDS)


def _acknowledge_at_once(connection: socket.socket) -> None:
    """Re-arms quick acknowledgement, which the kernel takes back again and again.

    A server with Nagle's algorithm on sends the second part of its response only after our acknowledgement of the
    first, which would otherwise be delayed by 40 ms.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _max_pdu(association: Association) -> int:
    """What the peer takes, capped; 0 or nothing from it means that it has no limit."""
    asked = association.acceptor.maximum_length or MAX_PDU
    return max(SMALLEST_PDU, min(asked, MAX_PDU))


def _pause_reactor(association: Association) -> None:
    """Keeps pynetdicom's second thread from taking responses off the queue; ``release`` and ``abort`` let it go on.

    Its own send methods do the same for each message, and wait for the thread's rhythm each time.
    """
    association._reactor_checkpoint.clear()  # noqa: SLF001
    while association.is_alive() and not association._is_paused:  # noqa: SLF001 - one that ended never pauses
        time.sleep(0.0005)


def _in_words(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, socket.gaierror):
        return "its host name is not known"
    return (error.strerror or type(error).__name__).lower()
