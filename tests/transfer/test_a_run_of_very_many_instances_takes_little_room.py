"""A hundred thousand instances in one job: what the program holds of them while lanes work."""

import time
import tracemalloc

from adit_uploader.dicom.inventory import Inventory
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.transfer.events import Event
from adit_uploader.transfer.fresh import Fresh
from adit_uploader.transfer.handout import HandOut
from adit_uploader.transfer.lane_messages import Sent, Stored
from adit_uploader.transfer.lanes import Report
from adit_uploader.transfer.plan import make_plan
from adit_uploader.transfer.receipt import RunState
from adit_uploader.transfer.run_record import Ending, RunRecord
from tests.transfer.test_work_is_handed_out_once_and_comes_back_after_a_crash import patient_of

PATIENTS, SERIES, EACH = 10, 10, 40
INSTANCES = PATIENTS * SERIES * EACH
HELD = 80  # bytes an instance: its marks, its digest, its share of a piece
MANY = 20_000
SECONDS = 5.0  # of a processor; it takes a tenth of one, and took a minute


def test_what_is_handed_out_and_settled_leaves_a_digest_and_a_mark() -> None:
    everybody = tuple(patient_of(f"471{number}", ((EACH, 10),) * SERIES) for number in range(PATIENTS))
    plan = make_plan(Inventory(everybody), InternalChoice("D"), profile="basic", site_key=bytes(32))
    events: list[Event] = []
    tracemalloc.start()
    try:
        record = RunRecord("upload", plan, events.append)
        handout = HandOut(record.index, lanes=2)
        lane = 0
        while not handout.done:
            lane = 1 - lane
            for work in handout.fill(lane):
                for item in work.items:
                    handout.settled(lane, item.number)
                    told = (Sent(item.number, 10, "ab" * 32), Stored(item.number))
                    record.take([Report(lane, message) for message in told])
            record.ledger.take_notes()  # as the journal does, ten times a second
            record.progress()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / INSTANCES < HELD
    assert not events
    receipt = record.receipt(Ending(RunState.FINISHED))
    assert receipt.counts.stored == receipt.manifest_instances == INSTANCES


def test_very_many_patients_are_handed_out_in_time_that_grows_with_their_number() -> None:
    fresh = Fresh((range(at, at + 1) for at in range(MANY)), lambda number: number, lambda number: 1, large=1000)
    began = time.process_time()
    taken = 0
    while fresh and fresh.take(taken % 2, 1) is not None:
        taken += 1
    assert taken >= MANY - 1
    assert len(fresh) == MANY - taken
    assert time.process_time() - began < SECONDS
