"""The door: whoever writes another client can't get a name past it, and nothing of what was tried stays behind."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.filewriter import dcmwrite

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.profiles import profile
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.messages import Counts, JobFinished, Refused, Stored, Tasks
from tests.parts.receiver import Receiver
from tests.parts.tables import Tables

from .wire_client import Made, WireClient, make_file, wire

pytestmark = pytest.mark.timeout(400)
PSEUDONYM = "0123456789abcdef" * 4
SECRETS = ("KENN-4711", "Muster", "Erika", "19640812", "ACC4711")
TRACES = {
    "PatientID": "SPUR-0815",
    "PatientName": "Spurensuche^Ottilie",
    "PatientBirthDate": "19311123",
    "AccessionNumber": "ACCSPUR",
}


def deidentified(file: Made, site_key: bytes, pseudonym: str = PSEUDONYM) -> Made:
    """What our own client would send of it."""
    source = BytesIO(file.data)
    result = Deidentifier(profile("research"), site_key).deidentify(
        source, len(file.data), pseudonym=pseudonym, patient_id=file.patient_id
    )
    return Made(
        b"".join(result.chunks(source, 65536)),
        result.sop_instance_uid,
        result.study_instance_uid,
        result.series_instance_uid,
        pseudonym,
    )


def with_elements(file: Made, **elements: object) -> Made:
    """The same file with other elements; None removes one."""
    dataset = pydicom.dcmread(BytesIO(file.data))
    for name, value in elements.items():
        if value is None:
            delattr(dataset, name)
        else:
            setattr(dataset, name, value)
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return replace(file, data=buffer.getvalue())


def refusal(client: WireClient, file: Made) -> str:
    answer = client.upload(file)
    assert isinstance(answer, Refused), answer
    assert not answer.retriable
    assert not any(secret in answer.text for secret in SECRETS)
    return answer.code


def test_a_deidentified_file_passes_in_every_pseudonymized_mode(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        key = bytes.fromhex(client.hello().site_key)
        for mode in ("internal", "batch", "fixed"):
            job = client.open_job(mode=mode)
            assert isinstance(client.upload(deidentified(make_file("KENN-4711"), key)), Stored)
            client.machine.finish(Counts(stored=1))
            client.flush()
            client.expect(JobFinished)
            client.machine.watch(job)
            client.flush()
            while (tasks := client.expect(Tasks)).state not in {"SU", "WA", "FA"}:
                continue
            assert (tasks.state, tasks.tasks[0].patient_id) == ("SU", PSEUDONYM)


@pytest.mark.parametrize("mode", ["internal", "batch", "fixed"])
def test_an_identified_file_is_refused_whatever_the_client_declares(
    receiver: Receiver, token: Path, tables: Tables, mode: str
) -> None:
    identified = make_file("KENN-4711")
    with wire(receiver.url, token) as client:
        client.hello()
        job = client.open_job(mode=mode)
        # as it is, under a pseudonym that it does not hold
        assert refusal(client, replace(identified, patient_id=PSEUDONYM)) in set(RefusalCode)
        # only the ID replaced, and the mark set
        marked = with_elements(identified, PatientID=PSEUDONYM, PatientIdentityRemoved="YES")
        assert refusal(client, replace(marked, patient_id=PSEUDONYM)) in set(RefusalCode)
    assert tables.one("SELECT count(*) FROM adit_receiver_storedinstance WHERE job_id = ?", job) == 0


def test_a_name_put_back_into_a_finished_file_is_refused(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        good = deidentified(make_file("KENN-4711"), bytes.fromhex(client.hello().site_key))
        client.open_job(mode="internal")
        for elements in (
            {"PatientName": "Muster^Erika"},
            {"PatientID": "KENN-4711"},
            {"PatientIdentityRemoved": None},
            {"PatientIdentityRemoved": "NO"},
            {"PatientBirthDate": "19640812"},
            {"ReferringPhysicianName": "Muster^Erika"},
            {"AccessionNumber": "ACC4711"},
            {"InstitutionName": "Muster"},
            {"OtherPatientIDs": "KENN-4711"},
        ):
            assert refusal(client, with_elements(good, **elements)) in set(RefusalCode)
        assert isinstance(client.upload(good), Stored)


def test_another_patients_pseudonym_is_refused(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as client:
        good = deidentified(make_file("KENN-4711"), bytes.fromhex(client.hello().site_key))
        client.open_job(mode="internal")
        assert refusal(client, replace(good, patient_id="f" * 64)) == RefusalCode.PSEUDONYM_MISMATCH


def test_a_job_in_mode_fixed_holds_one_patient_over_all_its_lanes(receiver: Receiver, token: Path) -> None:
    with wire(receiver.url, token) as first, wire(receiver.url, token) as second:
        key = bytes.fromhex(first.hello().site_key)
        second.hello()
        job = first.open_job(mode="fixed", part="0")
        second.open_job(job, mode="fixed", part="1")
        assert isinstance(first.upload(deidentified(make_file("A"), key, "ONE")), Stored)
        assert refusal(first, deidentified(make_file("B"), key, "TWO")) == RefusalCode.PSEUDONYM_MISMATCH
        assert refusal(second, deidentified(make_file("B"), key, "TWO")) == RefusalCode.PSEUDONYM_MISMATCH


def test_nothing_that_was_refused_or_pseudonymized_leaves_a_trace_of_the_patient(
    receiver: Receiver, token: Path
) -> None:
    with wire(receiver.url, token) as client:
        key = bytes.fromhex(client.hello().site_key)
        job = client.open_job(mode="internal")
        # mode None is for others of this receiver's tests, so this patient's values are nobody else's
        identified = with_elements(make_file(TRACES["PatientID"]), **TRACES)
        refusal(client, replace(identified, patient_id=PSEUDONYM))
        assert isinstance(client.upload(deidentified(replace(identified, patient_id=TRACES["PatientID"]), key)), Stored)
        client.socket.send('{"type": "Watch", "job": "SPUR-0815 Ottilie"}')  # closes: not of the protocol
        client.wait_closed()
    secrets = [part.encode() for value in TRACES.values() for part in value.split("^")]
    kept = [path for path in receiver.data.rglob("*") if path.is_file() and "/out/" not in str(path)]
    assert receiver.log in kept
    assert job.encode() in receiver.log.read_bytes()
    for path in kept:
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # delivered meanwhile, and so no longer kept
            continue
        assert not [secret for secret in secrets if secret in content], path.name


def test_never_means_never_whatever_the_client_asks(receiver: Receiver, token: Path, tables: Tables) -> None:
    tables.set_policy(burned_in="never")
    with wire(receiver.url, token) as client:
        good = deidentified(make_file("KENN-4711"), bytes.fromhex(client.hello().site_key))
        client.open_job(mode="internal")
        assert refusal(client, with_elements(good, BurnedInAnnotation="YES")) == RefusalCode.BURNED_IN
        assert isinstance(client.upload(with_elements(good, BurnedInAnnotation="NO")), Stored)
