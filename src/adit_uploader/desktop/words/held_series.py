"""A held series in words: which one it is, and what happens to it."""

from PySide6.QtCore import QCoreApplication

from adit_uploader.desktop.values import HeldChoice, HeldDecision
from adit_uploader.desktop.words.counts import COUNTS

translate = QCoreApplication.translate


def name(choice: HeldChoice) -> str:
    """Patient, kind and number of images."""
    what = " ".join(part for part in (choice.modality, choice.description) if part)
    return f"{choice.patient} · {what} ({COUNTS.images(choice.instances)})"


def decision(choice: HeldChoice) -> str:
    """What happens to it as things stand."""
    if choice.decision is HeldDecision.LEAVE_OUT:
        return translate("HeldSeries", "left out")
    if choice.decision is HeldDecision.AS_IT_IS:
        return translate("HeldSeries", "sent as it is")
    if choice.unfit:
        return translate("HeldSeries", "blanked and sent, but for {images} of another size or kind").format(
            images=COUNTS.images(choice.unfit)
        )
    return translate("HeldSeries", "blanked and sent")
