"""The picture of a held series: areas are drawn in the picture's own pixels, with the mouse or by keys."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from adit_uploader.deid.blanking.areas import Rectangle
from adit_uploader.desktop.views.picture_canvas import PictureCanvas, image_of
from adit_uploader.dicom.pictures.render import Picture

LEFT = Qt.MouseButton.LeftButton
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


def test_colours_come_out_as_they_are() -> None:
    picture = Picture(3, 1, False, bytes((255, 0, 0, 0, 255, 0, 0, 0, 255)), columns=3, rows=1, frames=1)
    image = image_of(picture)
    assert [image.pixelColor(x, 0).name() for x in range(3)] == ["#ff0000", "#00ff00", "#0000ff"]
