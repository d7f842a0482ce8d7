"""Keeps the settings on disk as they change."""

from collections.abc import Callable

from adit_uploader.account.errors import SettingsError
from adit_uploader.account.settings import Settings
from adit_uploader.desktop.controllers.desk import Desk
from adit_uploader.desktop.controllers.ports import MessageView, Words
from adit_uploader.desktop.values import Severity

TOPIC = "settings"


class Memory:
    """A small file, written at once; what can't be written is said once and costs nothing else."""

    def __init__(self, desk: Desk, save: Callable[[Settings], None], messages: MessageView, words: Words) -> None:
        self._desk = desk
        self._save = save
        self._messages = messages
        self._words = words
        self._told = False

    def keep(self, settings: Settings) -> None:
        """Takes these settings, and writes them if they are new."""
        if settings == self._desk.settings:
            return
        self._desk.settings = settings
        try:
            self._save(settings)
        except SettingsError as error:
            if not self._told:
                self._told = True
                self._messages.show_message(TOPIC, Severity.WARNING, self._words.explain(error))
