"""Proxies of a hospital's network: real ones, as processes; the server behind them is real too."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from adit_uploader.protocol.messages import Welcome
from adit_uploader.transfer.errors import (
    LineError,
    ProxyAnswersNonsense,
    ProxyHangsUp,
    ProxyRefuses,
    ProxySettingWrong,
    ProxyUnreachable,
    ProxyWantsPassword,
)
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.proxies import proxy_for
from adit_uploader.transfer.sign_in import shown_certificate, sign_in
from tests.parts.proxy import running_proxy
from tests.parts.tls_front import server_context, tls_front
from tests.transfer.small_receiver import TOKEN, SmallReceiver


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def server(receiver: SmallReceiver, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallReceiver]:
    """A receiver behind TLS; nothing in the environment leads to a proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "wss_proxy", "socks_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    port = int(receiver.url.rpartition(":")[2])
    with tls_front(port, server_context(authority.issue_cert("127.0.0.1"))) as secured:
        receiver.url = f"wss://127.0.0.1:{secured}"
        yield receiver


@pytest.fixture
def through(server: SmallReceiver, ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Welcome]:
    """Sign in by way of this proxy, as if the server were another computer."""
    monkeypatch.setattr("adit_uploader.transfer.connection.is_loopback", lambda host: False)
    return lambda proxy: sign_in(server, TOKEN, line=Line(proxy=proxy, ca_file=ca_file))


@pytest.mark.parametrize("account", ["", "doe:se%20cret"])
@pytest.mark.parametrize(("behaviour", "scheme"), [("good", "http"), ("socks", "socks5"), ("socks", "socks5h")])
def test_the_way_leads_through_it(
    server: SmallReceiver, through: Callable[[str], Welcome], behaviour: str, scheme: str, account: str
) -> None:
    with running_proxy(behaviour, account.replace("%20", " ")) as proxy:
        welcome = through(proxy.url(scheme, account))
        assert welcome.user == "ada"
        assert proxy.asked.get(timeout=120).endswith(server.url.removeprefix("wss://"))


@pytest.mark.parametrize(
    ("behaviour", "scheme", "kind"),
    [
        ("good doe:right", "http", ProxyWantsPassword),
        ("refuse", "http", ProxyRefuses),
        ("unreachable", "http", ProxyUnreachable),
        ("nonsense", "http", ProxyAnswersNonsense),
        ("close", "http", ProxyHangsUp),
        ("socks doe:right", "socks5h", ProxyWantsPassword),
        ("socks-refuse", "socks5h", ProxyRefuses),
        ("socks-unreachable", "socks5h", ProxyUnreachable),
        ("good", "socks5h", ProxyAnswersNonsense),  # an HTTP proxy that does not understand a word
        ("socks", "http", ProxyHangsUp),
    ],
)
def test_each_way_in_which_it_says_no_has_its_own_message(
    server: SmallReceiver, through: Callable[[str], Welcome], behaviour: str, scheme: str, kind: type[LineError]
) -> None:
    with running_proxy(*behaviour.split()) as proxy, pytest.raises(LineError) as caught:
        through(proxy.url(scheme))
    assert type(caught.value) is kind
    assert caught.value.retriable is (kind in (ProxyUnreachable, ProxyHangsUp))
    assert server.connections == 0
    assert TOKEN not in str(caught.value)


def test_a_wrong_password_is_told_and_stands_in_no_message(through: Callable[[str], Welcome]) -> None:
    for behaviour, scheme in (("good", "http"), ("socks", "socks5h")):
        with running_proxy(behaviour, "doe:right") as proxy, pytest.raises(ProxyWantsPassword) as caught:
            through(proxy.url(scheme, "doe:wr0ng"))
        assert "wr0ng" not in f"{caught.value!r} {caught.value.message}"
    assert "wr0ng" not in repr(Line(proxy="http://doe:wr0ng@proxy:3128"))


def test_a_proxy_that_is_not_there_is_not_taken_for_the_server(through: Callable[[str], Welcome]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for scheme in ("http", "socks5h"):
        with pytest.raises(ProxyUnreachable):
            through(f"{scheme}://127.0.0.1:{port}")
    with pytest.raises(ProxyUnreachable):
        through("http://no-such-proxy.invalid:3128")


@pytest.mark.parametrize("setting", ["proxy:3128", "ftp://proxy", "http://", "http://doe@proxy:3128", "http://proxy:x"])
def test_what_is_no_address_of_a_proxy_is_named(setting: str) -> None:
    with pytest.raises(ProxySettingWrong):
        proxy_for("wss://adit.example.org/ws/upload/", setting, local=False)


def test_the_systems_setting_counts_unless_another_is_made(
    through: Callable[[str], Welcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        through("")
        assert proxy.asked.get(timeout=120)
        through("none")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        through("")
        assert proxy.asked.empty()


def test_this_computer_is_reached_without_a_proxy(receiver: SmallReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert sign_in(receiver, TOKEN, line=Line(proxy="http://127.0.0.1:9")).user == "ada"


def test_a_certificate_is_looked_at_through_the_proxy_too(
    server: SmallReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adit_uploader.transfer.connection.is_loopback", lambda host: False)
    with running_proxy() as proxy:
        fingerprint = shown_certificate(server, line=Line(proxy=proxy.url()))
        assert sign_in(server, TOKEN, line=Line(proxy=proxy.url(), pin=fingerprint)).user == "ada"
    assert server.connections == 1
