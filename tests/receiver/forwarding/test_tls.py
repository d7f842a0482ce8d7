"""DICOM over TLS: dcmtk's ``storescp`` and Orthanc with TLS, and servers that are not whom they should be."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from adit_receiver.forwarding.association import Association
from adit_receiver.forwarding.dicom_sender import DicomSender, Peer
from adit_receiver.forwarding.errors import DestinationUnavailableError
from adit_receiver.forwarding.parcels import Outcome
from adit_receiver.forwarding.questions import Questions
from adit_receiver.forwarding.tls import Tls
from tests.parts.dcmtk import storescp
from tests.parts.orthanc import start_orthanc
from tests.parts.parcels import made_file, parcel_of

CT = ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1")


@dataclass(frozen=True, slots=True)
class Papers:
    """PEM files: an authority, a certificate with its key, and another one for another host."""

    authority: Path
    certificate: Path
    key: Path
    elsewhere: Path
    elsewhere_key: Path
    stranger: Path


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    made = Papers(*(folder / name for name in ("ca", "cert", "key", "other", "otherkey", "stranger")))
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    authority.cert_pem.write_to_path(made.authority)
    ours = authority.issue_cert("localhost", key_type=trustme.KeyType.RSA)
    other = authority.issue_cert("elsewhere.test", key_type=trustme.KeyType.RSA)
    for issued, certificate, key in ((ours, made.certificate, made.key), (other, made.elsewhere, made.elsewhere_key)):
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
    trustme.CA().cert_pem.write_to_path(made.stranger)
    return made


@contextmanager
def secured_storescp(papers: Papers, folder: Path, *options: str, elsewhere: bool = False) -> Iterator[int]:
    certificate, key = (papers.elsewhere, papers.elsewhere_key) if elsewhere else (papers.certificate, papers.key)
    with storescp(
        folder, "+tls", str(key), str(certificate), "+cf", str(papers.authority), *options or ("--ignore-peer-cert",)
    ) as port:
        yield port


def send_one(peer: Peer, folder: Path) -> Outcome:
    with closing(DicomSender(peer)) as sender:
        (delivery,) = sender.carry([parcel_of(made_file(1), folder, 1)], lambda: False)
    return delivery.outcome


def test_storescp_takes_what_comes_over_tls_and_wants_our_certificate(papers: Papers, tmp_path: Path) -> None:
    with secured_storescp(papers, tmp_path / "in", "--require-peer-cert") as port:
        tls = Tls(papers.authority, papers.certificate, papers.key)
        assert send_one(Peer("localhost", port, "STORESCP", tls=tls), tmp_path) is Outcome.DELIVERED
        assert len(list((tmp_path / "in").iterdir())) == 1
        with pytest.raises(DestinationUnavailableError, match=r"certificate of ours|association request"):
            send_one(Peer("localhost", port, "STORESCP", tls=Tls(papers.authority)), tmp_path)


def test_orthanc_over_tls_takes_answers_and_keeps_the_association_open(papers: Papers, tmp_path: Path) -> None:
    options = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(papers.certificate),
        "DicomTlsPrivateKey": str(papers.key),
        "DicomTlsTrustedCertificates": str(papers.authority),
        "DicomTlsRemoteCertificateRequired": False,
        "DicomAlwaysAllowFind": True,
    }
    with start_orthanc(tmp_path / "orthanc", **options) as orthanc:
        peer = Peer("localhost", orthanc.dicom_port, orthanc.ae_title, tls=Tls(papers.authority))
        parcels = [parcel_of(made_file(number, size=400), tmp_path, number) for number in range(6)]
        with closing(DicomSender(peer)) as sender:
            first = list(sender.carry(parcels[:3], lambda: False))
            association = sender._open
            assert association is not None
            assert association.usable  # though tickets of TLS may have come
            second = list(sender.carry(parcels[3:], lambda: False))
            assert sender._open is association
        assert {delivery.outcome for delivery in first + second} == {Outcome.DELIVERED}
        questions = Questions(peer)
        questions.echo()
        assert questions.count(parcels[0].study_instance_uid) == 3
        questions.close()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [("stranger", "authority that is not among"), ("elsewhere", "another host name"), ("no files", "can't be read")],
)
def test_whoever_is_not_whom_it_should_be_gets_nothing(papers: Papers, tmp_path: Path, wrong: str, words: str) -> None:
    tls = {
        "stranger": Tls(papers.stranger),
        "elsewhere": Tls(papers.authority),
        "no files": Tls(tmp_path / "nothing"),
    }[wrong]
    with (
        secured_storescp(papers, tmp_path / "in", elsewhere=wrong == "elsewhere") as port,
        pytest.raises(DestinationUnavailableError, match=words),
    ):
        Association.open(("localhost", port), "STORESCP", "US", [CT], tls)


def test_a_host_that_need_not_be_checked_has_to_be_trusted_all_the_same(papers: Papers, tmp_path: Path) -> None:
    with secured_storescp(papers, tmp_path / "in", elsewhere=True) as port:
        Association.open(
            ("localhost", port), "STORESCP", "US", [CT], Tls(papers.authority, verify_host=False)
        ).release()
        with pytest.raises(DestinationUnavailableError, match="not among"):
            Association.open(("localhost", port), "STORESCP", "US", [CT], Tls(papers.stranger, verify_host=False))


def test_a_server_without_tls_is_called_so(papers: Papers, tmp_path: Path) -> None:
    with (
        storescp(tmp_path / "in") as port,
        pytest.raises(DestinationUnavailableError, match=r"does not speak TLS|lost at the beginning"),
    ):
        Association.open(("localhost", port), "STORESCP", "US", [CT], Tls(papers.authority))


def test_a_server_that_says_nothing_is_not_waited_for_without_end(
    papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adit_receiver.forwarding.association.NEGOTIATION_SECONDS", 0.3)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with pytest.raises(DestinationUnavailableError, match="no answer to the beginning of TLS"):
            Association.open(listener.getsockname()[:2], "SERVER", "US", [CT], Tls(papers.authority))
        ended.set()


def test_a_certificate_without_its_key_is_said_in_words(papers: Papers) -> None:
    with pytest.raises(DestinationUnavailableError, match="don't match"):
        Tls(papers.authority, papers.certificate, papers.elsewhere_key).context()
