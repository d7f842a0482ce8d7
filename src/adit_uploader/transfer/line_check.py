"""Whether the settings of a line can be right, before anybody is asked."""

from adit_uploader.values import replace

from .line import NO_PROXY, SYSTEM_PROXY, Line
from .proxies import check_proxy
from .tls import trust


def check_line(line: Line) -> None:
    """Looks at the proxy's address and reads the file of authorities; asks nobody.

    Raises:
        ProxySettingWrong: it is not the address of a proxy.
        AuthoritiesUnusable: the file can't be read, or is none.
    """
    if line.proxy not in {SYSTEM_PROXY, NO_PROXY}:
        check_proxy(line.proxy)
    trust(replace(line, pin=""))  # a pin would stand for the authorities, and they would not be read
