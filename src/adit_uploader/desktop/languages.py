"""English and German: the system decides, the user's setting overrides."""

from importlib import resources

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

LANGUAGES = ("en", "de")


class _BytesTranslator(QTranslator):
    """Keeps the bytes of its file: Qt reads its texts out of them for as long as it is installed."""

    def __init__(self, data: bytes, owner: QApplication) -> None:
        super().__init__(owner)
        self._data = data
        self.load(data)


class Languages:
    """Puts the application into a language; widgets learn of it by a LanguageChange event."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._installed: list[QTranslator] = []

    def use(self, language: str) -> str:
        """Switches to ``en`` or ``de``; anything else means the system's own. Returns what is used."""
        chosen = language if language in LANGUAGES else system_language()
        for translator in self._installed:
            QCoreApplication.removeTranslator(translator)
        system = QLocale.system()
        locale = system if system.name().startswith(chosen) else QLocale(chosen)
        QLocale.setDefault(locale)
        self._installed = [qt_texts(chosen, self._app), own_texts(chosen, self._app)]
        for translator in self._installed:
            QCoreApplication.installTranslator(translator)
        return chosen


def system_language() -> str:
    """The first of the system's languages that the program speaks, else English."""
    for name in QLocale.system().uiLanguages():
        code = name.replace("_", "-").split("-")[0].lower()
        if code in LANGUAGES:
            return code
    return "en"


def own_texts(language: str, owner: QApplication) -> QTranslator:
    """The program's texts. English has a file too: it holds the plural forms."""
    return _BytesTranslator(
        resources.files("adit_uploader.desktop").joinpath("translations", f"adit-uploader_{language}.qm").read_bytes(),
        owner,
    )


def qt_texts(language: str, owner: QApplication) -> QTranslator:
    """Qt's own texts (buttons of its dialogs)."""
    translator = QTranslator(owner)
    translator.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    return translator
