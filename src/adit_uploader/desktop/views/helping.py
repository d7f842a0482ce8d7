"""F1: which page of the guide belongs to what is in use."""

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from adit_uploader.desktop.views.confirmation import Confirmation
from adit_uploader.desktop.views.main_window import MainWindow


def page_for(window: MainWindow, used: QWidget | None) -> str:
    """The page about what the keyboard is on; else about what is in front. used: None where that is in no window."""
    pages = pages_of(window)
    while used is not None and used is not window:
        if isinstance(used, Confirmation) and used.guide_page:
            return used.guide_page
        if used in pages:
            return pages[used]
        used = used.parentWidget()
    return pages[window.front]


def pages_of(window: MainWindow) -> Mapping[QWidget, str]:
    """Every part of the window that a page is about."""
    panel, details = window.panel, window.check.details
    return {
        window.drop: "drop",
        window.scan: "drop",
        window.receiving: "drop",
        window.receiving_settings: "drop",
        window.check: "check",
        window.comparison: "check",
        details.held: "held",
        details.problems: "pseudonyms",
        window.review: "held",
        window.sending: "send",
        window.jobs: "uploads",
        window.unfinished: "uploads",
        window.messages: "problems",
        window.line: "connection",
        panel.account: "sign-in",
        panel.mode: "pseudonyms",
        panel.profile: "pseudonyms",
        panel.destination: "send",
        panel.send: "send",
    }
