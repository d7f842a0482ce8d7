"""Every patient gets a pseudonym or a reason why not, in all four modes."""

import pytest

from adit_uploader.pseudonyms.assign import RefusalReason, UnmatchedReason, assign
from adit_uploader.pseudonyms.batch_file import BatchFile, BatchFileRefused, BatchRow
from adit_uploader.pseudonyms.choice import BatchChoice, FixedChoice, InternalChoice, NoneChoice
from adit_uploader.pseudonyms.errors import BatchFileProblemCode, ChoiceRefused, ChoiceRefusedReason, InvalidPseudonym
from adit_uploader.pseudonyms.identity import Contradiction
from adit_uploader.pseudonyms.internal import internal_pseudonym
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.pseudonyms.syntax import check_pseudonym

from .conftest import MakePatient

KEY = bytes(range(32))


def batch(*rows: tuple[str, ...]) -> BatchChoice:
    return BatchChoice(BatchFile(tuple(BatchRow(line, *row) for line, row in enumerate(rows, 2))))


def test_each_choice_knows_its_mode() -> None:
    assert InternalChoice("D").mode is Mode.INTERNAL
    assert batch().mode is Mode.BATCH
    assert FixedChoice("P").mode is Mode.FIXED
    assert NoneChoice().mode is Mode.NONE
    assert "0001" not in repr(InternalChoice("D", KEY))


@pytest.mark.parametrize("key", [None, KEY])
def test_internal_gives_everybody_with_an_id_the_published_pseudonym(
    make_patient: MakePatient, key: bytes | None
) -> None:
    patients = [make_patient("0815"), make_patient(""), make_patient("  "), make_patient("x" * 300)]
    assignment = assign(patients, InternalChoice("DIR", key))
    assert [(one.patient, one.pseudonym) for one in assignment.pseudonyms] == [
        (patients[0], internal_pseudonym("DIR", "0815", key))
    ]
    assert [(refusal.patient, refusal.code) for refusal in assignment.refusals] == [
        (patients[1], RefusalReason.EMPTY_PATIENT_ID),
        (patients[2], RefusalReason.EMPTY_PATIENT_ID),
        (patients[3], RefusalReason.UNUSABLE_PATIENT_ID),
    ]


@pytest.mark.parametrize(
    ("department", "reason"),
    [
        ("", ChoiceRefusedReason.NO_DEPARTMENT),
        ("  ", ChoiceRefusedReason.NO_DEPARTMENT),
        ("x" * 513, ChoiceRefusedReason.DEPARTMENT),
    ],
)
def test_internal_needs_a_department(make_patient: MakePatient, department: str, reason: ChoiceRefusedReason) -> None:
    with pytest.raises(ChoiceRefused) as caught:
        assign([make_patient("1")], InternalChoice(department))
    assert caught.value.reason is reason


def test_batch_sends_those_it_lists_and_names_the_others(make_patient: MakePatient) -> None:
    listed, unlisted, nameless = make_patient("1"), make_patient("2"), make_patient("")
    assignment = assign([listed, unlisted, nameless], batch(("1", "A"), ("3", "C")))
    assert [(one.patient, one.pseudonym) for one in assignment.pseudonyms] == [(listed, "A")]
    assert [(refusal.patient, refusal.code) for refusal in assignment.refusals] == [
        (unlisted, RefusalReason.NOT_LISTED),
        (nameless, RefusalReason.EMPTY_PATIENT_ID),
    ]
    assert [(entry.row.line, entry.reason) for entry in assignment.unmatched] == [(3, UnmatchedReason.PATIENT)]


def test_batch_rows_select_studies_and_series(make_patient: MakePatient) -> None:
    patient = make_patient("1", studies={"1.1": ["1.1.1", "1.1.2"], "1.2": ["1.2.1"], "1.3": ["1.3.1"]})
    choice = batch(("1", "A", "1.1", "1.1.2"), ("1", "A", "1.3"), ("1", "A", "1.9"), ("1", "A", "1.2", "1.2.9"))
    assignment = assign([patient], choice)
    (assigned,) = assignment.pseudonyms
    assert {one.series_instance_uid for one in assigned.patient.instances()} == {"1.1.2", "1.3.1"}
    assert [(entry.row.line, entry.reason) for entry in assignment.unmatched] == [
        (4, UnmatchedReason.STUDY),
        (5, UnmatchedReason.SERIES),
    ]


def test_a_patient_of_whom_nothing_is_selected_is_named(make_patient: MakePatient) -> None:
    assignment = assign([make_patient("1")], batch(("1", "A", "9.9")))
    assert not assignment.pseudonyms
    assert assignment.refusals[0].code is RefusalReason.NOTHING_SELECTED


def test_an_id_that_lost_its_zeros_refuses_the_file(make_patient: MakePatient) -> None:
    with pytest.raises(BatchFileRefused) as caught:
        assign([make_patient("000123")], batch(("123", "A")))
    (problem,) = caught.value.problems
    assert (problem.line, problem.code) == (2, BatchFileProblemCode.LEADING_ZEROS)


def test_batch_ids_are_compared_in_their_normal_form(make_patient: MakePatient) -> None:
    assert assign([make_patient("MU\u0308")], batch(("MÜ", "A"))).pseudonyms


@pytest.mark.parametrize("pseudonym", ["Müller", "mueller anna", "MÜLLER-ANNA", "1970-01-02", "19700102"])
def test_a_pseudonym_must_not_be_the_patients_name_or_birth_date(make_patient: MakePatient, pseudonym: str) -> None:
    patient = make_patient("1", "Müller^Anna", "19700102")
    assert assign([patient], batch(("1", pseudonym))).refusals[0].code is RefusalReason.IDENTIFIES
    with pytest.raises(ChoiceRefused) as caught:
        assign([patient], FixedChoice(pseudonym))
    assert caught.value.reason is ChoiceRefusedReason.IDENTIFIES


@pytest.mark.parametrize("pseudonym", ["A", "Anna-Study-1", "Muellerstudie", "P1970"])
def test_a_pseudonym_may_resemble_a_name(make_patient: MakePatient, pseudonym: str) -> None:
    assert assign([make_patient("1", "Müller^Anna^A", "19700102")], FixedChoice(pseudonym)).pseudonyms


def test_fixed_takes_one_patient(make_patient: MakePatient) -> None:
    patient = make_patient("1", "A^B", "19700102")
    assert [(one.patient, one.pseudonym) for one in assign([patient], FixedChoice("P")).pseudonyms] == [(patient, "P")]
    same_in_two_forms = [make_patient("MÜ"), make_patient("MU\u0308")]
    assert len(assign(same_in_two_forms, FixedChoice("P")).pseudonyms) == 2
    assert assign([], FixedChoice("P")).pseudonyms == ()


def test_fixed_refuses_several_patients(make_patient: MakePatient) -> None:
    for second in ("2", ""):
        with pytest.raises(ChoiceRefused) as caught:
            assign([make_patient("1"), make_patient(second)], FixedChoice("P"))
        assert caught.value.reason is ChoiceRefusedReason.SEVERAL_PATIENTS


@pytest.mark.parametrize(
    ("names", "contradict"),
    [
        (("Müller^Anna", "MUELLER^ANNA"), False),
        (("Müller^Anna^^Dr.", "Müller^Anna"), False),
        (("Müller^Anna", "Müller"), False),
        (("Müller^Anna", "^Anna"), False),
        (("Mu\u0308ller^Anna", "Müller^Anna=x"), False),
        (("Müller^Anna", "Müller^Hanna"), True),
        (("Müller^Anna", "Meier^Anna"), True),
        (("Müller^Anna^Maria", "Müller^Anna^Luise"), True),
    ],
)
def test_fixed_compares_names(make_patient: MakePatient, names: tuple[str, ...], contradict: bool) -> None:
    patient = make_patient("1", names=names)
    if contradict:
        with pytest.raises(ChoiceRefused) as caught:
            assign([patient], FixedChoice("P"))
        assert caught.value.reason is ChoiceRefusedReason.CONTRADICTING_NAMES
    else:
        assert assign([patient], FixedChoice("P")).pseudonyms


def test_fixed_compares_birth_dates(make_patient: MakePatient) -> None:
    assert assign([make_patient("1", birth_dates=("19700102", "1970.01.02"))], FixedChoice("P")).pseudonyms
    with pytest.raises(ChoiceRefused) as caught:
        assign([make_patient("1", birth_dates=("19700102", "19700103"))], FixedChoice("P"))
    assert caught.value.reason is ChoiceRefusedReason.CONTRADICTING_BIRTH_DATES


def test_fixed_without_an_id_needs_another_proof(make_patient: MakePatient) -> None:
    two = {"1.1": ["1.1.1"], "1.2": ["1.2.1"]}
    assert assign([make_patient("")], FixedChoice("P")).pseudonyms
    assert assign([make_patient("", "A^B", "19700102", two)], FixedChoice("P")).pseudonyms
    for name, birth_date in (("", ""), ("A^B", ""), ("", "19700102")):
        with pytest.raises(ChoiceRefused) as caught:
            assign([make_patient("", name, birth_date, two)], FixedChoice("P"))
        assert caught.value.reason is ChoiceRefusedReason.UNPROVEN_PATIENT


def test_fixed_refuses_what_can_be_no_pseudonym(make_patient: MakePatient) -> None:
    with pytest.raises(ChoiceRefused) as caught:
        assign([make_patient("1")], FixedChoice("a\\b"))
    assert caught.value.reason is ChoiceRefusedReason.INVALID_PSEUDONYM


def test_none_keeps_the_ids(make_patient: MakePatient) -> None:
    assignment = assign([make_patient("1"), make_patient(""), make_patient("x" * 65)], NoneChoice())
    assert [one.pseudonym for one in assignment.pseudonyms] == ["1"]
    assert [refusal.code for refusal in assignment.refusals] == [
        RefusalReason.EMPTY_PATIENT_ID,
        RefusalReason.UNUSABLE_PATIENT_ID,
    ]


def test_two_people_under_one_id_are_warned_of(make_patient: MakePatient) -> None:
    mixed = make_patient("1", names=("A^B", "C^D"), birth_dates=("19700101", "19800101"))
    assignment = assign([mixed, make_patient("2", "E^F")], InternalChoice("DIR"))
    (warning,) = assignment.warnings
    assert warning.patient is mixed
    assert warning.contradictions == (Contradiction.NAMES, Contradiction.BIRTH_DATES)


def test_no_message_names_a_patient(make_patient: MakePatient) -> None:
    patient = make_patient("ID-4711", "Geheim^Name", "19700102")
    refusals = assign([patient], batch(("1", "A"))).refusals + assign([patient], batch(("ID-4711", "Geheim"))).refusals
    messages = [refusal.message for refusal in refusals]
    with pytest.raises(ChoiceRefused) as caught:
        assign([patient, make_patient("2")], FixedChoice("P"))
    messages.append(str(caught.value))
    assert not any(secret in message for message in messages for secret in ("4711", "Geheim", "1970"))


@pytest.mark.parametrize("text", ["A", "Größe 12", "a-b_c.d", "x" * 64])
def test_a_pseudonym_that_is_fine_passes(text: str) -> None:
    check_pseudonym(text)


@pytest.mark.parametrize("text", ["", "  ", "x" * 65, "a\\b", "a*", "a?", " a", "a ", "a^b", "a=b", "a\nb", "a\u200bb"])
def test_a_pseudonym_that_would_break_a_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidPseudonym):
        check_pseudonym(text)
