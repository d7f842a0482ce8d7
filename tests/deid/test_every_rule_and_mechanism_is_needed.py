"""The canary suite can fail: with any rule of the table, or any mechanism of the engine, disabled, it does.

A mechanism is disabled in its source: a few words of a module are replaced, and the mutant takes the module's place
in the whole room for one test.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from io import BytesIO
from types import MappingProxyType, ModuleType

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from adit_uploader.deid.annex_e import Row, table
from adit_uploader.deid.dates import date_shift
from adit_uploader.deid.engine import DeidentifiedInstance, Deidentifier
from adit_uploader.deid.errors import DeidentificationError
from adit_uploader.deid.identity import PatientSecrets
from adit_uploader.deid.profiles import Profile, profile
from adit_uploader.deid.residual import ResidualCheck
from adit_uploader.deid.rules import Rules
from tests.deid import made, series
from tests.deid.canaries import (
    LISTED,
    OWN,
    ROWS,
    TIMEZONE,
    Flock,
    Json,
    Place,
    chained,
    hidden,
    populated,
    vr_of,
)
from tests.deid.judge import at_the_door
from tests.deid.made import KEY, deidentified, image, whole, written
from tests.deid.mutants import MUTANTS
from tests.deid.site_profiles import rule, site_profile

DAYS = date_shift(KEY, "P-0012345")
SAMPLE = (*ROWS[::16], *(row for row in ROWS if row["tag"] in {TIMEZONE, "00041511", "0072006D"}))
# A row that keeps its items (U*) does nothing itself: the UIDs in them have a row of their own.
PLANTED = [row for row in ROWS if "U*" not in row["basic"]]
# Whatever lies in a group below 0008 or is of an unknown kind goes, its row asked or not: see the mutants.
RULED = [row for row in PLANTED if int(row["tag"][:4], 16) >= 8 and vr_of(row) != "UN"]


@cache
def _alone(tag: str) -> tuple[Flock, bytes]:
    """A file with the canary of one row, in an item where at top level it would be the instance's own name."""
    flock = Flock(DAYS)
    ds = image()
    row = next(row for row in PLANTED if row["tag"] == tag)
    (item,) = chained(ds, "a listed sequence", LISTED[0])
    flock.plant(row, item if tag in OWN else Place("at top level", ds))
    return flock, written(ds, pixels=False)


def _fails(row: Json, name: str, changed: Row) -> bool:
    """Whether the canary of a row is missed or lost with its rule changed."""
    flock, data = _alone(row["tag"])
    engine = Deidentifier(profile(name), KEY)
    assert not _wrong(flock, deidentified(data, engine=engine), name)
    rows = MappingProxyType({**table().rows, int(row["tag"], 16): changed})
    engine = Deidentifier(profile(name), KEY)
    engine._rules = Rules(profile(name), replace(table(), rows=rows))
    try:
        return _wrong(flock, deidentified(data, engine=engine), name)
    except DeidentificationError:
        return True


def _wrong(flock: Flock, result: DeidentifiedInstance, name: str) -> bool:
    return any(not problem.startswith("1.2.3.900") for problem in flock.problems(result.header, name))


@pytest.mark.parametrize("part", range(8))
def test_without_its_rule_the_canary_of_a_row_survives(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ResidualCheck, "remains", lambda *_: None
    )  # a second wall behind the rules of numbers and addresses
    for row in RULED[part::8]:
        assert _fails(row, "basic", Row(row["tag"], row["name"], "K", {})), row["name"]


def test_without_its_options_the_canary_of_a_row_is_lost() -> None:
    """What an option keeps is lost without it; the canaries tell the one from the other."""
    tried = 0
    for row in RULED:
        flock, _ = _alone(row["tag"])
        if row.get("options") and any(one.known and one.left["research"] for one in flock.canaries.values()):
            tried += 1
            assert _fails(row, "research", Row(row["tag"], row["name"], row["basic"], {})), row["name"]
    assert tried > 250


def _canaries() -> Iterator[str]:
    """A sample of rows in every place, hidden ones too, in two profiles."""
    for flock, data in _flocks():
        for name in ("basic", "research"):
            result = deidentified(data, name)
            out = whole(result, data)
            yield from flock.problems(out, name)
            yield from (str(one) for one in at_the_door(result, out, name))


@cache
def _flocks() -> tuple[tuple[Flock, bytes], ...]:
    flocks = []
    for plant in (populated, hidden):
        flock = Flock(DAYS)
        flocks.append((flock, written(plant(flock, SAMPLE))))
    return tuple(flocks)


@cache
def _outside() -> bytes:
    """Canaries where the table does not look."""
    ds = image(PatientAge="094Y", ContextUID="1.2.3.4.5.1", RetrieveURL="http://CANARY/")
    ds.StudyUpdateDateTime = "20200102001203.424242"
    ds.add_new(0x00080001, "UL", 0x41434E41)  # ANCA
    ds.add_new(0x00280010, "LO", "CANARYKIND")
    ds.add_new(0x50003000, "OW", b"CANARYCURVE ")
    ds.add_new(0x60004000, "LT", "CANARYOVERLAY")
    ds.private_block(0x0009, "CANARY MAKER", create=True).add_new(0x02, "LO", "CANARYPRIVATE")
    ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x99, "LO", "CANARYUNSAFE")
    shown = Dataset()
    shown.PatientName = "CANARYPRIVATELY"
    ds.private_block(0x2001, "Philips Imaging DD 001", create=True).add_new(0x69, "SQ", Sequence([shown]))
    inner = Dataset()
    inner.PatientName = "CANARYINNER"
    inner.PersonName = "CANARYPERSON"
    inner.ReferencedFileID = "CANARYKEPT"
    inner.TextValue = "CANARYTEXT"
    code = Dataset()
    code.CodeValue = "CANARYTCODE"
    code.CodingSchemeDesignator = "99LOCAL"
    inner.ConceptNameCodeSequence = Sequence([code])
    named = Dataset()
    named.TextValue = "CANARYPATIENT"
    concept = Dataset()
    concept.CodeValue, concept.CodingSchemeDesignator = "121030", "DCM"
    named.ConceptNameCodeSequence = Sequence([concept])
    ds.ContentSequence = Sequence([inner, named])
    ds.DocumentTitle = "Dr. CANARYPERSON"
    ds.HangingProtocolCreator = "CANARYPLANNER"
    ds.SOPInstanceUIDOfConcatenationSource = "1.2.3.4.5.777"
    ds.StudyTime = CANARY_TIME
    after = Dataset()
    after.add_new(0xFFFAFFFA, "SQ", Sequence([Dataset(inner)]))
    after.add_new(0xFFFCFFFC, "OB", b"CANARYPADDING ")
    data = written(ds, preamble=b"CANARYPREAMBLE".ljust(128, b"x"), after=after)
    return data.replace(CANARY_TIME.encode(), b"CANARYINTIME.")


def _where_no_rule_is() -> Iterator[str]:
    data = _outside()
    for name in ("basic", "research"):
        result = deidentified(data, name)
        out = whole(result, data)
        for trace in (b"CANARYP", b"CANARYK", b"CANARYC", b"CANARYO", b"CANARYU", b"CANARYI", b"CANARY-", b"094Y"):
            if trace in out:
                yield f"{trace!r} in {name}"
        if name == "basic" and (b"CANARYT" in out or b"424242" in out):
            yield "report text, or an unlisted time"
        if b"1.2.3.4.5.777" in out:
            yield f"an unlisted reference in {name}"
        if b"SIEMENS MR HEADER" in out:
            yield "a private block without content"
        if b"ANCA" in out or b"http:" in out or result.trailer:
            yield f"unlisted in {name}"
        left = dcmread(BytesIO(out))
        if {left.SOPInstanceUID, left.StudyInstanceUID} & {"1.2.3.4.5.1", "1.2.3.4.5"} or left.PatientName != "PSEUDO":
            yield f"identity in {name}"
        if left.get("PatientIdentityRemoved") != "YES" or left.get("ContextUID") == "1.2.3.4.5.1":
            yield f"marks in {name}"


TEXT = (
    "CT Thorax Müller MUELLER P-0012345, ACC-778899, geb. 02.01.1950, Nst. 06221/56 41 00, Gartenweg, a.m@example.org, "
    "Dr. Otto Krause, Voruntersuchung 12.03.2019, cc Schmidt, MULLERANNA, 1.2.840.113619.2.55.3.1234, Nr. 4711"
)
LOST = (
    *("Müller", "MUELLER", "P-0012345", "ACC-778899", "02.01.1950", "56 41 00", "Gartenweg", "example", "Krause"),
    *("12.03.2019", "Schmidt", "113619", "4711", "ANNA"),
)


@cache
def _described() -> bytes:
    ds = image(
        StudyDescription=TEXT[:63],
        ImageComments=TEXT,
        Manufacturer="Mueller Medical",
        ReferringPhysicianName="Schmidt^Eva",
        PatientAddress="Gartenweg 12",
        PatientTelephoneNumbers="06221 564100",
        OtherPatientIDs="4711",
        StationName="4711",
        BodyPartExamined="THORAX",
    )
    return written(ds)


def _texts() -> Iterator[str]:
    data = _described()
    out = whole(deidentified(data), data).decode("utf-8", "replace")
    yield from (word for word in LOST if word in out)
    left = dcmread(BytesIO(whole(deidentified(data), data)))
    if left.Manufacturer != "Medical" or not left.ImageComments.startswith("CT Thorax"):
        yield "texts are lost"
    if left.StationName == "4711":
        yield "a short number"
    data = written(image(ConvolutionKernel="Fluß"))
    if "Fluß".encode() not in whole(deidentified(data), data):
        yield "a text is not readable"


CANARY_TIME = "081500.654321"


@cache
def _leaking() -> tuple[bytes, ...]:
    """Files that only the check on the finished bytes can refuse."""
    number = image(PatientID="12345678", ExposureTime="12345678")
    binary = image(RedPaletteColorLookupTableData=b"xxMUELLERyy ")
    large = image(RedPaletteColorLookupTableData=bytes(64 * 1024 - 3) + b"MUELLER  ")
    return (
        written(image(BodyPartExamined="MUELLER")),
        written(image(BodyPartExamined="ANNA MUELLER")),
        written(number),
        written(image(ExposureTime="7654321")).replace(b"7654321", b"MUELLER"),
        written(binary),
        written(large),
    )


def _leaks() -> Iterator[str]:
    for data in _leaking():
        try:
            deidentified(data, patient_id=str(dcmread(BytesIO(data)).PatientID))
        except DeidentificationError:
            continue
        yield "a leak is not refused"
    married = written(image(Manufacturer="Lindqvist"))
    known = PatientSecrets(names=frozenset({"Lindqvist^Anna"}))
    if b"Lindqvist" in whole(deidentified(married, secrets=known), married):
        yield "secrets of other files"


def _memories() -> Iterator[str]:
    """Files that differ in one thing from others that the same engine had before."""
    for name in ("basic", "research"):
        yield from series.disagreements(profile(name))


@cache
def _by_a_site() -> tuple[bytes, Profile]:
    """A file, and a profile of a site's own that does something else with many of its elements."""
    ds = image(
        AccessionNumber="ACC-778899",
        InstitutionName="Charite",
        StudyDescription="Knee, ACC-778899",
        Manufacturer="Maker ACC-778899",
        StudyID="S-1",
        StationName="CT1",
    )
    ds.RequestAttributesSequence = Sequence([Dataset()])
    ds.RequestAttributesSequence[0].RequestedProcedureID = "RP-1"
    code = Dataset()
    code.CodeValue = "113100"
    ds.DeidentificationMethodCodeSequence = Sequence([code])
    block = ds.private_block(0x0019, "OURS", create=True)
    block.add_new(0x01, "LO", "kept by OURS")
    block.add_new(0x02, "LO", "CANARYEMPTY")
    ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", "70707")
    ds.add_new(0x60003000, "OW", b"OVERLAY!")
    profile = site_profile(
        rule("AccessionNumber", "keep"),
        rule("InstitutionName", "replace", value="Clinic"),
        rule("PatientBirthDate", "keep"),
        rule("StationName", "remove"),
        rule("RequestAttributesSequence", "keep"),
        rule("RequestedProcedureID", "remove"),
        rule("RequestAttributesSequence > RequestedProcedureID", "replace", value="THERE"),
        rule("(0019,xx01)", "keep", creator="OURS", vr="LO"),
        rule("(0019,xx02)", "empty", creator="OURS", vr="LO"),
        rule("(0019,xx0C)", "remove", creator="SIEMENS MR HEADER"),
        rule("(60xx,3000)", "keep"),
    )
    return written(ds).replace(b"19500102", b"CANARYDA"), profile


def _site() -> Iterator[str]:
    data, profile = _by_a_site()
    out = whole(deidentified(data, engine=made.Deidentifier(profile, KEY)), data)
    for lost in (b"Charite", b"CANARY", b"RP-1", b"CT1", b"113100", b"70707", b"Maker ACC"):
        if lost in out:
            yield f"{lost!r} is there"
    for kept in (b"Clinic", b"THERE", b"kept by OURS", b"OVERLAY!"):
        if kept not in out:
            yield f"{kept!r} is not there"
    if out.count(b"ACC-778899") != 1:
        yield "the number that is kept is not in its own element alone"
    own = written(image(AccessionNumber="P-0012345"))
    if b"P-0012345" in whole(deidentified(own, engine=made.Deidentifier(profile, KEY)), own):
        yield "a PatientID is kept"


@cache
def _lengthy() -> tuple[bytes, bytes, bytes]:
    """A file with a long sequence, one whose long sequence names the instance, and one that only the check refuses."""
    padding, plain, shown, foreign, own, leaking = (Dataset() for _ in range(6))
    padding.LUTData = bytes(70_000)
    padding["LUTData"].VR = "OW"
    plain.BodyPartExamined = "KNEE"
    shown.PatientName = "Lindqvist^Berta"
    shown.ConvolutionKernel = "Нева"
    shown.HangingProtocolCreator = "CANARY"
    shown.ReferencedImageSequence = Sequence([padding, plain])
    foreign.SpecificCharacterSet = "ISO_IR 100"
    foreign.ConvolutionKernel = "Fluß"
    own.ContextUID = "1.2.3.4.5.1"
    leaking.BodyPartExamined = "MUELLER"
    good = image(SpecificCharacterSet="ISO_IR 144", PatientName="Mueller^Anna", Manufacturer="Lindqvist")
    good.ReferencedImageSequence = Sequence([shown, foreign, plain])
    return (
        written(good),
        written(image(ReferencedImageSequence=Sequence([own, padding]))),
        written(image(ReferencedImageSequence=Sequence([padding, leaking]))),
    )


def _long() -> Iterator[str]:
    good, own, leaking = _lengthy()
    out = whole(deidentified(good), good)
    yield from (f"{lost!r} is there" for lost in (b"Lindqvist", b"CANARY") if lost in out)
    yield from (f"{kept} is not there" for kept in ("Fluß", "Нева") if kept.encode() not in out)
    if b"1.2.3.4.5.1\0" in whole(deidentified(own), own):
        yield "a long sequence names the instance"
    try:
        deidentified(leaking)
    except DeidentificationError:
        return
    yield "a leak is not refused"


def _steps() -> Iterator[str]:
    """A file that was de-identified before, and one that only has the words for it."""
    for said, kept in (("YES", True), ("NO", False)):
        data = written(image(PatientIdentityRemoved=said, DeidentificationMethod="Other Tool"))
        if (b"Other Tool" in whole(deidentified(data), data)) is not kept:
            yield "earlier steps"


def _suite() -> Iterator[str]:
    yield from _long()
    yield from _where_no_rule_is()
    yield from _texts()
    yield from _leaks()
    yield from _memories()
    yield from _site()
    yield from _steps()
    yield from _canaries()


def _finds_something(suite: Callable[[], Iterator[str]]) -> bool:
    """Whether the suite has a first complaint, or the engine refuses."""
    try:
        return next(suite(), None) is not None
    except DeidentificationError:
        return True


def test_the_suite_itself_is_content() -> None:
    assert list(_suite()) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_without_a_mechanism_the_suite_fails(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    room, old, new = MUTANTS[name]
    _mutate(monkeypatch, f"adit_uploader.deid.{room}", old, new)
    assert _finds_something(_suite)


def _mutate(monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str) -> None:
    """Put a module with one place of its source replaced where the whole room, and these tests, find it."""
    module = import_module(name)
    source = inspect.getsource(module)
    assert source.count(old) == 1, "the mutation no longer fits the source"
    mutant = ModuleType(name)
    mutant.__dict__.update(__package__=module.__package__, __file__=module.__file__)
    monkeypatch.setitem(sys.modules, name, mutant)  # dataclasses look for their own module
    exec(compile(source.replace(old, new), f"{name} (mutant)", "exec"), mutant.__dict__)  # noqa: S102 - our own source
    for other in [one for key, one in sys.modules.items() if key.startswith("adit_uploader.deid.")] + [made, series]:
        for key, value in list(vars(other).items()):
            if value is module:
                monkeypatch.setattr(other, key, mutant)
            elif not key.startswith("__") and other is not module and vars(module).get(key) is value:
                monkeypatch.setattr(other, key, vars(mutant)[key])
