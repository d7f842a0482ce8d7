"""The dialog in which the user decides on held series: it shows what it is told, and asks for what the user wants."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QListWidget, QRadioButton, QSlider
from pytestqt.qtbot import QtBot

from adit_uploader.deid.blanking.areas import Blanking, Rectangle
from adit_uploader.deid.blanking.obstacles import BlankingObstacle
from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.desktop.values import HeldChoice, HeldDecision, ReviewState
from adit_uploader.desktop.views.held_review import HeldReview
from adit_uploader.desktop.views.picture_canvas import PictureCanvas
from adit_uploader.dicom.pictures.render import Picture

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

FIRST, SECOND = Rectangle(0, 0, 320, 24), Rectangle(10, 20, 30, 40)
SERIES = HeldChoice("1.2.3", "1001", "US", "Liver", 4, BurnedInReason.ULTRASOUND)
OBSTACLE = next(iter(BlankingObstacle))
STATE = ReviewState(SERIES, position=0, series=3, images=4)
PICTURE = Picture(32, 24, True, bytes(32 * 24), columns=320, rows=240, frames=5)


@pytest.fixture
def review(qtbot: QtBot, no_leaks: None) -> Iterator[HeldReview]:
    made = HeldReview()
    made.show_review(STATE)
    made.set_picture(PICTURE, "", 0)
    yield made
    made.close()
    made.deleteLater()


def drag(qtbot: QtBot, canvas: PictureCanvas, start: QPoint, end: QPoint) -> None:
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(canvas, end)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def button(review: HeldReview, text: str) -> QAbstractButton:
    (found,) = (one for one in review.findChildren(QAbstractButton) if one.text().replace("&", "") == text)
    return found


def sliders(review: HeldReview) -> tuple[QSlider, QSlider]:
    named = {one.accessibleName(): one for one in review.findChildren(QSlider)}
    return named["Image"], named["Frame"]


def choices(review: HeldReview) -> dict[str, QRadioButton]:
    return {one.text().replace("&", "").split()[0]: one for one in review.findChildren(QRadioButton)}


def list_of_areas(review: HeldReview) -> QListWidget:
    (found,) = review.findChildren(QListWidget)
    return found


def blanked(*areas: Rectangle) -> ReviewState:
    return replace(STATE, choice=replace(SERIES, blanking=Blanking(320, 240, areas)), areas=areas)


def test_sliders_ask_for_images_and_for_frames_of_the_image_that_is_shown(qtbot: QtBot, review: HeldReview) -> None:
    image, frame = sliders(review)
    assert (image.maximum(), frame.maximum()) == (3, 4)
    with qtbot.waitSignal(review.picture_wanted) as wanted:
        image.setValue(2)
    assert wanted.args == [2, 0]
    with qtbot.waitSignal(review.picture_wanted) as wanted:
        frame.setValue(3)
    assert wanted.args == [2, 3]


def test_places_are_told_from_one_on_and_only_where_there_are_several(review: HeldReview) -> None:
    image, frame = sliders(review)
    review.set_picture(PICTURE, "", 4)
    said = {label.text() for label in review.findChildren(QLabel)}
    assert {"1 of 4", "5 of 5"} <= said
    assert (image.isVisible(), frame.isVisible()) == (True, True)
    review.set_picture(replace(PICTURE, frames=1), "", 0)
    assert (image.isVisible(), frame.isVisible()) == (True, False)


def test_another_series_begins_with_its_first_picture_and_without_a_chosen_area(review: HeldReview) -> None:
    review.show_review(blanked(FIRST, SECOND))
    list_of_areas(review).setCurrentRow(1)
    sliders(review)[0].setValue(2)
    review.show_review(ReviewState(replace(SERIES, key="1.2.4"), 1, 3, images=2, areas=(FIRST,)))
    image, frame = sliders(review)
    assert (image.value(), image.maximum(), frame.value(), frame.maximum()) == (0, 1, 0, 0)
    assert list_of_areas(review).currentRow() == -1
    assert not button(review, "Remove").isEnabled()


def test_other_decisions_on_the_same_series_leave_the_picture_where_it_is(review: HeldReview) -> None:
    sliders(review)[0].setValue(2)
    review.show_review(blanked(FIRST))
    assert sliders(review)[0].value() == 2


def test_a_strip_is_offered_in_the_pixels_of_this_picture(qtbot: QtBot, review: HeldReview) -> None:
    review.show_review(blanked(SECOND))
    button(review, "Add area").setFocus()
    with qtbot.waitSignal(review.areas_wanted) as wanted:
        button(review, "Add area").click()
    assert wanted.args == [(SECOND, FIRST)]
    review.show_review(blanked(SECOND, FIRST))
    assert list_of_areas(review).currentRow() == 1
    assert review.focusWidget() is review.canvas


def test_no_strip_is_offered_for_a_picture_that_cannot_be_shown(review: HeldReview) -> None:
    review.set_picture(None, "This picture can't be shown.", 0)
    assert not button(review, "Add area").isEnabled()


def test_nothing_is_drawn_on_the_picture_of_the_series_before(qtbot: QtBot, review: HeldReview) -> None:
    review.show_review(ReviewState(replace(SERIES, key="1.2.4"), 1, 3, images=2))
    assert not button(review, "Add area").isEnabled()
    with qtbot.assertNotEmitted(review.areas_wanted):
        drag(qtbot, review.canvas, QPoint(100, 100), QPoint(200, 200))
    review.set_picture(PICTURE, "", 0)
    with qtbot.waitSignal(review.areas_wanted):
        drag(qtbot, review.canvas, QPoint(100, 100), QPoint(200, 200))


def test_an_area_that_was_drawn_is_the_chosen_one(qtbot: QtBot, review: HeldReview) -> None:
    with qtbot.waitSignal(review.areas_wanted) as wanted:
        review.canvas.areas_changed.emit((FIRST, SECOND))
    assert wanted.args == [(FIRST, SECOND)]
    review.show_review(blanked(FIRST, SECOND))
    assert list_of_areas(review).currentRow() == 1


def test_the_chosen_area_is_removed_and_no_other(qtbot: QtBot, review: HeldReview) -> None:
    review.show_review(blanked(FIRST, SECOND, FIRST))
    assert not button(review, "Remove").isEnabled()
    list_of_areas(review).setCurrentRow(1)
    with qtbot.waitSignal(review.areas_wanted) as wanted:
        button(review, "Remove").click()
    assert wanted.args == [(FIRST, FIRST)]
    review.show_review(blanked(FIRST))
    assert list_of_areas(review).currentRow() == 0


def test_only_what_is_possible_can_be_decided(review: HeldReview) -> None:
    def possible() -> dict[str, bool]:
        return {word: one.isEnabled() for word, one in choices(review).items()}

    assert possible() == {"Leave": True, "Blank": False, "Send": True}
    review.show_review(blanked(FIRST))
    assert possible() == {"Leave": True, "Blank": True, "Send": True}
    review.show_review(replace(STATE, choice=replace(SERIES, obstacle=OBSTACLE), areas=(FIRST,)))
    assert possible() == {"Leave": True, "Blank": False, "Send": True}
    assert not button(review, "Add area").isVisible()
    review.show_review(replace(STATE, choice=replace(SERIES, forbidden=True), areas=(FIRST,)))
    assert possible() == {"Leave": True, "Blank": False, "Send": False}
    assert not button(review, "Add area").isVisible()


@pytest.mark.parametrize("forbidden", [True, False])
def test_an_obstacle_is_said_unless_the_receiver_forbids_the_series_anyway(review: HeldReview, forbidden: bool) -> None:
    choice = replace(SERIES, obstacle=OBSTACLE, forbidden=forbidden)
    review.show_review(replace(STATE, choice=choice))
    said = [one for one in review.findChildren(QLabel) if one.property("tone") == "warning" and one.isVisible()]
    assert bool(said) is not forbidden


def test_nothing_is_drawn_into_a_series_that_cannot_be_blanked(qtbot: QtBot, review: HeldReview) -> None:
    review.show_review(replace(STATE, choice=replace(SERIES, obstacle=OBSTACLE)))
    assert review.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor
    review.show_review(STATE)
    assert review.canvas.cursor().shape() == Qt.CursorShape.CrossCursor


@pytest.mark.parametrize(
    ("word", "decision"),
    [("Leave", HeldDecision.LEAVE_OUT), ("Blank", HeldDecision.BLANK), ("Send", HeldDecision.AS_IT_IS)],
)
def test_what_is_decided_is_asked_for_and_shown_when_it_holds(
    qtbot: QtBot, review: HeldReview, word: str, decision: HeldDecision
) -> None:
    review.show_review(blanked(FIRST))
    assert choices(review)["Blank"].isChecked()
    with qtbot.waitSignal(review.decision_wanted) as wanted:
        choices(review)[word].click()
    assert wanted.args == [decision]
    review.show_review(STATE)
    assert choices(review)["Leave"].isChecked()


def test_series_before_and_after_can_be_asked_for_where_there_are_any(qtbot: QtBot, review: HeldReview) -> None:
    before, after = button(review, "Previous series"), button(review, "Next series")
    assert (before.isEnabled(), after.isEnabled()) == (False, True)
    review.show_review(replace(STATE, position=2))
    assert (before.isEnabled(), after.isEnabled()) == (True, False)
    review.show_review(replace(STATE, position=1))
    for step, one in ((-1, before), (1, after)):
        with qtbot.waitSignal(review.series_wanted) as wanted:
            one.click()
        assert wanted.args == [step]
