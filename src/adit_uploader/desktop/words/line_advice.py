"""What to do about the way to the server, where the error itself tells people of the command line what to type."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from adit_uploader.transfer.errors import (
    AuthoritiesUnusable,
    CertificateChanged,
    CertificateOfNobody,
    CertificateSelfSigned,
    ProxySettingWrong,
    ProxyUnreachable,
)

translate = QCoreApplication.translate


def in_the_window() -> Mapping[str, str]:
    """The error's own sentence, and the one that names the window's own places instead."""
    return {
        CertificateSelfSigned.default_message: translate(
            "LineAdvice",
            "Nothing was sent, because anybody could have made it. Ask the server's administrators for the "
            "certificate's SHA-256 fingerprint, then sign in again: the fingerprint is shown, and you are asked "
            "whether it is the same.",
        ),
        CertificateOfNobody.default_message: translate(
            "LineAdvice",
            "Nothing was sent, because this computer does not know who signed it. If your hospital has an authority "
            "of its own, choose its certificate under Connection settings, or ask your IT department to install it.",
        ),
        CertificateChanged.SENTENCE: translate(
            "LineAdvice",
            "Nothing was sent: it may be another server that pretends to be yours. You have confirmed {expected}, and "
            "the server now shows {found}. Ask its administrators whether they have changed it. If so, and if they "
            "name the same fingerprint, forget the confirmed certificates under Connection settings, and sign in "
            "again.",
        ),
        AuthoritiesUnusable.default_message: translate(
            "LineAdvice",
            "Choose it again under Connection settings; it must hold certificates in PEM form.",
        ),
        ProxySettingWrong.default_message: translate(
            "LineAdvice",
            "Its address must look like http://proxy.example.org:3128 or socks5h://proxy.example.org:1080. It is set "
            "under Connection settings, or comes from the system or its environment (HTTPS_PROXY).",
        ),
        ProxyUnreachable.default_message: translate(
            "LineAdvice",
            "The way to the server leads over a proxy, where nothing answers. Check whether you are in the right "
            'network, and the proxy under Connection settings; "No proxy" there goes without it.',
        ),
    }
