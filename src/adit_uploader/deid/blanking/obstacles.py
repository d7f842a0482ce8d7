"""What can be said before a file is opened: whether rectangles can be blanked in its pictures."""

from enum import StrEnum

from adit_uploader.dicom.inventory import Instance
from adit_uploader.standard.uids import is_video

from .areas import Blanking
from .syntaxes import WRITTEN_AS


class BlankingObstacle(StrEnum):
    """Why an instance's picture can't be blanked; then it can only be sent as it is, or left out."""

    NO_PICTURE = "no-picture"  # a document, a report, a waveform
    VIDEO = "video"
    COMPRESSION = "compression"  # of a kind that this program can't write again
    SIZE = "size"  # the rectangles were drawn on a picture of another size
    MODE = "mode"  # in mode none files go as they are


EXPLANATIONS = {
    BlankingObstacle.NO_PICTURE: "It has no picture in which anything could be blanked.",
    BlankingObstacle.VIDEO: "Videos can't be blanked.",
    BlankingObstacle.COMPRESSION: "Its picture is compressed in a way in which it can't be blanked.",
    BlankingObstacle.SIZE: "Its picture has another size than the one on which the rectangles were drawn.",
    BlankingObstacle.MODE: "Files that go as they are can't be blanked.",
}
"""A sentence for people."""


def obstacle_to_blanking(instance: Instance, blanking: Blanking | None = None) -> BlankingObstacle | None:
    """Return why this instance's picture can't be blanked, or None.

    Args:
        blanking: the rectangles; None asks for any.

    What only the pixel data itself shows is met when it is de-identified: such a file is refused then.
    """
    if not instance.rows or not instance.columns:
        return BlankingObstacle.NO_PICTURE
    if is_video(instance.transfer_syntax_uid):
        return BlankingObstacle.VIDEO
    if instance.transfer_syntax_uid not in WRITTEN_AS:
        return BlankingObstacle.COMPRESSION
    if blanking is not None and not blanking.fits(instance.columns, instance.rows):
        return BlankingObstacle.SIZE
    return None
