"""What can go wrong when reading what lies on disk.

DicomError
├── NotDicom              no DICOM object
│   └── MediaDirectory    a DICOMDIR: a table of contents, no instance
├── DamagedFile           starts as DICOM and can't be understood to its end
│   ├── HeaderTooLarge    more data outside the pixel data than this program holds in memory
│   └── NestedTooDeep     sequences in sequences, deeper than any real object has them
├── SourceError           the bytes can't be reached
│   ├── SourceVanished
│   ├── SourceUnreadable
│   ├── SourceNotAFile    a folder, device, pipe or socket
│   ├── SourceLoop        links that lead to themselves
│   └── SourceArchive     a zip archive, or a member of one, that can't be opened
├── PictureError          the picture can't be shown
│   ├── NoPicture         there is none, or none of a kind that this program shows
│   ├── PictureDamaged    its bytes make no picture, or are not what the header says
│   └── DecoderMissing    this installation lacks what decodes it
└── ScanCancelled

Messages are for people, and never hold a value from the file: no name, number, date or description.
"""


class DicomError(Exception):
    """An error of this room.

    Attributes:
        title: one line.
        message: what happened and what can be done.
    """

    title = "The file can't be read"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotDicom(DicomError):
    title = "No DICOM file"


class MediaDirectory(NotDicom):
    title = "A DICOMDIR"


class DamagedFile(DicomError):
    title = "The file is damaged"


class HeaderTooLarge(DamagedFile):
    title = "The file's header is too large"


class NestedTooDeep(DamagedFile):
    title = "The file's sequences are nested too deeply"


class SourceError(DicomError):
    title = "The file can't be opened"


class SourceVanished(SourceError):
    title = "The file is gone"


class SourceUnreadable(SourceError):
    title = "The file can't be read"


class SourceNotAFile(SourceError):
    title = "This is no file"


class SourceLoop(SourceError):
    title = "The link leads to itself"


class SourceArchive(SourceError):
    title = "The zip archive can't be opened"


class ScanCancelled(DicomError):
    title = "The search was stopped"


class PictureError(DicomError):
    title = "The picture can't be shown"


class NoPicture(PictureError):
    title = "There is no picture to show"


class PictureDamaged(PictureError):
    title = "The picture is damaged"


class DecoderMissing(PictureError):
    title = "The picture can't be decoded here"
