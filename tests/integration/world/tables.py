"""The receiver's tables in memory, for as much of Django's managers as the receiver's own code asks of them.

Django takes most of a run's time to build and write the same few statements of SQL again and again. Rows lie in
dictionaries here; unique columns and constraints are those of the models, and a transaction that does not come to its
end leaves nothing behind. That this is what Django does is shown by the same uploads upon real tables.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, models
from django.db.models import Q

from adit_receiver import bookkeeping, jobs, transactions
from adit_receiver.models import Forward, JobLease, PartialInstance, StoredInstance, UploadJob, UploadTask

Row = dict[str, Any]
Kind = type[models.Model]
Test = Callable[[Row], bool]
KINDS: tuple[Kind, ...] = (Forward, JobLease, PartialInstance, StoredInstance, UploadJob, UploadTask)
LOOKUPS: dict[str, Callable[[Any, Any], bool]] = {
    "in": lambda value, given: value in given,
    "lt": lambda value, given: value < given,
    "gt": lambda value, given: value > given,
}


def nothing() -> None:
    """Take notice of nothing."""


@dataclass
class Tables:
    """All rows by model and primary key. at_commit: told before and after a transaction counts."""

    rows: dict[Kind, dict[Any, Row]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    at_commit: Callable[[], None] = nothing
    _depth: int = 0
    _last: int = 0

    def clear(self) -> None:
        for rows in self.rows.values():
            rows.clear()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """As ``transaction.atomic``: all or nothing; one within another is a savepoint."""
        before = {kind: {key: dict(row) for key, row in rows.items()} for kind, rows in self.rows.items()}
        self._depth += 1
        try:
            yield
            if self._depth == 1:
                self.at_commit()
        except BaseException:
            self.rows = before
            raise
        finally:
            self._depth -= 1
        if self._depth == 0:
            self.at_commit()

    def add(self, one: models.Model) -> None:
        """Raises IntegrityError: the models forbid it."""
        kind = type(one)
        if one.pk is None:
            self._last += 1
            one.pk = self._last
        row = {name: getattr(one, name) for name in _columns(kind)}
        rows = self.rows[kind]
        for names in _unique(kind):
            if any(all(other[name] == row[name] for name in names) for other in rows.values()):
                raise IntegrityError(f"{kind.__name__}: {', '.join(names)}")
        rows[one.pk] = row

    def made(self, kind: Kind, row: Row) -> Any:
        """A row as its model's instance."""
        return kind.from_db(None, list(row), list(row.values()))


@lru_cache
def _columns(kind: Kind) -> tuple[str, ...]:
    return tuple(one.attname for one in kind._meta.concrete_fields)


@lru_cache
def _unique(kind: Kind) -> tuple[tuple[str, ...], ...]:
    named = [
        tuple(kind._meta.get_field(name).attname for name in one.fields)
        for one in kind._meta.constraints
        if isinstance(one, models.UniqueConstraint)
    ]
    return (*named, *((one.attname,) for one in kind._meta.concrete_fields if one.unique))


@lru_cache
def _step(kind: Kind, name: str) -> tuple[str, Kind | None, str]:
    """Own column, and for a relation the other table and its column."""
    of = kind._meta.pk if name == "pk" else kind._meta.get_field(name)
    if not of.concrete:
        return kind._meta.pk.attname, of.related_model, of.field.attname
    target = of.related_model if of.is_relation else None
    return of.attname, target, "" if target is None else target._meta.pk.attname


def _reach(tables: Tables, kind: Kind, row: Row, path: tuple[str, ...]) -> Iterable[Any]:
    column, target, theirs = _step(kind, path[0])
    if len(path) == 1:
        return (row[column],)
    assert target is not None
    found = [other for other in tables.rows[target].values() if other[theirs] == row[column]]
    return [value for other in found for value in _reach(tables, target, other, path[1:])]


def _condition(tables: Tables, kind: Kind, name: str, given: Any) -> Test:
    path = tuple(name.split("__"))
    compare = LOOKUPS.get(path[-1])
    if compare is None:
        return lambda row: any(value == given for value in _reach(tables, kind, row, path))
    if not isinstance(given, str) and hasattr(given, "__iter__"):
        given = set(given)
    return lambda row: any(compare(value, given) for value in _reach(tables, kind, row, path[:-1]))


def _meaning(tables: Tables, kind: Kind, q: Q) -> Test:
    tests = [
        _meaning(tables, kind, child) if isinstance(child, Q) else _condition(tables, kind, *child)
        for child in q.children
    ]
    whole = any if q.connector == Q.OR else all
    return lambda row: whole(test(row) for test in tests) != q.negated


@dataclass(frozen=True)
class Rows:
    """What a manager and its query sets are; made anew by each method that narrows it."""

    tables: Tables
    kind: Kind
    tests: tuple[Test, ...] = ()
    columns: tuple[tuple[str, ...], ...] = ()
    flat: bool = False
    once: bool = False
    counted: bool = False

    def _but(self, **changes: Any) -> "Rows":
        other = object.__new__(Rows)  # dataclasses' own ``replace`` was a tenth of a run
        other.__dict__.update(self.__dict__ | changes)
        return other

    # ------------------------------------------------------------ narrower

    def all(self) -> "Rows":
        return self

    order_by = select_for_update = all  # noqa: A003 - Django names it so

    def filter(self, *conditions: Q, **named: Any) -> "Rows":
        return self._but(tests=(*self.tests, _meaning(self.tables, self.kind, Q(*conditions, **named))))

    def exclude(self, *conditions: Q, **named: Any) -> "Rows":
        return self.filter(~Q(*conditions, **named))

    def none(self) -> "Rows":
        return self._but(tests=(lambda row: False,))

    def values_list(self, *names: str, flat: bool = False) -> "Rows":
        return self._but(columns=tuple(tuple(name.split("__")) for name in names), flat=flat)

    def distinct(self) -> "Rows":
        return self._but(once=True)

    def annotate(self, **counts: models.Count) -> "Rows":
        assert [type(one) for one in counts.values()] == [models.Count]
        return self._but(counted=True)

    # ------------------------------------------------------------ what is there

    def _rows(self) -> list[Row]:
        return [row for row in self.tables.rows[self.kind].values() if all(test(row) for test in self.tests)]

    def __iter__(self) -> Iterator[Any]:
        if not self.columns:
            return iter([self.tables.made(self.kind, row) for row in self._rows()])
        found = [tuple(self._value(row, path) for path in self.columns) for row in self._rows()]
        if self.counted:
            return iter([(*values, count) for values, count in Counter(found).items()])
        kept = dict.fromkeys(found) if self.once else found
        return iter([values[0] if self.flat else values for values in kept])

    def _value(self, row: Row, path: tuple[str, ...]) -> Any:
        (value,) = _reach(self.tables, self.kind, row, path)
        return value

    def first(self) -> Any:
        return next(iter(self), None)

    def get(self, *conditions: Q, **named: Any) -> Any:
        (one,) = self.filter(*conditions, **named)
        return one

    def exists(self) -> bool:
        return bool(self._rows())

    def count(self) -> int:
        return len(self._rows())

    def aggregate(self, **sums: models.Sum) -> dict[str, int | None]:
        ((name, asked),) = sums.items()
        (column,) = asked.source_expressions
        found = [row[column.name] for row in self._rows()]
        return {name: sum(found) if found else None}

    # ------------------------------------------------------------ changes

    def update(self, **values: Any) -> int:
        found = self._rows()
        for row in found:
            row.update(values)
        return len(found)

    def delete(self) -> None:
        for row in self._rows():
            del self.tables.rows[self.kind][row[self.kind._meta.pk.attname]]

    def bulk_create(self, made: Iterable[models.Model]) -> None:
        for one in made:
            self.tables.add(one)

    def get_or_create(self, defaults: Row | None = None, **named: Any) -> tuple[Any, bool]:
        there = self.filter(**named).first()
        if there is not None:
            return there, False
        one = self.kind(**named, **(defaults or {}))
        with self.tables.atomic():
            self.tables.add(one)
        return one, True

    def update_or_create(self, defaults: Row, **named: Any) -> None:
        with self.tables.atomic():
            if not self.filter(**named).update(**defaults):
                self.tables.add(self.kind(**named, **defaults))


def install(patch: pytest.MonkeyPatch) -> Tables:
    """Puts such tables in the place of the database's."""
    tables = Tables()

    def save(one: models.Model, update_fields: list[str]) -> None:
        tables.rows[type(one)][one.pk].update({name: getattr(one, name) for name in update_fields})

    def delete(one: models.Model) -> None:
        del tables.rows[type(one)][one.pk]

    def related(kind: Kind) -> property:
        return property(lambda job: Rows(tables, kind).filter(job_id=job.pk))

    for kind in KINDS:
        patch.setattr(kind, "objects", Rows(tables, kind))
        patch.setattr(kind, "save", save)
        patch.setattr(kind, "delete", delete)
    for name, kind in (("stored", StoredInstance), ("tasks", UploadTask), ("partials", PartialInstance)):
        patch.setattr(UploadJob, name, related(kind))
    for module in (jobs, bookkeeping, transactions):
        patch.setattr(module, "transaction", SimpleNamespace(atomic=tables.atomic))
    # whatever the run's other tests keep theirs in
    patch.setattr(transactions, "connection", SimpleNamespace(vendor="memory", in_atomic_block=False))
    return tables
