"""What the options say about held series: sent as they are, or with rectangles blanked."""

import argparse
import re

from adit_uploader.deid.blanking.areas import Blanking, Rectangle
from adit_uploader.dicom.inventory import Inventory, Series
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.values import dataclass

from .errors import WrongUsage

_BLANK = re.compile(r"(?P<series>[0-9.]+)(@(?P<columns>\d{1,5})x(?P<rows>\d{1,5}))?=(?P<rectangles>[0-9,;]+)")


@dataclass(frozen=True, slots=True)
class BlankOption:
    """One ``--blank``. size: columns and rows of the picture that the rectangles were drawn on, or None."""

    series: str
    size: tuple[int, int] | None
    rectangles: tuple[Rectangle, ...]


def blank_option(text: str) -> BlankOption:
    """SERIES[@COLUMNSxROWS]=X,Y,WIDTH,HEIGHT[;...]"""
    found = _BLANK.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"must look like SERIES=X,Y,WIDTH,HEIGHT[;X,Y,WIDTH,HEIGHT], unlike {text!r}")
    try:
        drawn = [[int(number) for number in part.split(",")] for part in found["rectangles"].split(";")]
        rectangles = tuple(Rectangle(x, y, width, height) for x, y, width, height in drawn)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"each rectangle is X,Y,WIDTH,HEIGHT in pixels, with a width and a height: {text!r}"
        ) from None
    size = (int(found["columns"]), int(found["rows"])) if found["columns"] else None
    return BlankOption(found["series"], size, rectangles)


def series_uid(text: str) -> str:
    if not re.fullmatch(r"[0-9.]{1,64}", text):
        raise argparse.ArgumentTypeError(f"a SeriesInstanceUID has digits and dots only, unlike {text!r}")
    return text


def add_decision_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("pictures that may show the patient's name (see the command preview)")
    group.add_argument(
        "--send-burned-in",
        action="store_true",
        help="send all such series as they are, but for those of --blank; you have looked at them",
    )
    group.add_argument(
        "--release",
        action="append",
        default=[],
        type=series_uid,
        metavar="SERIES",
        help="send this series (its SeriesInstanceUID) as it is; you have looked at it. May be repeated",
    )
    group.add_argument(
        "--blank",
        action="append",
        default=[],
        type=blank_option,
        metavar="SERIES=X,Y,W,H[;...]",
        help="overwrite rectangles with black in every picture of this series, and send it. In pixels from the upper "
        "left corner. Where its pictures have different sizes: SERIES@COLUMNSxROWS=...; those of another size stay "
        "held. May be repeated",
    )


def check_decision_options(arguments: argparse.Namespace) -> None:
    """Passes if the options don't contradict each other.

    Raises:
        WrongUsage: they do.
    """
    blanked = [one.series for one in arguments.blank]
    if arguments.mode == Mode.NONE and blanked:
        raise WrongUsage("These options don't fit together", "In mode none files go as they are; leave --blank out.")
    twice = sorted({one for one in blanked if blanked.count(one) > 1 or one in arguments.release})
    if twice:
        raise WrongUsage("These options don't fit together", f"Two decisions are given for the series {twice[0]}.")


def blankings_of(arguments: argparse.Namespace, inventory: Inventory) -> dict[str, Blanking]:
    """Rectangles by series, with the size that they are for.

    Raises:
        WrongUsage: a series is not there, has no size of its own, or a rectangle lies outside its pictures.
    """
    found = {
        series.series_instance_uid: series
        for patient in inventory.patients
        for study in patient.studies
        for series in study.series
    }
    for uid in (*arguments.release, *(one.series for one in arguments.blank)):
        if uid not in found:
            raise WrongUsage("There is no such series", f"No series {uid} is among the files.")
    return {one.series: _blanking(one, found[one.series]) for one in arguments.blank}


def _blanking(option: BlankOption, series: Series) -> Blanking:
    sizes = {(one.columns, one.rows) for one in series.instances if one.rows and one.columns}
    if option.size is None and len(sizes) != 1:
        told = ", ".join(f"{columns}x{rows}" for columns, rows in sorted(sizes)) or "none"
        raise WrongUsage(
            "The size of the picture is missing",
            f"The pictures of series {option.series} have these sizes: {told}. Write {option.series}@COLUMNSxROWS=... "
            "for those that are to be blanked.",
        )
    columns, rows = option.size or next(iter(sizes))
    try:
        return Blanking(columns, rows, option.rectangles)
    except ValueError:
        raise WrongUsage(
            "A rectangle lies outside the picture",
            f"The pictures of series {option.series} are {columns} pixels wide and {rows} high.",
        ) from None
