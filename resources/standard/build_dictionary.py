"""Build the tables of src/adit_uploader/standard from pydicom's (MIT), which are made from PS3.6.

    python resources/standard/build_dictionary.py

The program has tables of its own because a lane needs nothing else of pydicom, whose import brings NumPy with it and
takes longer than de-identifying hundreds of files. A test holds them to the installed pydicom.
"""

import json
import re
from pathlib import Path

from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary

TARGET = Path(__file__).parents[2] / "src/adit_uploader/standard"
WORD = re.compile(r"[^\W_]+")


def elements() -> list[str]:
    """Lines of tag, VR and keyword, in words without spaces: every run reads them, and JSON takes twice as long."""
    return [
        f"{tag:08X} {entry[0].replace(' ', '_')} {entry[4] or '-'}" for tag, entry in sorted(DicomDictionary.items())
    ]


def uids() -> dict[str, list[str]]:
    """UID -> name and kind."""
    return {str(uid): [entry[0], entry[1]] for uid, entry in sorted(UID_dictionary.items())}


def words() -> list[str]:
    """Words of the names of all elements and UIDs, in lower case."""
    names = [entry[2] for entry in DicomDictionary.values()] + [entry[0] for entry in UID_dictionary.values()]
    return sorted({word.lower() for name in names for word in WORD.findall(name)})


def main() -> None:
    (TARGET / "elements.txt").write_text("\n".join(elements()) + "\n", encoding="ascii")
    for name, content in (("uids", uids()), ("words", words())):
        rows = content.items() if isinstance(content, dict) else content
        lines = (json.dumps(row) if isinstance(row, str) else ": ".join(map(json.dumps, row)) for row in rows)
        begin, end = "{}" if isinstance(content, dict) else "[]"
        text = f"{begin}\n" + ",\n".join(lines) + f"\n{end}\n"
        (TARGET / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
