"""Jobs in words."""

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from adit_uploader.desktop.job_values import JobLine, Place, ServerLook, UnfinishedBlock, UnfinishedState
from adit_uploader.desktop.words import modes, receivers
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.pseudonyms.mode import Mode

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
    return block(state.block, state.server)


def block(why: UnfinishedBlock | None, server: str) -> str:
    """Why an upload can't be gone on with at the moment, and what to do; '' where it can."""
    if why is None:
        return ""
    elsewhere = translate("Jobs", "It belongs to {server}: sign in there to go on with it.")
    return {
        UnfinishedBlock.MADE_ELSEWHERE: translate(
            "Jobs", "It was made on the command line: adit-uploader jobs resume goes on with it."
        ),
        UnfinishedBlock.SIGNED_OUT: translate("Jobs", "Sign in to go on with it."),
        UnfinishedBlock.OTHER_SERVER: elsewhere.format(server=server_name(server)),
        UnfinishedBlock.SEARCHING: translate("Jobs", "The files are looked at …"),
        UnfinishedBlock.RUNNING: translate("Jobs", "It is being sent, here or in another window."),
    }[why]


def state(code: str) -> str:
    """A job's state as ADIT names it, or as this computer knows it."""
    return {
        "UV": translate("Jobs", "being sent"),
        "PE": translate("Jobs", "waiting"),
        "IP": translate("Jobs", "in progress"),
        "CI": translate("Jobs", "being canceled"),
        "CA": translate("Jobs", "canceled"),
        "SU": translate("Jobs", "delivered"),
        "WA": translate("Jobs", "with warnings"),
        "FA": translate("Jobs", "failed"),
        "running": translate("Jobs", "being sent"),
        "open": translate("Jobs", "not finished"),
        "finished": translate("Jobs", "sent"),
        "canceled": translate("Jobs", "canceled"),
    }.get(code, code)


def place(where: Place) -> str:
    """Who knows of a job."""
    return {
        Place.HERE: translate("Jobs", "here"),
        Place.SERVER: translate("Jobs", "at the server"),
        Place.BOTH: translate("Jobs", "here, server"),
    }[where]


def server_name(key: str) -> str:
    """A server's key as people know its address."""
    return key.removeprefix("wss://").removesuffix(":443")


def key_list(saved: bool | None) -> str:
    """Whether there is a key list of a job, and whether the user has it."""
    if saved is None:
        return "-"
    return translate("Jobs", "saved") if saved else translate("Jobs", "NOT saved")


def look(now: ServerLook, why: str, *, empty: bool) -> str:
    """How much the list knows of the server's uploads."""
    here = translate("Jobs", "Only the uploads of this computer are shown.")
    signed_out = translate("Jobs", "You are not signed in.")
    none = translate("Jobs", "There are no uploads yet.")
    said = {
        ServerLook.SIGNED_OUT: f"{signed_out} {here}",
        ServerLook.ASKING: translate("Jobs", "The server is being asked …"),
        ServerLook.LIVE: translate("Jobs", "This computer's uploads and the server's, as they are now."),
        ServerLook.AT_REST: translate("Jobs", "This computer's uploads and the server's. Nothing is under way."),
        ServerLook.UNREACHABLE: f"{why}. {here}",
    }[now]
    return f"{none} {said}" if empty and now is not ServerLook.ASKING else said


def unsaved_reminder(count: int) -> str:
    """What stands on the page as long as a key list was never saved elsewhere; '' where there is none."""
    if not count:
        return ""
    rest = translate("Jobs", "Without it nobody can say who is who. Choose the upload, then save its list.")
    return f"{COUNTS.unsaved_key_lists(count)} {rest}"


def job_detail(line: JobLine, why: UnfinishedBlock | None) -> str:
    """The chosen upload in a sentence or two."""
    counts = [COUNTS.stored(line.stored), COUNTS.delivered(line.delivered)]
    if line.failed:
        counts.append(COUNTS.failed(line.failed))
    named = translate("Jobs", "{mode}, to {destination} at {server}").format(
        mode=modes.name(Mode(line.mode)) if line.mode in set(Mode) else line.mode,
        destination=line.destination,
        server=server_name(line.server),
    )
    parts = (f"{named}: {', '.join(counts)}.", receivers.said(line.message), block(why, line.server))
    return " ".join(part for part in parts if part)
