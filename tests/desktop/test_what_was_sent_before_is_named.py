"""Studies that the journal knows as sent from the same account: named with a choice, and never forbidden."""

from dataclasses import replace
from unittest.mock import Mock

import pytest

from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.receipts import receipt_view
from adit_uploader.desktop.controllers.sent_before import SentBeforeController
from adit_uploader.desktop.upload_values import ReceiptView
from adit_uploader.desktop.values import Item
from adit_uploader.desktop.views.details import Details
from adit_uploader.desktop.words import sending
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.transfer.errors import JournalUnusable
from tests.desktop.parts import SERVER, signed_in
from tests.desktop.room import Room
from tests.desktop.uploads import COMPLETE, put_plan

WHEN = 1_700_000_000.0


@pytest.fixture
def planned(room: Room) -> Room:
    room.desk.account = signed_in()
    plan = put_plan(room, InternalChoice("Radiology"))
    room.services.jobs.studies_sent.return_value = {plan.new_uid("1.2.3.1"): WHEN, "1.2.4.1": WHEN}
    SentBeforeController(room.desk, page=room.page, gateway=room.gateway, services=room.services, words=room.words)
    return room


def told(room: Room) -> tuple[tuple[Item, ...], frozenset[str]]:
    items, series = room.page.set_sent_before.call_args.args
    return items, series


def test_a_study_that_was_sent_before_is_named_by_what_it_became(planned: Room) -> None:
    planned.desk.tell(Change.PLAN)
    planned.gateway.finish()
    planned.services.jobs.studies_sent.assert_called_once_with(SERVER, "anna")
    (item,), series = told(planned)
    assert item.patient == "1001"
    assert "1001" in item.what
    assert item.why.startswith("Sent before, in the upload of ")
    assert series == {"1.2.3.1.1"}
    planned.desk.tell(Change.INVENTORY)
    assert told(planned) == ((), frozenset())


def test_what_was_found_for_an_older_plan_is_not_shown(planned: Room) -> None:
    planned.desk.tell(Change.PLAN)
    planned.desk.plan = None
    planned.gateway.finish()
    assert not planned.page.set_sent_before.called


def test_a_journal_that_can_t_be_read_keeps_nobody_from_looking(planned: Room) -> None:
    planned.services.jobs.studies_sent.side_effect = JournalUnusable()
    planned.desk.tell(Change.PLAN)
    planned.gateway.finish()
    assert not planned.page.set_sent_before.called
    assert not planned.messages.show_message.called


def test_one_button_unticks_all_of_them(no_leaks: None) -> None:
    details = Details()
    wanted = Mock()
    details.leave_out_wanted.connect(wanted)
    details.set_warnings((Item("1001", "Why."),))
    assert details._leave_out.isHidden()
    details.set_sent_before((Item("1001", "Sent before.", "1001"),), frozenset({"1.2.3.1.1"}))
    assert not details._leave_out.isHidden()
    assert [details._warning_model.row(row).why for row in range(2)] == ["Sent before.", "Why."]
    details._leave_out.click()
    wanted.assert_called_once_with(frozenset({"1.2.3.1.1"}))
    details.set_sent_before((), frozenset())
    assert details._leave_out.isHidden()
    details.deleteLater()


@pytest.mark.usefixtures("languages")
def test_the_end_counts_what_was_not_chosen_and_does_not_call_it_everything(room: Room) -> None:
    receipt = replace(COMPLETE, counts=replace(COMPLETE.counts, not_chosen=7))
    shown = receipt_view(receipt, room.words)
    assert isinstance(shown, ReceiptView)
    assert shown.not_chosen == 7
    assert sending.outcome_detail(shown) == "Everything that you chose is at archive."
    assert sending.outcome_detail(receipt_view(COMPLETE, room.words)) == "Everything that was found is at archive."
