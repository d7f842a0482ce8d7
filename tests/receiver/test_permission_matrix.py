"""Every cell of who may do what: at the entrance, at a job, and while one runs. The oracle knows the design alone."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from pytest_django.plugin import DjangoDbBlocker

from adit_receiver import endpoint, session
from adit_receiver.accounts import token_digest
from adit_receiver.audit.models import AuditEntry, AuditTally
from adit_receiver.models import Destination, JobLease, StoredInstance, Token
from adit_receiver.routing import websocket_router
from adit_uploader.protocol.codes import CloseCode
from tests.parts.asgi_wire import AsgiConnection, AsgiWire, asgi_wire
from tests.parts.databases import database_maker, without_syncing
from tests.soak.door.watching import errors

from . import permission_oracle as oracle
from .own_house import House, house
from .permission_oracle import Situation
from .raw_wire import begin, chunk, deidentified, end, instance, open_job
from .wire_client import Made, make_file

ALL = frozenset(oracle.PERMISSIONS)
EVERYTHING = Situation(ALL)
WHOLE = "PROVE_DOOR" in os.environ  # every cell, which takes minutes: `make prove-door`
CELLS = [(mode, destination) for mode in oracle.MODES for destination in oracle.DESTINATIONS]

pytestmark = pytest.mark.timeout(2 * 3600 if WHOLE else 240)


@dataclass
class Matrix:
    """A receiver in this process, and the way to it."""

    house: House
    wire: AsgiWire
    honest: Made
    plain: Made


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[Matrix]:
    data = tmp_path_factory.mktemp("house")
    with (
        django_db_blocker.unblock(),
        database_maker().made(data),
        without_syncing(),
        house(data) as built,
        asgi_wire(websocket_router) as wire,
        errors() as lines,
    ):
        built.become(EVERYTHING)
        with wire.connected(built.token("valid", staff=False)) as connection:
            site_key = bytes.fromhex(connection.hello()["site_key"])
        plain = make_file("KENN-4711")
        yield Matrix(built, wire, deidentified(plain, site_key), plain)
        assert lines == []


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at rights by the way: what a job is answered, the job itself has asked for."""
    monkeypatch.setattr(endpoint, "_TICK_SECONDS", 3600.0)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rights are looked at without a pause."""
    monkeypatch.setattr(session, "_TOKEN_SECONDS", 0.0)
    monkeypatch.setattr(endpoint, "_TICK_SECONDS", 0.01)


def tell(line: str) -> None:
    """To whoever sees the whole of it."""
    if WHOLE:
        sys.stdout.write(f"{line}\n")


def answer_to_a_job(connection: AsgiConnection, mode: str, destination: str) -> int | str:
    """The code that it is refused with, or OPENED."""
    try:
        said = connection.ask(open_job(uuid4().hex, mode, destination), "JobOpened", "Failed")
    except EOFError:
        assert connection.closed is not None
        return connection.closed[0]
    if said["type"] == "JobOpened":
        return oracle.OPENED
    if said["code"] in CloseCode.__members__:
        assert connection.wait_closed()[0] == CloseCode[said["code"]]
        return int(CloseCode[said["code"]])
    return str(said["code"])


def check_entrance(matrix: Matrix, given: Situation) -> int:
    """One situation at login, and every job that can be asked for then; number of cells."""
    matrix.house.become(given)
    expected = oracle.at_the_entrance(given)
    with matrix.wire.connected(matrix.house.token(given.token, staff=given.staff)) as client:
        if expected:
            assert (client.wait_closed()[0], client.heard) == (expected, []), str(given)
            return 1
        welcome = client.hello()
        assert tuple(welcome["modes"]) == oracle.modes_of(given), str(given)
        assert [each["name"] for each in welcome["destinations"]] == ["own"]
        for stream, (mode, destination) in enumerate(CELLS):
            answered = answer_to_a_job(client, mode, destination)
            assert answered in oracle.at_a_job(given, mode, destination), f"{given}: {mode} to {destination}"
            if answered == oracle.OPENED:
                stored = len(given.permissions) in {2, 5}  # with as little, and with as much, as anybody may have
                if stored:
                    for message in instance(matrix.plain if mode == "none" else matrix.honest, stream):
                        client.say(message)
                    client.expect("Stored")
                client.ask({"type": "Finish", "counts": {"stored": int(stored)}}, "JobFinished")
        return 1 + len(CELLS)


def check_job(matrix: Matrix, given: Situation, cells: Sequence[tuple[str, str]]) -> int:
    """Signed in with every right, then the situation came, then a job is asked for; number of cells."""
    left = list(cells)
    while left:
        matrix.house.heal()
        matrix.house.become(replace(EVERYTHING, staff=given.staff))
        with matrix.wire.connected(matrix.house.token("valid", staff=given.staff)) as client:
            client.hello()
            matrix.house.spoil(given)
            matrix.house.become(given)
            while left and client.closed is None:
                mode, destination = left.pop()
                answered = answer_to_a_job(client, mode, destination)
                assert answered in oracle.at_a_job(given, mode, destination), f"{given}: {mode} to {destination}"
                if answered == oracle.OPENED:
                    client.ask({"type": "Finish", "counts": {}}, "JobFinished")
    matrix.house.heal()
    return len(cells)


@pytest.mark.parametrize("state", oracle.HOUSES)
def test_at_the_entrance_everybody_gets_what_the_design_says(matrix: Matrix, state: str) -> None:
    found = [given for given in oracle.situations(wide=True, whole=WHOLE) if given.house == state]
    cells = sum(check_entrance(matrix, given) for given in found)
    assert cells >= len(found)
    tell(f"at the entrance, {state}: {len(found)} situations, {cells} cells")


@pytest.mark.parametrize("state", oracle.HOUSES)
@pytest.mark.usefixtures("unhurried")
def test_a_job_is_asked_about_anew_whatever_the_welcome_said(matrix: Matrix, state: str) -> None:
    found = [given for given in oracle.situations(whole=WHOLE) if given.house == state]
    cells = 0
    for number, given in enumerate(found):
        # where the connection ends it ends the same for all of them: one a time, each in its turn
        ends = bool(oracle.at_the_entrance(given))
        cells += check_job(matrix, given, CELLS[number % 8 :][:1] if ends and not WHOLE else CELLS)
    assert cells >= len(found)
    tell(f"at a job, {state}: {len(found)} situations, {cells} cells")


LOSSES: dict[str, tuple[Situation, int]] = {
    "the token expires": (replace(EVERYTHING, token="expired"), oracle.NO_TOKEN),
    "the token is revoked": (replace(EVERYTHING, token="revoked"), oracle.NO_TOKEN),
    "the user is no longer active": (replace(EVERYTHING, active=False), oracle.NO_TOKEN),
    "uploads are locked": (replace(EVERYTHING, house="locked"), oracle.LOCKED),
    "maintenance begins": (replace(EVERYTHING, house="maintenance"), oracle.LOCKED),
    "may not upload any more": (Situation(ALL - {oracle.UPLOAD}), oracle.NO_PERMISSION),
} | {
    f"may not use mode {mode} any more": (Situation(ALL - {oracle.OF_MODE[mode]}), oracle.NO_PERMISSION)
    for mode in oracle.MODES
}


def written_down(code: str) -> int:
    """How often the audit log says that the user was sent away with this code, in entries and in what it counts."""
    entries = AuditEntry.objects.filter(event="login-refused", who="user", code=code)
    counted = AuditTally.objects.filter(facts__event="login-refused", facts__who="user", facts__code=code)
    return sum(row.number for row in (*entries, *counted))


def mode_of(loss: str) -> str:
    return next((mode for mode in oracle.MODES if mode in loss), "internal")


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.usefixtures("soon")
def test_a_right_that_is_taken_away_ends_the_running_job(matrix: Matrix, loss: str) -> None:
    given, code = LOSSES[loss]
    mode = mode_of(loss)
    matrix.house.become(EVERYTHING)
    before, job = written_down(CloseCode(code).name), uuid4().hex
    with matrix.wire.connected(matrix.house.token("valid", staff=False)) as client:
        client.hello()
        client.ask(open_job(job, mode, "own"), "JobOpened")
        file = matrix.plain if mode == "none" else matrix.honest
        client.say(begin(file))
        matrix.house.spoil(given)
        matrix.house.become(given)
        assert client.wait_closed()[0] == code
        client.say(chunk(file.data))
        client.say(end(file))
    matrix.house.heal()
    assert not StoredInstance.objects.filter(job_id=job).exists()
    while JobLease.objects.filter(job_id=job).exists():
        continue  # let go by the connection's own thread, within the moment; the test's time limit is the end
    assert written_down(CloseCode(code).name) == before + 1
    # given back, the job goes on where it was
    matrix.house.become(EVERYTHING)
    with matrix.wire.connected(matrix.house.token("valid", staff=False)) as client:
        client.hello()
        assert client.ask(open_job(job, mode, "own"), "JobOpened")["resumed"]


@pytest.mark.usefixtures("soon")
def test_a_destination_that_is_taken_away_ends_the_running_job(matrix: Matrix) -> None:
    matrix.house.become(EVERYTHING)
    own = Destination.objects.get(name="own")
    kept = list(own.groups.all())
    with matrix.wire.connected(matrix.house.token("valid", staff=False)) as client:
        client.hello()
        client.ask(open_job(uuid4().hex, "internal", "own"), "JobOpened")
        own.groups.clear()
        assert client.wait_closed()[0] == oracle.NO_PERMISSION
    own.groups.set(kept)


@pytest.mark.parametrize(
    "given",
    [replace(EVERYTHING, house="suspended"), Situation(frozenset({oracle.UPLOAD, oracle.OF_MODE["batch"]}))],
    ids=["suspended", "other modes taken away"],
)
@pytest.mark.usefixtures("soon")
def test_what_does_not_concern_the_running_job_leaves_it_alone(matrix: Matrix, given: Situation) -> None:
    matrix.house.become(EVERYTHING)
    with matrix.wire.connected(matrix.house.token("valid", staff=False)) as client:
        client.hello()
        client.ask(open_job(uuid4().hex, "batch", "own"), "JobOpened")
        matrix.house.become(given)
        for message in instance(matrix.honest):
            client.say(message)
        client.expect("Stored")
        client.ask({"type": "Finish", "counts": {"stored": 1}}, "JobFinished")


def test_a_user_who_is_deleted_meanwhile_is_told_that_the_token_is_gone(matrix: Matrix) -> None:
    matrix.house.become(EVERYTHING)
    gone = User.objects.create(username="gone")
    gone.groups.set(matrix.house.users[False].groups.all())
    gone.user_permissions.set(matrix.house.permissions.values())
    Token.objects.create(user=gone, digest=token_digest("gone"))
    with matrix.wire.connected("gone") as client:
        client.hello()
        gone.delete()
        assert answer_to_a_job(client, "internal", "own") == oracle.NO_TOKEN


def test_the_oracle_covers_all_sets_of_permissions_and_the_whole_of_it_is_known() -> None:
    assert len(set(oracle.subsets())) == 32
    assert len(set(oracle.situations(whole=True))) == 32 * 3 * 4 * 2 * 2
    assert len(set(CELLS)) == 4 * 2
    assert {at for given in oracle.situations() if (at := oracle.at_the_entrance(given))} == {4401, 4403, 4423}
