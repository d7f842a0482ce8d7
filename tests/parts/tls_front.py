"""What stands before a server in a hospital: it speaks TLS to the outside and passes everything on in the clear."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import trustme

from adit_uploader.transfer.two_way import TwoWaySocket


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's side of TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@contextmanager
def tls_front(target_port: int, context: ssl.SSLContext, host: str = "127.0.0.1") -> Iterator[int]:
    """A TLS server on a port of its own, which it gives, before one on 127.0.0.1."""
    threads: list[threading.Thread] = []
    sockets: list[socket.socket | TwoWaySocket] = []

    def pump(source: socket.socket | TwoWaySocket, target: socket.socket | TwoWaySocket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve(accepted: socket.socket) -> None:
        try:
            client = TwoWaySocket(context.wrap_socket(accepted, server_side=True))
        except OSError:  # the client did not like us
            accepted.close()
            return
        server = socket.create_connection(("127.0.0.1", target_port))
        sockets.extend((client, server))
        back = threading.Thread(target=pump, args=(server, client))
        back.start()
        pump(client, server)
        back.join()

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = listener.accept()
                thread = threading.Thread(target=serve, args=(accepted,))
                thread.start()
                threads.append(thread)

    with socket.create_server((host, 0)) as listener:
        acceptor = threading.Thread(target=accept, args=(listener,))
        acceptor.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for one in sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
            for one in sockets:
                one.close()
