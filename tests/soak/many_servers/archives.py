"""Where the uploads go: a real Orthanc, or a folder. Either says how often it holds each instance."""

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydicom import dcmread

from tests.parts.orthanc import Orthanc, start_orthanc
from tests.soak.faults.material import digest_of

NAME = "archive"
KINDS = ("orthanc", "folder")
_SAID = "C-STORE of "
# asked about every instance that arrives whole, also about one that is there already
_SCRIPT = f"""
function ReceivedInstanceFilter(dicom, origin)
  print("{_SAID}" .. dicom.SOPInstanceUID)
  return true
end
"""


class Archive(ABC):
    """A destination.

    Attributes:
        set_up: statement of Python that makes it known to the receiver.
    """

    set_up: str

    @abstractmethod
    def wrong(self, stored: Mapping[str, str], pixels: Counter[str]) -> list[str]:
        """What is not as it must be, for people.

        Args:
            stored: digest of each instance that the receiver has stored, by SOPInstanceUID.
            pixels: digests of the pixels of all that was sent.
        """

    @abstractmethod
    def count(self) -> int:
        """How many instances it holds."""

    def repeated(self) -> int:
        """How many more C-STORE requests came than it holds instances: of each the first counts, as Orthanc sees it."""
        return 0


class FolderArchive(Archive):
    """Holds the files as they were stored."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.set_up = f"set_up_folder_destination({NAME!r}, Path({str(folder)!r}))"

    def _files(self) -> list[Path]:
        return list(self._folder.rglob("*.dcm"))

    def count(self) -> int:
        return len(self._files())

    def wrong(self, stored: Mapping[str, str], pixels: Counter[str]) -> list[str]:
        found = Counter(
            (str(dcmread(path, stop_before_pixels=True).SOPInstanceUID), digest_of(path)) for path in self._files()
        )
        return [] if found == Counter(stored.items()) else ["the folder does not hold each instance exactly once"]


class OrthancArchive(Archive):
    """Writes a header of its own before what it is sent, so the pixels are compared and not the whole file."""

    def __init__(self, orthanc: Orthanc) -> None:
        self._orthanc = orthanc
        self.set_up = f"set_up_dicom_destination({NAME!r}, {orthanc.address!r})"

    def count(self) -> int:
        return self._orthanc.count()

    def repeated(self) -> int:
        return len(self._requests()) - self.count()

    def _requests(self) -> list[str]:
        """SOPInstanceUIDs of all that came."""
        lines = self._orthanc.log.read_text("utf-8").splitlines()
        return [line.partition(_SAID)[2].strip() for line in lines if _SAID in line]

    def wrong(self, stored: Mapping[str, str], pixels: Counter[str]) -> list[str]:
        wrong = []
        uids = [str(entry["MainDicomTags"]["SOPInstanceUID"]) for entry in self._orthanc.get("/instances?expand")]
        if Counter(uids) != Counter(list(stored)):
            wrong.append("Orthanc does not hold each instance exactly once")
        if (new := self._orthanc.received()) != len(stored):
            wrong.append(f"{new} instances were new to Orthanc")
        if set(self._requests()) != set(stored):
            wrong.append("other instances were sent to Orthanc than were stored")
        if Counter(_digests(self._orthanc, self._orthanc.instances())) != pixels:
            wrong.append("Orthanc holds other pixels than were sent")
        return wrong


def _digests(orthanc: Orthanc, keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        yield hashlib.sha256(orthanc.pixels(key) or b"").hexdigest()


@contextmanager
def archive_of(kind: str, folder: Path) -> Iterator[Archive]:
    """A running one of this kind, which keeps its files below the folder."""
    if kind == "folder":
        yield FolderArchive(folder)
        return
    folder.mkdir()
    script = folder / "count.lua"
    script.write_text(_SCRIPT, "ascii")
    with start_orthanc(folder / "orthanc", LuaScripts=[str(script)]) as orthanc:
        yield OrthancArchive(orthanc)
