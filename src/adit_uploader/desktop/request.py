"""What the journal keeps of an upload that was made in the window, so that it can be planned again after a restart.

It stands beside the key list, on this computer alone. It holds no token and no key.
"""

from dataclasses import dataclass, field

import msgspec

from adit_uploader.deid.blanking.areas import Blanking, Rectangle

_WINDOW = "window"

Areas = tuple[int, int, tuple[tuple[int, int, int, int], ...]]
"""Columns and rows of the picture; x, y, width and height of each rectangle."""


def areas_of(blanking: Blanking) -> Areas:
    """As the journal keeps them."""
    drawn = tuple((one.x, one.y, one.width, one.height) for one in blanking.rectangles)
    return blanking.columns, blanking.rows, drawn


def blanking_of(areas: Areas) -> Blanking:
    """Raises ValueError where they are none."""
    columns, rows, drawn = areas
    return Blanking(columns, rows, tuple(Rectangle(*one) for one in drawn))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What lay on the desk.

    Attributes:
        paths: folders and files that were dropped.
        profile: as the user picked it, '' for the server's own choice.
        batch_file: path, '' in other modes. pseudonym: of the mode fixed. keyed: with the department's own key.
        released, blanked: decisions on held series, by original SeriesInstanceUID. excluded: series left out.
    """

    paths: tuple[str, ...]
    mode: str
    profile: str = ""
    destination: str = ""
    batch_file: str = ""
    pseudonym: str = field(default="", repr=False)
    keyed: bool = False
    released: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    blanked: dict[str, Areas] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Kept:
    made_in: str
    wanted: Wanted


def request_of(wanted: Wanted) -> str:
    """As the journal keeps it."""
    return msgspec.json.encode(_Kept(_WINDOW, wanted)).decode()


def wanted_of(request: str) -> Wanted | None:
    """What lay on the desk; None where the upload was not made in a window, or by one that keeps it otherwise."""
    try:
        kept = msgspec.json.decode(request, type=_Kept)
    except msgspec.MsgspecError:
        return None
    return kept.wanted if kept.made_in == _WINDOW else None
