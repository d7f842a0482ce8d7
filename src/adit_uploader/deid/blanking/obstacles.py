"""What can be said before a file is opened: whether rectangles can be blanked in its pictures."""

from enum import StrEnum

from adit_uploader.dicom.inventory import Instance
from adit_uploader.standard.uids import DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE

from .areas import Blanking


class BlankingObstacle(StrEnum):
    """Why an instance's picture can't be blanked; then it can only be sent as it is, or left out."""

    NO_PICTURE = "no-picture"  # a document, a report, a waveform
    VIDEO = "video"
    COMPRESSION = "compression"  # of a kind that this program can't write again
    SIZE = "size"  # the rectangles were drawn on a picture of another size
    MODE = "mode"  # in mode none files go as they are


_NATIVE = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED})
_VIDEOS = tuple(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 109))  # MPEG-2, MPEG-4, HEVC


def obstacle_to_blanking(instance: Instance, blanking: Blanking | None = None) -> BlankingObstacle | None:
    """Return why this instance's picture can't be blanked, or None.

    Args:
        blanking: the rectangles; None asks for any.

    What only the pixel data itself shows is met when it is de-identified: such a file is refused then.
    """
    if not instance.rows or not instance.columns:
        return BlankingObstacle.NO_PICTURE
    if instance.transfer_syntax_uid.startswith(_VIDEOS):
        return BlankingObstacle.VIDEO
    if instance.transfer_syntax_uid not in _NATIVE:
        return BlankingObstacle.COMPRESSION
    if blanking is not None and not blanking.fits(instance.columns, instance.rows):
        return BlankingObstacle.SIZE
    return None
