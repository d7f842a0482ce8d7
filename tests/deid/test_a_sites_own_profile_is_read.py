"""A profile's file: every mistake is found, with its line; and one content has one hash, however it is written."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adit_uploader.deid.errors import InvalidProfile
from adit_uploader.deid.profile_file import MAX_RULES, read_profile
from adit_uploader.deid.profiles import PROFILES
from adit_uploader.deid.site_rules import Verb
from adit_uploader.deid.toml_lines import lines_of
from adit_uploader.protocol.limits import MAX_PROFILE_LENGTH
from tests.deid.site_profiles import problems_of, rule, said, site_profile, text_of

DOCUMENT = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
HEAD = 4  # lines of text_of's head; a rule's table follows after an empty one
FIRST = HEAD + 2


def only(text: str | bytes) -> tuple[int, str, str]:
    """Line, key and message of the one mistake."""
    [problem] = problems_of(text)
    return problem.line, problem.key, problem.message


# ---------------------------------------------------------------- the example, and one that has everything wrong


def test_the_documents_example_is_one_and_says_what_it_keeps() -> None:
    text = DOCUMENT.split("```toml\n")[1].split("```")[0]
    found = read_profile(text)
    assert len(found.site.rules if found.site else ()) == 5
    assert [target.short for target in found.keeps_identifiers] == [
        "AccessionNumber",
        "PatientBirthDate",
        "(0019,xx0C) OUR SCANNER 1",
    ]


def test_all_mistakes_are_told_at_once() -> None:
    text = """\
name = "Basic Profile"
versoin = 2
version = "2"
base = "strict"

[[rule]]
element = "PatientBirthdat"
action = "shred"

[[rule]]
element = "PatientID"
action = "keep"
reason = "We need it."

[[rule]]
element = "PatientBirthDate"
action = "replace"
value = "1950-01-02"
reason = "One for all."

[[rule]]
element = "(0010,0030)"
action = "clean"
reason = "Twice."
"""
    assert said(problems_of(text)) == [
        (1, "name"),
        (1, "summary"),
        (2, "versoin"),
        (3, "version"),
        (4, "base"),
        (6, "reason"),
        (7, "element"),
        (8, "action"),
        (11, "element"),
        (18, "value"),
        (22, "element"),
        (23, "action"),
    ]


def test_a_wrong_base_hides_no_mistake_and_adds_none() -> None:
    rules = [
        rule("ContentSequence > TextValue", "clean"),
        rule("PatientID", "keep"),
        rule("ReferencedPatientPhotoSequence > PatientWeight", "keep"),
        rule("PrescriptionNotesSequence > PatientWeight", "keep"),  # a mistake with basic alone
    ]
    mistakes = [(FIRST + 6, "element"), (FIRST + 11, "element")]
    assert said(problems_of(text_of(*rules, base="none"))) == [(3, "base"), *mistakes]
    assert said(problems_of(text_of(*rules, base="research"))) == mistakes
    assert said(problems_of(text_of(*rules, base="basic"))) == [*mistakes, (FIRST + 16, "element")]


def test_a_rule_without_a_reason_has_its_other_mistakes_told_and_counts_for_others() -> None:
    sequence = {"element": "ReferencedPatientPhotoSequence", "action": "keep"}
    inside = rule("ReferencedPatientPhotoSequence > PatientWeight", "keep")
    assert said(problems_of(text_of(sequence, inside))) == [(HEAD + 2, "reason")]
    unclear = [(HEAD + 2, "reason"), (FIRST + 2, "action")]
    assert said(problems_of(text_of({**sequence, "action": "keap"}, inside))) == unclear
    fixed = [(HEAD + 2, "reason"), (FIRST + 1, "element")]
    assert said(problems_of(text_of({"element": "PatientID", "action": "keep"}))) == fixed


def test_the_error_names_file_line_and_key_and_travels_between_processes() -> None:
    import pickle  # noqa: PLC0415

    with pytest.raises(InvalidProfile) as caught:
        read_profile(text_of(rule("PatientSex", "shred")), "our.toml")
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert error.lines[0].startswith("our.toml, line 8, action: there is no such action")
    assert error.message.startswith("our.toml has one mistake.")


# ---------------------------------------------------------------- the file as a whole


def test_what_is_no_toml_is_told_with_its_line() -> None:
    line, _, message = only('name = "a"\nversion = 1\nbase = \nsummary = "x"\n')
    assert (line, "not valid TOML" in message) == (3, True)
    assert only('name = "a"\nsummary = [1,\n\n')[0] == 2  # it ends too early: the last line that holds something


def test_what_is_not_utf_8_is_told_with_its_line() -> None:
    assert only('name = "a"\nsummary = "Ärzte"\n'.encode("latin-1"))[:2] == (2, "")


def test_a_byte_order_mark_and_line_ends_of_windows_change_nothing() -> None:
    text = text_of(rule("PatientSex", "remove"))
    assert read_profile(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()).digest == read_profile(text).digest


@pytest.mark.parametrize(
    "data",
    [
        text_of() + "# " + "x" * MAX_PROFILE_LENGTH,
        (text_of() + "# " + "x" * MAX_PROFILE_LENGTH).encode(),
        bytes(5 * MAX_PROFILE_LENGTH),
    ],
)
def test_a_file_too_large_is_refused_unread(data: str | bytes) -> None:
    assert "larger than" in only(data)[2]


def test_brackets_without_end_are_refused() -> None:
    assert "not valid TOML" in only("a = " + "[" * 30_000)[2]


def test_too_many_rules_are_refused() -> None:
    head = text_of()
    rules = '[[rule]]\nelement="PatientSex"\naction="keep"\nreason="x"\n' * (MAX_RULES + 1)
    assert "at most 300 rules" in only(head + rules)[2]


# ---------------------------------------------------------------- each mistake


def _head(old: str, new: str) -> str:
    text = text_of()
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        (_head('name = "our-study"\n', ""), 1, "name", "missing"),
        (_head("our-study", "research"), 1, "name", "built-in"),
        (_head("our-study", "Our Study"), 1, "name", "24 small letters"),
        (_head("our-study", "x" * 25), 1, "name", "24 small letters"),
        (_head('"our-study"', "7"), 1, "name", "24 small letters"),
        (_head("version = 1\n", ""), 1, "version", "missing"),
        (_head("version = 1", "version = 0"), 2, "version", "whole number"),
        (_head("version = 1", "version = 1.5"), 2, "version", "whole number"),
        (_head("version = 1", "version = true"), 2, "version", "whole number"),
        (_head('base = "research"\n', ""), 1, "base", "missing"),
        (_head('"research"', '"our-study"'), 3, "base", "no such built-in profile"),
        (_head('"Made for a test."', '""'), 4, "summary", "a text is needed"),
        (_head('"Made for a test."', '"""a\nb"""'), 4, "summary", "one line"),
        (_head('"Made for a test."', f'"{"x" * 301}"'), 4, "summary", "at most 300"),
        (_head("summary", "sumary = 1\nsummary"), 4, "sumary", "no such key"),
        (text_of() + "rule = 1\n", 5, "rule", "[[rule]]"),
    ],
)
def test_mistakes_of_the_head(text: str, line: int, key: str, words: str) -> None:
    found = only(text)
    assert found[:2] == (line, key)
    assert words in found[2]


PRIVATE = {"creator": "OURS", "vr": "LO"}


@pytest.mark.parametrize(
    ("one", "key", "words"),
    [
        (rule("PatientBirthdat", "keep"), "element", "PatientBirthDate may be meant"),
        (rule("xyz", "keep"), "element", "no keyword"),
        (rule("(0010,9999)", "keep"), "element", "no element"),
        (rule("(0019,1001)", "keep"), "element", "key creator"),
        (rule("(0019,xx01)", "keep"), "element", "needs its creator"),
        (rule("(6000,3000)", "keep"), "element", "(60xx,3000)"),
        (rule("(60xx,7777)", "keep"), "element", "overlays have no element"),
        (rule("PatientSex > PatientAge", "keep"), "element", "no sequence"),
        (rule("A > B > C", "keep"), "element", "right around"),
        (rule("RequestAttributesSequence > (60xx,3000)", "keep"), "element", "overlays lie in no sequence"),
        (rule("PatientSex", "shred"), "action", "no such action"),
        (rule("PatientSex", "keep", vaule="x"), "vaule", "no such key"),
        (rule("PatientSex", "keep", value="x"), "value", "only the action replace"),
        (rule("PatientSex", "keep", vr="CS"), "vr", "only private elements"),
        (rule("PatientSex", "replace"), "value", "missing"),
        (rule("(0019,xx01)", "keep", creator="OURS"), "vr", "missing"),
        (rule("(0019,xx01)", "keep", creator="OURS", vr="SQ"), "vr", "not supported"),
        (rule("(0019,xx01)", "keep", creator="OURS", vr="PN"), "action", "names a person"),
        (rule("(0018,xx01)", "keep", **PRIVATE), "element", "odd group"),
        (rule("PatientSex", "keep", **PRIVATE), "element", "odd group"),
        (rule("(0019,xx01)", "keep", creator=" OURS", vr="LO"), "element", "no spaces around"),
        (rule("(0019,xx01)", "keep", creator="Ö", vr="LO"), "element", "ASCII"),
        (rule("PatientBirthDate", "clean"), "action", "no free text"),
        (rule("PatientName", "clean"), "element", "pseudonym"),
        (rule("ReferringPhysicianName", "clean"), "action", "no free text"),
        (rule("AccessionNumber", "clean"), "action", "what cleaning looks for"),
        (rule("PatientSex", "shift"), "action", "no date"),
        (rule("StudyTime", "shift"), "action", "no date"),
        (rule("PatientSex", "new-uid"), "action", "no UID"),
        (rule("RequestAttributesSequence", "clean"), "action", "is a sequence"),
        (rule("RequestAttributesSequence", "replace", value="x"), "action", "is a sequence"),
        (rule("ReferencedSOPInstanceUID", "keep"), "action", "use new-uid"),
        (rule("ReferencedSOPInstanceUID", "replace", value="1.2.3"), "action", "use new-uid"),
        (rule("OtherPatientIDsSequence > TypeOfPatientID", "keep"), "element", "has no effect"),
    ],
)
def test_mistakes_of_a_rule(one: dict[str, str], key: str, words: str) -> None:
    text = text_of(rule("StudyID", "keep"), one)
    line, found, message = only(text)
    assert words in message
    assert found == key
    assert text.splitlines()[line - 1].startswith(key if f"{key} =" in text[text.rindex("[[rule]]") :] else "[[rule]]")
    assert line > FIRST


@pytest.mark.parametrize("action", Verb)
@pytest.mark.parametrize(
    ("element", "words"),
    [
        ("PatientID", "pseudonym"),
        ("PatientName", "pseudonym"),
        ("RequestAttributesSequence > PatientID", "pseudonym"),
        ("SOPInstanceUID", "names the instance"),
        ("StudyInstanceUID", "names the instance"),
        ("SeriesInstanceUID", "names the instance"),
        ("FrameOfReferenceUID", "names the instance"),
        ("SOPClassUID", "what kind of object"),
        ("PixelData", "pixel data"),
        ("Rows", "pixel data"),
        ("SpecificCharacterSet", "UTF-8"),
        ("DeidentificationMethod", "the program writes it itself"),
        ("DeidentificationMethodCodeSequence", "the program writes it itself"),
        ("PatientIdentityRemoved", "the program writes it itself"),
        ("LongitudinalTemporalInformationModified", "the program writes it itself"),
        ("DigitalSignaturesSequence", "signatures"),
        ("MACParametersSequence", "signatures"),
        ("TransferSyntaxUID", "head"),
    ],
)
def test_what_no_profile_can_touch(element: str, words: str, action: Verb) -> None:
    more = {"value": "X"} if action is Verb.REPLACE else {}
    line, key, message = only(text_of(rule(element, action, **more)))
    assert (line, key) == (FIRST + 1, "element")
    assert words in message


@pytest.mark.parametrize("element", ["OtherPatientIDs", "OtherPatientNames", "PatientBirthName", "(0010,1002)"])
def test_other_names_and_numbers_of_the_patient_are_never_kept(element: str) -> None:
    assert only(text_of(rule(element, "keep")))[1] == "action"
    assert problems_of(text_of(rule(element, "remove"))) == ()


@pytest.mark.parametrize(
    ("element", "value", "words"),
    [
        ("StationName", "x" * 17, "at most 16"),
        ("StationName", "a\\\\b", "backslash"),
        ("StationName", " a", "spaces around"),
        ("StationName", "  ", "empty"),
        ("InstitutionName", "x" * 65, "at most 64"),
        ("InstitutionName", "a\\u0007b", "control"),
        ("PatientSex", "Ä", "English alphabet"),
        ("PatientSex", "f", "capital letters"),
        ("PatientAge", "45", "045Y"),
        ("PatientBirthDate", "1950-01-02", "YYYYMMDD"),
        ("PatientBirthDate", "19500230", "must exist"),
        ("AcquisitionDateTime", "yesterday", "YYYYMMDDHHMMSS"),
        ("StudyTime", "25", "HHMMSS"),
        ("PatientWeight", "heavy", "a number"),
        ("SeriesNumber", "1.5", "whole number"),
        ("SeriesNumber", "99999999999", "too large"),
        ("DeviceUID", "1.02", "a UID"),
        ("ReferringPhysicianName", "a^b^c^d^e^f", "five parts"),
        ("Rows", "1", "pixel"),
        ("ExposureTimeInms", "1", "no text"),
    ],
)
def test_a_value_must_be_one_of_its_vr(element: str, value: str, words: str) -> None:
    text = text_of(rule(element, "replace")) + f'value = "{value}"\n'
    assert words in only(text)[2]


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("StationName", "CT 1"),
        ("InstitutionName", "Klinik für Ärzte"),
        ("PatientSex", "O"),
        ("PatientAge", "045Y"),
        ("PatientBirthDate", "19500101"),
        ("AcquisitionDateTime", "20200101120000"),
        ("StudyTime", "120000"),
        ("PatientWeight", "70.5"),
        ("SeriesNumber", "1"),
        ("DeviceUID", "2.25.1"),
        ("ReferringPhysicianName", "Study^Physician=医"),
        ("ImageComments", "one line and \\\\ another"),
    ],
)
def test_a_valid_value_is_taken(element: str, value: str) -> None:
    assert problems_of(text_of(rule(element, "replace")) + f'value = "{value}"\n') == ()


def test_a_second_rule_for_the_same_element_is_told_even_if_the_first_is_wrong() -> None:
    text = text_of(rule("PatientBirthDate", "clean"), rule("00100030", "keep"))
    assert said(problems_of(text)) == [(FIRST + 2, "action"), (FIRST + 6, "element")]


# ---------------------------------------------------------------- lines, and the hash

_keys = st.text("ab-_1", min_size=1, max_size=3) | st.text(min_size=1, max_size=3)
_plain = st.text(st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=("Cs", "Cc")), max_size=8)


def _key(key: str) -> str:
    bare = key.isascii() and all(letter.isalnum() or letter in "-_" for letter in key)
    return key if bare else _quoted(key)


def _quoted(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(letter):04X}" if ord(letter) < 0x20 or ord(letter) == 0x7F else letter
        for letter in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'


def _spelled(value: object, draw: st.DrawFn) -> str:
    """A value in one of the ways to write it."""
    if isinstance(value, str):
        ways = [_quoted(value), '"""\n' + _quoted(value)[1:-1] + '"""']
        if "'" not in value and value.isprintable():
            ways += [f"'{value}'", f"'''{value}'''"]
        return draw(st.sampled_from(ways))
    if isinstance(value, list):
        gap = draw(st.sampled_from([" ", "\n  ", " # a ] in a comment\n"]))
        return "[" + "".join(f"{gap}{_spelled(one, draw)},{gap}" for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_spelled(one, draw)}" for key, one in value.items()) + "}"
    return "true" if value is True else str(value)


_values = st.recursive(
    _plain | st.integers(-5, 5) | st.just(True) | st.just("1979-05-27"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """TOML of tables and arrays of tables, with comments and empty lines anywhere."""
    lines: list[str] = []

    def pairs() -> None:
        for key, value in draw(st.dictionaries(_keys, _values, max_size=3)).items():
            lines.extend(draw(st.lists(st.sampled_from(["", "# [[no]] = 1", "  "]), max_size=2)))
            lines.append(f"{_key(key)} = {_spelled(value, draw)}" + draw(st.sampled_from(["", " # = [ \" '"])))

    pairs()
    for number in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(["x", '"y z"']))
        header = f"[[many.{name}]]" if draw(st.booleans()) else f"[one{number}.deep]"
        lines.append(header)
        pairs()
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"]))


def _paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path} if path else set()
    if isinstance(value, dict):
        return found.union(*(_paths(one, (*path, key)) for key, one in value.items()))
    if isinstance(value, list):
        return found.union(*(_paths(one, (*path, number)) for number, one in enumerate(value)))
    return found


@settings(max_examples=300, deadline=None)
@given(documents())
def test_every_key_of_a_document_has_a_line_and_nothing_else_has(text: str) -> None:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # the same key drawn twice
    lines = lines_of(text)
    assert set(lines) == _paths(document)
    every = text.split("\n")
    for path, line in lines.items():
        last = path[-1]
        if isinstance(last, str) and last.isalnum() and last.isascii():
            assert last in every[line - 1]


CHOICES = (
    rule("PatientSex", "remove"),
    rule("InstitutionName", "replace", value="Ä 1"),
    rule("(0040,0275) > AccessionNumber", "keep"),
    rule("(60xx,3000)", "keep"),
    rule("(0019,xx0C)", "keep", creator="SIEMENS MR HEADER", vr="IS"),
    rule("StudyDate", "shift"),
)
SAME = {"PatientSex": "00100040", "InstitutionName": "(0008,0080)", "StudyDate": "studydate"}


@settings(max_examples=60, deadline=None)
@given(st.permutations(CHOICES), st.sampled_from(["", "\n# a comment\n", "\n\n\n"]), st.booleans())
def test_one_content_has_one_hash_however_it_is_written(rules: list[dict[str, str]], between: str, tags: bool) -> None:
    spelled = [
        {**one, "element": SAME.get(one["element"], one["element"]) if tags else one["element"]} for one in rules
    ]
    assert read_profile(text_of(*spelled).replace("\n[[rule]]", between + "\n[[rule]]")) == site_profile(*CHOICES)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(CHOICES) - 1), st.sampled_from(["reason", "action", "element", "gone"]))
def test_another_content_has_another_hash(number: int, what: str) -> None:
    before = site_profile(*CHOICES)
    other = {"reason": "Other.", "action": "empty", "element": "StudyID"}
    changed = dict(CHOICES[number])
    if what == "gone":
        rules = [one for one in CHOICES if one is not CHOICES[number]]
    else:
        changed[what] = other[what]
        if what != "reason":
            changed = rule(changed["element"], changed["action"]) if what == "action" else rule("StudyID", "keep")
            changed |= {
                key: CHOICES[number][key] for key in ("creator", "vr") if key in CHOICES[number] and what == "action"
            }
        rules = [*CHOICES[:number], changed, *CHOICES[number + 1 :]]
    assert site_profile(*rules).digest != before.digest


@pytest.mark.parametrize("change", [{"version": 2}, {"name": "other"}, {"base": "research-full-dates"}])
def test_the_head_is_part_of_the_hash(change: dict[str, str | int]) -> None:
    assert site_profile(*CHOICES, **change).digest != site_profile(*CHOICES).digest


def test_a_hash_never_changes() -> None:
    """As in docs/protocol.md: whoever writes another client computes the same."""
    assert (
        read_profile(
            'name = "heart-study"\nversion = 1\nbase = "research"\nsummary = "Research, as our ethics vote has it."\n'
        ).digest
        == "5eefa35f9b2d2b2228b9f4d8c096850d42d6413288f115edbd738aa1b99f8897"
    )


def test_a_profile_of_no_rules_does_as_its_base() -> None:
    for base in PROFILES.values():
        own = site_profile(base=base.name)
        assert (own.codes, own.longitudinal, own.keeps_identifiers) == (base.codes, base.longitudinal, ())
