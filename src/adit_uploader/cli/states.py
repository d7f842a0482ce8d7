"""ADIT's codes of states, in words."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # most commands start without the wire
    from adit_uploader.protocol.messages import JobState

STATES: "dict[JobState, str]" = {
    "UV": "unverified",
    "PE": "waiting",
    "IP": "in progress",
    "CI": "being canceled",
    "CA": "canceled",
    "SU": "done",
    "WA": "done, with warnings",
    "FA": "failed",
}
