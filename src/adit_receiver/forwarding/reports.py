"""Reports of storage commitment: read, and listened for.

Source: PS3.4 annex J.3.3 (N-EVENT-REPORT: transaction, what the server vouches for, what not and why).
"""

import logging
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from struct import error as struct_error
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection

from adit_receiver.conf import ReceiverSettings

from .dicom_libraries import import_dicom
from .dimse import COMMITMENT, VERIFICATION

if TYPE_CHECKING:
    from pydicom import Dataset
    from pynetdicom import evt
    from pynetdicom.transport import ThreadedAssociationServer

logger = logging.getLogger(__name__)

RETRY_SECONDS = 10.0  # between two tries to listen, while another worker of this machine does
_MAX_ASSOCIATIONS = 8
_SECONDS = 30.0  # for whatever a server says on such an association
_PROCESSING_FAILURE = 0x0110
_REASONS = {  # PS3.3 section C.14.1.1
    0x0110: "processing failure",
    0x0112: "no such object instance",
    0x0119: "class and instance conflict",
    0x0122: "referenced SOP class not supported",
    0x0131: "duplicate transaction UID",
    0x0213: "resource limitation",
}
# what pydicom raises where a data set is none
_NOT_UNDERSTOOD = (ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError, OverflowError, struct_error)


@dataclass(frozen=True, slots=True)
class Report:
    """What a server says of a transaction. there: SOPInstanceUIDs; missing: why it does not have them."""

    transaction: str
    there: frozenset[str] = frozenset()
    missing: Mapping[str, str] = field(default_factory=dict)


def read_report(information: "Dataset | bytes") -> Report:
    """A report; as bytes it is implicit VR little endian.

    Raises:
        ValueError: it can't be understood.
    """
    import_dicom()
    from pynetdicom.dsutils import decode  # noqa: PLC0415 - see the package's text

    try:
        if isinstance(information, bytes):
            information = decode(BytesIO(information), True, True)
        there = {str(item.ReferencedSOPInstanceUID) for item in information.get("ReferencedSOPSequence") or ()}
        missing = {
            str(item.ReferencedSOPInstanceUID): _reason(int(item.get("FailureReason") or _PROCESSING_FAILURE))
            for item in information.get("FailedSOPSequence") or ()
        }
        transaction = str(information.TransactionUID)
    except _NOT_UNDERSTOOD:
        raise ValueError("no report") from None
    # whatever is in both lists is not vouched for
    return Report(transaction, frozenset(there) - missing.keys(), missing)


def _reason(code: int) -> str:
    return f"{_REASONS.get(code, 'unknown reason')}, 0x{code:04X}"


@dataclass(slots=True)
class Listener:
    """Takes reports on the port that the settings name, in threads of its own, as long as the process runs.

    Of several workers on one machine one listens; another one takes over when that has ended.

    Attributes:
        take: is given each report; whether its transaction is known.
    """

    settings: ReceiverSettings
    take: Callable[[Report], bool]
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to listen, now or as soon as the port is free; without a port there is nothing to do."""
        if self.settings.commitment_port:
            self._thread = threading.Thread(target=self._run, name="reports")
            self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        server = None
        said = False
        while server is None and not self._stop.is_set():
            try:
                server = self._listening()
            except OSError as error:
                if not said:
                    logger.warning("Can't listen for storage commitment: %s; trying again", error.strerror)
                said = True
                self._stop.wait(RETRY_SECONDS)
        self._stop.wait()
        if server is not None:
            server.shutdown()

    def _listening(self) -> "ThreadedAssociationServer":
        import_dicom()
        from pynetdicom import AE, evt  # noqa: PLC0415 - see the package's text

        entity = AE(ae_title=self.settings.ae_title)
        entity.require_called_aet = True
        entity.maximum_associations = _MAX_ASSOCIATIONS
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = _SECONDS
        entity.add_supported_context(VERIFICATION)
        # the server that reports is the provider of this class, though it is the one that calls
        entity.add_supported_context(COMMITMENT, scu_role=False, scp_role=True)
        server = entity.start_server(
            (self.settings.commitment_host, self.settings.commitment_port),
            block=False,
            evt_handlers=[(evt.EVT_N_EVENT_REPORT, self._reported)],
            ssl_context=_server_tls(self.settings),
        )
        assert server is not None  # noqa: S101 - it was asked not to block
        return server

    def _reported(self, event: "evt.Event") -> tuple[int, None]:
        """Of an N-EVENT-REPORT: its status."""
        try:
            known = self.take(read_report(event.event_information))
        except (ValueError, DatabaseError, *_NOT_UNDERSTOOD) as error:
            logger.warning("A report of storage commitment was not taken: %s", type(error).__name__)
            return _PROCESSING_FAILURE, None
        finally:
            connection.close()  # of this thread, which is of the association
        if not known:
            logger.warning("A report of storage commitment is of no transaction that is waited for")
        return 0x0000, None


def _server_tls(settings: ReceiverSettings) -> ssl.SSLContext | None:
    if not settings.commitment_certificate or not settings.commitment_key:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=settings.commitment_ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.commitment_certificate, settings.commitment_key)
    if settings.commitment_ca:
        context.verify_mode = ssl.CERT_REQUIRED
    return context
