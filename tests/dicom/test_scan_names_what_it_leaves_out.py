"""Each file that is not sent is named with its reason, and none stops the scan."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydicom import Dataset
from pydicom.uid import BasicTextSRStorage

from adit_uploader.dicom import source
from adit_uploader.dicom.errors import ScanCancelled
from adit_uploader.dicom.inventory import LeftOut, LeftOutReason
from adit_uploader.dicom.scan import ScanProgress, scan
from tests.dicom.samples import bare, make_dataset, make_file, write

LeftOutOf = Callable[[Path], dict[str, LeftOut]]
FoundIn = Callable[[Path], list[str]]


def test_a_cut_file_is_named_and_not_sent(tmp_path: Path, left_out_of: LeftOutOf, found_in: FoundIn) -> None:
    data = make_file()
    write(tmp_path / "whole", make_file(2))
    write(tmp_path / "cut in the picture", data[:-5])
    write(tmp_path / "cut in the header", data[:400])
    write(tmp_path / "cut in the meta", data[:150])
    write(tmp_path / "cut before the picture", make_file(PixelData=None))
    write(tmp_path / "bare and cut", bare(data)[:-5])
    items = left_out_of(tmp_path)
    assert len(items) == 5
    assert {item.reason for item in items.values()} == {LeftOutReason.DAMAGED}
    assert found_in(tmp_path) == ["1.2.3.4.2"]


def test_no_cut_image_is_ever_sent(tmp_path: Path, found_in: FoundIn) -> None:
    data = make_file()
    for length in range(len(data)):
        write(tmp_path / f"{length}", data[:length])
    assert found_in(tmp_path) == []


def test_a_picture_shorter_than_its_header_says_is_damaged(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    write(tmp_path / "a", make_file(Rows=5))
    write(tmp_path / "b", make_file(2, NumberOfFrames=2))
    assert {item.reason for item in left_out_of(tmp_path).values()} == {LeftOutReason.DAMAGED}


def test_pictures_in_fewer_bits_than_bytes_or_shared_colours_are_whole(tmp_path: Path, found_in: FoundIn) -> None:
    write(tmp_path / "one bit", make_file(1, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=bytes(2)))
    colours = {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422", "BitsAllocated": 8}
    write(tmp_path / "shared", make_file(2, PixelData=bytes(32), **colours))
    assert found_in(tmp_path) == ["1.2.3.4.1", "1.2.3.4.2"]


def test_what_has_no_picture_needs_none(tmp_path: Path, found_in: FoundIn) -> None:
    nothing = dict.fromkeys(["PixelData", "Rows", "Columns"])
    write(tmp_path / "report", make_file(SOPClassUID=BasicTextSRStorage, Modality="SR", **nothing))
    assert len(found_in(tmp_path)) == 1


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID"])
@pytest.mark.parametrize("value", [None, "", "1.2.x", "1..2", ".1", "1.2." + "3" * 62, "1.2\\1.3"])
def test_a_missing_or_invalid_uid_is_named(
    tmp_path: Path, keyword: str, value: str | None, left_out_of: LeftOutOf
) -> None:
    good = make_file(**{keyword: None if value is None else "1.2.9"})
    raw = (value or "").encode()
    raw += b"\0" * (len(raw) % 2)
    if value is not None:
        tag = Dataset()
        setattr(tag, keyword, "")
        (key,) = tag.keys()
        head = key.group.to_bytes(2, "little") + key.elem.to_bytes(2, "little") + b"UI"
        old = head + b"\x06\0" + b"1.2.9\0"
        assert bare(good).count(old) == 1
        front = good[: -len(bare(good))]
        good = front + bare(good).replace(old, head + len(raw).to_bytes(2, "little") + raw)
    write(tmp_path / "a", good)
    item = left_out_of(tmp_path)["a"]
    assert item.reason == LeftOutReason.NO_SOP_INSTANCE_UID
    assert keyword in item.detail


def test_the_same_instance_twice_is_sent_once(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    data = make_file()
    write(tmp_path / "b" / "copy", data)
    write(tmp_path / "a" / "first", data)
    write(tmp_path / "c" / "another writer", b"W" * 128 + data[128:])
    items = left_out_of(tmp_path)
    assert {name: item.reason for name, item in items.items()} == {
        "b/copy": LeftOutReason.DUPLICATE,
        "c/another writer": LeftOutReason.DUPLICATE,
    }
    (instance,) = scan([tmp_path]).instances()
    assert instance.location.path == tmp_path / "a" / "first"


@pytest.mark.parametrize(
    "other",
    [{"PixelData": bytes(32)}, {"PatientID": "99"}, {"StudyInstanceUID": "1.9"}, {"SeriesInstanceUID": "1.9.9"}],
)
def test_contradicting_instances_are_not_sent_at_all(
    tmp_path: Path, other: dict[str, object], left_out_of: LeftOutOf, found_in: FoundIn
) -> None:
    write(tmp_path / "a", make_file())
    write(tmp_path / "a copy", make_file())
    write(tmp_path / "b", make_file(**other))
    write(tmp_path / "good", make_file(2))
    items = left_out_of(tmp_path)
    assert {name: item.reason for name, item in items.items()} == dict.fromkeys(
        ["a", "a copy", "b"], LeftOutReason.CONFLICT
    )
    assert found_in(tmp_path) == ["1.2.3.4.2"]


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    inventory = scan([tmp_path / "nowhere", tmp_path / "nul\0byte"])
    assert [item.reason for item in inventory.left_out] == [LeftOutReason.VANISHED] * 2


def test_a_file_that_vanishes_during_the_scan_is_named(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write(tmp_path / str(number), make_file(number))
    asked = 0

    def remove_the_second() -> bool:
        nonlocal asked
        asked += 1
        if asked == 3:  # once at the start, then before each file
            (tmp_path / "2").unlink()
        return False

    inventory = scan([tmp_path], cancelled=remove_the_second)
    assert [item.reason for item in inventory.left_out] == [LeftOutReason.VANISHED]
    assert len(list(inventory.instances())) == 2


def test_a_link_to_nothing_is_named(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert left_out_of(tmp_path)["link"].reason == LeftOutReason.VANISHED


def test_links_that_lead_to_themselves_are_named(tmp_path: Path, left_out_of: LeftOutOf, found_in: FoundIn) -> None:
    write(tmp_path / "a" / "b" / "image", make_file())
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a" / "here").symlink_to(".", target_is_directory=True)
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    items = left_out_of(tmp_path)
    assert set(items) == {"a/b/up", "a/here", "one", "two"}
    assert {item.reason for item in items.values()} == {LeftOutReason.SYMLINK_LOOP}
    assert len(found_in(tmp_path)) == 1


def test_a_file_reached_twice_counts_once(tmp_path: Path) -> None:
    file = write(tmp_path / "folder" / "image", make_file())
    (tmp_path / "folder" / "again").symlink_to("image")
    (tmp_path / "folder" / "hard").hardlink_to(file)
    (tmp_path / "linked").symlink_to("folder", target_is_directory=True)
    inventory = scan([tmp_path, tmp_path / "folder", file, tmp_path / "linked"])
    assert len(list(inventory.instances())) == 1
    assert inventory.left_out == ()


def test_linked_folders_and_files_elsewhere_are_found(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "deep" / "one", make_file(1))
    write(tmp_path / "else" / "two", make_file(2))
    dropped = tmp_path / "dropped"
    dropped.mkdir()
    (dropped / "folder").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (dropped / "file").symlink_to(tmp_path / "else" / "two")
    places = [instance.location.path for instance in scan([dropped]).instances()]
    assert places == [dropped / "folder" / "deep" / "one", dropped / "file"]


def test_pipes_sockets_and_devices_are_named_and_never_waited_for(tmp_path: Path, left_out_of: LeftOutOf) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        items = left_out_of(tmp_path)
    assert {name: item.reason for name, item in items.items()} == dict.fromkeys(
        ["device", "pipe", "socket"], LeftOutReason.NOT_A_FILE
    )


def test_what_the_system_keeps_from_us_is_named() -> None:
    """In a process of its own, which gives up the right to read everything before it looks."""
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from adit_uploader.dicom.scan import scan\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "inventory = scan([Path(sys.argv[1])])\n"
        "for item in inventory.left_out: print(item.reason, item.location.path.name)\n"
        "print(len(list(inventory.instances())))\n"
    )
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "locked file", make_file(1)).chmod(0)
        write(folder / "locked folder" / "image", make_file(2))
        write(folder / "open", make_file(3)).chmod(0o644)
        (folder / "locked folder").chmod(0)
        folder.chmod(0o755)
        result = subprocess.run(
            [sys.executable, "-c", program, name], capture_output=True, text=True, check=False, timeout=240
        )
        (folder / "locked folder").chmod(0o700)
    assert result.stdout.splitlines() == ["unreadable locked file", "unreadable locked folder", "1"], result.stderr


def test_a_disk_that_fails_is_named(tmp_path: Path, left_out_of: LeftOutOf, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "bad", make_file())

    def fail(*_: object, **__: object) -> int:
        raise OSError(5, "the disk's own words")

    monkeypatch.setattr(source.os, "open", fail)
    item = left_out_of(tmp_path)["bad"]
    assert item.reason == LeftOutReason.UNREADABLE
    assert "Input/output error" in item.detail


def test_a_scan_can_be_stopped_and_tells_how_far_it_is(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path / str(number), make_file(number))
    told: list[ScanProgress] = []
    scan([tmp_path], progress=told.append)
    assert told[-1] == ScanProgress(20, 20, 0, sum(path.stat().st_size for path in tmp_path.iterdir()))
    with pytest.raises(ScanCancelled):
        scan([tmp_path], cancelled=lambda: True)


def test_details_hold_nothing_of_the_patient(tmp_path: Path) -> None:
    folder = tmp_path / "Geheim_Gerda"
    dataset = {"PatientName": "Geheim^Gerda", "PatientID": "471100"}
    write(folder / "1", make_file(1, **dataset))
    write(folder / "2", make_file(1, **dataset))
    write(folder / "3", make_file(2, **dataset)[:-3])
    write(folder / "4", make_file(3, **dataset))
    write(folder / "5", make_file(3, StudyID="x", **dataset))
    write(
        folder / "6", make_file(4, **{**dataset, "SpecificCharacterSet": "ISO_IR 192"}).replace(b"Gerda", b"Gerd\xe4")
    )
    left_out = scan([folder]).left_out
    assert len(left_out) == 5
    assert not [item for item in left_out if "Geheim" in item.detail or "4711" in item.detail]


def test_a_deep_tree_is_walked_without_recursion(tmp_path: Path, found_in: FoundIn) -> None:
    folder = tmp_path
    for _ in range(700):
        folder /= "d"
        folder.mkdir()
    write(folder / "image", make_file())
    assert len(found_in(tmp_path)) == 1


def test_hidden_private_elements_do_not_disturb(tmp_path: Path, found_in: FoundIn) -> None:
    dataset = make_dataset()
    block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", bytes(90_000))
    dataset.save_as(tmp_path / "a", implicit_vr=False, little_endian=True)
    assert len(found_in(tmp_path)) == 1
