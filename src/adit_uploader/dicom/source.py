"""The bytes behind a location."""

from typing import BinaryIO

from .inventory import Location


def open_location(location: Location) -> BinaryIO:
    """The file behind a location, seekable, at its first byte; a zip member as a temporary file.

    Raises:
        SourceVanished: it is no longer there.
        SourceUnreadable: the system does not let us read it.
        SourceNotAFile: a folder, device, pipe or socket is there.
        SourceArchive: the archive, or the member, can't be opened.
    """
    raise NotImplementedError
