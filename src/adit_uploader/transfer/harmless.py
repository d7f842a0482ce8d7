"""Which of the files that are left out leave no image missing."""

from adit_uploader.dicom.inventory import LeftOut, LeftOutReason

HARMLESS = frozenset(
    {
        LeftOutReason.NOT_DICOM,
        LeftOutReason.DICOMDIR,
        LeftOutReason.DUPLICATE,
        LeftOutReason.SYMLINK_LOOP,
        LeftOutReason.NOT_A_FILE,
    }
)
"""Left out without a loss: no image is missing because of them."""


def is_harmless(left_out: LeftOut) -> bool:
    """Whether no image is missing because of it."""
    return left_out.reason in HARMLESS
