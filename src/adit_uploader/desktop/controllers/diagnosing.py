"""What happens is written down as events and counts; all of it can be saved for whoever helps."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.ports import Log, Services
from adit_uploader.desktop.controllers.saving import Saving
from adit_uploader.desktop.gateway import Reporter
from adit_uploader.diagnostics.log import Event


class DiagnosingController:
    """Listens to the desk; what lies on it is counted and never named."""

    def __init__(self, desk: Desk, *, log: Log, services: Services, saving: Saving) -> None:
        self._desk = desk
        self._log = log
        self._services = services
        self._saving = saving
        self._signed_in = self._sending = False
        desk.listen(self._changed)

    def opened(self) -> None:
        self._log.note(Event.OPENED)

    def closed(self) -> None:
        self._log.note(Event.CLOSED)

    def save(self, path: Path, window: Mapping[str, Any]) -> None:
        """Writes the bundle. window: facts about the screen."""

        def work(_: Reporter) -> None:
            self._services.write_diagnostics(path, window)

        self._saving.run(work, path)

    def _changed(self, change: Change) -> None:
        desk = self._desk
        match change:
            case Change.ACCOUNT if self._signed_in != (desk.account is not None):
                self._signed_in = desk.account is not None
                self._log.note(Event.SIGNED_IN if self._signed_in else Event.SIGNED_OUT)
            case Change.INVENTORY if not desk.scanning and desk.found_in:
                found = desk.inventory
                self._log.note(Event.FOUND, patients=len(found.patients), left_out=len(found.left_out))
            case Change.PLAN if desk.plan is not None:
                self._log.note(Event.PLANNED, **asdict(desk.plan.counts))
            case Change.SENDING if self._sending != desk.sending:
                self._sending = desk.sending
                self._log.note(Event.SENDING if self._sending else Event.SENT)
            case _:
                pass
