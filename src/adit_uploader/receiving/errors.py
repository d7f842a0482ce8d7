"""Why nothing can be received.

    ReceivingError
        NobodyMaySend           no AE title is allowed to send
        NotAnAeTitle            a text that can't be one
        NotAnAddress            a text that is no IP address of a computer
        NotAPort                a number that is none
        NotAPeer                a text that is neither an IP address nor a network
        PortInUse               another program listens there
        PortForbidden           the system gives this port to administrators only
        AddressNotHere          this computer does not have the address
        ListeningFailed         the system does not let us listen
        ListenerEnded           the part of the program that receives has ended by itself
        InboxUnusable           the folder for what arrives can't be used

Messages never hold a patient's data.
"""

from adit_uploader.filled import Filled


class ReceivingError(Exception):
    """Base of this room's errors. title: what; message: why, and what to do; both for people."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(title, message)
        self.title = title
        self.message = message

    def __str__(self) -> str:
        return f"{self.title}: {self.message}"

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.title, self.message)


def _again(kind: type[ReceivingError], title: str, message: str) -> ReceivingError:
    """The error as it was in another process."""
    made = kind.__new__(kind, title, message)
    ReceivingError.__init__(made, title, message)
    return made


class NobodyMaySend(ReceivingError):
    def __init__(self) -> None:
        super().__init__(
            "Nobody may send to this computer yet",
            "Name the AE title of each workstation that may. Its administrators know it.",
        )


class NotAnAeTitle(ReceivingError):
    def __init__(self, text: str) -> None:
        super().__init__(
            "This is not an AE title",
            Filled("{text}: it has 1 to 16 letters, digits and signs, and no backslash.", text=text[:64]),
        )


class NotAnAddress(ReceivingError):
    def __init__(self, text: str) -> None:
        super().__init__(
            "This is not an address of a computer",
            Filled("{text}: type an IP address of this computer, such as 192.0.2.10.", text=text[:64]),
        )


class NotAPort(ReceivingError):
    def __init__(self) -> None:
        super().__init__("This is not a port", "Type a number from 1 to 65535, such as 11112.")


class NotAPeer(ReceivingError):
    def __init__(self, text: str) -> None:
        super().__init__(
            "This is not an address of a workstation",
            Filled("{text}: type IP addresses such as 192.0.2.20, or networks such as 192.0.2.0/24.", text=text[:64]),
        )


class PortInUse(ReceivingError):
    def __init__(self, port: int) -> None:
        super().__init__(
            "Nothing can be received: the port is taken",
            Filled("Another program on this computer uses port {port}. Choose another one.", port=port),
        )


class PortForbidden(ReceivingError):
    def __init__(self, port: int) -> None:
        super().__init__(
            "Nothing can be received: the port is not ours",
            Filled("The system does not give port {port} to this program. Choose one above 1023.", port=port),
        )


class AddressNotHere(ReceivingError):
    def __init__(self, address: str) -> None:
        super().__init__(
            "Nothing can be received: the address is not this computer's",
            Filled("This computer does not have the address {address} at the moment.", address=address),
        )


class ListeningFailed(ReceivingError):
    def __init__(self, why: str) -> None:
        super().__init__(
            "Nothing can be received",
            Filled("The system says: {why}. Check the address and the port.", why=why),
        )


class ListenerEnded(ReceivingError):
    def __init__(self) -> None:
        super().__init__(
            "Receiving has ended by itself",
            "What arrived whole is kept. Switch it on again; if that happens again, please report it.",
        )


class InboxUnusable(ReceivingError):
    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            "The folder for received images can't be used",
            Filled("{path}: {why}. Check its rights and the free space.", path=path, why=why),
        )
