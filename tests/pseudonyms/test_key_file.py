"""Key files: never overwritten, never taken for another key."""

import stat
from pathlib import Path

import pytest

from adit_uploader.pseudonyms.errors import KeyFileError
from adit_uploader.pseudonyms.key_file import KeyPurpose, make_department_key, read_key_file, write_key_file


def test_a_key_is_read_back_and_its_file_is_private(tmp_path: Path) -> None:
    path, key = tmp_path / "key", make_department_key()
    write_key_file(path, key)
    assert read_key_file(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(key) == 32
    assert make_department_key() != key


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path, key = tmp_path / "key", make_department_key()
    write_key_file(path, key)
    with pytest.raises(KeyFileError, match="exists already"):
        write_key_file(path, make_department_key())
    assert read_key_file(path) == key


def test_a_site_key_is_not_taken_for_a_department_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_key_file(path, bytes(32), KeyPurpose.SITE)
    assert read_key_file(path, KeyPurpose.SITE) == bytes(32)
    with pytest.raises(KeyFileError, match="holds a site key"):
        read_key_file(path)


def test_a_bare_line_of_digits_is_a_key_too(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("\ufeff" + "AB" * 32 + "\r\n", encoding="utf-8")
    assert read_key_file(path) == b"\xab" * 32


@pytest.mark.parametrize(
    "content", [b"", b"# only a comment\n", b"ab" * 31, b"zz" * 32, b"ab" * 32 + b"\n" + b"ab" * 32, bytes(9000)]
)
def test_what_is_no_key_file_is_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(KeyFileError, match="no key file"):
        read_key_file(path)


def test_what_can_not_be_opened_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        read_key_file(tmp_path / "none")
    with pytest.raises(KeyFileError):
        write_key_file(tmp_path / "none" / "key", bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        write_key_file(tmp_path / "key", b"short")
