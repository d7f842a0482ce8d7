"""Our ``dataclass`` behaves as the standard library's, in all that this program uses."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest

from adit_uploader import values


class Of:
    """The same classes, made by one of the two modules."""

    def __init__(self, module: ModuleType) -> None:
        @module.dataclass(frozen=True, slots=True, order=True)
        class Place:
            """Where."""

            path: str
            member: str | None = None

            def __str__(self) -> str:
                return f"at {self.path}"

        @module.dataclass(frozen=True, slots=True)
        class Secret:
            patient_id: str = module.field(repr=False)
            places: tuple[Any, ...] = ()
            seen: dict[str, int] = module.field(default_factory=dict, compare=False)

            @property
            def count(self) -> int:
                return len(self.places)

        @module.dataclass(slots=True)
        class Running:
            number: int
            done: list[int] = module.field(default_factory=list)
            double: int = module.field(init=False)
            memory: dict[int, int] = module.field(init=False, repr=False, default_factory=dict)

            def __post_init__(self) -> None:
                self.double = 2 * self.number

        self.place, self.secret, self.running = Place, Secret, Running


OURS, STANDARD = Of(values), Of(dataclasses)
BOTH = pytest.mark.parametrize("of", [OURS, STANDARD], ids=["ours", "standard"])


@BOTH
def test_values_are_made_by_position_and_by_name(of: Of) -> None:
    place = of.place("a", member="b")
    assert (place.path, place.member) == ("a", "b")
    assert of.place("a").member is None
    assert of.secret("1").seen == {}
    assert of.secret("1").seen is not of.secret("1").seen
    running = of.running(3)
    assert (running.double, running.memory, running.done) == (6, {}, [])
    for words in ((), ("a", "b", "c")):
        with pytest.raises(TypeError):
            of.place(*words)
    with pytest.raises(TypeError):
        of.place("a", other=1)
    with pytest.raises(TypeError):
        of.running(1, [], 2)


@BOTH
def test_values_are_compared_hashed_and_ordered_by_their_fields(of: Of) -> None:
    assert of.place("a") == of.place("a") != of.place("b")
    assert of.place("a", "x").__eq__("a") is NotImplemented
    assert len({of.place("a"), of.place("a"), of.place("b")}) == 2
    assert sorted([of.place("b", "x"), of.place("a", "y"), of.place("b", "w")]) == [
        of.place("a", "y"),
        of.place("b", "w"),
        of.place("b", "x"),
    ]
    assert of.place("a", "a") <= of.place("a", "a") >= of.place("a", "a")
    with pytest.raises(TypeError):
        of.place("a") < 1  # noqa: B015 - that it can be asked is the question
    with pytest.raises(TypeError):
        of.secret("a") < of.secret("b")  # noqa: B015
    assert of.secret("1", seen={"a": 1}) == of.secret("1", seen={"b": 2})
    assert hash(of.place("a", "b")) == hash(("a", "b"))
    with pytest.raises(TypeError):
        hash(of.running(1))


@BOTH
def test_frozen_values_stay_as_they_are_and_others_do_not(of: Of) -> None:
    place = of.place("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        place.path = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del place.path
    running = of.running(1)
    running.number = 2
    assert running.number == 2
    with pytest.raises(AttributeError):
        running.other = 1


@BOTH
def test_secrets_are_not_shown(of: Of) -> None:
    assert repr(of.secret("4711", (1,))).endswith(".Secret(places=(1,), seen={})")
    assert repr(of.running(1)).endswith(".Running(number=1, done=[], double=2)")
    assert str(of.place("a")) == "at a"


@BOTH
def test_they_match_patterns_and_tell_their_fields(of: Of) -> None:
    match of.place("a", "b"):
        case of.place(path, member):
            assert (path, member) == ("a", "b")
        case _:
            pytest.fail("it does not match")
    assert [one.name for one in dataclasses.fields(of.running)] == ["number", "done", "double", "memory"]
    assert dataclasses.fields(of.place)[1].default is None
    assert dataclasses.asdict(of.secret("1", (of.place("a"),))) == {
        "patient_id": "1",
        "places": ({"path": "a", "member": None},),
        "seen": {},
    }
    assert dataclasses.astuple(of.place("a")) == ("a", None)
    changed = dataclasses.replace(of.secret("1", (2,)), patient_id="3")
    assert (changed.patient_id, changed.count) == ("3", 1)
    assert of.place.__doc__ == "Where."


def test_a_changed_copy_is_another_value() -> None:
    assert values.replace(OURS.place("a", "b"), member=None) == OURS.place("a")
    with pytest.raises(TypeError):
        values.replace(OURS.place("a"), other=1)


@values.dataclass(frozen=True, slots=True)
class Plain:
    path: str
    size: int = 0


@values.dataclass(slots=True)
class Prepared:
    number: int
    double: int = values.field(init=False)

    def __post_init__(self) -> None:
        self.double = 2 * self.number


class Nearer(Plain):
    __slots__ = ()


def test_they_can_be_pickled_and_copied_whatever_became_of_them() -> None:
    prepared = Prepared(1)
    prepared.double = 5
    for value in (Plain("a", 1), prepared, Nearer("b")):
        for other in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):  # noqa: S301
            assert other == value
            assert type(other) is type(value)
            assert other is not value


def test_what_is_not_offered_is_said() -> None:
    with pytest.raises(TypeError):
        values.dataclass(frozen=True, slots=True)(Nearer)
    with pytest.raises(TypeError):
        values.dataclass(frozen=True, slots=False)(Plain)


def test_classes_are_made_without_the_standard_library_s_decorator() -> None:
    program = "import sys; import adit_uploader.dicom.inventory; print('dataclasses' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
