"""Signing in goes on beside other work, and an upload goes on over the same connection."""

import threading
from pathlib import Path

import pytest

from adit_uploader.protocol.codes import CloseCode
from adit_uploader.protocol.messages import Welcome
from adit_uploader.transfer import early_sign_in
from adit_uploader.transfer.connection import Connection
from adit_uploader.transfer.early_sign_in import EarlySignIn
from adit_uploader.transfer.errors import WrongToken
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.receipt import RunState
from adit_uploader.transfer.upload import Upload
from tests.transfer.small_receiver import TOKEN, SmallReceiver
from tests.transfer.studies import plan_of

LIMIT = 60.0  # seconds, for what takes a moment
LANES = 1


def upload(folder: Path, receiver: SmallReceiver, home: Path, signed_in: EarlySignIn) -> Upload:
    return Upload(
        plan_of(folder),
        receiver,
        TOKEN,
        journal=home / "journal.sqlite",
        lanes=LANES,
        early=signed_in,
    )


@pytest.mark.usefixtures("threaded")
def test_an_upload_needs_no_second_connection(folder: Path, receiver: SmallReceiver, tmp_path: Path) -> None:
    with EarlySignIn(receiver, TOKEN) as signed_in:
        assert signed_in.welcome().user == "ada"
        receipt = upload(folder, receiver, tmp_path, signed_in).run()
    assert (receipt.state, receipt.counts.stored) == (RunState.FINISHED, 12)
    assert receiver.connections == 1 + LANES


@pytest.mark.usefixtures("threaded")
def test_a_connection_that_may_be_gone_is_made_anew(
    folder: Path, receiver: SmallReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_sign_in, "FRESH", -1.0)
    with EarlySignIn(receiver, TOKEN) as signed_in:
        receipt = upload(folder, receiver, tmp_path, signed_in).run()
    assert receipt.counts.stored == 12
    assert receiver.connections == 2 + LANES


def test_it_serves_once(receiver: SmallReceiver) -> None:
    with EarlySignIn(receiver, TOKEN) as signed_in:
        taken = signed_in.take()
        assert taken is not None
        assert signed_in.take() is None
    with taken[0] as connection:  # whoever took it has it still
        connection.client.list_jobs(1)
        connection.flush()


def test_a_refusal_is_raised_where_the_answer_is_asked_for(receiver: SmallReceiver) -> None:
    receiver.close_with = CloseCode.TOKEN
    with EarlySignIn(receiver, TOKEN) as signed_in:
        with pytest.raises(WrongToken):
            signed_in.welcome()
        assert signed_in.done
        with pytest.raises(WrongToken):
            signed_in.take()


def test_whoever_leaves_does_not_wait_and_leaves_no_connection(
    receiver: SmallReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, closed = threading.Event(), threading.Event()
    opened = early_sign_in.introduced

    def slow(server: SmallReceiver, token: str, *, line: Line) -> tuple[Connection, Welcome]:
        assert left.wait(LIMIT)
        connection, welcome = opened(server, token, line=line)
        close = connection.close

        def noting() -> None:
            close()
            closed.set()

        connection.close = noting  # type: ignore[method-assign] # notes the call
        return connection, welcome

    monkeypatch.setattr(early_sign_in, "introduced", slow)
    with EarlySignIn(receiver, TOKEN):
        pass
    left.set()
    assert closed.wait(LIMIT)
