"""What people type becomes one server, encrypted, or is refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adit_uploader.account.errors import AccountError, InsecureAddress, InvalidAddress
from adit_uploader.account.servers import ServerAddress


@pytest.mark.parametrize(
    ("text", "websocket_url", "origin", "shown"),
    [
        ("adit.example.org", "wss://adit.example.org/ws/upload/", "https://adit.example.org", "adit.example.org"),
        ("ADIT.Example.org.", "wss://adit.example.org/ws/upload/", "https://adit.example.org", "adit.example.org"),
        (
            " https://adit.example.org/jobs/?page=2#top ",
            "wss://adit.example.org/ws/upload/",
            "https://adit.example.org",
            None,
        ),
        (
            "wss://adit.example.org:443/ws/upload/",
            "wss://adit.example.org/ws/upload/",
            "https://adit.example.org",
            None,
        ),
        ("adit:8443", "wss://adit:8443/ws/upload/", "https://adit:8443", "adit:8443"),
        ("HTTPS://10.1.2.3", "wss://10.1.2.3/ws/upload/", "https://10.1.2.3", "10.1.2.3"),
        (
            "[2001:db8::1]:8443",
            "wss://[2001:db8::1]:8443/ws/upload/",
            "https://[2001:db8::1]:8443",
            "[2001:db8::1]:8443",
        ),
        ("müller-klinik.de", "wss://xn--mller-klinik-dlb.de/ws/upload/", "https://xn--mller-klinik-dlb.de", None),
        ("localhost:8000", "wss://localhost:8000/ws/upload/", "https://localhost:8000", "localhost:8000"),
    ],
)
def test_addresses(text: str, websocket_url: str, origin: str, shown: str | None) -> None:
    server = ServerAddress.parse(text)
    assert server.websocket_url == websocket_url
    assert server.origin == origin
    assert not server.plain
    assert shown is None or str(server) == shown
    assert ServerAddress.parse(str(server)) == server


@pytest.mark.parametrize(
    "text", ["http://localhost:8000", "ws://127.0.0.1:8000", "http://[::1]:8000", "localhost:8000"]
)
def test_plain_to_this_machine_when_it_is_allowed(text: str) -> None:
    server = ServerAddress.parse(text, insecure_loopback=True)
    assert server.plain
    assert server.websocket_url.startswith("ws://")
    assert server.origin.startswith("http://")
    assert ServerAddress.parse(server.key, insecure_loopback=True) == server


@pytest.mark.parametrize("text", ["http://localhost:8000", "ws://127.0.0.1"])
def test_plain_to_this_machine_must_be_allowed(text: str) -> None:
    with pytest.raises(InsecureAddress, match="--insecure-loopback"):
        ServerAddress.parse(text)


@pytest.mark.parametrize(
    "text", ["http://adit.example.org", "ws://10.0.0.1", "http://localhost.example.org", "http://x.localhost"]
)
@pytest.mark.parametrize("allowed", [True, False])
def test_plain_to_anywhere_else_is_never_allowed(text: str, *, allowed: bool) -> None:
    with pytest.raises(InsecureAddress, match="https://"):
        ServerAddress.parse(text, insecure_loopback=allowed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "a b",
        "ftp://adit",
        "https://",
        "adit:0",
        "adit:99999",
        "adit:x",
        "user:secret@adit",
        "-adit.de",
        "a..b",
        "127.1",
        "256.1.1.1",
        "[::1",
        "[fe80::1%25eth0]",
        "x" * 64,
        "a\nb",
        "a\u202eb",
        "https:adit",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        ServerAddress.parse(text)
    assert caught.value.title
    assert "secret" not in caught.value.message


def test_servers_are_remembered_with_scheme_and_port() -> None:
    assert ServerAddress.parse("adit").key == "wss://adit:443"
    assert ServerAddress.parse("http://[::1]:80", insecure_loopback=True).key == "ws://[::1]:80"


@given(st.text() | st.text("abc.:/[]@%-_1", max_size=12), st.booleans())
def test_any_text_is_an_address_or_an_error_for_people(text: str, allowed: bool) -> None:
    try:
        server = ServerAddress.parse(text, insecure_loopback=allowed)
    except AccountError:
        return
    assert ServerAddress.parse(server.key, insecure_loopback=allowed) == server
    assert server.websocket_url.isascii()
