"""Build src/adit_uploader/deid/iod_types.json from highdicom's tables of PS3.3 (MIT).

    pip download --no-deps -d WHEELS highdicom==0.28.2
    python resources/deid/build_iod_types.py --highdicom WHEELS/highdicom-*.whl

Run after build_annex_e.py (only elements of that table need a Type) in an environment that has pydicom.
Nothing of the package is executed.
"""

import argparse
import json
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

from pydicom.datadict import RepeatersDictionary, tag_for_keyword

TARGET = Path(__file__).parents[2] / "src/adit_uploader/deid/iod_types.json"
TABLE = Path(__file__).parents[2] / "src/adit_uploader/deid/annex_e.json"
STRENGTH = ("1", "1C", "2", "2C")  # the first that holds anywhere wins
REPEATING = {entry[4]: mask for mask, entry in RepeatersDictionary.items()}


def tag_text(keyword: str) -> str | None:
    """Tag of a keyword in hex, x for any digit of a repeating group; None for one that pydicom does not know."""
    tag = tag_for_keyword(keyword)
    return f"{tag:08X}" if tag is not None else REPEATING.get(keyword)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--highdicom", type=Path, required=True)
    arguments = parser.parse_args()
    with zipfile.ZipFile(arguments.highdicom) as archive:
        modules = json.loads(archive.read("highdicom/_standard/module_attribute_map.json"))
        iods = json.loads(archive.read("highdicom/_standard/iod_module_map.json"))
        classes = json.loads(archive.read("highdicom/_standard/sop_class_iod_map.json"))
    table = {row["tag"] for row in json.loads(TABLE.read_text(encoding="utf-8"))["rows"]}

    known: set[str] = set()
    unknown: set[str] = set()
    nested: dict[str, str] = {}
    top: dict[str, dict[str, str]] = defaultdict(dict)
    for iod, parts in sorted(iods.items()):
        for usage, attribute in ((part["usage"], one) for part in parts for one in modules.get(part["key"], [])):
            tag = tag_text(attribute["keyword"])
            if tag is None:
                unknown.add(attribute["keyword"])
                continue
            known.add(tag)
            required = attribute["type"]
            if required not in STRENGTH or tag not in table:
                continue
            if attribute["path"]:
                parent = tag_text(attribute["path"][-1])
                key = f"{parent}>{tag}"
                nested[key] = min(nested.get(key, "2C"), required, key=STRENGTH.index)
            else:
                if usage != "M" and len(required) == 1:
                    required += "C"  # required only if the module is there
                top[iod][tag] = min(top[iod].get(tag, "2C"), required, key=STRENGTH.index)
    document = {
        "source": "highdicom 0.28.2 (MIT), its tables of DICOM PS3.3",
        "classes": dict(sorted(classes.items())),
        "required": {
            iod: {kind: sorted(tag for tag, value in top[iod].items() if value == kind) for kind in STRENGTH}
            for iod in sorted(iods)
        },
        "required_nested": {kind: sorted(key for key, value in nested.items() if value == kind) for kind in STRENGTH},
        "known": sorted(known),
    }
    TARGET.write_text(_one_entry_a_line(document), encoding="utf-8")
    sys.stdout.write(f"{len(known)} elements, {len(nested)} nested places; not in pydicom: {sorted(unknown)}\n")


def _one_entry_a_line(document: dict[str, object]) -> str:
    lines = []
    for key, value in document.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in value.items())
            lines.append(f" {json.dumps(key)}: {{\n{inner}\n }}")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
