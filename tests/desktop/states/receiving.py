"""Workstations that send to this computer, and who may."""

from pathlib import Path

from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.desktop.values import Caller, InboxLook, ReceivingState
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.words import errors
from adit_uploader.receiving.errors import PortInUse
from tests.desktop.states.checking import checking
from tests.desktop.states.signing_in import signed_in

RECEIVING = ReceivingSettings(enabled=True, address="192.0.2.10", callers=("WORKSTATION1", "CT_ROOM_2"))


def ready_to_receive(window: MainWindow) -> None:
    signed_in(window)
    window.receiving.set_receiving(ReceivingState("ADITUPLOADER", "127.0.0.1", 11112))


def receiving(window: MainWindow) -> None:
    checking(window)
    callers = (Caller("WORKSTATION1", 12), Caller("CT_ROOM_2", 1340))
    window.receiving.set_receiving(ReceivingState("ADITUPLOADER", "192.0.2.10", 11112, callers, waiting=1352))


def receiving_settings(window: MainWindow) -> None:
    signed_in(window)
    window.receiving_settings.show_receiving(ReceivingSettings(), ReceivingSettings(), frozenset())


def receiving_from_the_network(window: MainWindow) -> None:
    signed_in(window)
    window.receiving_settings.show_receiving(RECEIVING, RECEIVING, frozenset({"callers"}))
    window.receiving_settings.set_inbox(InboxLook((Path("/made-up/1.dcm"), Path("/made-up/2.dcm")), 340, 234_000_000))
    window.receiving_settings.set_error(errors.explain(PortInUse(11112)))


def received_to_be_deleted(window: MainWindow) -> None:
    window.ask_to_delete_received(340)
