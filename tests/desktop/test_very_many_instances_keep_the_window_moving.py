"""A hundred thousand instances lie on the desk: nothing that the window's own thread does goes through all of them."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QTreeView

from adit_uploader.desktop.background import Background
from adit_uploader.desktop.controllers.finding import FindingController
from adit_uploader.desktop.controllers.planning import PlanningController
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.models.inventory_tree import InventoryTree
from adit_uploader.desktop.values import RowState, Totals
from adit_uploader.desktop.views.check_page import CheckPage
from adit_uploader.dicom.inventory import Instance, Inventory, Patient, Series, Study
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.pseudonyms.mode import Mode
from tests.desktop.parts import instance, signed_in
from tests.desktop.room import Room

PATIENTS, SERIES, EACH = 20, 10, 3


class Guarded(tuple[Instance, ...]):
    """Instances that may be counted, and gone through by any thread but the window's."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Instance]:
        self._check()
        return super().__iter__()

    def __getitem__(self, at: Any) -> Any:
        self._check()
        return super().__getitem__(at)

    @staticmethod
    def _check() -> None:
        assert threading.current_thread() is not threading.main_thread(), "the window goes through instances"


def guarded() -> Inventory:
    return Inventory(tuple(patient(number) for number in range(PATIENTS)))


def patient(number: int) -> Patient:
    study = f"1.2.{number}"
    series = tuple(one_series(f"M{number}", f"{study}.{at}") for at in range(SERIES))
    return Patient(f"M{number}", (f"Doe{number}^Jo",), (), (), (Study(study, "20240229", "Head", series),))


def one_series(patient_id: str, uid: str) -> Series:
    made = Series(uid, "CT", "Head", 1, tuple(instance(patient_id, uid, number) for number in range(EACH)))
    object.__setattr__(made, "instances", Guarded(made.instances))
    return made


def test_a_drop_is_shown_planned_and_scrolled_without_a_look_at_each_instance(
    room: Room, no_leaks: None, languages: Languages, until: Callable[[Callable[[], bool]], None]
) -> None:
    background, page, desk = Background(), CheckPage(), room.desk
    desk.account, desk.destination, desk.mode = signed_in(), "archive", Mode.INTERNAL
    desk.choice, desk.choice_block = InternalChoice("Radiology"), None
    room.services.scan.side_effect = lambda *_, **__: guarded()
    PlanningController(desk, page=page, mode=room.mode, button=room.button, gateway=background, words=room.words)
    finding = FindingController(
        desk,
        window=room.window,
        strip=room.strip,
        page=page,
        messages=room.messages,
        gateway=background,
        services=room.services,
        words=room.words,
    )
    try:
        finding.add([Path("/a")])
        until(lambda: desk.plan is not None)
        assert desk.plan is not None
        assert desk.plan.counts.to_send == PATIENTS * SERIES * EACH
        assert desk.plan.counts.bytes_to_send == 1000 * PATIENTS * SERIES * EACH
        (view,) = page.findChildren(QTreeView)
        view.expandAll()
        view.scrollToBottom()
        page.grab()
        assert view.model().index(0, 3).data() == str(SERIES * EACH)
    finally:
        background.close()
        page.deleteLater()


def test_the_guard_would_tell() -> None:
    with pytest.raises(AssertionError, match="goes through"):
        next(guarded().instances())


def test_texts_are_made_for_the_rows_that_are_seen_and_once(
    languages: Languages, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = InventoryTree()
    tree.set_inventory(guarded())
    made = Mock(side_effect=tree._text)
    monkeypatch.setattr(tree, "_text", made)
    for _ in range(5):
        for column in range(tree.columnCount()):
            tree.index(0, column).data()
    assert made.call_count == tree.columnCount()
    tree.set_outcome({"M0": "P"}, {})
    assert tree.index(0, 1).data() == "⇒ P"
    tree.set_outcome({}, {"1.2.0.0": RowState.SENT})
    assert tree.index(0, 1).data() == ""
    below = tree.index(0, 0, tree.index(0, 0, tree.index(0, 0)))
    assert below.siblingAtColumn(5).data() == "will be sent"
    assert tree.rowCount(QModelIndex()) == PATIENTS


def test_the_counts_come_with_the_inventory(no_leaks: None, languages: Languages) -> None:
    page = CheckPage()
    page.show_inventory(guarded(), Totals(PATIENTS, PATIENTS, PATIENTS * SERIES, 600, 600_000))
    page.deleteLater()
