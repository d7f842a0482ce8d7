"""What a receiver writes about jobs and studies, in English, said in the user's language.

Such messages are made of known sentences, one after the other; what is not known here stays as it came.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from PySide6.QtCore import QCoreApplication

from adit_uploader.desktop.words.destinations import why

translate = QCoreApplication.translate
_GAP = re.compile(r"\\\{(\w+)\\\}")
_COUNTS = frozenset({"part", "all", "days"})


def said(message: str) -> str:
    """The message, sentence by sentence."""
    # asked for hundreds of studies, time and again: remembered for each language, which one sentence stands for
    return _said(message.strip(), translate("Receivers", "It is sent again."))


@lru_cache(1024)
def _said(message: str, language: str) -> str:
    if not message:
        return ""
    rest, pieces, known = message, list[str](), sentences()
    while rest:
        for sentence, own in known.items():
            if found := _pattern(sentence).match(rest):
                pieces.append(own.format(**_in_own_words(found.groupdict())))
                rest = rest[found.end() :]
                break
        else:
            end = found.end() if (found := re.search(r"\.\s+", rest)) else len(rest)
            pieces.append(rest[:end].strip())
            rest = rest[end:]
    return " ".join(pieces)


def _in_own_words(filled: dict[str, str]) -> dict[str, str]:
    return {name: why(text) if name == "reason" else text for name, text in filled.items()}


@lru_cache(None)
def _pattern(sentence: str) -> re.Pattern[str]:
    def gap(found: "re.Match[str]") -> str:
        return rf"(?P<{found[1]}>{'[0-9]+' if found[1] in _COUNTS else '.+?'})"

    return re.compile(_GAP.sub(gap, re.escape(sentence)) + r"(?:\s+|$)")


def sentences() -> Mapping[str, str]:
    """Every known sentence of receivers, and what the user is told."""
    own = (
        ("Canceled by its owner.", translate("Receivers", "Canceled by its owner.")),
        ("Canceled by an administrator.", translate("Receivers", "Canceled by an administrator.")),
        (
            "{part} of {all} instances were not delivered.",
            translate("Receivers", "{part} of {all} images were not delivered."),
        ),
        ("{part} of {all} instances wait.", translate("Receivers", "{part} of {all} images wait.")),
        (
            "{part} of {all} instances were delivered with a warning.",
            translate("Receivers", "{part} of {all} images were delivered with a warning."),
        ),
        (
            "{part} of {all} instances were sent and wait to be confirmed.",
            translate("Receivers", "{part} of {all} images were sent and wait to be confirmed."),
        ),
        ("{part} of {all} instances:", translate("Receivers", "{part} of {all} images:")),
        (
            "Waiting for destination {name}: {reason}; next try at {time} UTC.",
            translate("Receivers", "Waiting for destination {name}: {reason}; next try at {time} UTC."),
        ),
        ("The destination refused it: {name}.", translate("Receivers", "The destination refused it: {name}.")),
        (
            "The destination could not take it now: {name}.",
            translate("Receivers", "The destination could not take it now: {name}."),
        ),
        (
            "The destination took it with a warning: {name}.",
            translate("Receivers", "The destination took it with a warning: {name}."),
        ),
        (
            "The destination says that it already has this instance ({name}).",
            translate("Receivers", "The destination says that it already has this image ({name})."),
        ),
        (
            "The destination does not take this kind of object in its encoding.",
            translate("Receivers", "The destination does not take this kind of object in its encoding."),
        ),
        ("The destination was deleted.", translate("Receivers", "The destination was deleted.")),
        (
            "It replaced an earlier upload of the same instance with other content.",
            translate("Receivers", "It replaced an earlier upload of the same image with other content."),
        ),
        (
            "The folder already holds another file under this instance's name; it was left.",
            translate("Receivers", "The folder already holds another file under this image's name; it was left."),
        ),
        (
            "Its file in the receiver's spool is damaged. Upload it again.",
            translate("Receivers", "Its file at the server is damaged. Send it again."),
        ),
        (
            "Its file is missing in the receiver's spool. Upload it again.",
            translate("Receivers", "Its file is missing at the server. Send it again."),
        ),
        (
            "Its file in the receiver's spool can't be read. Upload it again.",
            translate("Receivers", "Its file at the server can't be read. Send it again."),
        ),
        (
            "The server is under maintenance. Try again later.",
            translate("Receivers", "The server is under maintenance. Try again later."),
        ),
        (
            "The destination said that it took it, but does not have it.",
            translate("Receivers", "The destination said that it took it, but does not have it."),
        ),
        ("It is sent again.", translate("Receivers", "It is sent again.")),
        (
            "It was sent, but its arrival is not confirmed.",
            translate("Receivers", "It was sent, but its arrival is not confirmed."),
        ),
        (
            "The destination does not vouch for it: {name}.",
            translate("Receivers", "The destination does not vouch for it: {name}."),
        ),
        (
            "The destination has not reported whether it has it.",
            translate("Receivers", "The destination has not reported whether it has it."),
        ),
        (
            "Its file stays in the receiver's spool: retry the job, or ask whoever runs the destination.",
            translate("Receivers", "Its file stays at the server: send it again, or ask whoever runs the destination."),
        ),
        (
            "The upload was not finished within the {days} days for which files are kept.",
            translate("Receivers", "The upload was not finished within the {days} days for which files are kept."),
        ),
        (
            "Its file was deleted after the {days} days for which files are kept. Upload it again.",
            translate(
                "Receivers", "Its file was deleted after the {days} days for which files are kept. Send it again."
            ),
        ),
        (
            "The destination can't be asked: {reason}.",
            translate("Receivers", "The destination can't be asked: {reason}."),
        ),
        (
            "The connection was lost while it was sent.",
            translate("Receivers", "The connection was lost while it was sent."),
        ),
        (
            "The destination broke the association off while it was sent.",
            translate("Receivers", "The destination broke the association off while it was sent."),
        ),
        (
            "The receiver lacks the library blake3. Its administrator has to look.",
            translate("Receivers", "The server lacks the library blake3. Its administrator has to look."),
        ),
        (
            "It is delivered once an administrator has looked at it.",
            translate("Receivers", "It is delivered once an administrator has looked at it."),
        ),
        (
            "Forwarding is suspended by the administrator; what is stored waits.",
            translate("Receivers", "Delivery is suspended by the administrator; what is stored waits."),
        ),
        (
            "It is delivered in the hours in which this receiver forwards: {hours}.",
            translate("Receivers", "It is delivered in the hours in which the server delivers: {hours}."),
        ),
    )
    return dict(own)
