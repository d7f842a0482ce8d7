"""However many clients come, a process works for them on a bounded number of threads and database connections."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from pytest_django import DjangoDbBlocker
from websockets.exceptions import ConnectionClosed

from adit_receiver.conf import ReceiverSettings
from adit_receiver.models import ReceiverPolicy
from adit_receiver.upload_threads import Turns, UploadThreads
from adit_uploader.protocol.messages import Stored
from tests.parts.databases import PostgresqlMaker, postgresql_maker
from tests.parts.postgresql import Cluster, running_server
from tests.parts.receiver import Receiver

from .wire_client import Made, make_file, wire

PATIENCE = 120.0


@pytest.fixture
def threads() -> Iterator[UploadThreads]:
    with UploadThreads(3) as made:
        yield made


def test_what_one_connection_has_to_do_is_done_in_order_and_never_at_once(threads: UploadThreads) -> None:
    done: list[int] = []
    inside = threading.Semaphore(1)

    def work(number: int) -> int:
        assert inside.acquire(blocking=False)
        done.append(number)
        inside.release()
        return number

    turns = Turns(threads)
    futures = [turns.submit(work, number) for number in range(200)]
    assert [future.result(PATIENCE) for future in futures] == done == list(range(200))


def test_others_go_on_while_one_is_busy_and_no_more_than_there_are_threads(threads: UploadThreads) -> None:
    names: set[str] = set()
    all_busy = threading.Barrier(3)

    def work() -> None:
        names.add(threading.current_thread().name)
        all_busy.wait(PATIENCE)

    futures = [Turns(threads).submit(work) for _ in range(9)]
    for future in futures:
        future.result(PATIENCE)
    assert len(names) == 3


def test_one_that_fails_tells_so_and_the_next_has_its_turn(threads: UploadThreads) -> None:
    turns = Turns(threads)
    failing: Future[float] = turns.submit(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failing.result(PATIENCE)
    assert turns.submit(lambda: "next").result(PATIENCE) == "next"


def test_what_is_canceled_before_its_turn_is_left_out(threads: UploadThreads) -> None:
    turns = Turns(threads)
    go_on = threading.Event()
    first = turns.submit(go_on.wait, PATIENCE)
    canceled = turns.submit(pytest.fail, "was to be left out")
    last = turns.submit(lambda: "last")
    assert canceled.cancel()
    go_on.set()
    assert (first.result(PATIENCE), last.result(PATIENCE)) == (True, "last")


def test_when_the_process_ends_what_comes_then_fails_instead_of_waiting() -> None:
    pool = ThreadPoolExecutor(1)
    turns = Turns(pool)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        turns.submit(lambda: None).result(PATIENCE)


@pytest.fixture(scope="module")
def maker(cluster: Cluster) -> PostgresqlMaker:
    return postgresql_maker(cluster)


def end_all_connections(url: str) -> int:
    """How many there were."""
    with closing(psycopg.connect(url, autocommit=True)) as administrator:
        ended = administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return len(ended)


def test_a_connection_that_was_lost_meanwhile_is_not_the_next_ones_misfortune(
    tmp_path: Path, maker: PostgresqlMaker, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adit_receiver.upload_threads._CHECK_SECONDS", 0.0)
    with django_db_blocker.unblock(), maker.made(tmp_path) as url, UploadThreads(1) as threads:
        turns = Turns(threads)
        assert turns.submit(ReceiverPolicy.objects.count).result(PATIENCE) == 0
        assert end_all_connections(url) == 1
        assert turns.submit(ReceiverPolicy.objects.count).result(PATIENCE) == 0

        def in_the_middle() -> None:
            ReceiverPolicy.objects.count()
            end_all_connections(url)
            ReceiverPolicy.objects.count()

        with pytest.raises(OperationalError):  # it, and only it
            turns.submit(in_the_middle).result(PATIENCE)
        monkeypatch.setattr("adit_receiver.upload_threads._CHECK_SECONDS", 1e9)
        assert turns.submit(ReceiverPolicy.objects.count).result(PATIENCE) == 0


def test_who_ends_the_threads_closes_their_connections(
    tmp_path: Path, maker: PostgresqlMaker, django_db_blocker: DjangoDbBlocker
) -> None:
    both = threading.Barrier(2)

    def connected() -> Any:
        ReceiverPolicy.objects.count()
        both.wait(PATIENCE)
        return connection.connection

    with django_db_blocker.unblock(), maker.made(tmp_path):
        with UploadThreads(2) as threads:
            given = [threads.submit(connected) for _ in range(2)]
            made = [one.result(PATIENCE) for one in given]
            assert [one.closed for one in made] == [False, False]
        assert [one.closed for one in made] == [True, True]


def is_stored(receiver: Receiver, token: Path, file: Made) -> bool:
    """Whether it is taken, or the connection is cut before."""
    with wire(receiver.url, token) as client:
        try:
            client.hello()
            client.open_job()
            client.send(file)
            client.expect(Stored)
        except (EOFError, ConnectionClosed):  # noticed while reading, or while sending
            return False
    return True


SET_UP = """
from pathlib import Path
from adit_receiver.standalone.people import UserWishes, set_up_dicom_destination, set_up_user
set_up_dicom_destination("archive", "NOWHERE@127.0.0.1:1")
set_up_user(UserWishes("alice", Path({token!r}), modes=("none",), destinations=("archive",)))
"""


@pytest.mark.timeout(400)
def test_many_clients_at_once_take_a_bounded_number_of_connections_and_a_restarted_postgresql_loses_none(
    tmp_path: Path,
) -> None:
    """Thirty clients at one server, each with a job of its own; then PostgreSQL goes and comes back under them."""
    bound = ReceiverSettings(Path(), Path()).upload_threads
    with running_server() as server:
        receiver = Receiver(tmp_path / "data", database=server.cluster.url(server.cluster.create()))
        receiver.start()
        try:
            token = receiver.data / "token"
            done = receiver.command("manage", "shell", "-c", SET_UP.format(token=str(token)))
            assert done.returncode == 0, done.stderr
            with ExitStack() as stack:
                clients = [stack.enter_context(wire(receiver.url, token)) for _ in range(30)]
                files = [make_file() for _ in clients]
                for client, file in zip(clients, files, strict=True):
                    client.hello()
                    client.open_job()
                    client.send(file)
                for client in clients:
                    client.expect(Stored)
                with closing(psycopg.connect(receiver.database)) as other:
                    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'adit-receiver'"
                    ((connections,),) = other.execute(query).fetchall()
            assert bound < 30
            assert connections <= bound + 3 + 9  # the pages, and a worker (docs/admin/standalone.md)
            server.stop()
            server.start()
            # a thread that was at work shortly before notices at its next turn, and costs one client its connection
            assert any(is_stored(receiver, token, make_file()) for _ in range(bound + 1))
        finally:
            receiver.stop()
