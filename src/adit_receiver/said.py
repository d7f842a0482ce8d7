"""Sentences that the receiver has written into its tables, in English, said in the reader's language.

Messages of jobs and tasks are written by workers, which know no reader, and travel to the upload program as they are.
The pages find the sentences again that they are made of; what is not known here stays English, and is marked as such.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext, gettext_noop

_SENTENCES = (
    gettext_noop("Canceled by its owner."),
    gettext_noop("Canceled by an administrator."),
    gettext_noop("%(part)d of %(all)d instances were not delivered."),
    gettext_noop("%(part)d of %(all)d instances wait."),
    gettext_noop("%(part)d of %(all)d instances were delivered with a warning."),
    gettext_noop("Waiting for destination %(name)s: %(reason)s; next try at %(time)s UTC."),
    gettext_noop("The destination refused it: %(name)s."),
    gettext_noop("The destination could not take it now: %(name)s."),
    gettext_noop("The destination took it with a warning: %(name)s."),
    gettext_noop("The destination says that it already has this instance (%(name)s)."),
    gettext_noop("The destination does not take this kind of object in its encoding."),
    gettext_noop("The destination was deleted."),
    gettext_noop("It replaced an earlier upload of the same instance with other content."),
    gettext_noop("The folder already holds another file under this instance's name; it was left."),
    gettext_noop("Its file in the receiver's spool is damaged. Upload it again."),
    gettext_noop("Its file is missing in the receiver's spool. Upload it again."),
    gettext_noop("Its file in the receiver's spool can't be read. Upload it again."),
    gettext_noop("The server is under maintenance. Try again later."),
    gettext_noop("%(part)d of %(all)d instances were sent and wait to be confirmed."),
    gettext_noop("%(part)d of %(all)d instances:"),
    gettext_noop("The destination said that it took it, but does not have it."),
    gettext_noop("The destination does not vouch for it: %(name)s."),
    gettext_noop("The destination has not reported whether it has it."),
    gettext_noop("The destination can't be asked: %(reason)s."),
    gettext_noop("It is sent again."),
    gettext_noop("It was sent, but its arrival is not confirmed."),
    gettext_noop("Its file stays in the receiver's spool: retry the job, or ask whoever runs the destination."),
    gettext_noop("The upload was not finished within the %(days)d days for which files are kept."),
    gettext_noop("Its file was deleted after the %(days)d days for which files are kept. Upload it again."),
    gettext_noop("The connection was lost while it was sent."),
    gettext_noop("The destination broke the association off while it was sent."),
    gettext_noop("The receiver lacks the library blake3. Its administrator has to look."),
    gettext_noop("It is delivered once an administrator has looked at it."),
    gettext_noop("Forwarding is suspended by the administrator; what is stored waits."),
    gettext_noop("It is delivered in the hours in which this receiver forwards: %(hours)s."),
)
_GAP = re.compile(r"%\\\((?P<name>\w+)\\\)(?P<kind>[ds])")


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of a message. known: it is in the reader's language; else English."""

    text: str
    known: bool


def said(message: str) -> Iterator[Said]:
    """The message in pieces, in the language that is active."""
    rest = message.strip()
    while rest:
        for sentence, pattern in _patterns():
            if found := pattern.match(rest):
                values = {name: int(text) if text.isdecimal() else text for name, text in found.groupdict().items()}
                yield Said(gettext(sentence) % values if values else gettext(sentence), known=True)
                rest = rest[found.end() :]
                break
        else:
            end = _end_of_sentence(rest)
            yield Said(rest[:end].strip(), known=False)
            rest = rest[end:].lstrip()


def _end_of_sentence(text: str) -> int:
    return found.end() if (found := re.search(r"\.\s", text)) else len(text)


@cache
def _patterns() -> tuple[tuple[str, "re.Pattern[str]"], ...]:
    return tuple((sentence, _pattern(sentence)) for sentence in _SENTENCES)


def _pattern(sentence: str) -> "re.Pattern[str]":
    def gap(found: "re.Match[str]") -> str:
        return rf"(?P<{found['name']}>{'[0-9]+' if found['kind'] == 'd' else '.+?'})"

    return re.compile(_GAP.sub(gap, re.escape(sentence)) + r"(?:\s+|$)")
