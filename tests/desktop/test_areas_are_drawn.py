"""The picture of a held series: areas are drawn in the picture's own pixels, with the mouse or by keys."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from adit_uploader.deid.blanking.areas import Rectangle
from adit_uploader.desktop.views.picture_canvas import PictureCanvas, image_of
from adit_uploader.dicom.pictures.render import Picture

LEFT = Qt.MouseButton.LeftButton
PLAIN, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
Keys = tuple[Qt.Key, Qt.KeyboardModifier]
AREA = Rectangle(10, 20, 30, 40)


@pytest.fixture
def canvas(qtbot: QtBot, no_leaks: None) -> Iterator[PictureCanvas]:
    """A picture of 200 x 100 pixels, shown twice as large with a black strip above and below."""
    made = PictureCanvas()
    made.resize(400, 300)
    made.set_picture(Picture(20, 10, True, bytes(200), columns=200, rows=100, frames=1))
    made.set_areas((AREA,), 0, editable=True)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def drag(qtbot: QtBot, canvas: PictureCanvas, start: QPoint, end: QPoint) -> None:
    qtbot.mousePress(canvas, LEFT, pos=start)
    qtbot.mouseMove(canvas, end)
    qtbot.mouseRelease(canvas, LEFT, pos=end)


def test_a_drag_is_an_area_in_pixels_of_the_original(qtbot: QtBot, canvas: PictureCanvas) -> None:
    with qtbot.waitSignal(canvas.areas_changed) as drawn:
        drag(qtbot, canvas, QPoint(100, 150), QPoint(20, 70))
    (_, new) = drawn.args[0]
    assert new == Rectangle(10, 10, 41, 41)  # the strip above is 50 pixels high, and each pixel is 2 wide


def test_a_drag_beyond_the_edge_ends_at_the_edge(qtbot: QtBot, canvas: PictureCanvas) -> None:
    with qtbot.waitSignal(canvas.areas_changed) as drawn:
        drag(qtbot, canvas, QPoint(300, 200), QPoint(399, 299))
    (_, new) = drawn.args[0]
    assert (new.x + new.width, new.y + new.height) == (200, 100)


def test_a_drag_beyond_the_other_edge_begins_at_the_edge(qtbot: QtBot, canvas: PictureCanvas) -> None:
    with qtbot.waitSignal(canvas.areas_changed) as drawn:
        drag(qtbot, canvas, QPoint(100, 150), QPoint(0, 3))
    assert drawn.args[0] == (AREA, Rectangle(0, 0, 51, 51))


def test_a_picture_in_an_upright_room_has_its_strips_at_the_sides(qtbot: QtBot, canvas: PictureCanvas) -> None:
    canvas.set_picture(Picture(10, 20, True, bytes(200), columns=100, rows=300, frames=1))  # 100 pixels, 150 aside
    canvas.set_areas((), -1, editable=True)
    with qtbot.waitSignal(canvas.areas_changed) as drawn:
        drag(qtbot, canvas, QPoint(160, 20), QPoint(169, 39))
    assert drawn.args[0] == (Rectangle(10, 20, 10, 20),)
    with qtbot.waitSignal(canvas.areas_changed) as drawn:
        drag(qtbot, canvas, QPoint(20, 20), QPoint(390, 39))
    assert drawn.args[0] == (Rectangle(0, 20, 100, 20),)


def test_the_other_mouse_button_draws_nothing(qtbot: QtBot, canvas: PictureCanvas) -> None:
    with qtbot.assertNotEmitted(canvas.areas_changed):
        qtbot.mousePress(canvas, Qt.MouseButton.RightButton, pos=QPoint(20, 70))
        qtbot.mouseMove(canvas, QPoint(100, 150))
        qtbot.mouseRelease(canvas, Qt.MouseButton.RightButton, pos=QPoint(100, 150))
        qtbot.mousePress(canvas, Qt.MouseButton.RightButton, pos=QPoint(20, 70))
        qtbot.mouseMove(canvas, QPoint(100, 150))
        qtbot.mouseRelease(canvas, LEFT, pos=QPoint(100, 150))


@pytest.mark.parametrize("end", [QPoint(300, 152), QPoint(102, 200)])
def test_a_line_is_no_area(qtbot: QtBot, canvas: PictureCanvas, end: QPoint) -> None:
    with qtbot.assertNotEmitted(canvas.areas_changed):
        drag(qtbot, canvas, QPoint(100, 150), end)


def test_what_was_begun_on_one_picture_does_not_end_on_the_next(qtbot: QtBot, canvas: PictureCanvas) -> None:
    qtbot.mousePress(canvas, LEFT, pos=QPoint(20, 70))
    canvas.set_picture(Picture(20, 10, True, bytes(200), columns=200, rows=100, frames=1))
    with qtbot.assertNotEmitted(canvas.areas_changed):
        qtbot.mouseMove(canvas, QPoint(200, 200))
        qtbot.mouseRelease(canvas, LEFT, pos=QPoint(200, 200))


def test_a_click_is_no_area(qtbot: QtBot, canvas: PictureCanvas) -> None:
    with qtbot.assertNotEmitted(canvas.areas_changed):
        drag(qtbot, canvas, QPoint(100, 150), QPoint(101, 151))


def test_nothing_is_drawn_where_nothing_can_be_blanked(qtbot: QtBot, canvas: PictureCanvas) -> None:
    canvas.set_areas((), -1, editable=False)
    with qtbot.assertNotEmitted(canvas.areas_changed):
        drag(qtbot, canvas, QPoint(100, 100), QPoint(200, 200))


@pytest.mark.parametrize(
    ("key", "modifier", "expected"),
    [
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, Rectangle(11, 20, 30, 40)),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier, Rectangle(10, 10, 30, 40)),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier, Rectangle(10, 20, 30, 41)),
        (
            Qt.Key.Key_Left,
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier,
            Rectangle(10, 20, 20, 40),
        ),
    ],
)
def test_arrow_keys_move_and_size_the_chosen_area(
    qtbot: QtBot, canvas: PictureCanvas, key: Qt.Key, modifier: Qt.KeyboardModifier, expected: Rectangle
) -> None:
    with qtbot.waitSignal(canvas.areas_changed) as changed:
        qtbot.keyClick(canvas, key, modifier)
    assert changed.args[0] == (expected,)


def test_keys_keep_an_area_within_the_picture(qtbot: QtBot, canvas: PictureCanvas) -> None:
    canvas.set_areas((Rectangle(165, 0, 30, 100),), 0, editable=True)
    with qtbot.waitSignal(canvas.areas_changed) as changed:
        qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert changed.args[0] == (Rectangle(170, 0, 30, 100),)


@pytest.mark.parametrize(
    ("area", "keys", "expected"),
    [
        (Rectangle(5, 5, 30, 40), (Qt.Key.Key_Left, PLAIN), Rectangle(0, 5, 30, 40)),
        (Rectangle(5, 5, 30, 40), (Qt.Key.Key_Up, PLAIN), Rectangle(5, 0, 30, 40)),
        (Rectangle(5, 55, 30, 40), (Qt.Key.Key_Down, PLAIN), Rectangle(5, 60, 30, 40)),
        (Rectangle(5, 55, 30, 40), (Qt.Key.Key_Down, SHIFT), Rectangle(5, 55, 30, 45)),
        (Rectangle(165, 5, 30, 40), (Qt.Key.Key_Right, SHIFT), Rectangle(165, 5, 35, 40)),
        (Rectangle(5, 5, 8, 40), (Qt.Key.Key_Left, SHIFT), Rectangle(5, 5, 1, 40)),
        (Rectangle(5, 5, 30, 8), (Qt.Key.Key_Up, SHIFT), Rectangle(5, 5, 30, 1)),
    ],
)
def test_keys_keep_an_area_within_every_edge(
    qtbot: QtBot, canvas: PictureCanvas, area: Rectangle, keys: Keys, expected: Rectangle
) -> None:
    canvas.set_areas((AREA, area, AREA), 1, editable=True)
    with qtbot.waitSignal(canvas.areas_changed) as changed:
        qtbot.keyClick(canvas, keys[0], keys[1] | Qt.KeyboardModifier.ControlModifier)
    assert changed.args[0] == (AREA, expected, AREA)


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Right])
def test_keys_change_nothing_where_nothing_can_be_blanked(qtbot: QtBot, canvas: PictureCanvas, key: Qt.Key) -> None:
    canvas.set_areas((AREA,), 0, editable=False)
    with qtbot.assertNotEmitted(canvas.areas_changed):
        qtbot.keyClick(canvas, key)


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_of_several_areas_the_chosen_one_is_removed(qtbot: QtBot, canvas: PictureCanvas, key: Qt.Key) -> None:
    other = Rectangle(1, 2, 3, 4)
    canvas.set_areas((other, AREA, other), 1, editable=True)
    with qtbot.waitSignal(canvas.areas_changed) as changed:
        qtbot.keyClick(canvas, key)
    assert changed.args[0] == (other, other)


def test_delete_removes_the_chosen_area(qtbot: QtBot, canvas: PictureCanvas) -> None:
    with qtbot.waitSignal(canvas.areas_changed) as changed:
        qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert changed.args[0] == ()


def test_an_area_is_black_on_the_screen(canvas: PictureCanvas) -> None:
    white = Picture(20, 10, True, b"\xff" * 200, columns=200, rows=100, frames=1)
    canvas.set_picture(white)
    screen = canvas.grab().toImage()
    assert screen.pixelColor(2 * 25, 50 + 2 * 40).lightness() == 0
    assert screen.pixelColor(2 * 100, 50 + 2 * 40).lightness() == 255


def test_an_area_lies_on_the_screen_where_it_lies_in_the_picture(qtbot: QtBot, canvas: PictureCanvas) -> None:
    canvas.set_picture(Picture(10, 20, True, b"\xff" * 200, columns=100, rows=300, frames=1))
    canvas.set_areas((Rectangle(50, 100, 40, 100),), -1, editable=True)
    screen = canvas.grab().toImage()
    assert screen.pixelColor(150 + 70, 150).lightness() == 0
    assert screen.pixelColor(150 + 25, 150).lightness() == 255
    qtbot.mousePress(canvas, LEFT, pos=QPoint(155, 210))
    qtbot.mouseMove(canvas, QPoint(195, 290))
    assert canvas.grab().toImage().pixelColor(175, 250).lightness() == 0  # what is drawn at the moment, too
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(195, 290))


def test_the_chosen_area_has_another_edge(canvas: PictureCanvas) -> None:
    chosen = canvas.grab().toImage()
    canvas.set_areas((AREA,), -1, editable=True)
    assert canvas.grab().toImage() != chosen


def test_colours_come_out_as_they_are() -> None:
    picture = Picture(3, 1, False, bytes((255, 0, 0, 0, 255, 0, 0, 0, 255)), columns=3, rows=1, frames=1)
    image = image_of(picture)
    assert [image.pixelColor(x, 0).name() for x in range(3)] == ["#ff0000", "#00ff00", "#0000ff"]
