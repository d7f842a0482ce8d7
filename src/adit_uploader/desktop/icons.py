"""The program's own icons: SVG drawn in one colour, painted in the colour that the theme asks for."""

from functools import cache
from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 20, 24, 32, 48, 64, 128, 256)


def icon(name: str, colour: str) -> QIcon:
    """The icon ``icons/<name>.svg``, with ``currentColor`` replaced by the colour (#rrggbb)."""
    made = QIcon()
    for size in SIZES:
        made.addPixmap(pixmap(name, colour, size))
    return made


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a square picture of ``size`` logical pixels, sharp on a screen of this pixel ratio."""
    renderer = QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))
    canvas = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    renderer.render(painter, QRectF(0, 0, size * ratio, size * ratio))
    painter.end()
    canvas.setDevicePixelRatio(ratio)
    return canvas


@cache
def _drawing(name: str) -> str:
    return resources.files("adit_uploader.desktop").joinpath("icons", f"{name}.svg").read_text(encoding="utf-8")
