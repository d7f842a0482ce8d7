"""One running receiver for the tests that only talk to it; its policy is put back after each of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.parts.receiver import Receiver, running_receiver

SET_UP = """
from pathlib import Path
from adit_receiver.models import ReceiverPolicy
from adit_receiver.standalone.people import UserWishes, set_up_folder_destination, set_up_user
data = Path({data!r})
ReceiverPolicy.objects.get_or_create(pk=1)
set_up_folder_destination("archive", data / "out")
set_up_folder_destination("private", data / "private")
for name, (modes, destinations) in {users!r}.items():
    set_up_user(UserWishes(name, data / f"token-{{name}}", "Radiology", modes, destinations))
"""
USERS = {
    "alice": (("internal", "batch", "fixed", "none"), ("archive",)),
    "bob": (("internal", "batch", "none"), ("archive",)),
    "carol": (("internal",), ("archive",)),
    "dave": (("internal", "batch"), ("archive",)),
    "frank": (("internal",), ()),
    "nobody": ((), ("archive",)),
}
"""Modes and destinations of the users; alice is the one for everything, carol's tokens get spoiled."""


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """A receiver with the users above and a folder destination ``archive``."""
    data = tmp_path_factory.mktemp("receiver")
    with running_receiver(data) as started:
        # one process instead of one a user, which takes seconds each
        made = started.command("manage", "shell", "-c", SET_UP.format(data=str(data), users=USERS))
        assert made.returncode == 0, made.stderr
        yield started


@pytest.fixture(scope="session")
def token(receiver: Receiver) -> Path:
    """alice's token file."""
    return receiver.data / "token-alice"


class Tables:
    """A look into a running receiver's database, and a hand in it."""

    def __init__(self, receiver: Receiver) -> None:
        self._path = receiver.data / "receiver.sqlite3"

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Runs one statement; its rows."""
        with closing(sqlite3.connect(self._path, timeout=30)) as connection, connection:
            return list(connection.execute(statement, values))

    def one(self, statement: str, *values: object) -> Any:
        """The first column of the first row."""
        return self.run(statement, *values)[0][0]

    @contextmanager
    def user(self, name: str, column: str, value: object) -> Iterator[None]:
        """Changes a column of a user; put back at the end."""
        before = self.one(f"SELECT {column} FROM auth_user WHERE username = ?", name)  # noqa: S608
        change = f"UPDATE auth_user SET {column} = ? WHERE username = ?"  # noqa: S608
        self.run(change, value, name)
        try:
            yield
        finally:
            self.run(change, before, name)

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Nobody else can write as long as it is held."""
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def set_policy(self, **fields: object) -> None:
        """Changes columns of the policy's row."""
        for name, value in fields.items():
            self.run(f"UPDATE adit_receiver_receiverpolicy SET {name} = ?", value)  # noqa: S608 - names from this test


@pytest.fixture
def tables(receiver: Receiver) -> Iterator[Tables]:
    """The running receiver's tables; the policy is put back at the end."""
    tables = Tables(receiver)
    before = tables.run("SELECT * FROM adit_receiver_receiverpolicy")
    yield tables
    marks = ", ".join("?" * len(before[0]))
    tables.run(f"REPLACE INTO adit_receiver_receiverpolicy VALUES ({marks})", *before[0])  # noqa: S608 - marks only
