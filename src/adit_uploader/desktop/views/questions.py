"""What the window asks about uploads before it does what can't be undone. Each is opened by whoever asks for it."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from adit_uploader.desktop.values import Explanation
from adit_uploader.desktop.views.confirmation import Confirmation
from adit_uploader.desktop.words.counts import COUNTS

translate = QCoreApplication.translate


def _back() -> str:
    return translate("Questions", "&Go back")


def delete_traces(window: QWidget, *, key_list_saved: bool, unfinished: bool) -> Confirmation:
    """What goes and what stays. unfinished: it could still be gone on with."""
    goes = translate(
        "Questions",
        "From this computer goes: which files were sent and how far each came, the receipt, and the program's own copy "
        "of the key list.",
    )
    stays = translate("Questions", "What stays: your files, and everything that is at the server or its destination.")
    kept = translate("Questions", "The key list that you saved stays where it is.")
    lost = translate(
        "Questions", "You have NOT saved the key list elsewhere: after this nobody can say who is who, not even you."
    )
    never = translate("Questions", "This upload is not finished. It can't be gone on with any more.")
    lines = (goes, f"{stays} {kept}" if key_list_saved else f"{stays}\n\n{lost}", never if unfinished else "")
    text = Explanation(translate("Questions", "Delete local traces?"), "\n\n".join(line for line in lines if line))
    return Confirmation(window, text, go=translate("Questions", "&Delete"), back=_back())


def cancel_job(window: QWidget) -> Confirmation:
    """Before an upload is given up at the server."""
    text = Explanation(
        translate("Questions", "Cancel this upload at the server?"),
        translate(
            "Questions",
            "What is delivered stays delivered. What is not yet delivered will not be.",
        ),
    )
    return Confirmation(window, text, go=translate("Questions", "&Cancel the upload"), back=_back())


def delete_received(window: QWidget, images: int) -> Confirmation:
    """Before what workstations sent is deleted without having been uploaded."""
    text = Explanation(
        COUNTS.delete_received(images),
        translate(
            "Questions",
            "They are deleted from this computer without having been uploaded. The workstation still has its own.",
        ),
    )
    return Confirmation(window, text, go=translate("Questions", "&Delete"), back=_back())


def close_without_key_lists(window: QWidget, key_lists: int) -> Confirmation:
    """Before the window closes over key lists that were never saved elsewhere; its second deed shows them."""
    text = Explanation(
        COUNTS.unsaved_key_lists(key_lists),
        translate(
            "Questions",
            "The program keeps them on this computer alone, and reminds you at the next start. If this computer is "
            "lost, nobody can say any more who is who.",
        ),
    )
    return Confirmation(
        window,
        text,
        go=translate("Questions", "&Close all the same"),
        also=translate("Questions", "&Show the uploads"),
        back=_back(),
    )


def trust(window: QWidget, server: str, fingerprint: str) -> Confirmation:
    """Before a certificate that nobody vouches for is taken for the server's own. fingerprint: as it is shown."""
    compare = translate(
        "Questions",
        "No authority that this computer knows vouches for it. Your token was not sent. Compare this SHA-256 "
        "fingerprint with the one that the server's administrators name, by telephone or on paper:",
    )
    half = len(fingerprint) // 2 + 1  # in two lines: it has no place where a line could break
    only = translate(
        "Questions", "Only if all of it is the same, it is the right server. From then on no other is taken."
    )
    text = Explanation(
        translate("Questions", "Is this really {server}?").format(server=server),
        f"{compare}\n\n{fingerprint[:half]}\n{fingerprint[half:]}\n\n{only}",
    )
    return Confirmation(window, text, go=translate("Questions", "&It is the same"), back=_back())
