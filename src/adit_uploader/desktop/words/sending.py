"""What the Send button says, why it can't be pressed, how far an upload is, and what became of it."""

import math

from PySide6.QtCore import QCoreApplication

from adit_uploader.desktop.upload_values import Outcome, Phase, ReceiptView
from adit_uploader.desktop.values import SendBlock, SendState
from adit_uploader.desktop.words import formats
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.pseudonyms.mode import Mode

translate = QCoreApplication.translate


def button(state: SendState) -> str:
    """What a press of the button does, in full."""
    if state.again:
        return translate("Sending", "&Send again")
    if not state.totals.studies:
        return translate("Sending", "&Send")
    if state.mode is Mode.NONE:
        return COUNTS.send_with_real_names(state.totals.studies)
    if state.mode is None:
        return COUNTS.send(state.totals.studies)
    return COUNTS.send_pseudonymized(state.totals.studies)


def block(why: SendBlock) -> str:
    """Why nothing can be sent at the moment, and what to do."""
    return {
        SendBlock.NOTHING_FOUND: translate("Sending", "First add a folder, files or a zip archive."),
        SendBlock.SCANNING: translate("Sending", "Wait until everything was looked at."),
        SendBlock.SIGNED_OUT: translate("Sending", "Sign in to your server first."),
        SendBlock.NO_DESTINATION: translate("Sending", "Choose a destination."),
        SendBlock.NO_MODE: translate("Sending", "Choose how patients are named."),
        SendBlock.NO_BATCH_FILE: translate("Sending", "Choose the batch file."),
        SendBlock.BATCH_FILE_PROBLEMS: translate(
            "Sending", "Correct the batch file and save it: it is then read again by itself."
        ),
        SendBlock.NO_PSEUDONYM: translate("Sending", "Type the pseudonym."),
        SendBlock.BAD_PSEUDONYM: translate("Sending", "Correct the pseudonym."),
        SendBlock.NO_DEPARTMENT_KEY: translate("Sending", "Make or load the department's key, or untick it."),
        SendBlock.CHOICE_REFUSED: translate("Sending", "These pseudonyms don't fit what was found."),
        SendBlock.PLANNING: translate("Sending", "One moment …"),
        SendBlock.ALL_REFUSED: translate("Sending", "None of these patients can be sent: see the list."),
        SendBlock.ALL_HELD: translate("Sending", "Everything is held back: decide in the list."),
        SendBlock.ALL_EXCLUDED: translate("Sending", "You left everything out: tick what is to be sent."),
        SendBlock.NOTHING_LEFT: translate("Sending", "Nothing of this can be sent: see the list."),
        SendBlock.SENDING: translate("Sending", "An upload is under way."),
        SendBlock.SENT: translate("Sending", "These studies have been sent. New upload starts over."),
    }[why]


def hint(state: SendState) -> str:
    """What stands below the button: why it can't be pressed, or what is special about it."""
    if state.block is not None:
        return block(state.block)
    return translate("Sending", "Only what did not arrive is sent.") if state.again else ""


def selection(state: SendState) -> str:
    """What would be sent, in counts."""
    if not state.totals.instances:
        return ""
    parts = (
        COUNTS.patients(state.totals.patients),
        COUNTS.images(state.totals.instances),
        formats.size(state.totals.size),
    )
    return " · ".join(parts)


def phase(now: Phase, destination: str) -> str:
    """What goes on, as a heading."""
    return {
        Phase.PREPARING: translate("Sending", "Connecting …"),
        Phase.SENDING: translate("Sending", "Sending to {destination}"),
        Phase.RECONNECTING: translate("Sending", "The connection was lost. Trying again …"),
        Phase.PROCESSING: translate("Sending", "Everything is sent. The server is processing it for {destination}"),
        Phase.PAUSING: translate("Sending", "Pausing …"),
        Phase.PAUSED: translate("Sending", "Paused. What was stored is not sent again"),
        Phase.LAST_STUDIES: translate("Sending", "Finishing the studies under way, then stopping …"),
        Phase.STOPPING: translate("Sending", "Stopping …"),
    }[now].format(destination=destination)


def time_left(seconds: float | None) -> str:
    """How long it will still take, roughly; '' where nobody knows."""
    if seconds is None:
        return ""
    if seconds < 60:
        return translate("Sending", "less than a minute left")
    minutes = math.ceil(seconds / 60)
    return COUNTS.minutes_left(minutes) if minutes < 100 else COUNTS.hours_left(round(seconds / 3600))


def task_state(code: str) -> str:
    """A task's state as ADIT names it."""
    return {
        "PE": translate("Sending", "waiting"),
        "IP": translate("Sending", "in progress"),
        "CA": translate("Sending", "canceled"),
        "SU": translate("Sending", "delivered"),
        "WA": translate("Sending", "delivered with warnings"),
        "FA": translate("Sending", "failed"),
        "CI": translate("Sending", "being canceled"),
    }.get(code, code)


def outcome(receipt: ReceiptView) -> str:
    """The result in one sentence."""
    missing = receipt.found - receipt.delivered
    undelivered = receipt.stored - receipt.delivered
    if not missing and receipt.outcome is Outcome.PARTIAL:
        return COUNTS.arrived_without_some(receipt.delivered)
    say, count = {
        Outcome.COMPLETE: (COUNTS.arrived, receipt.delivered),
        Outcome.ENDED: (COUNTS.ended, receipt.delivered),
        Outcome.INTERRUPTED: (COUNTS.interrupted, receipt.found - receipt.stored),
        Outcome.CANCELLED: (COUNTS.stopped, receipt.delivered),
        Outcome.UNDELIVERED: (COUNTS.not_yet_delivered, undelivered),
    }.get(receipt.outcome, (COUNTS.missing, missing))
    return say(count)


def outcome_detail(receipt: ReceiptView) -> str:
    """What the result means for the user, and what to do."""
    chosen = translate("Sending", "Everything that you chose is at {destination}.")
    found = translate("Sending", "Everything that was found is at {destination}.")
    return {
        Outcome.COMPLETE: chosen if receipt.not_chosen else found,
        Outcome.PARTIAL: translate(
            "Sending", "What was sent is at {destination}. The rest is listed with its reasons."
        ),
        Outcome.UNDELIVERED: translate(
            "Sending",
            "The server goes on trying to reach {destination}. You may close the window.",
        ),
        Outcome.FAILED: translate("Sending", "What did not arrive is listed. Sending again goes on where it ended."),
        Outcome.ENDED: translate("Sending", "You stopped after these studies. The rest is listed, and was not sent."),
        Outcome.INTERRUPTED: translate("Sending", "Go on when it can work again. What was stored is not sent again."),
        Outcome.CANCELLED: translate("Sending", "You stopped this upload. Nothing more of it is delivered."),
    }[receipt.outcome].format(destination=receipt.destination)
