"""Few settings, in their own place, whole or not at all."""

from dataclasses import fields
from pathlib import Path

import pytest

from adit_uploader.account.errors import SettingsError
from adit_uploader.account.managed import managed_line
from adit_uploader.account.settings import (
    LineSettings,
    Settings,
    config_dir,
    data_dir,
    journal_path,
    key_lists_dir,
    make_private,
    settings_path,
)

REMEMBERED = Settings(server="adit.example.org", language="de", lanes=2, mode="batch", destination="Archive")


def test_what_is_saved_is_loaded() -> None:
    assert Settings.load() == Settings()
    REMEMBERED.save()
    assert Settings.load() == REMEMBERED
    assert settings_path().stat().st_mode & 0o777 == 0o600
    assert config_dir().stat().st_mode & 0o777 == 0o700
    assert [path.name for path in config_dir().iterdir()] == ["settings.json"]


def test_the_mode_none_is_never_remembered() -> None:
    assert REMEMBERED.with_mode("none").mode == ""
    assert REMEMBERED.with_mode("fixed").mode == "fixed"
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text('{"mode": "none"}')
    with pytest.raises(SettingsError):
        Settings.load()


def test_there_is_no_place_for_a_token() -> None:
    of_user = {"server", "language", "lanes", "mode", "destination", "keep_days", "servers"}
    assert {field.name for field in fields(Settings)} == of_user | {"line", "receiving"}
    assert {field.name for field in fields(LineSettings)} == {"proxy", "ca_file", "pins", "limit_rate", "compress"}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"lanes": -1}', '{"lanes": 99}', '{"server": 1}', "\xff"])
def test_damaged_settings_are_named(text: str) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text(text, "latin-1")
    with pytest.raises(SettingsError, match="damaged") as caught:
        Settings.load()
    assert str(settings_path()) in caught.value.message


@pytest.mark.parametrize(
    "text",
    ['{"line": {"pins": {"wss://a:443": "short"}}}', '{"line": {"limit_rate": -1}}', '{"line": {"compress": "x"}}'],
)
def test_damaged_settings_of_the_line_are_named(text: str) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text(text)
    with pytest.raises(SettingsError, match="damaged"):
        Settings.load()


def test_what_is_managed_stands_over_what_the_user_has_set(tmp_path: Path) -> None:
    own = LineSettings(proxy="http://mine:1", ca_file="/mine", pins={"wss://a:443": "ab" * 32}, limit_rate=5)
    assert managed_line(own) == own
    managed = tmp_path / "managed.json"
    managed.write_text(f'{{"proxy": "none", "pins": {{"wss://b:443": "{"cd" * 32}"}}, "compress": "off"}}')
    over = managed_line(own, managed)
    assert over == LineSettings(
        proxy="none",
        ca_file="/mine",
        pins={"wss://a:443": "ab" * 32, "wss://b:443": "cd" * 32},
        limit_rate=5,
        compress="off",
    )
    managed.write_text("{")
    with pytest.raises(SettingsError, match="damaged"):
        managed_line(own, managed)


def test_a_pin_is_kept_a_server_and_may_be_forgotten() -> None:
    one = LineSettings().with_pin("wss://a:443", "ab" * 32).with_pin("wss://b:443", "cd" * 32)
    assert one.with_pin("wss://a:443", "").pins == {"wss://b:443": "cd" * 32}
    Settings(line=one).save()
    assert Settings.load().line == one


def test_settings_of_a_newer_program_are_read_as_far_as_they_are_known(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"server": "adit.example.org", "something": {"new": 1}}')
    assert Settings.load(path) == Settings(server="adit.example.org")


def test_settings_that_cannot_be_read_or_written_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SettingsError, match="can't be read"):
        Settings.load(tmp_path / "folder")
    with pytest.raises(SettingsError, match="can't be saved"):
        Settings().save(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("folder")] == ["folder"]
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="can't be made"):
        make_private(tmp_path / "file" / "below")


def test_everything_lies_below_one_folder_if_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path / "all"))
    for path in (data_dir(), config_dir(), journal_path(), key_lists_dir(), settings_path()):
        assert path.is_relative_to(tmp_path / "all")


def test_the_systems_own_places_are_the_default(own_places: Path) -> None:
    assert data_dir() == own_places / ".local/share/adit-uploader"
    assert config_dir() == own_places / ".config/adit-uploader"
    assert journal_path().parent == key_lists_dir().parent == data_dir()


def test_a_folder_of_ours_is_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    assert make_private(tmp_path / "open").stat().st_mode & 0o777 == 0o700
