"""A look into a running receiver's database, whichever it is, and a hand in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg import sql

from tests.parts.receiver import Receiver


class Tables:
    """Statements are written with ``?`` for values, booleans as such."""

    def __init__(self, receiver: Receiver) -> None:
        self._path = receiver.data / "receiver.sqlite3"
        self._url = receiver.database

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Runs one statement; its rows."""
        if self._url:
            with psycopg.connect(self._url) as connection:
                cursor = connection.execute(sql.SQL(statement.replace("%", "%%").replace("?", "%s")), values)  # type: ignore[arg-type]
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self._path, timeout=120)) as file, file:
            return list(file.execute(statement, values))

    def one(self, statement: str, *values: object) -> Any:
        """The first column of the first row."""
        return self.run(statement, *values)[0][0]

    @contextmanager
    def kept_row(self, table: str, condition: str, *values: object) -> Iterator[None]:
        """Puts all columns of the rows with this condition, which is to stay true, back at the end."""
        columns = self.columns(table)
        (before,) = self.run(f"SELECT {', '.join(columns)} FROM {table} WHERE {condition}", *values)  # noqa: S608
        try:
            yield
        finally:
            marks = ", ".join(f"{name} = ?" for name in columns)
            self.run(f"UPDATE {table} SET {marks} WHERE {condition}", *before, *values)  # noqa: S608

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns that hold no JSON."""
        if self._url:
            kinds = "SELECT column_name FROM information_schema.columns WHERE table_name = ? AND data_type != 'jsonb'"
            return [row[0] for row in self.run(kinds, table)]
        return [row[1] for row in self.run(f"PRAGMA table_info({table})")]

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
        if self._url:
            with psycopg.connect(self._url) as connection:
                connection.execute("LOCK TABLE adit_receiver_uploadjob IN EXCLUSIVE MODE")
                yield
                connection.rollback()
            return
        with closing(sqlite3.connect(self._path, timeout=120, isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
            file.execute("ROLLBACK")

    def set_policy(self, **fields: object) -> None:
        """Changes columns of the policy's row."""
        for name, value in fields.items():
            self.run(f"UPDATE adit_receiver_receiverpolicy SET {name} = ?", value)  # noqa: S608 - names from this test
