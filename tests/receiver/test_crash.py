"""A receiver killed in the middle: what it acknowledged is there, what it did not is not, and nothing lingers."""

import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from adit_uploader.protocol.messages import Counts, JobFinished, OfferAnswer, Saved, Stored
from tests.parts.receiver import Receiver
from tests.parts.tables import Tables

from .wire_client import CUT, Answer, make_file, wire

pytestmark = pytest.mark.timeout(400)

LOOK = 0.05  # seconds between two looks at the processes: whoever looks without end takes the time from them
_pause = threading.Event()


# nobody listens there: everything stays in the spool
SET_UP = """
from pathlib import Path
from adit_receiver.standalone.people import UserWishes, set_up_dicom_destination, set_up_user
set_up_dicom_destination("nowhere", "NOWHERE@127.0.0.1:1")
set_up_user(UserWishes("alice", Path({token!r}), modes=("none",), destinations=("nowhere",)))
"""


def set_up(receiver: Receiver) -> Path:
    """A destination and a user, in one process instead of two; the token file."""
    token = receiver.data / "token"
    done = receiver.command("manage", "shell", "-c", SET_UP.format(token=str(token)))
    assert done.returncode == 0, done.stderr
    return token


def stored_files(receiver: Receiver) -> list[Path]:
    return list((receiver.data / "spool" / "stored").iterdir())


def test_after_a_kill_all_that_was_acknowledged_is_there_and_the_rest_is_asked_for_again(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path / "data")
    receiver.start()
    try:
        token = set_up(receiver)
        files = [make_file(pixels=64 * 1024) for _ in range(60)]
        acknowledged = []
        with wire(receiver.url, token) as client:
            client.hello()
            job = client.open_job(destination="nowhere")
            for file in files[:50]:
                client.send(file)
            stream = client.begin(files[50])
            client.send_data(stream, files[50].data[:1000])
            while len(acknowledged) < 20:
                acknowledged.append(client.expect(Stored).sop_instance_uid)
            receiver.kill()
            # what had come before the end counts too
            try:
                while True:
                    event = client.next()
                    if isinstance(event, Stored):
                        acknowledged.append(event.sop_instance_uid)
            except EOFError:
                assert client.closed == CUT

        # as a crash between rename and commit leaves it
        (receiver.data / "spool" / "stored" / ("0" * 32)).write_bytes(b"orphan")
        receiver.start()
        assert not list((receiver.data / "spool" / "incoming").iterdir())
        assert "0" * 32 not in {path.name for path in stored_files(receiver)}
        with wire(receiver.url, token) as client:
            client.hello()
            client.open_job(job, destination="nowhere")
            client.machine.offer([file.sop_instance_uid for file in files])
            client.flush()
            answer = client.expect(OfferAnswer)
            assert set(acknowledged) <= set(answer.have)
            by_uid = {file.sop_instance_uid: file for file in files}
            for uid in answer.need:
                client.send(by_uid[uid])
            assert all(isinstance(client.expect(Answer), Stored) for _ in answer.need)
            client.machine.finish(Counts(stored=len(files)))
            client.flush()
            assert client.expect(JobFinished).stored == len(files)
        digests = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in stored_files(receiver))
        assert digests == sorted(file.sha256 for file in files)
        rows = Tables(receiver).run("SELECT spool_name, digest FROM adit_receiver_storedinstance")
        assert len(rows) == len(files)
        for name, sha256 in rows:
            assert hashlib.sha256((receiver.data / "spool" / "stored" / name).read_bytes()).hexdigest() == sha256
    finally:
        receiver.stop()


def test_after_a_kill_a_large_instance_goes_on_from_its_saved_beginning(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path / "data")
    receiver.start()
    try:
        token = set_up(receiver)
        small = make_file(pixels=64)
        length = 66 * 1024 * 1024
        data = small.data[:-68] + length.to_bytes(4, "little") + os.urandom(1024) * (length // 1024)
        large = type(small)(data, *(getattr(small, name) for name in small.__slots__[1:5]))
        with wire(receiver.url, token) as client:
            client.hello()
            job = client.open_job(destination="nowhere")
            stream = client.begin(large)
            client.send_data(stream, data[: 65 * 1024 * 1024])
            saved = client.expect(Saved).offset
            receiver.kill()
        receiver.start()
        with wire(receiver.url, token) as client:
            client.hello()
            client.open_job(job, destination="nowhere")
            client.machine.offer([large.sop_instance_uid])
            client.flush()
            assert client.expect(OfferAnswer).partial == {large.sop_instance_uid: saved}
            stream = client.begin(large, offset=saved)
            client.send_data(stream, data[saved:])
            client.machine.end(stream, large.sha256)
            client.flush()
            assert isinstance(client.expect(Answer), Stored)
        (path,) = stored_files(receiver)
        assert path.read_bytes() == data
    finally:
        receiver.stop()


def test_the_worker_dies_with_its_server_and_is_started_again_when_it_dies_alone(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path / "data")
    receiver.start()
    try:
        first = worker_of(receiver)
        os.kill(first, 9)
        while (second := worker_of(receiver)) == first:
            _pause.wait(LOOK)
    finally:
        receiver.kill()
    # its output has ended, which the worker held too: it is on its way out, and this test's time limit is the end
    while alive(second):
        _pause.wait(LOOK)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2]
    except OSError:
        return False
    return not state.startswith(" Z")


def worker_of(receiver: Receiver) -> int:
    """Process id of the forwarding worker, once there is one."""
    assert receiver.process is not None
    parent = f" {receiver.process.pid} "
    while True:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # ended just now
                state = stat.read_text("ascii", errors="replace").rpartition(")")[2]  # " S PPID ..."
                if state[2:].startswith(parent) and not state.startswith(" Z"):
                    return int(stat.parent.name)
        _pause.wait(LOOK)
