"""The rules in words: ``python -m adit_uploader.deid.describe`` writes docs/deidentification.md.

The text around the tables lies beside this module; the tables are made from the profiles themselves, so that the
page can't say anything else than what the engine does.
"""

import sys
from importlib.resources import files
from pathlib import Path

from adit_uploader.deid.annex_e import Row, table
from adit_uploader.deid.profiles import PROFILES, Option, Profile
from adit_uploader.deid.rules import STRUCTURE, Rules, row_vr
from adit_uploader.deid.vocabulary import keyword

_PSEUDONYM = {"00100010", "00100020"}  # nested ones follow the column: emptied
_WORDS = {
    "X": "removed",
    "Z": "emptied",
    "D": "dummy",
    "U": "new UID",
    "K": "kept",
    "C": "cleaned",
    "X/Z": "removed, or emptied",
    "X/D": "removed, or dummy",
    "Z/D": "emptied, or dummy",
    "X/Z/D": "removed, emptied, or dummy",
    "X/Z/U*": "kept, with new UIDs inside",
}


def page() -> str:
    """The whole page, as Markdown."""
    text = files(__package__).joinpath("deidentification.md").read_text(encoding="utf-8")
    filled = {
        "{profiles}": _profiles(),
        "{elements}": _elements(),
        "{edition}": table().edition,
        "{safe}": str(len(table().safe_private)),
        "{private}": _safe_private(),
        "{unknown}": _unknown(),
    }
    for place, content in filled.items():
        text = text.replace(place, content)
    return text


def _safe_private() -> str:
    """PS3.15 E.3.10: those that are retained shall be described."""
    elements: dict[str, list[str]] = {}
    for (group, creator, number), vr in sorted(table().safe_private.items()):
        elements.setdefault(creator, []).append(f"({group:04X},xx{number:02X}) {vr}")
    lines = [f"| {creator} | {', '.join(found)} |" for creator, found in sorted(elements.items())]
    return "\n".join(["| creator | elements |", "|---|---|", *lines])


def _unknown() -> str:
    """Rows with options whose VR nobody here knows."""
    rows = [row for row in table().rows.values() if row.options and not row_vr(row)]
    return ", ".join(f"({row.tag[:4]},{row.tag[4:]}) {row.name}" for row in rows)


def _profiles() -> str:
    lines = [
        "| profile | version | (0012,0063) | (0012,0064) | (0028,0303) | what it is |",
        "|---|---|---|---|---|---|",
    ]
    for profile in PROFILES.values():
        codes = "<br>".join(f"{code.value} {code.meaning}" for code in profile.codes)
        lines.append(
            f"| `{profile.name}` | {profile.version} | {profile.methods[0]} | {codes} | {profile.longitudinal} "
            f"| {profile.summary} |"
        )
    return "\n".join(lines)


def _elements() -> str:
    names = list(PROFILES)
    lines = [f"| element | name | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    tables = [{row.tag: (row, letters) for row, letters in Rules(profile).listed()} for profile in PROFILES.values()]
    for tag, (row, _) in tables[0].items():
        outcomes = (
            describe(row, table[tag][1], profile) for table, profile in zip(tables, PROFILES.values(), strict=True)
        )
        lines.append(f"| ({tag[:4]},{tag[4:]}) | {name_of(row)} | {' | '.join(outcomes)} |")
    return "\n".join(lines)


def name_of(row: Row) -> str:
    """A row's name for people."""
    return row.name or keyword(int(row.tag, 16)) or "(new in this edition)"


def describe(row: Row, letters: str, profile: Profile) -> str:
    """What a profile does with a row, in words."""
    vr = row_vr(row)
    if row.tag in _PSEUDONYM:
        return "the pseudonym"
    if letters == "C" and vr == "OB":
        letters = row.basic
    special = {
        ("K", "AS"): "kept, over 89 years as 90",
        ("K", "SQ"): "kept, its items by their own rules",
        ("C", "SQ"): "kept, its items by their own rules",
        ("C", "DA"): "moved",
        ("C", "DT"): "moved",
        ("C", "TM"): "kept (only dates move)",
        ("D", "UI"): "new UID",
    }
    words = special.get((letters, vr), _WORDS[letters])
    if vr != "SQ" or not letters.endswith("D"):
        return words
    cleaned = Option.DESCRIPTORS in profile.options and bool(STRUCTURE & row.options.keys())
    return words.replace("dummy", "its items by their own rules" if cleaned else "its texts as dummies")


def main() -> None:
    """Write the page to the path given, or to standard output."""
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
