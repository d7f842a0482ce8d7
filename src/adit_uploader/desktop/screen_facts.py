"""The screen and the style, as the diagnostic bundle names them: numbers, versions, and Qt's own words."""

from typing import Any

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QLocale, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from adit_uploader.desktop.theme import current_theme, wants_contrast


def screen_facts(window: QWidget) -> dict[str, Any]:
    """No name of a screen: some hold a serial number."""
    return {
        "qt": qVersion(),
        "pyside": pyside_version,
        "platform": QGuiApplication.platformName(),
        "dark": current_theme().dark,
        "high_contrast": wants_contrast(),
        "language": QLocale().name(),
        "window": [window.width(), window.height()],
        "screens": [
            [screen.size().width(), screen.size().height(), screen.devicePixelRatio(), round(screen.refreshRate())]
            for screen in QGuiApplication.screens()
        ],
    }
