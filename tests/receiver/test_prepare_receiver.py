"""``manage prepare_receiver``: what a receiver needs on its disk."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    folder.mkdir()
    given = {"SPOOL": folder / "spool", "SECRET_FILE": folder / "site-secret"}
    with override_settings(ADIT_UPLOADER_RECEIVER=given):
        yield folder


def prepare() -> str:
    said = StringIO()
    call_command("prepare_receiver", stdout=said)
    return said.getvalue()


def test_spool_and_secret_are_made_for_their_owner_alone(data: Path) -> None:
    assert "back it up" in prepare()
    assert (data / "spool" / "incoming").is_dir()
    for path in (data / "spool", data / "spool" / "stored", data / "site-secret"):
        assert not path.stat().st_mode & 0o077, path


def test_a_second_time_the_secret_stays(data: Path) -> None:
    prepare()
    before = (data / "site-secret").read_bytes()
    assert "was there before" in prepare()
    assert (data / "site-secret").read_bytes() == before


def test_what_can_not_be_made_is_said(data: Path) -> None:
    (data / "spool").write_text("a file is in its place")
    with pytest.raises(CommandError, match="spool"):
        prepare()
