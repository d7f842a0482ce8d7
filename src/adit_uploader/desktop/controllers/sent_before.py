"""Studies that were sent before from the same account are named, and can be left out together."""

from collections.abc import Mapping
from dataclasses import dataclass

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.ports import InventoryView, Services, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.dicom.inventory import Patient, Study
from adit_uploader.transfer.plan import UploadPlan


@dataclass(frozen=True, slots=True)
class SentBefore:
    """A study of the plan that was sent before. when: the newest upload with it began, seconds since 1970."""

    patient: Patient
    study: Study
    when: float


def sent_before(plan: UploadPlan, sent: Mapping[str, float]) -> tuple[SentBefore, ...]:
    """Those of the plan's studies whose new UIDs are among those that were sent."""
    return tuple(
        SentBefore(planned.patient, study, when)
        for planned in plan.patients
        for study in planned.patient.studies
        if (when := sent.get(plan.new_uid(study.study_instance_uid))) is not None
    )


class SentBeforeController:
    """Asks the journal about every new plan. It forbids nothing: sending again is what some people want."""

    def __init__(self, desk: Desk, *, page: InventoryView, gateway: Gateway, services: Services, words: Words) -> None:
        self._desk = desk
        self._page = page
        self._gateway = gateway
        self._services = services
        self._words = words
        self._found: tuple[SentBefore, ...] = ()
        desk.listen(self._changed)

    def say_again(self) -> None:
        """The list in the language that is spoken now."""
        self._show(self._found)

    def _changed(self, change: Change) -> None:
        if change in {Change.ACCOUNT, Change.INVENTORY}:
            self._show(())
        elif change is Change.PLAN:
            self._look()

    def _look(self) -> None:
        plan, account = self._desk.plan, self._desk.account
        if plan is None or account is None:
            return

        def work(_: Reporter) -> tuple[SentBefore, ...]:
            return sent_before(plan, self._services.jobs.studies_sent(account.server, account.welcome.user))

        def found(before: tuple[SentBefore, ...]) -> None:
            if self._desk.plan is plan:
                self._show(before)

        def failed(_: BaseException) -> None:
            """A journal that can't be read keeps nothing from being looked at; sending says why it can't."""

        self._gateway.run(work, done=found, failed=failed)

    def _show(self, found: tuple[SentBefore, ...]) -> None:
        if not found and not self._found:
            return
        self._found = found
        items = tuple(self._words.sent_before(one.patient, one.study, one.when) for one in found)
        series = frozenset(each.series_instance_uid for one in found for each in one.study.series)
        self._page.set_sent_before(items, series)
