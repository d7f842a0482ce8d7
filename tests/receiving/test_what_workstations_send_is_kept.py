"""Real senders, a real listener in its own process: whole files, bit for bit, or none."""

import os
import re
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from multiprocessing import active_children
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import (
    JPEG2000,
    MPEG4HP41,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)
from pynetdicom import _config

from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.dicom.scan import scan
from adit_uploader.receiving.errors import (
    AddressNotHere,
    InboxUnusable,
    ListenerEnded,
    NobodyMaySend,
    PortInUse,
    ReceivingError,
)
from adit_uploader.receiving.events import Arrived, Began, Ended, TurnedAway, TurnedAwayFor
from adit_uploader.receiving.listener import listen
from tests.receiving.senders import (
    SETTINGS,
    WORKSTATION,
    associated,
    data_set_bytes,
    listening,
    made_up,
    nothing_half,
    received,
    save,
    send_half,
    store,
)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "data" / "inbox"


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    assert not active_children()


def images_of(studies: Path) -> list[Path]:
    found = scan([studies])
    return sorted(
        {
            one.location.path
            for patient in found.patients
            for study in patient.studies
            for series in study.series
            for one in series.instances
            if one.location.member is None
        }
    )


def test_several_studies_arrive_whole_and_are_told(inbox: Path, studies: Path) -> None:
    images = images_of(studies)[::6]
    with listening(inbox) as told:
        sent = store(told.port, *images)
        assert sent.returncode == 0, sent.stderr
        (ended,) = told.wait(Ended)
        assert told.of(Began)[0].caller == WORKSTATION
    assert (ended.caller, ended.images, ended.cut) == (WORKSTATION, len(images), False)
    assert [one.images for one in told.of(Arrived)] == list(range(1, len(images) + 1))
    have = {str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in received(inbox)}
    assert have == {str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in images}
    assert not scan([inbox]).left_out


def test_files_and_folders_are_their_owners_and_name_nobody(inbox: Path, tmp_path: Path) -> None:
    files = save(tmp_path / "sent", [made_up(1)])
    with listening(inbox) as told:
        assert store(told.port, *files).returncode == 0
        told.wait(Ended)
    (path,) = received(inbox)
    assert re.fullmatch(r"[0-9a-f]{32}\.dcm", path.name)
    if os.name == "posix":
        assert [one.stat().st_mode & 0o777 for one in (inbox, path.parent, path)] == [0o700, 0o700, 0o600]


SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEG2000,
    RLELossless,
    MPEG4HP41,
)


def test_every_encoding_is_kept_bit_for_bit(inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_config, "STORE_SEND_CHUNKED_DATASET", True)  # sends a file's bytes as they are
    files = save(tmp_path / "sent", [made_up(n, UID(one), bytes_=200_000) for n, one in enumerate(SYNTAXES)])
    with listening(inbox) as told:
        for path, syntax in zip(files, SYNTAXES, strict=True):
            with associated(told.port, syntax) as sender:
                assert sender.send_c_store(path).Status == 0
        told.wait(Ended, len(files))
    kept = {pydicom.dcmread(path).file_meta.TransferSyntaxUID: data_set_bytes(path) for path in received(inbox)}
    assert kept == {syntax: data_set_bytes(path) for path, syntax in zip(files, SYNTAXES, strict=True)}


def test_nobody_is_let_in_who_is_not_on_the_list_or_calls_somebody_else(inbox: Path, tmp_path: Path) -> None:
    files = save(tmp_path / "sent", [made_up(1)])
    with listening(inbox) as told:
        assert "Calling AE Title Not Recognized" in store(told.port, *files, calling="WORKSTATION2").stderr
        assert "Called AE Title Not Recognized" in store(told.port, *files, called="OTHER").stderr
        away = told.wait(TurnedAway, 2)
    assert away == [
        TurnedAway("WORKSTATION2", TurnedAwayFor.CALLER),
        TurnedAway(WORKSTATION, TurnedAwayFor.CALLED),
    ]
    assert not told.of(Began)
    assert received(inbox) == []


def test_without_a_list_nobody_may_send_and_nothing_listens(inbox: Path) -> None:
    nobody = ReceivingSettings(enabled=True, port=0)
    with pytest.raises(NobodyMaySend):
        listen(nobody, inbox, folder=lambda: "a", report=lambda _: None, stop=lambda: False)


def test_a_computer_that_is_not_named_does_not_get_a_word(inbox: Path) -> None:
    settings = ReceivingSettings(
        enabled=True,
        address="0.0.0.0",  # noqa: S104 - all addresses, with loopback among them
        port=0,
        callers=(WORKSTATION,),
        peers=("192.0.2.7",),
    )
    with listening(inbox, settings) as told:
        with socket.create_connection(("127.0.0.1", told.port)) as connection:
            assert connection.recv(1) == b""
        (away,) = told.wait(TurnedAway)
    assert away == TurnedAway("127.0.0.1", TurnedAwayFor.PEER)


def test_a_port_that_is_taken_and_an_address_that_is_not_here_are_said(inbox: Path) -> None:
    with listening(inbox) as told:
        taken = ReceivingSettings(enabled=True, port=told.port, callers=(WORKSTATION,))
        with pytest.raises(PortInUse, match=str(told.port)):
            listen(taken, inbox.with_name("other"), folder=lambda: "a", report=lambda _: None, stop=lambda: False)
    elsewhere = ReceivingSettings(enabled=True, address="192.0.2.1", port=0, callers=(WORKSTATION,))
    with pytest.raises(AddressNotHere, match=r"192\.0\.2\.1"):
        listen(elsewhere, inbox, folder=lambda: "a", report=lambda _: None, stop=lambda: False)


def test_a_second_program_takes_nothing_from_the_first(inbox: Path) -> None:
    with listening(inbox) as told, associated(told.port) as sender:
        half = inbox / "first" / "half.part"
        assert sender.send_c_store(made_up(1)).Status == 0
        half.write_bytes(b"on its way")
        same = ReceivingSettings(enabled=True, port=told.port, callers=(WORKSTATION,))
        with pytest.raises(PortInUse):
            listen(same, inbox, folder=lambda: "a", report=lambda _: None, stop=lambda: False)
        assert half.exists()
    assert nothing_half(inbox)


def test_a_folder_that_can_t_be_made_is_said(inbox: Path) -> None:
    inbox.parent.write_text("in the way")
    with pytest.raises(InboxUnusable, match="inbox"):
        listen(SETTINGS, inbox, folder=lambda: "a", report=lambda _: None, stop=lambda: False)


def test_who_breaks_off_in_the_middle_leaves_no_half_file(inbox: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with listening(inbox) as told:
        with associated(told.port) as sender:
            assert sender.send_c_store(made_up(1)).Status == 0
            send_half(sender, made_up(2, bytes_=400_000))
            sender.abort()
        (ended,) = told.wait(Ended)
        assert (ended.images, ended.cut) == (1, True)
        assert len(received(inbox)) == 1
        assert nothing_half(inbox)
        with associated(told.port) as again:
            assert again.send_c_store(made_up(2)).Status == 0
        told.wait(Ended, 2)
    assert len(received(inbox)) == 2
    assert tuple(capfd.readouterr()) == ("", "")


def test_it_ends_while_somebody_sends_and_leaves_no_half_file(inbox: Path) -> None:
    with ExitStack() as senders, listening(inbox) as told:
        sender = senders.enter_context(associated(told.port, left=True))
        assert sender.send_c_store(made_up(1)).Status == 0
        send_half(sender, made_up(2, bytes_=400_000))
    assert len(received(inbox)) == 1
    assert nothing_half(inbox)


def test_what_is_no_dicom_or_longer_than_agreed_ends_its_connection_alone(
    inbox: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with listening(inbox) as told:
        for words in (b"GET / HTTP/1.1\r\n\r\n", struct.pack(">BBI", 1, 0, 2**31) + bytes(100_000)):
            with suppress(ConnectionError), socket.create_connection(("127.0.0.1", told.port), 60) as connection:
                connection.sendall(words)
                assert connection.recv(4096)[:1] in {b"", b"\x07"}  # an abort, if anything
        with associated(told.port) as sender:
            assert sender.send_c_store(made_up(1)).Status == 0
        told.wait(Ended)
    assert len(received(inbox)) == 1
    assert tuple(capfd.readouterr()) == ("", "")


def test_what_arrives_goes_to_the_folder_that_counts_now(inbox: Path) -> None:
    folders = ["first"]
    with listening(inbox, folder=lambda: folders[-1]) as told:
        with associated(told.port) as sender:
            assert sender.send_c_store(made_up(1)).Status == 0
            folders.append("second")
            number = 2
            while told.wait(Arrived, number - 1)[-1].folder == "first":  # it is told in its own time
                assert sender.send_c_store(made_up(number)).Status == 0
                number += 1
        told.wait(Ended)
    assert {path.parent.name for path in received(inbox)} == {"first", "second"}


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed otherwise there")
def test_a_listener_that_dies_is_said_and_its_half_files_go(inbox: Path) -> None:
    with listening(inbox) as told, associated(told.port, left=True) as sender:
        assert sender.send_c_store(made_up(1)).Status == 0
        send_half(sender, made_up(2, bytes_=400_000))
        (process,) = active_children()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        with told.changed:
            assert told.changed.wait_for(lambda: told.failure, 200)
        assert isinstance(told.failure, ListenerEnded)
    assert len(received(inbox)) == 1
    assert nothing_half(inbox)


PROGRAM = """
import sys
from pathlib import Path
from adit_uploader.receiving.listener import listen
from tests.receiving.senders import SETTINGS

if __name__ == "__main__":
    report = lambda event: print(getattr(event, "port", ""), flush=True)
    listen(SETTINGS, Path(sys.argv[1]), folder=lambda: "a", report=report, stop=lambda: False)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed otherwise there")
def test_nobody_listens_any_more_when_the_program_is_gone(inbox: Path, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, script, inbox], stdout=subprocess.PIPE, text=True, env=environment
    ) as program:
        assert program.stdout is not None
        port = int(program.stdout.readline())
        program.kill()
        assert program.stdout.read() == ""  # the listener has it open too: it is gone when this ends
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 60)


def test_errors_are_the_same_on_the_other_side_of_a_process() -> None:
    import pickle  # noqa: PLC0415

    error = PortInUse(11112)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert isinstance(again, ReceivingError)
    assert (type(again), again.title, again.message) == (PortInUse, error.title, error.message)
    assert again.message.values == {"port": 11112}
