"""A client whose networks come and go: ``python -m tests.soak.prove_line``. Needs root and ``ip``; about two minutes.

The client runs in a network namespace of its own, with two networks that lead to the server's address. While it
sends, the first network's link goes down and comes back; then the second takes its place, with another address of the
client; then the whole client is frozen, as a closed lid freezes it. The upload must end complete, without help.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.parts.receiver import running_receiver
from tests.parts.tls_front import server_context, tls_front
from tests.transfer.studies import write_studies

SERVER = "10.213.9.1"
DOWN = 12.0  # seconds without a network
FROZEN = 30.0
PAUSE = 6.0  # seconds of undisturbed sending
RATE = "600k"
TIMEOUT = 300.0


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@dataclass(frozen=True)
class Networks:
    """Two networks between this namespace and the client's."""

    namespace: str

    def of_client(self, *words: str) -> None:
        ip("-n", self.namespace, *words)

    def use(self, number: int) -> None:
        """The way to the server leads over this network."""
        self.of_client("route", "replace", f"{SERVER}/32", "via", f"10.213.{number}.1")


@contextmanager
def networks() -> Iterator[Networks]:
    own = Networks(f"adit-line-{os.getpid()}")
    with ExitStack() as stack:
        ip("netns", "add", own.namespace)
        stack.callback(ip, "netns", "del", own.namespace)
        own.of_client("link", "set", "lo", "up")
        for number in (1, 2):
            outer, inner = f"adl{os.getpid() % 10000}o{number}", f"net{number}"
            ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", own.namespace)
            ip("addr", "add", f"10.213.{number}.1/24", "dev", outer)
            ip("link", "set", outer, "up")
            own.of_client("addr", "add", f"10.213.{number}.2/24", "dev", inner)
            own.of_client("link", "set", inner, "up")
        ip("addr", "add", f"{SERVER}/32", "dev", "lo")
        stack.callback(ip, "addr", "del", f"{SERVER}/32", "dev", "lo")
        own.use(1)
        yield own


def disturb(own: Networks, client: "subprocess.Popen[str]", ended: threading.Event) -> None:
    def say(text: str) -> None:
        print(f"      -- {text}", flush=True)  # noqa: T201

    if ended.wait(PAUSE):
        return
    say(f"the network is gone for {DOWN:.0f} s")
    own.of_client("link", "set", "net1", "down")
    ended.wait(DOWN)
    own.of_client("link", "set", "net1", "up")
    own.use(1)
    say("it is back")
    if ended.wait(3 * PAUSE):
        return
    say("another network takes its place")
    own.of_client("link", "set", "net1", "down")
    own.use(2)
    if ended.wait(3 * PAUSE):
        return
    say(f"the client is frozen for {FROZEN:.0f} s")
    os.killpg(client.pid, signal.SIGSTOP)
    ended.wait(FROZEN)
    os.killpg(client.pid, signal.SIGCONT)
    say("it wakes")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="prove-line-") as name, ExitStack() as stack:
        base = Path(name)
        own = stack.enter_context(networks())
        authority = trustme.CA()
        authority.cert_pem.write_to_path(base / "ca.pem")
        receiver = stack.enter_context(running_receiver(base / "data"))
        port = stack.enter_context(tls_front(receiver.port, server_context(authority.issue_cert(SERVER)), host=SERVER))
        (base / "archive").mkdir()
        receiver.destination("Archive", "--folder", str(base / "archive"))
        token = receiver.user("ada", destinations=("Archive",))
        folder = write_studies(base / "in", patients=4, series=2, instances=10, rows=512)
        count = sum(1 for _ in folder.rglob("*.dcm"))
        client = subprocess.Popen(
            [
                *("ip", "netns", "exec", own.namespace, sys.executable, "-m", "adit_uploader", "upload", str(folder)),
                *(
                    "--server",
                    f"https://{SERVER}:{port}",
                    "--token-file",
                    str(token),
                    "--ca-file",
                    str(base / "ca.pem"),
                ),
                *("--destination", "Archive", "--mode", "internal", "--limit-rate", RATE, "--compress", "off"),
            ],
            env=os.environ | {"ADIT_UPLOADER_HOME": str(base / "home")},
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        ended = threading.Event()
        disturber = threading.Thread(target=disturb, args=(own, client, ended))
        disturber.start()
        try:
            status = client.wait(TIMEOUT)
        finally:
            ended.set()
            disturber.join()
            if client.poll() is None:
                os.killpg(client.pid, signal.SIGKILL)
                client.wait()
        delivered = sum(1 for path in (base / "archive").rglob("*.dcm"))
        print(f"exit status {status}, {delivered} of {count} delivered")  # noqa: T201
        return int(status != 0 or delivered != count)


if __name__ == "__main__":
    sys.exit(main())
