"""The DICOM listener itself: who is let in, what is taken, and what is answered. Runs in a process of its own."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast

from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]  # made at run time
from pynetdicom.transport import AssociationSocket, RequestHandler, ThreadedAssociationServer

from adit_uploader.account.receiving import ReceivingSettings

from .checks import check_receiving, may_connect
from .events import Began, Ended, ReceivingEvent, TurnedAway, TurnedAwayFor
from .inbox import tidy
from .incoming import Incoming, folder_maker

MAX_ASSOCIATIONS = 8
MAX_CONNECTIONS = 16  # those that have not said who they are among them
MAX_PDU = 128 * 1024  # bytes, as we tell them
LONGEST_PDU = 1024 * 1024  # bytes; a longer one ends the connection
NETWORK_SECONDS = 60.0  # without a word
NEGOTIATION_SECONDS = 30.0
ANSWER_SECONDS = 60.0
_PROMPT = 0.2  # seconds in which it notices that it is to end

_UNCOMPRESSED_FIRST = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
"""A workstation that could send an object in several ways sends it without a loss."""

_SYNTAXES = [*_UNCOMPRESSED_FIRST, *(uid for uid in ALL_TRANSFER_SYNTAXES if uid not in _UNCOMPRESSED_FIRST)]


class _BoundedSocket(AssociationSocket):
    """Nobody makes us collect a PDU of any length, and fewer calls for one that is fine."""

    def recv(self, nr_bytes: int) -> bytearray:
        connection = self.socket
        if nr_bytes > LONGEST_PDU or connection is None:
            raise ConnectionAbortedError
        data = bytearray(nr_bytes)
        view, have = memoryview(data), 0
        while have < nr_bytes:
            new = connection.recv_into(view[have:])
            if not new:
                break
            have += new
        return data if have == nr_bytes else data[:have]


class _Handler(RequestHandler):
    """Gives each association our own ends."""

    def _create_association(self) -> Association:
        self.request.settimeout(NETWORK_SECONDS)  # else one that stops in mid-sentence would hold a thread for ever
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        association = super()._create_association()
        association.dul.socket = _BoundedSocket(association, client_socket=self.request)
        association.dul.event_queue.get()  # both sockets have said that they are connected
        association.dimse = cast("_Server", self.server).receiver.incoming(association)
        return association


class _Server(ThreadedAssociationServer):
    """Lets nobody in whose address is not allowed, before a word is read."""

    daemon_threads = True
    receiver: "Receiver"

    def server_bind(self) -> None:
        listening = cast("socket.socket", self.socket)
        if os.name == "nt":  # there SO_REUSEADDR would let another program take what is meant for us
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined]
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(self.server_address)
        self.server_address = listening.getsockname()

    def verify_request(self, _request: object, client_address: Any) -> bool:
        return self.receiver.lets_in(str(client_address[0]))

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Nothing is written: what went wrong may hold what was sent."""


class Receiver:
    """Listens from ``open`` to ``close``; ``reap`` it now and then."""

    def __init__(
        self, settings: ReceivingSettings, inbox: Path, folder: str, report: Callable[[ReceivingEvent], None]
    ) -> None:
        """folder: name of the first sitting's. report: called by any thread."""
        check_receiving(settings)  # pynetdicom takes an empty list for "everybody"
        self.folder = folder
        self._settings = settings
        self._report = report
        self._inbox = inbox
        self._make_part = folder_maker(inbox, lambda: self.folder)
        self._numbers = count(1)
        self._incoming: list[Incoming] = []
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> tuple[str, int]:
        """Begins to listen; returns where. Raises OSError."""
        settings = self._settings
        entity = AE(ae_title=settings.ae_title)
        entity.require_called_aet = True
        entity.require_calling_aet = list(settings.callers)
        entity.maximum_associations = MAX_ASSOCIATIONS
        entity.maximum_pdu_size = MAX_PDU
        entity.network_timeout = NETWORK_SECONDS
        entity.acse_timeout = NEGOTIATION_SECONDS
        entity.dimse_timeout = ANSWER_SECONDS
        for context in AllStoragePresentationContexts:
            entity.add_supported_context(str(context.abstract_syntax), _SYNTAXES)
        entity.add_supported_context(Verification, list(_UNCOMPRESSED_FIRST))
        made = entity.make_server(
            (settings.address, settings.port),
            evt_handlers=[
                (evt.EVT_C_STORE, _serve),
                (evt.EVT_ESTABLISHED, self._began),
                (evt.EVT_REJECTED, self._turned_away),
            ],
            server_class=_Server,
            request_handler=_Handler,
        )
        server = cast("_Server", made)
        server.receiver = self
        entity._servers.append(server)  # noqa: SLF001 - as AE.start_server does; it takes itself out of there at the end
        self._server = server
        with suppress(OSError):  # tried again at the end
            tidy(self._inbox)  # the port is ours: nobody else writes there
        self._thread = threading.Thread(target=server.serve_forever, args=(_PROMPT,), name="listener", daemon=True)
        self._thread.start()
        address, port = server.server_address[:2]
        return str(address), int(port)

    def incoming(self, association: Association) -> Incoming:
        """What a new association brings goes through this."""
        made = Incoming(association, number=next(self._numbers), make_part=self._make_part, report=self._report)
        with self._lock:
            self._incoming.append(made)
        return made

    def lets_in(self, peer: str) -> bool:
        """Whether a connection of a computer is taken at all."""
        if not may_connect(self._settings, peer):
            self._report(TurnedAway(peer, TurnedAwayFor.PEER))
            return False
        with self._lock:
            busy = len(self._incoming) >= MAX_CONNECTIONS
        if busy:
            self._report(TurnedAway(peer, TurnedAwayFor.BUSY))
        return not busy

    def reap(self) -> int:
        """Tells of associations that are over, and removes what they left half; how many of those let in are open."""
        with self._lock:
            over = [one for one in self._incoming if not _alive(one)]
            self._incoming = [one for one in self._incoming if one not in over]
            left = sum(one.begun for one in self._incoming)
        for one in over:
            cut = one.close()
            if one.begun:
                self._report(Ended(one.number, one.caller, one.images, cut))
        return left

    def close(self, grace: float) -> None:
        """Lets nobody in any more, waits some seconds for those who are here, and breaks off."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        server.shutdown()
        thread.join()
        until = monotonic() + grace
        while self.reap() and monotonic() < until:
            sleep(_PROMPT / 10)
        with self._lock:
            late = tuple(self._incoming)
        for one in late:
            one.assoc.abort(block=False)
        until = monotonic() + 2.0
        while self.reap() and monotonic() < until:
            sleep(_PROMPT / 10)

    def _began(self, event: evt.Event) -> None:
        incoming = cast("Incoming", event.assoc.dimse)
        incoming.begun = True
        self._report(Began(incoming.number, incoming.caller))

    def _turned_away(self, event: evt.Event) -> None:
        asked = cast("A_ASSOCIATE", event.assoc.requestor.primitive)
        caller, called = str(asked.calling_ae_title).strip(), str(asked.called_ae_title).strip()
        why = TurnedAwayFor.BUSY
        if called != self._settings.ae_title:
            why = TurnedAwayFor.CALLED
        if caller not in self._settings.callers:
            why = TurnedAwayFor.CALLER
        self._report(TurnedAway("".join(one for one in caller if one.isprintable())[:16], why))


def _serve(event: evt.Event) -> int:
    """Answers a C-STORE request."""
    data = cast("C_STORE", event.request).DataSet
    incoming = cast("Incoming", event.assoc.dimse)
    return incoming.serve(data.getvalue() if data is not None else b"")


def _alive(incoming: Incoming) -> bool:
    """Whether any thread still works for it; one that was not started yet counts."""
    association = incoming.assoc
    begun = association.ident is not None
    return not begun or association.is_alive() or association.dul.is_alive()
