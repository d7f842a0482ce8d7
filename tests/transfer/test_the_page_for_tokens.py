"""Which page of a server is opened for a token: asked of real servers that have the one or the other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from adit_uploader.account.servers import ServerAddress
from adit_uploader.transfer.line import NO_PROXY, Line
from adit_uploader.transfer.token_page import OF_A_RECEIVER, OF_ADIT, token_page
from tests.parts.orthanc import free_port
from tests.parts.tls_front import server_context


@contextmanager
def pages(*known: str, status: int = 302, certificate: trustme.LeafCert | None = None) -> Iterator[ServerAddress]:
    """A server that answers so where it has a page, and 404 elsewhere."""

    class Pages(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            found = self.path.removeprefix("/") in known
            self.send_response(status if found else 404)
            self.send_header("Location", "/login/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    if certificate is not None:
        server.socket = server_context(certificate).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        scheme = "http" if certificate is None else "https"
        yield ServerAddress.parse(f"{scheme}://localhost:{server.server_port}", insecure_loopback=True)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [200, 302, 403])
def test_adits_own_page_is_found_where_it_is(status: int) -> None:
    with pages(OF_ADIT, OF_A_RECEIVER, status=status) as server:
        assert token_page(server) == f"{server.origin}/{OF_ADIT}"


def test_a_receiver_of_its_own_has_its_own_page() -> None:
    with pages(OF_A_RECEIVER) as server:
        assert token_page(server) == f"{server.origin}/{OF_A_RECEIVER}"


def test_own_authorities_count_here_too(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    with pages(OF_ADIT, certificate=authority.issue_cert("localhost")) as server:
        trusting = Line(proxy=NO_PROXY, ca_file=tmp_path / "authority.pem")
        assert token_page(server, line=trusting) == f"{server.origin}/{OF_ADIT}"
        # who vouches for the server is the browser's own question
        assert token_page(server, line=Line(proxy=NO_PROXY)) == f"{server.origin}/{OF_A_RECEIVER}"


def test_where_nobody_answers_the_browser_may_look_for_itself() -> None:
    server = ServerAddress.parse(f"http://127.0.0.1:{free_port()}", insecure_loopback=True)
    assert token_page(server) == f"{server.origin}/{OF_A_RECEIVER}"
    nowhere = Line(proxy="socks5h://127.0.0.1:1", ca_file=Path("/nowhere.pem"))
    secured = ServerAddress.parse("https://adit.example.org")
    assert token_page(secured, line=nowhere) == f"{secured.origin}/{OF_A_RECEIVER}"
