"""Jobs in words."""

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from adit_uploader.desktop.job_values import UnfinishedBlock, UnfinishedState
from adit_uploader.desktop.words.counts import COUNTS

translate = QCoreApplication.translate


def moment(seconds: float) -> str:
    """Day and time of the locale."""
    when = QDateTime.fromSecsSinceEpoch(round(seconds))
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)


def unfinished(state: UnfinishedState) -> str:
    """Which upload it is, as a heading."""
    return translate("Jobs", "An upload of {when} did not come to its end").format(when=moment(state.created))


def unfinished_detail(state: UnfinishedState) -> str:
    """How many are left, from where, to where."""
    text = translate("Jobs", "{left} of {images} are still to be sent from {folder} to {destination}.").format(
        left=state.left, images=COUNTS.images(state.images), folder=state.folder, destination=state.destination
    )
    return f"{text} {COUNTS.unfinished_others(state.others)}" if state.others else text


def unfinished_block(state: UnfinishedState) -> str:
    """Why it can't go on at the moment, and what to do."""
    if state.block is None:
        return ""
    elsewhere = translate("Jobs", "It belongs to {server}: sign in there to go on with it.")
    return {
        UnfinishedBlock.MADE_ELSEWHERE: translate(
            "Jobs", "It was made on the command line: adit-uploader jobs resume goes on with it."
        ),
        UnfinishedBlock.SIGNED_OUT: translate("Jobs", "Sign in to go on with it."),
        UnfinishedBlock.OTHER_SERVER: elsewhere.format(server=state.server),
        UnfinishedBlock.SEARCHING: translate("Jobs", "The files are looked at …"),
    }[state.block]
