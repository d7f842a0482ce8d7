"""Zip archives are looked into; those that can't be, or must not be, are named."""

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from adit_uploader.dicom import archive as rules
from adit_uploader.dicom.errors import SourceArchive, SourceVanished
from adit_uploader.dicom.header import read_header
from adit_uploader.dicom.inventory import LeftOut, LeftOutReason, Location
from adit_uploader.dicom.scan import scan
from adit_uploader.dicom.source import Sources, open_location
from tests.dicom.samples import make_file, write

LeftOutOf = Callable[[Path], dict[str, LeftOut]]


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def encrypted(data: bytes) -> bytes:
    """An archive whose members say that they are encrypted."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := changed.find(mark, at + 1)) >= 0:
            changed[at + offset] |= 1
    return bytes(changed)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_found_and_opened(tmp_path: Path, method: int, left_out_of: LeftOutOf) -> None:
    members = {"CD/IM1": make_file(1), "CD/IM2": make_file(2), "CD/readme.txt": b"text", "CD/Größe/IM3": make_file(3)}
    path = write(tmp_path / "export.zip", zipped(members, method))
    instances = list(scan([tmp_path]).instances())
    assert [instance.location for instance in instances] == [
        Location(path, "CD/IM1"),
        Location(path, "CD/IM2"),
        Location(path, "CD/Größe/IM3"),
    ]
    assert instances[0].size == len(make_file(1))
    assert instances[0].modified_ns == path.stat().st_mtime_ns
    assert left_out_of(tmp_path)["export.zip!CD/readme.txt"].reason == LeftOutReason.NOT_DICOM
    with open_location(instances[1].location) as file:
        assert read_header(file, instances[1].size).dataset.InstanceNumber == 2
        file.seek(0)
        assert file.read() == make_file(2)


def test_an_archive_is_known_by_content_and_folders_in_it_are_nothing(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    with zipfile.ZipFile(tmp_path / "export.bin", "w") as archive:
        archive.mkdir("empty")
        archive.writestr("IM1", make_file())
    assert left_out_of(tmp_path) == {}
    assert len(list(scan([tmp_path / "export.bin"]).instances())) == 1


def test_a_large_member_is_walked_without_holding_it(tmp_path: Path) -> None:
    big = make_file(Rows=2000, Columns=2000, PixelData=bytes(range(250)) * 32_000)
    write(tmp_path / "a.zip", zipped({"big": big, "small": make_file(2)}))
    assert [instance.size for instance in scan([tmp_path]).instances()] == [len(big), len(make_file(2))]


def test_encrypted_members_are_named(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    path = write(tmp_path / "a.zip", encrypted(zipped({"IM1": make_file(), "IM2": make_file(2)})))
    items = left_out_of(tmp_path)
    assert {item.reason for item in items.values()} == {LeftOutReason.ARCHIVE}
    assert "encrypted" in items["a.zip!IM1"].detail
    with pytest.raises(SourceArchive):
        open_location(Location(path, "IM1"))


def test_damaged_archives_are_named(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    data = zipped({"IM1": make_file(), "IM2": make_file(2)})
    path = write(tmp_path / "cut.zip", data[: len(data) // 2])
    write(tmp_path / "no table.zip", data[:-30])
    write(tmp_path / "only a beginning.zip", b"PK\x03\x04")
    items = left_out_of(tmp_path)
    assert len(items) == 3
    assert {item.reason for item in items.values()} == {LeftOutReason.ARCHIVE}
    with pytest.raises(SourceArchive):
        open_location(Location(path, "IM1"))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_with_a_wrong_checksum_is_named_and_the_others_are_found(
    tmp_path: Path, method: int, left_out_of: LeftOutOf
) -> None:
    data = bytearray(zipped({"IM1": make_file(), "IM2": make_file(2)}, method))
    data[data.find(b"PK\x03\x04", 4) - 3] ^= 0xFF  # in the first member's picture
    path = write(tmp_path / "a.zip", bytes(data))
    items = left_out_of(tmp_path)
    assert list(items) == ["a.zip!IM1"]
    assert items["a.zip!IM1"].reason == LeftOutReason.ARCHIVE
    with pytest.raises(SourceArchive):
        open_location(Location(path, "IM1"))


def test_an_archive_in_an_archive_is_named(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    write(tmp_path / "a.zip", zipped({"inner.zip": zipped({"IM1": make_file()}), "IM2": make_file(2)}))
    assert left_out_of(tmp_path)["a.zip!inner.zip"].reason == LeftOutReason.ARCHIVE
    assert len(list(scan([tmp_path]).instances())) == 1


def test_a_zip_bomb_is_refused_before_it_unfolds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_FREE_SIZE", 1_000_000)
    path = write(tmp_path / "bomb.zip", zipped({"zeros": bytes(50_000_000)}))
    (item,) = scan([tmp_path]).left_out
    assert item.reason == LeftOutReason.ARCHIVE
    with pytest.raises(SourceArchive):
        open_location(Location(path, "zeros"))


def test_a_member_gives_no_more_than_its_table_says(tmp_path: Path) -> None:
    """A table that lies about sizes does not make anything larger."""
    data = bytearray(zipped({"zeros": bytes(5_000_000)}))
    entry = data.find(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    path = write(tmp_path / "liar.zip", bytes(data))
    (item,) = scan([tmp_path]).left_out
    assert item.reason in {LeftOutReason.ARCHIVE, LeftOutReason.NOT_DICOM}
    with pytest.raises(SourceArchive):
        open_location(Location(path, "zeros"))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_named(tmp_path: Path, method: int, left_out_of: LeftOutOf) -> None:
    write(tmp_path / "a.zip", zipped({"IM1": make_file()}, method))
    assert left_out_of(tmp_path)["a.zip!IM1"].reason == LeftOutReason.ARCHIVE


def test_a_name_twice_in_an_archive_is_named(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("IM1", make_file(1))
        archive.writestr("IM1", make_file(2))
    write(tmp_path / "a.zip", buffer.getvalue())
    inventory = scan([tmp_path])
    assert [item.reason for item in inventory.left_out] == [LeftOutReason.ARCHIVE] * 2
    assert inventory.patients == ()


@pytest.mark.parametrize("first", ["[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"])
def test_documents_and_programs_are_one_file_that_is_not_dicom(
    tmp_path: Path, first: str, left_out_of: LeftOutOf
) -> None:
    write(tmp_path / "letter", zipped({first: b"x", "other": b"y"}))
    assert {name: item.reason for name, item in left_out_of(tmp_path).items()} == {"letter": LeftOutReason.NOT_DICOM}


def test_an_empty_archive_holds_nothing(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    write(tmp_path / "empty.zip", zipped({}))
    assert left_out_of(tmp_path) == {}


def test_a_copy_in_an_archive_is_a_duplicate(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    write(tmp_path / "IM1", make_file())
    write(tmp_path / "backup.zip", zipped({"IM1": make_file()}))
    items = left_out_of(tmp_path)
    assert {name: item.reason for name, item in items.items()} == {"backup.zip!IM1": LeftOutReason.DUPLICATE}


def test_many_members_are_opened_with_the_table_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = write(tmp_path / "a.zip", zipped({str(number): make_file(number) for number in range(5)}))
    two = write(tmp_path / "b.zip", zipped({"x": make_file(9)}))
    single = write(tmp_path / "c", make_file(10))
    opened: list[object] = []
    real = zipfile.ZipFile.__init__

    def count(self: zipfile.ZipFile, *args: object) -> None:
        opened.append(args)
        real(self, *args)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(zipfile.ZipFile, "__init__", count)
    with Sources() as sources:
        for location in [Location(one, str(number)) for number in range(5)] + [Location(single), Location(two, "x")]:
            with sources.open(location) as file:
                assert file.seekable()
                assert file.read()[128:132] == b"DICM"
        with pytest.raises(SourceVanished):
            sources.open(Location(two, "gone"))
    assert len(opened) == 2
