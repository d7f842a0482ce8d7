"""The hand-out queue, without processes."""

from pathlib import Path

import pytest

from adit_uploader.dicom.inventory import Instance, Inventory, Location, Patient, Series, Study
from adit_uploader.pseudonyms.choice import FixedChoice, InternalChoice
from adit_uploader.transfer.fresh import STRANGE
from adit_uploader.transfer.handout import PIECE, PIECE_BYTES, HandOut, PlanIndex
from adit_uploader.transfer.plan import UploadPlan, make_plan


def made_up(*sizes: tuple[int, int], patients: int = 1) -> UploadPlan:
    """A plan of patients, each with series of (instances, bytes each)."""
    made = tuple(patient_of(f"471{number}", sizes) for number in range(1, patients + 1))
    choice = FixedChoice("P1") if patients == 1 else InternalChoice("D")
    return make_plan(Inventory(made), choice, profile="basic", site_key=bytes(32))


def patient_of(patient_id: str, sizes: tuple[tuple[int, int], ...]) -> Patient:
    series = []
    for one, (count, size) in enumerate(sizes):
        instances = tuple(
            Instance(
                location=Location(Path(f"/x/{one}/{number}")),
                size=size,
                modified_ns=1,
                sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
                sop_instance_uid=f"1.2.{patient_id}.{one}.{number}",
                study_instance_uid="1.2.3",
                series_instance_uid=f"1.2.3.{one}",
                transfer_syntax_uid="1.2.840.10008.1.2.1",
                patient_id=patient_id,
                patient_name="Doe^Jo",
                patient_birth_date="19500101",
                patient_sex="F",
                modality="CT",
            )
            for number in range(count)
        )
        series.append(Series(f"1.2.3.{one}", "CT", "", one, instances))
    return Patient(patient_id, ("Doe^Jo",), ("19500101",), ("F",), (Study("1.2.3", "", "", tuple(series)),))


def test_the_numbers_are_the_positions_in_the_plan() -> None:
    plan = made_up((3, 10), (120, 10), (1, 10))
    index = PlanIndex(plan)
    for number, planned in enumerate(plan.instances()):
        assert index.instance(number) is planned.instance
        assert index.sop_instance_uid(number) == planned.sop_instance_uid
        assert index.study_instance_uid(number) == planned.study_instance_uid
    assert index.count == 124


def test_the_largest_series_goes_first_and_in_pieces() -> None:
    handout = HandOut(PlanIndex(made_up((3, 10), (PIECE + 20, 10), (1, 1_000_000))))
    sizes = []
    while (work := handout.next(0)) is not None:
        sizes.append(len(work.items))
    assert sizes == [1, PIECE, 20, 3]


def test_every_instance_is_handed_out_once() -> None:
    handout = HandOut(PlanIndex(made_up((30, 10), (120, 10))))
    seen = []
    lane = 0
    while (work := handout.next(lane)) is not None:
        seen += [item.number for item in work.items]
        for item in work.items:
            handout.settled(lane, item.number)
        lane = 1 - lane
    assert sorted(seen) == list(range(150))
    assert handout.done


def test_what_a_crashed_lane_had_is_handed_out_again_and_the_suspect_last_and_alone() -> None:
    handout = HandOut(PlanIndex(made_up((10, 100), (5, 10))))
    work = handout.next(0)
    assert work is not None
    handout.settled(0, 0)
    assert handout.crashed(0, 4) is None
    order = []
    while (again := handout.next(1)) is not None:
        order.append([item.number for item in again.items])
    assert order == [[1, 2, 3, 5, 6, 7, 8, 9], [10, 11, 12, 13, 14], [4]]


def test_an_instance_in_hand_at_two_crashes_is_given_up() -> None:
    handout = HandOut(PlanIndex(made_up((2, 10))))
    for expected in (None, 1):
        while (work := handout.next(0)) is not None:
            for item in work.items:
                if item.number != 1:
                    handout.settled(0, item.number)
        assert handout.crashed(0, 1) == expected
    assert handout.done
    assert handout.next(0) is None


def test_a_lane_that_crashes_idle_blames_nobody() -> None:
    handout = HandOut(PlanIndex(made_up((2, 10))))
    handout.next(0)
    assert handout.crashed(0, None) is None
    assert handout.crashed(0, None) is None
    assert not handout.done
    work = handout.next(1)
    assert work is not None
    assert len(work.items) == 2


@pytest.mark.parametrize("secret", ["4711", "Doe", "P1"])
def test_work_shows_no_patient_in_its_repr(secret: str) -> None:
    work = HandOut(PlanIndex(made_up((1, 10)))).next(0)
    assert secret not in repr(work)


def taken(handout: HandOut, lane: int, limit: int = PIECE) -> list[int]:
    work = handout.next(lane, limit)
    return [] if work is None else [item.number for item in work.items]


def test_a_lane_stays_with_its_patient() -> None:
    handout = HandOut(PlanIndex(made_up((100, 10), patients=2)), 2)
    assert [taken(handout, lane, 40)[0] for lane in (0, 1, 1, 0, 0, 1)] == [0, 100, 140, 40, 50, 150]


def test_the_last_patient_is_shared_while_that_is_worth_it() -> None:
    handout = HandOut(PlanIndex(made_up((STRANGE + 2, 10))), 2)
    assert taken(handout, 0, 2) == [0, 1]
    assert taken(handout, 1, 2) == [2, 3]  # there were as many left as it is worth
    few = HandOut(PlanIndex(made_up((STRANGE + 1, 10))), 2)
    assert taken(few, 0, 2) == [0, 1]
    assert taken(few, 1) == []
    assert taken(few, 0) == list(range(2, STRANGE + 1))
    large = HandOut(PlanIndex(made_up((3, PIECE_BYTES))), 2)
    assert [taken(large, lane) for lane in (0, 1, 0, 1)] == [[0], [1], [2], []]


def test_shares_become_smaller_towards_the_end() -> None:
    handout = HandOut(PlanIndex(made_up((400, 10))), 2)
    shares = []
    while works := handout.fill(0):
        shares.append(sum(len(work.items) for work in works))
    assert shares[0] == 400 // 6
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == 1
    assert sum(shares) == 400
