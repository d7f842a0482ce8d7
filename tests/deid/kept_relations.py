"""What must hold between the dates, and between the UIDs, of files and their results, as pydicom reads them.

What a profile keeps is taken from the table's data, by none of the engine's own code.
"""

import json
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from importlib.resources import files

from pydicom.dataset import Dataset
from pydicom.uid import UID_dictionary

from tests.deid.canaries import OPTIONS
from tests.deid.corpus import parsed
from tests.deid.proofs import Pair

Path = tuple[tuple[int, int], ...]

TIMES = frozenset({"DA", "DT", "TM"})
DATE_OPTIONS = frozenset({"modified-dates", "full-dates"})
_ROWS = json.loads(files("adit_uploader.deid").joinpath("annex_e.json").read_text(encoding="utf-8"))["rows"]
_DATED = {int(row["tag"], 16): set(row.get("options", ())) for row in _ROWS if "x" not in row["tag"]}
_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})(.*)")
_DUMMIES = frozenset({"19000101", "19000101000000", "000000"})


def values(ds: Dataset, vrs: frozenset[str], path: Path = ()) -> Iterator[tuple[Path, str, list[str]]]:
    """Where elements of these VRs lie at any depth, in public elements: path, VR, values."""
    for element in ds:
        if element.tag.is_private:
            continue
        here = (*path, (int(element.tag), 0))
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from values(item, vrs, (*path, (int(element.tag), number)))
        elif element.VR in vrs and element.value:
            many = type(element.value).__name__ == "MultiValue"
            yield here, element.VR, [str(one).strip(" \0") for one in (element.value if many else [element.value])]


def _read(data: bytes, vrs: frozenset[str]) -> dict[Path, tuple[str, list[str]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {path: (vr, found) for path, vr, found in values(parsed(data), vrs)}


def _has(ds: Dataset, path: Path) -> bool:
    """Whether the items that a path leads through are there."""
    for tag, number in path[:-1]:
        if tag not in ds or len(ds[tag].value) <= number:
            return False
        ds = ds[tag].value[number]
    return True


def time_problems(pair: Pair, profile: str) -> list[str]:
    """Intervals that changed between any two dates of a file, times that changed, and dates that are lost."""
    before, after = _read(pair.before, TIMES), _read(pair.after, TIMES)
    problems = []
    moves: dict[timedelta, Path] = {}
    for path, (vr, old) in before.items():
        new = after.get(path, ("", []))[1]
        if not new or (set(new) <= _DUMMIES and new != old):
            if _must_stay(pair, path, vr, old, profile):
                problems.append(f"{_name(path)} is lost")
        elif vr == "TM":
            problems += [f"{_name(path)} is another time"] * (new != old)
        else:
            for one, other in zip(old, new, strict=True):
                first, second = _DATE.fullmatch(one), _DATE.fullmatch(other)
                if first is None or second is None or first[4] != second[4]:
                    problems.append(f"{_name(path)} differs in more than its day")
                else:
                    moves[_day(second) - _day(first)] = path
    if len(moves) > 1:
        problems.append(f"intervals between {' and '.join(map(_name, moves.values()))} changed")
    if profile == "research-full-dates" and any(moves):
        problems.append("dates moved")
    return problems


def counted_times(pair: Pair) -> int:
    """Dates and times that are left, dummies left out."""
    return sum(not set(found) <= _DUMMIES for _, found in _read(pair.after, TIMES).values())


def _must_stay(pair: Pair, path: Path, vr: str, old: list[str], profile: str) -> bool:
    """Whether a lost element had to stay: an option of its row is on, and what is around it stayed."""
    if not OPTIONS[profile] & DATE_OPTIONS & _DATED.get(path[-1][0], set()):
        return False
    whole = all(one.isdigit() or vr != "DA" for one in old) and all(_possible(one, vr) for one in old)
    return whole and _has(parsed(pair.after), path)


def _possible(text: str, vr: str) -> bool:
    if vr == "TM":
        return re.fullmatch(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?", text) is not None
    match = _DATE.fullmatch(text)
    try:
        return match is not None and bool(_day(match))
    except ValueError:
        return False


def _day(match: re.Match[str]) -> datetime:
    return datetime(int(match[1]), int(match[2]), int(match[3]))  # noqa: DTZ001 - a day, wherever


def uid_problems(pairs: Iterable[Pair]) -> list[str]:
    """UIDs that became several ones, several that became one, and registered ones that changed, over all files."""
    became: dict[str, set[str]] = defaultdict(set)
    came: dict[str, set[str]] = defaultdict(set)
    where: dict[str, str] = {}
    for pair in pairs:
        after = _read(pair.after, frozenset({"UI"}))
        for path, (_, old) in _read(pair.before, frozenset({"UI"})).items():
            if path not in after:
                continue
            for one, other in zip(old, after[path][1], strict=True):
                if "." not in one:  # one shipped report has the class 0 and the instance 0
                    continue
                became[one].add(other)
                came[other].add(one)
                where[one] = where[other] = f"{pair.name} {_name(path)}"
    problems = [f"{where[uid]} became several" for uid, new in became.items() if len(new) > 1]
    problems += [f"{where[uid]} is of several" for uid, old in came.items() if len(old) > 1]
    return problems + [f"{where[uid]} changed" for uid in UID_dictionary if uid in became and became[uid] != {uid}]


def resolved(pairs: Iterable[Pair]) -> tuple[int, int]:
    """References (UIDs below the outermost data set, or of a frame of reference) that some file of the set answers to:
    before and after."""
    counted = []
    for side in ("before", "after"):
        found = [_read(getattr(pair, side), frozenset({"UI"})) for pair in pairs]
        own = {uid for one in found for path, (_, uids) in one.items() if len(path) == 1 for uid in uids}
        named = [uid for one in found for path, (_, uids) in one.items() if len(path) > 1 for uid in uids]
        counted.append(sum(uid in own and uid not in UID_dictionary for uid in named))
    return counted[0], counted[1]


def _name(path: Path) -> str:
    return " > ".join(f"({tag >> 16:04X},{tag & 0xFFFF:04X})[{number}]" for tag, number in path)
