"""What the tests of this room share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adit_uploader.dicom.inventory import Inventory, LeftOut
from adit_uploader.dicom.scan import scan

LeftOutOf = Callable[[Path], dict[str, LeftOut]]


@pytest.fixture
def left_out_of() -> LeftOutOf:
    """Scan a folder; what is left out, by its place below the folder ("archive.zip!member" in an archive)."""

    def run(folder: Path) -> dict[str, LeftOut]:
        inventory = scan([folder])
        return {str(item.location).removeprefix(f"{folder}/"): item for item in inventory.left_out}

    return run


@pytest.fixture
def found_in() -> Callable[[Path], list[str]]:
    """Scan a folder; the SOPInstanceUIDs of what was found."""

    def run(folder: Path) -> list[str]:
        inventory: Inventory = scan([folder])
        return [instance.sop_instance_uid for instance in inventory.instances()]

    return run
