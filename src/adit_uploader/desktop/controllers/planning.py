"""From what lies on the desk to a plan: who becomes whom, what is held, what can't be sent, and may Send be pressed."""

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.held import held_choices
from adit_uploader.desktop.controllers.ports import InventoryView, ModeView, SendButton, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import RowState, SendBlock, SendState, Sent, Totals
from adit_uploader.pseudonyms.conflicts import Conflict, conflicts
from adit_uploader.pseudonyms.errors import BatchFileRefused, PseudonymError
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.offered_profiles import offered_profiles
from adit_uploader.transfer.plan import NotChosenReason, UploadPlan, make_plan

_REPLANNED = {Change.ACCOUNT, Change.INVENTORY, Change.CHOICE, Change.PROFILE, Change.RELEASED, Change.EXCLUDED}
_NOT_CHOSEN = {NotChosenReason.NOT_LISTED: RowState.LEFT_OUT, NotChosenReason.EXCLUDED: RowState.EXCLUDED}


class PlanningController:
    """Plans anew after every change, in the background; only the newest plan counts."""

    def __init__(
        self, desk: Desk, *, page: InventoryView, mode: ModeView, button: SendButton, gateway: Gateway, words: Words
    ) -> None:
        self._desk = desk
        self._page = page
        self._mode = mode
        self._button = button
        self._gateway = gateway
        self._words = words
        self._planning: Reporter | None = None
        self._outdated = False
        self._conflicts: tuple[Conflict, ...] = ()
        desk.listen(self._changed)

    def say_again(self) -> None:
        """The lists in the language that is spoken now."""
        plan = self._desk.plan
        if plan is not None:
            self._page.set_refused(self._words.refused_patients(plan))
            self._page.set_warnings(self._words.warnings(plan, self._conflicts))

    def _changed(self, change: Change) -> None:
        if change in _REPLANNED:
            self._desk.plan = None
            self._desk.plan_block = None
            self._desk.sent = None
            self._plan()
        self._button.set_state(send_state(self._desk))

    def _plan(self) -> None:
        desk = self._desk
        nothing = not desk.inventory.patients or desk.all_excluded
        if desk.account is None or desk.choice is None or desk.scanning or nothing:
            self._outdated = True  # a plan that is still being made is for something else
            if not desk.scanning:
                self._show_nothing()
            return
        if self._planning is not None:
            self._outdated = True
            return
        self._outdated = False
        account, choice, inventory = desk.account, desk.choice, desk.inventory
        destination, released, blanked = desk.destination, desk.released, desk.blanked
        picked, excluded = desk.profile, desk.excluded

        def work(_: Reporter) -> tuple[UploadPlan, tuple[Conflict, ...]]:
            profile = offered_profiles(account.welcome).get(picked)
            plan = make_plan(
                inventory,
                choice,
                profile=profile.name,
                site_profile=profile if profile.site else None,
                site_key=bytes.fromhex(account.welcome.site_key),
                destination=destination,
                released_series=released,
                blanked_series=blanked,
                excluded_series=excluded,
                policies=account.welcome.policies,
            )
            return plan, conflicts([one.patient for one in plan.patients])

        self._planning = self._gateway.run(work, done=self._planned, failed=self._refused)

    def _again(self) -> bool:
        """Whether what was planned is no longer what lies on the desk; then it is planned once more."""
        self._planning = None
        if self._outdated:
            self._plan()
            self._button.set_state(send_state(self._desk))
            return True
        return False

    def _planned(self, made: tuple[UploadPlan, tuple[Conflict, ...]]) -> None:
        if self._again():
            return
        plan, self._conflicts = made
        self._desk.plan = plan
        self._mode.set_wrong(None)
        if self._desk.mode is Mode.BATCH:
            self._page.set_problems(())
        pseudonyms = {one.patient.patient_id: one.pseudonym for one in plan.patients}
        if plan.held:  # of a patient of whom everything is held nothing is planned; the key list knows all
            listed = {row.patient_id: row.pseudonym for row in reversed(plan.key_list().rows)}
            pseudonyms |= {held.patient.patient_id: listed.get(held.patient.patient_id, "") for held in plan.held}
        self._page.set_outcome({key: value for key, value in pseudonyms.items() if value}, row_states(plan))
        self._page.set_held(held_choices(plan))
        self.say_again()
        self._desk.tell(Change.PLAN)

    def _refused(self, error: BaseException) -> None:
        if self._again():
            return
        self._show_nothing()
        if isinstance(error, BatchFileRefused):
            self._page.set_problems(error.problems)
            self._desk.plan_block = SendBlock.BATCH_FILE_PROBLEMS
        else:
            self._desk.plan_block = SendBlock.CHOICE_REFUSED
        if not isinstance(error, BatchFileRefused) or not error.problems:
            self._mode.set_wrong(self._words.explain(error))
        if not isinstance(error, PseudonymError):
            self._desk.plan_block = SendBlock.NOTHING_LEFT
        self._button.set_state(send_state(self._desk))

    def _show_nothing(self) -> None:
        self._page.set_outcome({}, {})
        self._page.set_held(())
        self._page.set_refused(())
        self._page.set_warnings(())


def row_states(plan: UploadPlan) -> dict[str, RowState]:
    """What happens to each series, by its original SeriesInstanceUID."""
    states = {}
    for refusal in plan.refusals:
        for study in refusal.patient.studies:
            states.update({series.series_instance_uid: RowState.REFUSED for series in study.series})
    states.update({one.series.series_instance_uid: _NOT_CHOSEN[one.reason] for one in plan.not_chosen})
    for planned in plan.patients:
        for study in planned.patient.studies:
            states.update({series.series_instance_uid: RowState.SENT for series in study.series})
    states.update({one.series.series_instance_uid: RowState.HELD for one in plan.held})
    return states


def send_state(desk: Desk) -> SendState:
    """What the Send button says, and the first reason why it can't be pressed."""
    plan, block = desk.plan, _block(desk)
    totals = Totals()
    if plan is not None and block is not SendBlock.SENT:
        counts = plan.counts
        totals = Totals(counts.patients, counts.studies, counts.series, counts.to_send, counts.bytes_to_send)
    return SendState(totals, desk.mode, block, again=desk.sent is Sent.PARTLY and block is None)


def _block(desk: Desk) -> SendBlock | None:
    checks = (
        (desk.sending, SendBlock.SENDING),
        (desk.scanning, SendBlock.SCANNING),
        (not desk.inventory.patients, SendBlock.NOTHING_FOUND),
        (desk.sent is Sent.WHOLE, SendBlock.SENT),
        (desk.account is None, SendBlock.SIGNED_OUT),
        (not desk.destination, SendBlock.NO_DESTINATION),
        (desk.all_excluded, SendBlock.ALL_EXCLUDED),
    )
    for applies, block in checks:
        if applies:
            return block
    if desk.choice_block is not None or desk.plan_block is not None:
        return desk.choice_block or desk.plan_block
    plan = desk.plan
    if plan is None:
        return SendBlock.PLANNING
    if plan.counts.to_send:
        return None
    if plan.held and not plan.refusals:
        return SendBlock.ALL_HELD
    return SendBlock.NOTHING_LEFT if plan.held or not plan.refusals else SendBlock.ALL_REFUSED
