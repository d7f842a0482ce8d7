"""The ADIT adapter, against stand-ins of the same shape as ADIT's own modules."""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import Permission, User

from adit_receiver.accounts import Accounts, SignIn
from adit_receiver.errors import DestinationUnknownError


class Rows:
    """A manager over a list: ``filter`` by equality, ``accessible_by_user`` by name."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows

    def filter(self, **wanted: Any) -> "Rows":
        return Rows([r for r in self.rows if all(str(getattr(r, k)) == str(v) for k, v in wanted.items())])

    def accessible_by_user(self, user: User, access: str) -> "Rows":
        return Rows([r for r in self.rows if user.username in r.users and access == "destination"])

    def select_related(self, *_: str) -> "Rows":
        return self

    def first(self) -> Any:
        return self.rows[0] if self.rows else None

    def update(self, **values: Any) -> None:
        for row in self.rows:
            vars(row).update(values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)


@dataclass
class DicomServer:
    pk: int
    name: str
    users: tuple[str, ...]
    store_scp_support: bool = True
    ae_title: str = "PACS"
    host: str = "pacs"
    port: int = 104
    objects: ClassVar[Rows] = Rows([])


@dataclass
class DicomFolder:
    pk: int
    name: str
    users: tuple[str, ...]
    path: str = "/srv/out"
    objects: ClassVar[Rows] = Rows([])


@dataclass
class Token:
    pk: int
    owner: Any
    text: str
    expired: bool = False
    last_used: datetime | None = None
    objects: ClassVar[Rows] = Rows([])

    def is_expired(self) -> bool:
        return self.expired


class RestTokenAuthentication:
    def verify_token(self, text: str) -> tuple[str, Any, Any]:
        row = Token.objects.filter(text=text).first()
        if row is None or row.expired:
            return "Invalid token.", None, None
        return "", row.owner, row


@dataclass
class ProjectSettings:
    maintenance: bool = False
    current: ClassVar["ProjectSettings"]

    @classmethod
    def get(cls) -> "ProjectSettings":
        return cls.current


@dataclass
class World:
    accounts: Accounts
    alice: User
    token: Token = field(init=False)

    def __post_init__(self) -> None:
        self.token = Token(1, self.alice, "t" * 40)
        Token.objects.rows[:] = [self.token]


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    shared = "adit_radis_shared"
    modules: dict[str, dict[str, Any]] = {
        "adit": {},
        "adit.core": {},
        "adit.core.models": {"DicomServer": DicomServer, "DicomFolder": DicomFolder},
        shared: {},
        f"{shared}.common": {},
        f"{shared}.common.models": {"ProjectSettings": ProjectSettings},
        f"{shared}.token_authentication": {},
        f"{shared}.token_authentication.auth": {"RestTokenAuthentication": RestTokenAuthentication},
        f"{shared}.token_authentication.models": {"Token": Token},
    }
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    DicomServer.objects.rows[:] = [
        DicomServer(1, "pacs", ("alice",)),
        DicomServer(2, "source only", ("alice",), store_scp_support=False),
        DicomServer(3, "foreign", ("bob",)),
    ]
    DicomFolder.objects.rows[:] = [DicomFolder(4, "archive", ("alice",))]
    ProjectSettings.current = ProjectSettings()
    adapter = importlib.import_module("adit_receiver.adit")
    # ADIT's user model has the field; Django's plain one gets it for the test
    monkeypatch.setattr(User, "department", "Radiology", raising=False)
    yield World(adapter.AditAccounts(), User.objects.create(username="alice"))
    sys.modules.pop("adit_receiver.adit")


def test_a_valid_token_signs_its_owner_in_and_is_noted_as_used(world: World) -> None:
    sign_in = world.accounts.sign_in("t" * 40)
    assert isinstance(sign_in, SignIn)
    assert sign_in.user == world.alice
    assert world.token.last_used is not None
    assert world.token.last_used.tzinfo is UTC
    assert world.accounts.still_valid(sign_in)


def test_unknown_expired_and_inactive_are_told_and_end_living_connections(world: World) -> None:
    sign_in = world.accounts.sign_in("t" * 40)
    assert isinstance(sign_in, SignIn)
    assert world.accounts.sign_in("x" * 40) == "Invalid token."
    world.alice.is_active = False
    assert world.accounts.sign_in("t" * 40) == "This account is not active."
    assert not world.accounts.still_valid(sign_in)
    world.alice.is_active = True
    world.token.expired = True
    assert not world.accounts.still_valid(sign_in)
    Token.objects.rows.clear()
    assert not world.accounts.still_valid(sign_in)


def test_permissions_are_looked_up_anew(world: World) -> None:
    assert world.accounts.permissions(world.alice) == frozenset()
    world.alice.user_permissions.add(Permission.objects.get(codename="can_upload"))
    assert world.accounts.permissions(world.alice) == {"adit_receiver.can_upload"}


def test_only_accessible_nodes_that_take_instances_are_destinations(world: World) -> None:
    targets = world.accounts.destinations(world.alice)
    assert [(target.key, target.name, target.kind) for target in targets] == [
        ("4", "archive", "folder"),
        ("1", "pacs", "dicom"),
    ]
    assert world.accounts.target("4").folder == Path("/srv/out")
    assert (world.accounts.target("1").ae_title, world.accounts.target("1").port) == ("PACS", 104)


@pytest.mark.parametrize("key", ["9", "", "x", "٣"])
def test_a_node_that_is_gone_is_said(world: World, key: str) -> None:
    with pytest.raises(DestinationUnknownError):
        world.accounts.target(key)


def test_department_and_maintenance_are_adits_own(world: World) -> None:
    assert world.accounts.department(world.alice) == "Radiology"
    assert world.accounts.maintenance() == ""
    ProjectSettings.current = ProjectSettings(maintenance=True)
    assert "maintenance" in world.accounts.maintenance()
