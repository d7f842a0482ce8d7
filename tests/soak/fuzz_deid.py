"""Coverage-guided fuzzing of scan, engine and door: any bytes are an instance or left out with a reason, give a result
that the judge accepts or the room's own error, and get an answer at the receiver's door; all in time.

Run by hand, with atheris and pydicom in an environment of their own:

    PYTHONPATH=src:. python tests/soak/fuzz_deid.py CORPUS -max_total_time=600 -max_len=20000 -timeout=10

CORPUS is a folder that is filled with seeds if it is empty. A crash is written as crash-*, and becomes a test.
"""

import hashlib
import random
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["adit_uploader.deid", "adit_uploader.dicom"]):
    from adit_uploader.deid import engine as engine_module
    from adit_uploader.deid.engine import Deidentifier
    from adit_uploader.deid.errors import DeidentificationError
    from adit_uploader.deid.profiles import PROFILES
    from adit_uploader.deid.verify import check_file
    from adit_uploader.dicom.scan import look_at
    from tests.deid.corpus import corpus
    from tests.deid.judge import judged

FILE = Path(tempfile.mkdtemp()) / "input"
DECLARED = {
    "pseudonym": "PSEUDO",
    "study_instance_uid": "1.2.3.4.5",
    "series_instance_uid": "1.2.3.4.5.2",
    "sop_instance_uid": "1.2.3.4.5.1",
    "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
    "transfer_syntax_uid": "1.2.840.10008.1.2.1",
}
ENGINES = [Deidentifier(profile, bytes(range(32))) for profile in PROFILES.values()]


class Judgement(Exception):
    """A result that must not be."""


def one_input(data: bytes) -> None:
    """One profile for each input, by its length."""
    FILE.write_bytes(data)
    for found in look_at([FILE]):
        repr(found)
    engine = ENGINES[len(data) % len(ENGINES)]
    check_file(BytesIO(data), mode="fixed", profile=engine.profile.name, **DECLARED)
    try:
        _, wrong = judged(engine, data)
    except DeidentificationError:
        return
    if wrong:
        Path(f"crash-{hashlib.sha256(data).hexdigest()[:16]}").write_bytes(data)
        raise Judgement(wrong)


def fill(folder: Path) -> None:
    """Seeds: small files of every kind."""
    for number, (_, data) in enumerate(corpus()):
        if len(data) < 20_000:
            (folder / f"seed-{number:03d}").write_bytes(data)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(exist_ok=True)
    if not any(target.iterdir()):
        fill(target)
    random.seed(0)
    engine_module._check_patient = lambda *_: None  # any patient's file is this patient's
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
