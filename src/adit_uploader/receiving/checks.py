"""Whether receiving can be set up so, and who may send."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from adit_uploader.account.receiving import ReceivingSettings

from .errors import NobodyMaySend, NotAnAddress, NotAnAeTitle, NotAPeer

_AE_TITLE = re.compile(r"(?! )[\x20-\x5b\x5d-\x7e]{1,16}(?<! )")
"""PS3.5 table 6.2-1, AE; spaces at the ends mean nothing there, and confuse here."""


def check_receiving(settings: ReceivingSettings) -> None:
    """Raises:
    NotAnAddress, NotAnAeTitle, NotAPeer: that can't be one.
    NobodyMaySend: no workstation is named, and so none may send.
    """
    try:
        ip_address(settings.address)
    except ValueError:
        raise NotAnAddress(settings.address) from None
    for title in (settings.ae_title, *settings.callers):
        if not _AE_TITLE.fullmatch(title):
            raise NotAnAeTitle(title)
    for peer in settings.peers:
        try:
            ip_network(peer, strict=False)
        except ValueError:
            raise NotAPeer(peer) from None
    if not settings.callers:
        raise NobodyMaySend


def may_connect(settings: ReceivingSettings, peer: str) -> bool:
    """Whether a computer with this address may connect; before anything that it says is read."""
    try:
        theirs: IPv4Address | IPv6Address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(theirs, IPv6Address) and theirs.ipv4_mapped is not None:
        theirs = theirs.ipv4_mapped
    if not settings.open_to_others:
        return theirs.is_loopback
    return not settings.peers or any(theirs in ip_network(one, strict=False) for one in settings.peers)
