"""Delivery to a DICOM server: C-STORE of the encoded files as they are (PS3.4 annex B, PS3.7 section 9.1.1).

Nothing is decoded or encoded again: a file's data set goes from the spool to the socket in PDUs, so its bytes arrive
as they were stored and memory does not grow with its size.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from adit_receiver.accounts import Target

from .association import LOST, Association, ConnectionLostError
from .dicom_status import judge
from .errors import DestinationUnavailableError
from .negotiation import MAX_CONTEXTS, Kind
from .parcels import Delivery, GivenUpError, Outcome, Parcel, cut, damaged, unless_given_up, unreadable, wanted
from .store_request import data_set_offset, store_command, store_request
from .tls import Tls

MAX_LOSSES = 2  # connections lost in a row, none of which delivered anything
RESPONSE_SECONDS = 300.0  # for large objects some servers answer late


@dataclass(frozen=True, slots=True)
class Peer:
    """A DICOM server, and the name that we use towards it."""

    host: str
    port: int
    ae_title: str
    calling_ae_title: str = "ADIT_UPLOADER"
    tls: Tls | None = None

    @classmethod
    def of(cls, target: Target, calling_ae_title: str) -> Self:
        """The server of a DICOM destination."""
        return cls(target.host, target.port, target.ae_title, calling_ae_title, target.tls)

    def associate(self, kinds: Sequence[Kind]) -> Association:
        """An association with a presentation context for each kind. Raises DestinationUnavailableError."""
        return Association.open((self.host, self.port), self.ae_title, self.calling_ae_title, kinds, self.tls)


class DicomSender:
    """Carries parcels to one DICOM server, over as few associations as their kinds allow.

    The last association stays open for what comes next; ``close`` releases it.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._open: Association | None = None
        self._kinds: frozenset[Kind] = frozenset()  # that it was opened for
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
                except ConnectionLostError as lost:
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
            for number, parcel in enumerate(parcels):
                if stopped():
                    return
                if given_up(parcel):
                    yield Delivery(parcel, Outcome.GIVEN_UP)
                elif bad := damaged(parcel):
                    yield bad
                elif (context_id := association.contexts.get(_kind(parcel))) is None:
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
        try:
            file = parcel.path.open("rb", buffering=0)
        except OSError:
            return unreadable(parcel)
        with file:
            try:
                offset = data_set_offset(file)
            except OSError:
                return unreadable(parcel)
            except ValueError:
                return cut(parcel)
            message_id = number % 65535 + 1
            command = store_command(parcel.sop_class_uid, parcel.sop_instance_uid, message_id)
            request = store_request(
                command, file, parcel.length - offset, context_id=context_id, max_pdu=association.max_pdu
            )
            try:
                pieces = unless_given_up(request, parcel, given_up)
                status = association.store(pieces, message_id, timeout=RESPONSE_SECONDS)
            except (OSError, EOFError):
                raise ConnectionLostError(LOST) from None
        outcome, message = judge(status)
        return Delivery(parcel, outcome, message)

    @contextmanager
    def _association(self, parcels: Sequence[Parcel]) -> Iterator[Association]:
        """The open association if it fits these parcels, else a new one; aborted after an error.

        Raises:
            DestinationUnavailableError: there is none to be had.
        """
        kinds = frozenset(map(_kind, parcels))
        association = self._open
        self._used_before = association is not None and association.usable and kinds <= self._kinds
        if association is None or not self._used_before:
            self.close()
            association = self._peer.associate(contexts_of(parcels))
            self._kinds = kinds
        self._open = None
        try:
            yield association
            self._open = association
        finally:
            if self._open is None:
                association.abort()


def contexts_of(parcels: Sequence[Parcel]) -> list[Kind]:
    """One presentation context for each pair of SOP class and transfer syntax."""
    return list(dict.fromkeys(_kind(parcel) for parcel in parcels))


def by_contexts(parcels: Sequence[Parcel]) -> list[list[Parcel]]:
    """The parcels in groups that one association has contexts for, their order kept within a group."""
    group_of: dict[Kind, int] = {}
    groups: list[list[Parcel]] = []
    for parcel in parcels:
        number = group_of.setdefault(_kind(parcel), len(group_of) // MAX_CONTEXTS)
        if number == len(groups):
            groups.append([])
        groups[number].append(parcel)
    return groups


def _kind(parcel: Parcel) -> Kind:
    return parcel.sop_class_uid, parcel.transfer_syntax_uid
