"""The two algorithms for digests, and that a job has one of them from its first message to its last."""

import sys

import msgspec
import pytest

from adit_uploader.protocol.codec import encode_client
from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.digests import BLAKE3, SHA256, DigestUnknownError, algorithm_of, as_text, hasher, knows
from adit_uploader.protocol.errors import LocalProtocolError, RemoteProtocolError
from adit_uploader.protocol.messages import End, JobOpened

from .pair import DIGEST, Pair, make_job, make_welcome

VECTORS = [  # FIPS 180-4, and the test vectors of BLAKE3's authors
    (SHA256, b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (BLAKE3, b"", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
    (BLAKE3, b"abc", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
]
ENDS = {"sha256": End(0, DIGEST), "blake3": End(0, blake3=DIGEST), "both": End(0, DIGEST, DIGEST), "none": End(0)}


@pytest.mark.parametrize(("name", "data", "digits"), VECTORS)
def test_digests_are_those_of_the_standards(name: str, data: bytes, digits: str) -> None:
    made = hasher(name)
    made.update(data)
    assert made.hexdigest() == digits
    assert algorithm_of(as_text(name, digits)) == name


def test_digests_of_different_algorithms_are_never_equal() -> None:
    assert as_text(SHA256, DIGEST) != as_text(BLAKE3, DIGEST)
    assert End(0, DIGEST).digest == DIGEST
    assert End(0, blake3=DIGEST).digest == f"blake3:{DIGEST}"


def test_without_the_library_only_sha_256_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "blake3", None)
    assert not knows(BLAKE3)
    assert knows(SHA256)
    with pytest.raises(DigestUnknownError):
        hasher("md5")


def joined(digest: str, features: tuple[str, ...] = (BLAKE3,)) -> Pair:
    """A job with these digests is open, and an instance of it has been sent but for its end."""
    both = Pair()
    both.client.hello("client 1", features)
    both.settle()
    both.server.welcome(make_welcome(features=features))
    both.settle()
    both.client.open_job(msgspec.structs.replace(make_job(), digest=digest))
    both.settle()
    both.server.job_opened(JobOpened(make_job().job))
    both.settle()
    stream = both.begin(length=5)
    both.client.send_chunk(stream, b"hello")
    both.settle()
    return both


@pytest.mark.parametrize("digest", [SHA256, BLAKE3])
def test_an_end_holds_the_digest_of_its_jobs_algorithm(digest: str) -> None:
    both = joined(digest)
    both.client.end(0, DIGEST)
    [end], _ = both.settle()
    assert end == ENDS[digest]


@pytest.mark.parametrize("digest", [SHA256, BLAKE3])
@pytest.mark.parametrize("name", ENDS)
def test_any_other_end_is_refused(digest: str, name: str) -> None:
    if name == digest:
        return
    with pytest.raises(RemoteProtocolError, match="another digest") as caught:
        joined(digest).server.receive(encode_client(ENDS[name]))
    assert caught.value.close_code is CloseCode.PROTOCOL_ERROR


def test_a_job_has_blake3_only_where_both_ends_know_it() -> None:
    with pytest.raises(LocalProtocolError, match="digest"):
        joined(BLAKE3, ())
    both = Pair().greet()
    assert both.client.best_digest == SHA256
    with pytest.raises(RemoteProtocolError, match="digest") as caught:
        both.server.receive(encode_client(msgspec.structs.replace(make_job(), digest=BLAKE3)))
    assert caught.value.close_code is CloseCode.PROTOCOL_ERROR
    assert joined(SHA256).client.best_digest == BLAKE3
