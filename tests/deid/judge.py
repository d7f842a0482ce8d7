"""What any result must be, whatever bytes it was made from."""

import re
from io import BytesIO

from adit_uploader.deid.engine import DeidentifiedInstance, Deidentifier, PatientSecrets
from adit_uploader.deid.verify import Violation, check_file

PSEUDONYM = "PSEUDO"
PATIENT_ID = "P-0012345"
SECRETS = PatientSecrets(
    patient_ids=frozenset({PATIENT_ID}), names=frozenset({"Müller^Anna"}), birth_dates=frozenset({"19500102"})
)
# as words: what is written together with other letters is another word
_LETTER = rb"[a-z\x80-\xff]"
TRACES = tuple(
    re.compile(rb"(?<!%s)%s(?!%s)" % (_LETTER, trace, _LETTER))
    for trace in ("müller".encode(), "müller".encode("latin-1"), b"mueller", b"p-0012345")
)


def judged(engine: Deidentifier, data: bytes) -> tuple[DeidentifiedInstance, list[str]]:
    """The result and what is wrong with it.

    Raises:
        DeidentificationError: there is none.
    """
    result = engine.deidentify(BytesIO(data), len(data), pseudonym=PSEUDONYM, patient_id=PATIENT_ID, secrets=SECRETS)
    wrong = []
    if result.transfer_syntax_uid != "1.2.840.10008.1.2.1.99":
        text = (result.header + b"|" + result.trailer).lower()
        wrong += [f"{trace.pattern!r} survives" for trace in TRACES if trace.search(text)]
    out = b"".join(result.chunks(BytesIO(data), 1 << 20))
    if len(out) != result.length:
        wrong.append("another length than said")
    violations = at_the_door(result, out, engine.profile.name)
    return result, wrong + [f"{one.code} {one.element}" for one in violations]


def at_the_door(
    result: DeidentifiedInstance, data: bytes, profile: str, pseudonym: str = PSEUDONYM
) -> tuple[Violation, ...]:
    """What the receiver's door has against the finished file."""
    return check_file(
        BytesIO(data),
        mode="fixed",
        profile=profile,
        pseudonym=pseudonym,
        study_instance_uid=result.study_instance_uid,
        series_instance_uid=result.series_instance_uid,
        sop_instance_uid=result.sop_instance_uid,
        sop_class_uid=result.sop_class_uid,
        transfer_syntax_uid=result.transfer_syntax_uid,
    )
