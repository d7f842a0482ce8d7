"""The program as a hospital runs it: a real receiver behind TLS, its name known to a real proxy alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.parts.program import Machine
from tests.parts.proxy import Proxy, running_proxy
from tests.parts.receiver import Receiver, running_receiver
from tests.parts.recording_proxy import Recording, recording_proxy
from tests.parts.tls_front import server_context, tls_front
from tests.transfer.studies import write_studies


@dataclass
class Hospital:
    """Client, proxy, TLS, a look at what crosses, receiver, destination: in this order."""

    receiver: Receiver
    proxy: Proxy
    crossed: Recording
    port: int
    ca_file: Path
    archive: Path
    token: Path

    def upload(self, machine: Machine, folder: Path, *options: str | Path) -> tuple[int, str]:
        done = machine.run(
            *("upload", folder, "--server", f"https://adit.test:{self.port}", "--token-file", self.token),
            *("--destination", "Archive", "--mode", "internal", "--proxy", self.proxy.url(), *options),
        )
        return done.returncode, done.stderr

    def delivered(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.archive.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    base = tmp_path_factory.mktemp("hospital")
    (base / "archive").mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(base / "ca.pem")
    with (
        running_receiver(base / "data") as receiver,
        recording_proxy(receiver.port) as crossed,
        tls_front(crossed.port, server_context(authority.issue_cert("adit.test"))) as port,
        running_proxy() as proxy,
    ):
        receiver.destination("Archive", "--folder", str(base / "archive"))
        token = receiver.user("ada", destinations=("Archive",))
        yield Hospital(receiver, proxy, crossed, port, base / "ca.pem", base / "archive", token)


def test_compressed_chunks_come_out_as_the_same_files(hospital: Hospital, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", rows=300)
    arrived: list[dict[str, bytes]] = []
    crossed: list[int] = []
    for compress in ("on", "off"):
        before = sum(map(len, hospital.crossed.streams))
        status, said = hospital.upload(
            Machine(tmp_path / compress), folder, "--ca-file", hospital.ca_file, "--compress", compress
        )
        assert status == 0, said
        arrived.append(hospital.delivered())
        crossed.append(sum(map(len, hospital.crossed.streams)) - before)
    assert len(arrived[0]) == 12
    assert arrived[0] == arrived[1]
    assert crossed[0] < crossed[1] / 2
    assert hospital.proxy.asked.get(timeout=120) == f"CONNECT adit.test:{hospital.port}"


def test_an_authority_that_is_not_known_is_told_and_a_pin_is_another_way(hospital: Hospital, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", patients=1, series=1, instances=1)
    machine = Machine(tmp_path / "home")
    status, said = hospital.upload(machine, folder)
    assert status == 1
    assert "unknown authority" in said
    status, said = hospital.upload(machine, folder, "--pin", "ab" * 32)
    assert status == 1
    found = said.partition("now shows ")[2].partition(".")[0]
    assert len(found) == 95
    status, said = hospital.upload(machine, folder, "--pin", found)
    assert status == 0, said
