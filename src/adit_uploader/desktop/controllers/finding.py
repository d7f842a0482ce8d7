"""Dropped folders and files become an inventory. Several drops add up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.ports import InventoryView, MessageView, ScanView, Services, WindowView, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import ScanState, Severity, Step, Totals
from adit_uploader.dicom.errors import ScanCancelled
from adit_uploader.dicom.growing import Seen, SeenSeries
from adit_uploader.dicom.inventory import Inventory
from adit_uploader.dicom.scan import ScanProgress
from adit_uploader.transfer.harmless import is_harmless

TOPIC = "scan"
AT_ONCE = 60  # series that grow in the window in a tenth of a second: as many as it draws without a stutter


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
        self._found_in = self._desk.found_in = ()
        self._strip.set_scan(None)
        self._messages.dismiss(TOPIC)
        self._put(Inventory(), Totals())
        self._window.show_step(Step.DROP)

    def _begin(self, paths: tuple[Path, ...]) -> None:
        self.stop()
        self._messages.dismiss(TOPIC)

        def work(reporter: Reporter) -> tuple[Inventory, Totals]:
            found = self._services.scan(
                paths, progress=reporter.report, seen=reporter.report, cancelled=reporter.cancelled
            )
            return found, totals(found)

        search: Reporter | None = None

        def current() -> bool:
            return self._search is search

        def done(found: tuple[Inventory, Totals]) -> None:
            if current():
                inventory, counts = found
                self._end()
                self._found_in = self._desk.found_in = paths
                self._put(inventory, counts)
                if not inventory.patients:
                    self._messages.show_message(TOPIC, Severity.WARNING, self._words.nothing_found())
                if inventory.patients or inventory.left_out:
                    self._window.show_step(Step.CHECK)

        def failed(error: BaseException) -> None:
            if current():
                self._end()
                if not isinstance(error, ScanCancelled):
                    self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))
                if growing.shown:
                    self._page.show_inventory(self._desk.inventory, Totals())
                    self._window.show_step(Step.DROP)
                self._desk.tell(Change.INVENTORY)

        def reports(news: Sequence[object]) -> None:
            if not current():
                return
            for one in news:
                if isinstance(one, ScanProgress):
                    growing.progress = one
                elif isinstance(one, Seen):
                    growing.add(one)
            last = growing.progress
            self._strip.set_scan(ScanState(last.files, last.instances, last.left_out))
            if not self._desk.inventory.patients:  # else what was found before stays in view until the search is over
                self._show_growing(growing)

        growing = _Growing()
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

    def _show_growing(self, growing: "_Growing") -> None:
        """The rows so far. Nothing can be done with them yet: only at the end it is known what is whole."""
        series = growing.take()
        if not series:
            return
        self._page.show_seen(series, growing.totals())
        if not growing.shown:
            growing.shown = True
            self._window.show_step(Step.CHECK)

    def _put(self, inventory: Inventory, counts: Totals) -> None:
        self._desk.scanning = False
        self._desk.inventory = inventory
        self._desk.released, self._desk.blanked = frozenset(), {}
        self._desk.plan = None
        self._page.show_inventory(inventory, counts)
        self._page.set_left_out(tuple(sorted(inventory.left_out, key=is_harmless)))  # what may be an image comes first
        self._desk.tell(Change.INVENTORY)


@dataclass(slots=True)
class _Growing:
    """What a search under way has told. waiting: series that the page does not show as they are by now."""

    progress: ScanProgress = field(default_factory=ScanProgress)
    shown: bool = False
    waiting: dict[tuple[str, str, str], SeenSeries] = field(default_factory=dict)
    _series: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, seen: Seen) -> None:
        self.waiting.update((one.key, one) for one in seen.series)
        self._series.update(one.key for one in seen.series)

    def take(self) -> tuple[SeenSeries, ...]:
        """As many of them as are shown at once, the oldest first."""
        return tuple(self.waiting.pop(key) for key in list(islice(self.waiting, AT_ONCE)))

    def totals(self) -> Totals:
        return Totals(
            patients=len({patient for patient, _, _ in self._series}),
            studies=len({(patient, study) for patient, study, _ in self._series}),
            series=len(self._series),
            instances=self.progress.instances,
            size=self.progress.bytes,
        )


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
