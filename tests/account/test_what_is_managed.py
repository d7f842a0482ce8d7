"""What is set for all users of a computer: read whole or not at all, narrowing and never widening."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from adit_uploader.account.errors import ServerIsSet, SettingsError
from adit_uploader.account.managed import Managed, managed, windows_policy
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import HOME_VARIABLE, LineSettings, managed_path
from adit_uploader.deid.profiles import PROFILES
from adit_uploader.protocol.messages import Welcome
from adit_uploader.transfer.errors import JobRefused
from adit_uploader.transfer.offered_profiles import offered_profiles

WELCOME = Welcome(
    program="receiver",
    user="anna",
    department="Radiology",
    modes=("internal", "batch", "none"),
    destinations=(),
    profile="research",
    profiles=tuple(PROFILES),
    site_key="ab" * 32,
)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The computer's own file is neither read nor written."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "here"))


def nothing() -> Mapping[str, object]:
    return {}


def test_nothing_is_set_where_nobody_has_set_anything() -> None:
    assert managed() == Managed()
    assert windows_policy() == {}
    assert Managed().narrow(WELCOME) == WELCOME
    Managed().check_server(ServerAddress.parse("https://any.example.org"))


def test_the_policy_counts_before_the_file() -> None:
    managed_path().parent.mkdir(parents=True)
    managed_path().write_text('{"server": "adit.example.org", "modes": ["batch"], "limit_rate": 5}')
    found = managed(policy=lambda: {"modes": ["internal"], "limit_rate": 9, "pins": {"wss://a:443": "ab" * 32}})
    assert found == Managed(
        server="adit.example.org", modes=("internal",), limit_rate=9, pins={"wss://a:443": "ab" * 32}
    )
    assert found.line(LineSettings(proxy="http://mine:1")).proxy == "http://mine:1"


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"modes": ["everything"]}', '{"modes": "none"}', '{"server": 5}', '{"pins": {"a": "short"}}'],
)
def test_what_can_t_be_understood_is_an_error_and_never_as_if_it_were_not_there(tmp_path: Path, text: str) -> None:
    path = tmp_path / "managed.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match="damaged"):
        managed(path, nothing)


def test_a_policy_that_can_t_be_read_is_an_error(tmp_path: Path) -> None:
    def denied() -> Mapping[str, object]:
        raise PermissionError(13, "denied")

    with pytest.raises(SettingsError):
        managed(tmp_path / "managed.json", denied)


def test_only_the_server_that_is_set_may_be_used() -> None:
    only = Managed(server="adit.example.org")
    only.check_server(ServerAddress.parse("https://ADIT.example.org/upload/"))
    with pytest.raises(ServerIsSet, match=r"Sign in to adit\.example\.org"):
        only.check_server(ServerAddress.parse("https://other.example.org"))
    with pytest.raises(SettingsError):
        Managed(server="no address").check_server(ServerAddress.parse("https://other.example.org"))


def test_modes_are_narrowed_and_never_widened() -> None:
    assert Managed(modes=("internal", "fixed")).narrow(WELCOME).modes == ("internal",)
    assert Managed(modes=()).narrow(WELCOME).modes == ()


def test_the_profile_is_the_one_that_is_set_or_none_at_all() -> None:
    narrowed = offered_profiles(Managed(profile="basic").narrow(WELCOME))
    assert [one.name for one in narrowed.usable] == ["basic"]
    assert narrowed.get("").name == "basic"
    with pytest.raises(JobRefused):
        narrowed.get("research")
    elsewhere = msgspec.structs.replace(WELCOME, profiles=("research",))
    with pytest.raises(JobRefused):
        offered_profiles(Managed(profile="basic").narrow(elsewhere)).get("")
