"""Which database a receiver of its own uses, and what it says of one that it can't."""

import os
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import httpx
import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from adit_receiver.standalone.databases import ENVIRONMENT, database_of
from tests.parts.postgresql import Cluster, cluster_of_all
from tests.parts.receiver import COMMAND, Receiver
from tests.parts.tables import Tables


def test_without_an_url_it_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    entry = database_of("", tmp_path)
    assert entry["ENGINE"] == "django.db.backends.sqlite3"
    assert entry["NAME"] == tmp_path / "receiver.sqlite3"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("postgresql://ann:p%40ss@db.example:6432/uploads", ("uploads", "ann", "p@ss", "db.example", "6432")),
        ("postgres://ann@db.example/uploads", ("uploads", "ann", "", "db.example", "")),
        ("postgresql:///uploads?host=/run/postgresql", ("uploads", "", "", "/run/postgresql", "")),
        ("postgresql://?dbname=uploads&user=ann&password=x%26y", ("uploads", "ann", "x&y", "", "")),
        ("postgresql://?service=receiver", ("", "", "", "", "")),
    ],
)
def test_an_url_names_server_user_and_database(url: str, parts: tuple[str, ...]) -> None:
    entry = database_of(url, Path())
    assert entry["ENGINE"] == "django.db.backends.postgresql"
    assert tuple(entry[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == parts


def test_what_stands_behind_the_question_mark_goes_to_the_driver() -> None:
    options = database_of("postgresql://db/uploads?sslmode=verify-full&connect_timeout=3", Path())["OPTIONS"]
    assert (options["sslmode"], options["connect_timeout"]) == ("verify-full", "3")
    assert options["keepalives_idle"] == 20


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ann:secret@db/uploads",
        "ann:secret@db/uploads",
        "postgresql://ann:secret@db",
        "postgresql://ann:secret@db:port/uploads",
        "postgresql://ann:secret@db/uploads?sslmode",
        "postgresql://ann:secret@[db/uploads",
        "postgresql://ann:secret@db/uploads#more",
    ],
)
def test_an_url_that_can_not_be_understood_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=ENVIRONMENT) as raised:
        database_of(url, Path())
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("oracle://db/uploads", "must begin with postgresql://"),
        ("postgresql://nobody@/uploads?host=/nowhere", "the database that $ADIT_RECEIVER_DATABASE names can't be used"),
    ],
)
def test_a_database_that_can_not_be_used_is_said_in_one_line(tmp_path: Path, url: str, said: str) -> None:
    done = subprocess.run(
        [*COMMAND, "user", "ann", "--token-file", str(tmp_path / "t"), "--data", str(tmp_path / "data")],
        env=os.environ | {ENVIRONMENT: url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_two_that_start_at_once_on_an_empty_postgresql_make_its_tables_once(tmp_path: Path, cluster: Cluster) -> None:
    def start(number: int) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*COMMAND, "user", f"user{number}", "--token-file", str(tmp_path / f"t{number}"), "--data", str(tmp_path)],
            env=os.environ | {ENVIRONMENT: url},
            stderr=subprocess.PIPE,
            text=True,
        )

    url = cluster.url(cluster.create())
    processes = [start(number) for number in range(2)]
    said = [process.communicate(timeout=240)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert "Traceback" not in "".join(said)
    with closing(psycopg.connect(url)) as connection:
        assert connection.execute("SELECT count(*) FROM auth_user").fetchone() == (2,)
    assert not (tmp_path / "receiver.sqlite3").exists()


def test_the_run_over_postgresql_is_one(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    from django.db import connection  # noqa: PLC0415 - as the tests of this run have it

    wanted = "postgresql" if request.config.getoption("--postgresql") else "sqlite"
    assert connection.vendor == wanted
    assert (cluster_of_all() is not None) == (wanted == "postgresql")


def test_the_run_over_another_server_or_engine_is_one(
    request: pytest.FixtureRequest, receiver: Receiver, tables: Tables
) -> None:
    served_by = httpx.get(f"{receiver.url}health", trust_env=False).headers.get("server", "uvicorn")
    assert served_by == request.config.getoption("--server")
    if request.config.getoption("--engine") == "procrastinate":
        pause = threading.Event()  # the worker says so once it has begun, which takes seconds on a busy machine
        while tables.one("SELECT count(*) FROM procrastinate_workers") == 0:
            pause.wait(0.1)  # until pytest's own limit
        assert tables.one("SELECT count(*) FROM procrastinate_workers") == 1
