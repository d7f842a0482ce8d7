"""A location gives its bytes, or an error with words for people."""

import errno
import os
from pathlib import Path

import pytest

from adit_uploader.dicom import source
from adit_uploader.dicom.errors import (
    DicomError,
    SourceError,
    SourceLoop,
    SourceNotAFile,
    SourceUnreadable,
    SourceVanished,
)
from adit_uploader.dicom.inventory import Location
from adit_uploader.dicom.source import open_location, translate
from tests.dicom.samples import write


def test_a_file_is_opened_at_its_first_byte(tmp_path: Path) -> None:
    with open_location(Location(write(tmp_path / "a", b"abc"))) as file:
        assert file.seekable()
        assert file.read() == b"abc"


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for path, error in (
        (tmp_path, SourceNotAFile),
        (tmp_path / "pipe", SourceNotAFile),
        (Path("/dev/null"), SourceNotAFile),
        (tmp_path / "gone", SourceVanished),
        (tmp_path / "nul\0", SourceVanished),
        (tmp_path / "loop", SourceLoop),
    ):
        with pytest.raises(error):
            open_location(Location(path))


def test_a_pipe_that_takes_the_file_s_place_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a", b"abc")
    real = os.open

    def swap(name: Path, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return real(name, flags)

    monkeypatch.setattr(source.os, "open", swap)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(SourceNotAFile):
        open_location(Location(path))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.ENOENT, SourceVanished),
        (errno.ENOTDIR, SourceVanished),
        (errno.ESTALE, SourceVanished),
        (errno.ELOOP, SourceLoop),
        (errno.EISDIR, SourceNotAFile),
        (errno.ENXIO, SourceNotAFile),
        (errno.EACCES, SourceUnreadable),
        (errno.EPERM, SourceUnreadable),
        (errno.EIO, SourceUnreadable),
        (errno.ENAMETOOLONG, SourceUnreadable),
        (None, SourceUnreadable),
    ],
)
def test_the_system_s_errors_are_translated(number: int | None, error: type[SourceError]) -> None:
    system = OSError(number, "words of the system with /a/path") if number else OSError("without a number")
    translated = translate(system)
    assert type(translated) is error
    assert "/a/path" not in translated.message


def test_every_error_has_a_title_and_a_message() -> None:
    def below(kind: type[DicomError]) -> list[type[DicomError]]:
        return [kind, *(deeper for one in kind.__subclasses__() for deeper in below(one))]

    for kind in below(DicomError):
        assert kind.title
        assert kind("What happened.").message == "What happened."
