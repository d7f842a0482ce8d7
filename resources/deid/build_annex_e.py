"""Build annex_e.json and content_items.json of src/adit_uploader/deid from DICOM PS3.15 itself.

It is read from part15.xml, the DocBook source of one edition:

    python resources/deid/build_annex_e.py part15.xml
    python resources/deid/build_annex_e.py part15.xml --anonymizer dicom_anonymizer-*.whl --basic basic.json

The standard publishes that file with every edition; resources/deid/README.md names the one that was read. The options
compare what was read with sources that others made from the standard, and change nothing: the Basic column of the
package dicom-anonymizer (nothing of it is executed), and any JSON file {tag: Basic action}.
"""

import argparse
import ast
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import parse

TARGET = Path(__file__).parents[2] / "src/adit_uploader/deid/annex_e.json"
CONTENT_TARGET = TARGET.with_name("content_items.json")
_NS = "{http://docbook.org/ns/docbook}"
_SUBTITLE = re.compile(r"DICOM PS3\.15 (\d{4}[a-e]) ")
_NOTE = re.compile(r" ?\(see Note \d+\)")
_FIRST = ["Attribute Name", "Tag", "Retd. (from )", "In Std. Comp. IOD (from )", "Basic Prof."]
_OPTIONS = {
    "Rtn. Safe Priv. Opt.": "safe-private",
    "Rtn. UIDs Opt.": "uids",
    "Rtn. Dev. Id. Opt.": "device",
    "Rtn. Inst. Id. Opt.": "institution",
    "Rtn. Pat. Chars. Opt.": "patient",
    "Rtn. Long. Full Dates Opt.": "full-dates",
    "Rtn. Long. Modif. Dates Opt.": "modified-dates",
    "Clean Desc. Opt.": "descriptors",
    "Clean Struct. Cont. Opt.": "structured-content",
    "Clean Graph. Opt.": "graphics",
}
_BASIC = frozenset({"D", "Z", "X", "U", "Z/D", "X/Z", "X/D", "X/Z/D", "X/Z/U*"})
_PRIVATE = "(gggg,eeee) where gggg is odd"  # the row of all private elements: the engine's own rule, no element
_ANONYMIZER = "dicomanonymizer/dicom_anonymization_databases/dicomfields_{}.py"


def attributes(root: Element) -> Iterator[dict[str, object]]:
    """Rows of Table E.1-1; ``x`` stands for any digit of a repeating group."""
    header, rows = _table(root, "E.1-1")
    if header != [*_FIRST, *_OPTIONS]:
        sys.exit(f"Table E.1-1 has other columns than this script reads: {header}")
    for name, tag, _retired, _in_iod, basic, *cells in rows:
        options = {option: cell for option, cell in zip(_OPTIONS.values(), cells, strict=True) if cell}
        if basic not in _BASIC or not options.items() <= {(o, a) for o in _OPTIONS.values() for a in "KC"}:
            sys.exit(f"{tag}: unknown action in {[basic, *cells]}")
        if tag == _PRIVATE:
            continue
        row: dict[str, object] = {"tag": _tag_text(tag), "name": _NOTE.sub("", name), "basic": basic}
        if options:
            row["options"] = options
        yield row


def safe_private(root: Element) -> Iterator[dict[str, str]]:
    """Rows of Table E.3.10-1; of two possible VRs the second, of none none: such a row is left out."""
    _, rows = _table(root, "E.3.10-1")
    for tag, creator, vr, _multiplicity, meaning in rows:
        text = _tag_text(tag)
        if text[4:6] != "xx":
            sys.exit(f"Table E.3.10-1 has no private element in {tag}")
        if vr:
            one = "OW" if vr == "OW/OB" else vr
            yield {"creator": creator, "group": text[:4], "element": text[6:], "vr": one, "name": meaning}


def content_items(root: Element) -> Iterator[dict[str, object]]:
    """Rows of Table E.3.4-1: concepts of content items, each with the value type that the row is about."""
    header, rows = _table(root, "E.3.4-1")
    concept = ["Code Meaning", "Code Value", "Coding Scheme Designator", "Value Type", "Retd. (from )"]
    if header[:7] != [*concept, "In Std. Tpl. (from )", "Basic Prof."] or not set(header[7:]) <= set(_OPTIONS):
        sys.exit(f"Table E.3.4-1 has other columns than this script reads: {header}")
    for name, code, scheme, kind, _retired, _in_template, basic, *cells in rows:
        options = {_OPTIONS[option]: cell for option, cell in zip(header[7:], cells, strict=True) if cell}
        if basic not in _BASIC or not set(options.values()) <= set("KC"):
            sys.exit(f"{code}: unknown action in {[basic, *cells]}")
        row: dict[str, object] = {"code": code, "scheme": scheme, "type": kind, "name": name, "basic": basic}
        yield row | ({"options": options} if options else {})


def _table(root: Element, label: str) -> tuple[list[str], list[list[str]]]:
    """Head cells and rows of one of the standard's tables."""
    table = next(element for element in root.iter(f"{_NS}table") if element.get("label") == label)
    head = [_text(cell) for cell in table.iter(f"{_NS}th")]
    rows = [[_text(cell) for cell in row.findall(f"{_NS}td")] for row in table.iter(f"{_NS}tr")]
    rows = [row for row in rows if row]
    if any(len(row) != len(head) for row in rows):
        sys.exit(f"Table {label} has rows of another length than its head")
    return head, rows


def _text(cell: Element) -> str:
    return " ".join("".join(cell.itertext()).replace("\u200b", "").split())


def _tag_text(tag: str) -> str:
    match = re.fullmatch(r"\(([0-9A-Fa-fx]{4}),([0-9A-Fa-fx]{4})\)", tag)
    if match is None:
        sys.exit(f"{tag} is no tag")
    return (match[1] + match[2]).upper().replace("X", "x")


def anonymizer_column(wheel: Path, edition: str) -> dict[str, str]:
    """The Basic column as dicom-anonymizer has it: lists of tags, one list an action."""
    with zipfile.ZipFile(wheel) as archive:
        tree = ast.parse(archive.read(_ANONYMIZER.format(edition)).decode("utf-8"))
    rows: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            action = node.targets[0].id.removesuffix("_TAGS").replace("_STAR", "*").replace("_", "/")
            if action in _BASIC:
                rows.update((_masked(tag), action) for tag in ast.literal_eval(node.value))
    return rows


def _masked(tag: tuple[int, ...]) -> str:
    """(group, element), or (group, element, group mask, element mask) of a repeating group."""
    if len(tag) == 2:
        return f"{tag[0]:04X}{tag[1]:04X}"
    masked, mask = f"{tag[0]:04X}{tag[1]:04X}", f"{tag[2]:04X}{tag[3]:04X}"
    return "".join(digit if bits == "F" else "x" for digit, bits in zip(masked, mask, strict=True))


def _compare(name: str, found: dict[str, str], rows: list[dict[str, object]]) -> None:
    basic = {str(row["tag"]): str(row["basic"]) for row in rows}
    spelled = {"50000000/FF00,0000": "50xxxxxx", "60003000/FF00,FFFF": "60xx3000", "60004000/FF00,FFFF": "60xx4000"}
    found = {spelled.get(tag, tag): action for tag, action in found.items()}
    if found != basic:
        sys.exit(f"The Basic column of {name} differs: {sorted(set(found.items()) ^ set(basic.items()))}")
    sys.stdout.write(f"the Basic column of {name} is the same in all {len(found)} rows\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part15", type=Path)
    parser.add_argument("--anonymizer", type=Path)
    parser.add_argument("--basic", type=Path)
    arguments = parser.parse_args()
    root = parse(arguments.part15).getroot()
    subtitle = next(root.iter(f"{_NS}subtitle")).text or ""
    match = _SUBTITLE.match(subtitle)
    if match is None:
        sys.exit(f"This is no PS3.15: {subtitle!r}")
    edition = match[1]
    rows = sorted(attributes(root), key=lambda row: str(row["tag"]))
    if arguments.anonymizer:
        _compare("dicom-anonymizer", anonymizer_column(arguments.anonymizer, edition), rows)
    if arguments.basic:
        _compare("the list given", json.loads(arguments.basic.read_text(encoding="utf-8")), rows)
    digest = sha256(arguments.part15.read_bytes()).hexdigest()
    document = {
        "table": "DICOM PS3.15 Table E.1-1 and Table E.3.10-1",
        "edition": edition,
        "sha256": digest,
        "rows": rows,
        "safe_private": sorted(safe_private(root), key=lambda row: (row["group"], row["creator"], row["element"])),
    }
    TARGET.write_text(_one_row_a_line(document), encoding="utf-8")
    content: dict[str, object] = {
        "table": "DICOM PS3.15 Table E.3.4-1",
        "edition": edition,
        "sha256": digest,
        "rows": list(content_items(root)),
    }
    CONTENT_TARGET.write_text(_one_row_a_line(content), encoding="utf-8")
    sys.stdout.write(f"{edition}: {len(rows)} rows, {len(document['safe_private'])} safe private rows\n")


def _one_row_a_line(document: dict[str, object]) -> str:
    lines = []
    for key, value in document.items():
        if isinstance(value, list):
            inner = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
            lines.append(f" {json.dumps(key)}: [\n{inner}\n ]")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
