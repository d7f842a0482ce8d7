"""Which zip archives and members are opened. Pure: looks at the archive's table of contents alone."""

import zipfile

from .errors import SourceArchive

MAX_MEMBER_SIZE = 16 * 1024**3
_MAX_RATIO = 250  # unpacked to packed, over the whole archive; blank pictures reach about 100
_FREE_SIZE = 256 * 1024**2  # below this no ratio is too high
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_DOCUMENT_MEMBERS = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "META-INF/"})

ZIP_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def check_archive(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse an archive that would unpack to far more than it is.

    Args:
        size: bytes of the archive itself.

    Raises:
        SourceArchive: it is a zip bomb, or has more than one part.
    """
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > max(_FREE_SIZE, _MAX_RATIO * size):
        raise SourceArchive("The archive would unpack to far more than an archive of pictures does.")


def refusal(info: zipfile.ZipInfo) -> str:
    """Why a member is not opened, for people; "" where it is."""
    if info.flag_bits & _ENCRYPTED:
        return "It is encrypted. Unpack the archive first."
    if info.compress_type not in _METHODS:
        return "It is packed in a way that this program does not read. Unpack the archive first."
    if info.file_size > MAX_MEMBER_SIZE:
        return "It is too large. Unpack the archive first."
    return ""


def is_document(archive: zipfile.ZipFile) -> bool:
    """Whether the archive is an office document, a book or a program: one file to its user, and none with pictures."""
    names = {info.filename for info in archive.infolist()[:2]}
    return not _DOCUMENT_MEMBERS.isdisjoint(names)


def repeated_names(archive: zipfile.ZipFile) -> frozenset[str]:
    """Names that more than one member has: which of them would be opened is anyone's guess."""
    seen: set[str] = set()
    repeated: set[str] = set()
    for info in archive.infolist():
        (repeated if info.filename in seen else seen).add(info.filename)
    return frozenset(repeated)
