"""Files that have nearly everything in common, so that what an engine remembers of one could go wrong with the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.engine import DeidentifiedInstance, Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.identity import PatientSecrets
from adit_uploader.deid.profiles import Profile
from tests.deid.made import KEY, SYNTAXES, image, written

TEXTS = {"StudyDescription": "Kopf für Müller: ø", "ImageComments": "Müller", "InstitutionName": "Klinik"}


@dataclass(frozen=True, slots=True)
class One:
    """A file, and how it is handed to an engine."""

    name: str
    data: bytes
    patient_id: str = "P-0012345"
    pseudonym: str = "PSEUDO"
    secrets: PatientSecrets | None = None

    def result(self, engine: Deidentifier) -> DeidentifiedInstance:
        """What this engine makes of it."""
        return engine.deidentify(
            BytesIO(self.data),
            len(self.data),
            pseudonym=self.pseudonym,
            patient_id=self.patient_id,
            secrets=self.secrets,
        )

    def outcome(self, engine: Deidentifier) -> object:
        """All that there is to know of its result, or why there is none."""
        try:
            result = self.result(engine)
        except DeidentificationError as error:
            return type(error), error.message
        return b"".join(result.chunks(BytesIO(self.data), 1 << 20)), result.changes

    def agrees(self, used: Deidentifier, profile: Profile) -> bool:
        """Whether an engine that had other files before makes of it what a new one does, and that is a result."""
        outcome = self.outcome(used)
        return outcome == self.outcome(Deidentifier(profile, KEY)) and isinstance(outcome, tuple) and outcome[1] != ""


@cache
def differing() -> tuple[One, ...]:
    """Files of one patient, each of which differs from others in one thing that decides."""
    numbered = [image(SOPInstanceUID=f"1.2.3.4.5.{number}", InstanceNumber=number, **TEXTS) for number in (1, 2)]
    undeclared = image(SpecificCharacterSet=None, PatientName="Mueller^Anna")
    plain = written(image(**TEXTS))
    unplain = written(image(PatientID="Ö-1", **TEXTS))
    married = written(image(Manufacturer="Lindqvist"))
    return (
        *(One(f"{syntax}, {at}", written(ds, syntax)) for at, ds in enumerate(numbered) for syntax in SYNTAXES),
        *(One(f"{syntax}, no character set", written(undeclared, syntax)) for syntax in SYNTAXES),
        One("other pseudonym", plain, pseudonym="OTHER"),
        One("other person", written(image(PerformingPhysicianName="Kopf^Karl", **TEXTS))),
        One("other class", written(image(SOPClassUID="1.2.3", **TEXTS))),
        One("other patient", unplain, patient_id="Ö-1"),
        One("other patient's number", unplain, patient_id="Ö-2"),
        One("unknown name", married),
        One("known name", married, secrets=PatientSecrets(names=frozenset({"Lindqvist^Anna"}))),
        One(
            "other character set",
            written(image(**TEXTS | {"SpecificCharacterSet": "ISO_IR 101", "StudyDescription": "Kopf für Müller: ř"})),
        ),
        One("too long to be remembered", written(image(**TEXTS | {"ImageComments": "Müller " * 1000}))),
        One("needs care", written(image(Manufacturer="Mueller Medical"))),
        One("needs none", written(image(Manufacturer="Medical  Systems -"))),
        One("says that it is clean", written(image(PatientIdentityRemoved="MUELLER"))),
        One("safe private", written(_private("SIEMENS MR HEADER"))),
        One("unsafe private", written(_private("OTHER MAKER"))),
        One("private without creator", written(_private(""))),
        One("private without content", written(_private("SIEMENS MR HEADER", 0x99))),
        One("its own number elsewhere", written(image(**_pointing("1.2.3.4.5.1")))),
        One("another number elsewhere", written(image(SOPInstanceUID="1.2.3.4.5.7", **_pointing("1.2.3.4.5.1")))),
    )


def _private(creator: str, number: int = 0x0C) -> Dataset:
    ds = image(**TEXTS)
    ds.add_new(0x00190010, "LO", creator)
    ds.add_new(0x00191000 | number, "IS", "1000")
    return ds


def _pointing(uid: str) -> dict[str, object]:
    """A reference to an instance, and an element of UIDs that stays as it is."""
    item = Dataset()
    item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    item.ReferencedSOPInstanceUID = uid
    return {"ReferencedImageSequence": Sequence([item]), "ContextUID": uid}


def disagreements(profile: Profile) -> Iterator[str]:
    """Those of these files whose result is another where an engine had others before, or that have none."""
    used = Deidentifier(profile, KEY)
    yield from (one.name for one in (*differing(), *reversed(differing())) if not one.agrees(used, profile))
