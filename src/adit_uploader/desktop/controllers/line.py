"""The settings of the way to the servers, for the next connection that is made."""

from dataclasses import replace

from adit_uploader.account.settings import LineSettings
from adit_uploader.desktop.controllers.desk import Desk
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.ports import LineView, Services, Words
from adit_uploader.desktop.gateway import Gateway, Reporter

MANAGED = ("proxy", "ca_file", "limit_rate", "compress")


class LineController:
    """Nothing is kept that can't be right."""

    def __init__(
        self, desk: Desk, *, view: LineView, gateway: Gateway, services: Services, memory: Memory, words: Words
    ) -> None:
        self._desk = desk
        self._view = view
        self._gateway = gateway
        self._services = services
        self._memory = memory
        self._words = words

    def show(self) -> None:
        """Opens them; while an upload runs they are what it began with."""
        if self._desk.sending:
            return
        own, managed = self._desk.settings.line, self._desk.managed
        fixed = frozenset(name for name in MANAGED if getattr(managed, name) is not None)
        self._view.show_line(own, managed.line(own), fixed)

    def save(self, line: LineSettings) -> None:
        """Looks at them behind the window, and keeps them."""
        self._view.set_error(None)
        self._view.set_busy(True)
        whole = self._desk.managed.line(line)

        def check(_: Reporter) -> None:
            self._services.check_line(whole)

        def checked(_: None) -> None:
            self._view.set_busy(False)
            self._memory.keep(replace(self._desk.settings, line=line))
            self._view.accept()

        def wrong(error: BaseException) -> None:
            self._view.set_busy(False)
            self._view.set_error(self._words.explain(error))

        self._gateway.run(check, done=checked, failed=wrong)
