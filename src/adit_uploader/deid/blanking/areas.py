"""What is to be blanked: rectangles, and the size of the picture that they were drawn on."""

from collections.abc import Iterator
from itertools import pairwise

from adit_uploader.values import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Rectangle:
    """A part of a picture in its own pixels, not those of a screen.

    Attributes:
        x, y: column and row of the upper left pixel, counted from 0.
        width, height: pixels, at least 1. May reach beyond the picture to the right and below.

    Raises ValueError where it is none.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if min(self.x, self.y) < 0 or min(self.width, self.height) < 1:
            raise ValueError("a rectangle begins in the picture and has a width and a height")


@dataclass(frozen=True, slots=True)
class Blanking:
    """Rectangles for every frame of every picture of one size, within one series.

    Attributes:
        columns, rows: size of the picture on which they were drawn, in pixels.
        rectangles: in the order in which they were drawn; they may overlap. At least one.

    Raises ValueError where a rectangle lies wholly outside the picture, or there is none.
    """

    columns: int
    rows: int
    rectangles: tuple[Rectangle, ...]

    def __post_init__(self) -> None:
        if not self.rectangles:
            raise ValueError("there is nothing to blank")
        if any(one.x >= self.columns or one.y >= self.rows for one in self.rectangles):
            raise ValueError("a rectangle lies outside the picture")

    def fits(self, columns: int, rows: int) -> bool:
        """Whether a picture is of the size that the rectangles were drawn for."""
        return (columns, rows) == (self.columns, self.rows)

    def bands(self) -> Iterator[tuple[range, tuple[tuple[int, int], ...]]]:
        """Rows that are blanked in the same columns, from above, with these columns as (begin, end), in order.

        Neither rows nor columns overlap; what lies beyond the picture is cut off.
        """
        edges = sorted({edge for one in self.rectangles for edge in (one.y, min(one.y + one.height, self.rows))})
        for top, bottom in pairwise(edges):
            across = sorted(
                (one.x, min(one.x + one.width, self.columns))
                for one in self.rectangles
                if one.y <= top and one.y + one.height >= bottom
            )
            if across:
                yield range(top, bottom), tuple(_merged(across))

    def __str__(self) -> str:
        """Canonical text, for fingerprints."""
        drawn = ";".join(f"{one.x},{one.y},{one.width},{one.height}" for one in sorted(set(self.rectangles)))
        return f"{self.columns}x{self.rows}:{drawn}"


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begin, end = spans[0]
    for start, stop in spans[1:]:
        if start > end:
            yield begin, end
            begin, end = start, stop
        else:
            end = max(end, stop)
    yield begin, end
