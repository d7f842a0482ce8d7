"""Who is let in, and with which code everybody else is sent away."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus

from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.limits import SUBPROTOCOL
from adit_uploader.protocol.messages import Counts, Failed, JobFinished, JobOpened
from tests.parts.receiver import Receiver
from tests.parts.served_otherwise import SERVER
from tests.parts.tables import Tables

from .wire_client import make_file, wire

TELLS_WHY = os.environ.get(SERVER) != "daphne"
"""daphne sends the code of a close, and drops its reason."""
pytestmark = pytest.mark.timeout(400)


def closes_with(receiver: Receiver, token: str | Path, **options: object) -> int:
    with wire(receiver.url, token, **options) as client:
        return client.wait_closed()[0]


def test_the_welcome_says_who_i_am_and_what_i_may(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        welcome = client.hello()
    assert (welcome.user, welcome.department) == ("alice", "Radiology")
    assert welcome.modes == ("internal", "batch", "fixed", "none")
    assert [destination.name for destination in welcome.destinations] == ["archive"]
    assert welcome.profiles[0] == welcome.profile == "research"


def test_everybody_of_the_institution_gets_the_same_site_key(receiver: Receiver, token: Path) -> None:
    bob = receiver.data / "token-bob"
    with wire(receiver.url, token) as first, wire(receiver.url, bob) as second:
        assert first.hello().site_key == second.hello().site_key


@pytest.mark.parametrize("wrong", ["", "0" * 64, "é", "x" * 5000])
def test_a_wrong_token_is_closed_with_its_code(receiver: Receiver, wrong: str) -> None:
    try:
        code = closes_with(receiver, wrong)
    except (InvalidStatus, UnicodeEncodeError):
        return  # no header that HTTP could carry
    assert code == CloseCode.TOKEN


@pytest.mark.parametrize("column", ["revoked", "expires"])
def test_a_revoked_or_expired_token_is_closed_with_its_code(receiver: Receiver, tables: Tables, column: str) -> None:
    token = receiver.data / "token-carol"
    past = (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S")
    carol = tables.one("SELECT id FROM auth_user WHERE username = 'carol'")
    change = f"UPDATE adit_receiver_token SET {column} = ? WHERE user_id = ?"  # noqa: S608
    tables.run(change, past, carol)
    assert closes_with(receiver, token) == CloseCode.TOKEN
    tables.run(change, None, carol)


def test_an_inactive_user_is_closed_with_the_token_code(receiver: Receiver, token: Path, tables: Tables) -> None:
    with tables.user("alice", "is_active", False):
        assert closes_with(receiver, token) == CloseCode.TOKEN


def test_a_user_without_permission_is_closed_with_its_code(receiver: Receiver) -> None:
    nobody = receiver.data / "token-nobody"
    with wire(receiver.url, nobody) as client:
        code, reason = client.wait_closed()
    assert code == CloseCode.PERMISSION
    assert not TELLS_WHY or "administrator" in reason


def test_a_locked_receiver_says_so_to_all_but_staff(receiver: Receiver, token: Path, tables: Tables) -> None:
    tables.set_policy(locked=True)
    assert closes_with(receiver, token) == CloseCode.LOCKED
    with tables.user("alice", "is_staff", True), wire(receiver.url, token) as client:
        assert client.hello().user == "alice"


@pytest.mark.parametrize("origin", [None, "https://evil.example", "http://127.0.0.1:1", "null"])
def test_another_origin_is_closed_with_the_permission_code(receiver: Receiver, token: Path, origin: str | None) -> None:
    assert closes_with(receiver, token, origin=origin) == CloseCode.PERMISSION


def test_a_client_without_our_subprotocol_is_closed_with_the_version_code(receiver: Receiver, token: Path) -> None:
    assert closes_with(receiver, token, subprotocols=None) == CloseCode.VERSION


def test_another_version_of_the_protocol_is_closed_with_its_code(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        client.socket.send('{"type": "Hello", "program": "future", "version": 99}')
        assert client.wait_closed()[0] == CloseCode.VERSION


def test_what_is_not_of_the_protocol_is_closed_with_its_code(receiver: Receiver, token: Path) -> None:
    for message in ("{}", "not json", '{"type": "Finish", "counts": {}}', b"\x00", b"\x00" * 4096):
        with wire(receiver.url, token) as client:
            client.hello()
            client.socket.send(message)
            assert client.wait_closed()[0] == CloseCode.PROTOCOL_ERROR


def test_a_control_message_that_is_too_long_is_closed_with_its_code(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        client.hello()
        client.socket.send('{"type": "Watch", "job": "' + "0" * 600_000 + '"}')
        assert client.wait_closed()[0] == CloseCode.TOO_LARGE


def test_more_bytes_than_credit_are_closed_with_their_code(receiver: Receiver, token: Path, tables: Tables) -> None:
    with wire(receiver.url, token) as client:
        client.hello()
        other = client.open_job()
        client.machine.finish(Counts())
        client.flush()
        client.expect(JobFinished)
        client.open_job()
        with tables.write_lock():
            client.machine.cancel(other)  # has to write: the receiver's thread is busy, its reader is not
            stream = client.begin(make_file(), length=2**26)
            for number in range(65):  # 16 MiB are 64 of them
                header = stream.to_bytes(4, "big") + (number * 2**18).to_bytes(8, "big")
                client.socket.send(header + bytes(2**18))
            assert client.wait_closed()[0] == CloseCode.CREDIT_EXCEEDED


def test_a_second_connection_for_the_same_part_is_closed_as_in_use(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as first, wire(receiver.url, token) as second:
        first.hello()
        second.hello()
        job = first.open_job()
        second.ask_job(job)
        assert second.wait_closed()[0] == CloseCode.JOB_IN_USE


def test_lanes_share_a_job_by_its_parts(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as first, wire(receiver.url, token) as second:
        first.hello()
        second.hello()
        job = first.open_job(part="0")
        second.ask_job(job, part="1")
        assert second.expect(JobOpened).resumed


def test_a_part_is_free_again_as_soon_as_its_connection_ends(receiver: Receiver, token: Path, tables: Tables) -> None:
    with wire(receiver.url, token) as first:
        first.hello()
        job = first.open_job()
    while tables.one("SELECT count(*) FROM adit_receiver_joblease WHERE job_id = ?", job):
        continue  # let go by the connection's own thread, within the moment; the test's time limit is the end
    with wire(receiver.url, token) as second:
        second.hello()
        assert second.open_job(job) == job


def test_another_users_job_is_closed_with_the_permission_code(receiver: Receiver, token: Path) -> None:
    mallory = receiver.data / "token-bob"
    with wire(receiver.url, token) as owner:
        owner.hello()
        job = owner.open_job()
    with wire(receiver.url, mallory) as other:
        other.hello()
        other.ask_job(job)
        assert other.wait_closed()[0] == CloseCode.PERMISSION


def test_another_users_job_can_be_neither_watched_nor_canceled(receiver: Receiver, token: Path) -> None:
    eve = receiver.data / "token-bob"
    with wire(receiver.url, token) as owner:
        owner.hello()
        job = owner.open_job()
    with wire(receiver.url, eve) as other:
        other.hello()
        other.machine.watch(job)
        other.machine.cancel(job)
        other.flush()
        assert other.expect(Failed).code == RefusalCode.JOB_CLOSED
        assert other.expect(Failed).code == RefusalCode.JOB_CLOSED


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"mode": "none"}, RefusalCode.MODE_NOT_ALLOWED),
        ({"mode": "fixed"}, RefusalCode.MODE_NOT_ALLOWED),
        ({"mode": "internal", "destination": "elsewhere"}, RefusalCode.DESTINATION_NOT_ALLOWED),
        ({"mode": "internal", "profile": "basic"}, RefusalCode.PROFILE),
    ],
)
def test_a_job_that_is_not_allowed_is_refused_and_the_connection_goes_on(
    receiver: Receiver, asked: dict[str, str], code: RefusalCode
) -> None:
    dave = receiver.data / "token-dave"
    with wire(receiver.url, dave) as client:
        assert client.hello().modes == ("internal", "batch")
        client.ask_job(uuid4().hex, **asked)
        assert client.expect(Failed).code == code
        client.open_job(mode="internal")


def test_a_destination_of_somebody_else_is_not_shown_and_not_taken(receiver: Receiver) -> None:
    frank = receiver.data / "token-frank"
    with wire(receiver.url, frank) as client:
        assert client.hello().destinations == ()
        client.ask_job(uuid4().hex, mode="internal", destination="private")
        assert client.expect(Failed).code == RefusalCode.DESTINATION_NOT_ALLOWED


def test_a_full_disk_is_told_before_anything_is_sent(receiver: Receiver, token: Path, tables: Tables) -> None:
    tables.set_policy(free_space_floor=2**60)
    with wire(receiver.url, token) as client:
        client.hello()
        client.ask_job(uuid4().hex)
        code, reason = client.wait_closed()
    assert code == CloseCode.FULL
    assert not TELLS_WHY or "full" in reason


def test_without_the_secret_nobody_can_upload(receiver: Receiver, token: Path) -> None:
    secret = receiver.data / "site-secret"
    aside = secret.rename(secret.with_name("aside"))
    try:
        with wire(receiver.url, token) as client:
            client.machine.hello("test")
            client.flush()
            assert client.wait_closed()[0] == CloseCode.INTERNAL
    finally:
        aside.rename(secret)


def test_the_handshake_names_the_subprotocol_and_no_compression(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token, compression="deflate") as client:
        assert client.socket.subprotocol == SUBPROTOCOL
        assert client.socket.response is not None
        assert "Sec-WebSocket-Extensions" not in client.socket.response.headers


@pytest.mark.parametrize("how", ["revoked", "expired", "inactive", "no permission", "locked"])
def test_a_live_connection_ends_within_seconds_of_losing_its_right(
    receiver: Receiver, tables: Tables, how: str
) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S")
    carol = tables.one("SELECT id FROM auth_user WHERE username = 'carol'")
    kept = tables.run("SELECT permission_id FROM auth_user_user_permissions WHERE user_id = ?", carol)
    with wire(receiver.url, receiver.data / "token-carol") as client:
        client.hello()
        client.open_job(mode="internal")
        match how:
            case "revoked":
                tables.run("UPDATE adit_receiver_token SET revoked = ? WHERE user_id = ?", past, carol)
            case "expired":
                tables.run("UPDATE adit_receiver_token SET expires = ? WHERE user_id = ?", past, carol)
            case "inactive":
                tables.run("UPDATE auth_user SET is_active = ? WHERE id = ?", False, carol)
            case "no permission":
                tables.run("DELETE FROM auth_user_user_permissions WHERE user_id = ?", carol)
            case _:
                tables.set_policy(locked=True)
        began = monotonic()
        code, _ = client.wait_closed()
        seconds = monotonic() - began
    tables.run("UPDATE adit_receiver_token SET revoked = NULL, expires = NULL WHERE user_id = ?", carol)
    tables.run("UPDATE auth_user SET is_active = ? WHERE id = ?", True, carol)
    for (permission,) in kept:
        tables.run(
            "INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            carol,
            permission,
        )
    expected = {"no permission": CloseCode.PERMISSION, "locked": CloseCode.LOCKED}
    assert code == expected.get(how, CloseCode.TOKEN)
    assert seconds < 60  # and not when the job's lease or the line would end
    last = tables.run(
        "SELECT event, who, code FROM adit_receiver_auditentry WHERE event = 'login-refused' ORDER BY id DESC"
    )
    assert ("login-refused", "carol", code_name(code)) in last


def code_name(code: int) -> str:
    return CloseCode(code).name


def test_too_many_wrong_tokens_are_closed_with_their_code(receiver: Receiver, tables: Tables) -> None:
    tables.run("DELETE FROM adit_receiver_failedlogins")
    codes = [closes_with(receiver, "beefbeef" + str(number) * 56) for number in range(6)]
    tables.run("DELETE FROM adit_receiver_failedlogins")
    assert codes == [CloseCode.TOKEN] * 5 + [CloseCode.TOO_MANY_FAILURES]
