"""Dropped folders and files become an inventory. Several drops add up."""

from collections.abc import Sequence
from pathlib import Path

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.ports import InventoryView, MessageView, ScanView, Services, WindowView, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import ScanState, Severity, Step, Totals
from adit_uploader.dicom.errors import ScanCancelled
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.dicom.scan import ScanProgress

TOPIC = "scan"


class FindingController:
    """Looks through everything that was added; a newer search takes the place of one under way."""

    def __init__(
        self,
        desk: Desk,
        *,
        window: WindowView,
        strip: ScanView,
        page: InventoryView,
        messages: MessageView,
        gateway: Gateway,
        services: Services,
        words: Words,
    ) -> None:
        self._desk = desk
        self._window = window
        self._strip = strip
        self._page = page
        self._messages = messages
        self._gateway = gateway
        self._services = services
        self._words = words
        self._found_in: tuple[Path, ...] = ()  # what the inventory on the desk was found in
        self._search: Reporter | None = None
        self._searched: tuple[Path, ...] = ()

    def add(self, paths: Sequence[Path]) -> None:
        """Looks through these too. All are gone through again, so that copies among them are noticed."""
        if self._desk.sending:
            self._messages.show_message(TOPIC, Severity.INFO, self._words.busy_drop())
            return
        before = self._searched if self._search is not None else self._found_in
        self._begin(tuple(dict.fromkeys((*before, *(path.absolute() for path in paths)))))

    def stop(self) -> None:
        """Ends the search; what was found before it stays."""
        if self._search is not None:
            self._search.cancel()

    def clear(self) -> None:
        """An empty desk."""
        self.stop()
        self._search = None
        self._found_in = ()
        self._strip.set_scan(None)
        self._messages.dismiss(TOPIC)
        self._put(Inventory())
        self._window.show_step(Step.DROP)

    def _begin(self, paths: tuple[Path, ...]) -> None:
        self.stop()
        self._messages.dismiss(TOPIC)

        def work(reporter: Reporter) -> Inventory:
            return self._services.scan(paths, progress=reporter.report, cancelled=reporter.cancelled)

        search: Reporter | None = None

        def current() -> bool:
            return self._search is search

        def done(inventory: Inventory) -> None:
            if current():
                self._end()
                self._found_in = paths
                self._put(inventory)
                if not inventory.patients:
                    self._messages.show_message(TOPIC, Severity.WARNING, self._words.nothing_found())
                if inventory.patients or inventory.left_out:
                    self._window.show_step(Step.CHECK)

        def failed(error: BaseException) -> None:
            if current():
                self._end()
                if not isinstance(error, ScanCancelled):
                    self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))
                self._desk.tell(Change.INVENTORY)

        def reports(news: Sequence[object]) -> None:
            last = news[-1]
            if current() and isinstance(last, ScanProgress):
                self._strip.set_scan(ScanState(last.files, last.instances, last.left_out))

        self._searched = paths
        self._desk.scanning = True
        self._strip.set_scan(ScanState())
        self._search = search = self._gateway.run(work, done=done, failed=failed, reports=reports)
        if self._desk.scanning:
            self._desk.tell(Change.INVENTORY)

    def _end(self) -> None:
        self._search = None
        self._desk.scanning = False
        self._strip.set_scan(None)

    def _put(self, inventory: Inventory) -> None:
        self._desk.scanning = False
        self._desk.inventory = inventory
        self._desk.released, self._desk.blanked = frozenset(), {}
        self._desk.plan = None
        self._page.show_inventory(inventory, totals(inventory))
        self._page.set_left_out(inventory.left_out)
        self._desk.tell(Change.INVENTORY)


def totals(inventory: Inventory) -> Totals:
    """Counts of everything that was found."""
    studies = [study for patient in inventory.patients for study in patient.studies]
    series = [one for study in studies for one in study.series]
    return Totals(
        patients=len(inventory.patients),
        studies=len(studies),
        series=len(series),
        instances=sum(len(one.instances) for one in series),
        size=sum(one.size for one in series),
    )
