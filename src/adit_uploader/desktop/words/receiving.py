"""What became of workstations that wanted to send."""

from PySide6.QtCore import QCoreApplication

from adit_uploader.desktop.values import Explanation
from adit_uploader.receiving.events import NotKept, NotKeptFor, TurnedAway, TurnedAwayFor

translate = QCoreApplication.translate


def turned_away(event: TurnedAway) -> Explanation:
    """Who was refused, and what lets them in."""
    title = translate("Receiving", "Refused: {who} wanted to send to this computer").format(who=event.who)
    why = {
        TurnedAwayFor.CALLER: translate(
            "Receiving", "Its AE title is not on your list. If it may send, add it: File > Receive from workstations."
        ),
        TurnedAwayFor.CALLED: translate(
            "Receiving", "It called this program by another AE title. Enter the right one at the workstation."
        ),
        TurnedAwayFor.PEER: translate("Receiving", "The address of that computer is not on your list."),
        TurnedAwayFor.BUSY: translate("Receiving", "Too many connections at once. It can try again later."),
    }[event.why]
    return Explanation(title, why)


def not_kept(event: NotKept) -> Explanation:
    """Why an image was refused; its sender knows it."""
    title = translate("Receiving", "Not everything from {workstation} was taken").format(workstation=event.caller)
    why = {
        NotKeptFor.FULL: translate(
            "Receiving", "There is too little room on this computer. Make room, then send again at the workstation."
        ),
        NotKeptFor.DISK: translate(
            "Receiving", "An image could not be written on this computer. Check its disk, then send again."
        ),
        NotKeptFor.DAMAGED: translate(
            "Receiving", "An image has no valid name (SOP Instance UID). Tell whoever manages the workstation."
        ),
    }[event.why]
    return Explanation(title, why)


def cut_off(caller: str) -> Explanation:
    """An image did not come to its end."""
    return Explanation(
        translate("Receiving", "{workstation} broke off in the middle of an image").format(workstation=caller),
        translate("Receiving", "What came before it is here. Send the rest again at the workstation."),
    )
