"""What the first file of a lane would wait for is there after the made-up one."""

import json
import subprocess
import sys
from pathlib import Path

from tests.deid.made import image, written

PROGRAM = """
import json, sys
from pathlib import Path
from re import _compiler
from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.practice import practise
from adit_uploader.deid.profiles import RESEARCH

if sys.argv[2] == "practised":
    practise(Deidentifier(RESEARCH, bytes(32)))
known, compiled, real = set(sys.modules), [], _compiler.compile
_compiler.compile = lambda *arguments: compiled.append(arguments[0]) or real(*arguments)
path = Path(sys.argv[1])
with path.open("rb") as file:
    size = path.stat().st_size
    Deidentifier(RESEARCH, bytes(32)).deidentify(file, size, pseudonym="P", patient_id="P-0012345").close()
print(json.dumps([sorted(set(sys.modules) - known), len(compiled)]))
"""


def _left(path: Path, how: str) -> tuple[list[str], int]:
    """Modules that are imported for a file, and patterns that are compiled."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM, path, how], capture_output=True, check=True, text=True)
    modules, compiled = json.loads(ran.stdout)
    return modules, compiled


def test_after_practice_nothing_is_imported_and_only_the_patients_own_patterns_are_compiled(tmp_path: Path) -> None:
    path = tmp_path / "one.dcm"
    path.write_bytes(written(image(StudyDescription="CT für Dr. Kopf, 1.2.2020", ImageComments="Tel. 0123 456789")))
    unprepared, first = _left(path, "unprepared")
    modules, patterns = _left(path, "practised")
    assert modules == []
    assert unprepared
    assert patterns <= 5 < first
