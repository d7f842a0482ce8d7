"""Why a receiver can't deliver to a destination now, or can't ask it, in the user's language."""

import re
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate
_BEGIN = re.compile(r" (?=\(|0x)")  # before what DICOM, or a number, says


def why(reason: str) -> str:
    """What stands behind the name of a destination; what is not known here stays as it came."""
    known = phrases()
    begin = _BEGIN.split(reason)[0]
    return known[begin] + reason[len(begin) :] if begin in known else reason


def phrases() -> Mapping[str, str]:
    """What receivers write, and what the user is told. What stands behind it, in brackets or as a number, stays."""
    own = (
        ("connection refused", translate("Destinations", "connection refused")),
        ("no answer", translate("Destinations", "no answer")),
        ("its host name is not known", translate("Destinations", "its host name is not known")),
        ("association rejected", translate("Destinations", "association rejected")),
        ("no answer to the association request", translate("Destinations", "no answer to the association request")),
        (
            "the connection was lost again and again",
            translate("Destinations", "the connection was lost again and again"),
        ),
        ("its AE title, or ours, is none", translate("Destinations", "its AE title, or the server's, is none")),
        ("no answer to the beginning of TLS", translate("Destinations", "no answer to the beginning of TLS")),
        (
            "the connection was lost at the beginning of TLS",
            translate("Destinations", "the connection was lost at the beginning of TLS"),
        ),
        (
            "the file of its authorities can't be read as PEM",
            translate("Destinations", "the file of its authorities can't be read as PEM"),
        ),
        (
            "our certificate or its key can't be read, or don't match",
            translate("Destinations", "the server's certificate or its key can't be read, or don't match"),
        ),
        ("its certificate has expired", translate("Destinations", "its certificate has expired")),
        (
            "its certificate is signed by itself and is not among those that are trusted",
            translate("Destinations", "its certificate is signed by itself and is not among those that are trusted"),
        ),
        (
            "its certificate comes from an authority that is not among those that are trusted",
            translate(
                "Destinations", "its certificate comes from an authority that is not among those that are trusted"
            ),
        ),
        ("its certificate is of another host name", translate("Destinations", "its certificate is of another host")),
        ("its certificate is of another address", translate("Destinations", "its certificate is of another address")),
        ("its certificate is not trusted", translate("Destinations", "its certificate is not trusted")),
        ("it does not speak TLS", translate("Destinations", "it does not speak TLS")),
        ("it wants a certificate of ours", translate("Destinations", "it wants a certificate of the server")),
        (
            "it speaks only a TLS that is too old",
            translate("Destinations", "it speaks only a TLS that is too old"),
        ),
        ("TLS could not be agreed on", translate("Destinations", "TLS could not be agreed on")),
        (
            "its folder does not exist or can't be entered",
            translate("Destinations", "its folder does not exist or can't be entered"),
        ),
        ("its folder is full", translate("Destinations", "its folder is full")),
        ("its disk is full", translate("Destinations", "its disk is full")),
        ("its folder can't be written to", translate("Destinations", "its folder can't be written to")),
        (
            "its folder can't be read to see how much it holds",
            translate("Destinations", "its folder can't be read to see how much it holds"),
        ),
        (
            "it does not say how many instances a study has",
            translate("Destinations", "it does not say how many images a study has"),
        ),
        ("it does not vouch for what it took", translate("Destinations", "it does not vouch for what it took")),
        ("it answers a search with", translate("Destinations", "it answers a search with")),
        (
            "it answers the test of the connection with",
            translate("Destinations", "it answers the test of the connection with"),
        ),
        (
            "it answers a search with more than was asked for",
            translate("Destinations", "it answers a search with more than was asked for"),
        ),
        ("it does not offer that kind of question", translate("Destinations", "it does not offer such questions")),
        (
            "it broke the association off, or said nothing, when it was asked",
            translate("Destinations", "it broke the association off, or said nothing, when it was asked"),
        ),
        (
            "it answers something else than it was asked",
            translate("Destinations", "it answers something else than it was asked"),
        ),
    )
    return dict(own)
