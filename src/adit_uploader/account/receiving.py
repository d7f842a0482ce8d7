"""How this computer receives from workstations: off until somebody switches it on."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated

from msgspec import Meta

LOOPBACK = "127.0.0.1"
PORT = 11112
AE_TITLE = "ADITUPLOADER"

Port = Annotated[int, Meta(ge=0, le=65535)]


@dataclass(frozen=True, slots=True)
class ReceivingSettings:
    """What is listened for. Whether it can be so is said by ``receiving.checks``.

    Attributes:
        enabled: whether this computer receives at all.
        address: IP address of this computer that is listened at.
        port: 0: one that is free, for tests.
        ae_title: what workstations have to call this computer.
        callers: AE titles of the workstations that may send; without any nobody may.
        peers: IP addresses or networks of the computers that may send; without any each may. They count for other
            addresses than this computer's own.
    """

    enabled: bool = False
    address: str = LOOPBACK
    port: Port = PORT
    ae_title: str = AE_TITLE
    callers: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()

    @property
    def open_to_others(self) -> bool:
        """Whether other computers can reach it; also where nobody can know."""
        try:
            return not ip_address(self.address).is_loopback
        except ValueError:
            return True
