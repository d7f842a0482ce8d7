"""Everything that crosses the wire, and everything that the receiver keeps, searched for the patients."""

import base64
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pydicom
import pytest
from psycopg import sql
from pydicom.dataset import Dataset

from adit_receiver.standalone.databases import FILE
from adit_uploader.account.servers import ServerAddress
from adit_uploader.dicom.scan import scan
from adit_uploader.pseudonyms.batch_file import read_batch_file
from adit_uploader.pseudonyms.choice import BatchChoice, Choice, FixedChoice, InternalChoice
from adit_uploader.transfer.jobs import list_jobs, show_job
from adit_uploader.transfer.plan import make_plan
from adit_uploader.transfer.sign_in import sign_in
from adit_uploader.transfer.upload import Upload
from tests.parts.receiver import Receiver, free_port, running_receiver
from tests.parts.recording_proxy import recording_proxy
from tests.transfer.studies import write_instance

PATIENTS = (1, 2)
WORDS = (
    *(f"PAT-0000{number}" for number in PATIENTS),
    *(f"Möhrenfeld{number}" for number in PATIENTS),
    "Änne",
    *(f"195{number}0713" for number in PATIENTS),
    *(f"195{number}-07-13" for number in PATIENTS),
    *(f"13.07.195{number}" for number in PATIENTS),
    *(f"OLD-{number}-7788" for number in PATIENTS),
    "Wiesengrund",
    "CD von Oma",  # a folder
    "Bild Nr",  # a file
    "schluesselliste",
)


def in_base64(data: bytes, shift: int) -> bytes:
    """What of base64 is the data's alone, if it starts at this position (modulo 3) of a longer text."""
    encoded = base64.b64encode(bytes(shift) + data)
    first = (0, 2, 3)[shift]
    last = (0, 3, 2)[(shift + len(data)) % 3]
    return encoded[first : len(encoded) - last]


def spellings(word: str) -> Iterator[bytes]:
    """The word in every encoding in which it could get away."""
    for form in {word, unicodedata.normalize("NFD", word), word.upper(), word.lower(), word.replace("ö", "oe")}:
        for encoding in ("utf-8", "latin-1", "cp1252", "cp437", "utf-16-le", "utf-16-be", "shift_jis"):
            try:
                encoded = form.encode(encoding)
            except UnicodeEncodeError:
                continue
            yield encoded
            if len(encoded) > 7:
                yield encoded.hex().encode()
                yield from (in_base64(encoded, shift) for shift in range(3))
        yield form.encode("unicode_escape")


NEEDLES = {needle: word for word in WORDS for needle in spellings(word) if len(needle) > 3}


def found_in(data: bytes) -> set[str]:
    """The words of the patients that are in there; letter case of ASCII aside."""
    lower = data.lower()
    return {word for needle, word in NEEDLES.items() if needle in data or needle.lower() in lower}


def identify(path: Path, patient: int) -> None:
    """Write the patient into every corner of a file."""
    dataset = pydicom.dcmread(path)
    name, patient_id = str(dataset.PatientName), dataset.PatientID
    dataset.OtherPatientIDs = f"OLD-{patient}-7788"
    dataset.PatientComments = f"{name} called, born 13.07.195{patient}"
    dataset.PatientAddress = f"Wiesengrund {patient}"
    dataset.StudyDescription = f"Follow-up Möhrenfeld{patient}"
    dataset.SeriesDescription = f"axial {patient_id}"
    dataset.ImageComments = f"195{patient}-07-13 {name}"
    dataset.StudyID = patient_id
    dataset.InstitutionName = f"Practice Möhrenfeld{patient}"
    other = Dataset()
    other.PatientID = f"OLD-{patient}-7788"
    other.TypeOfPatientID = "TEXT"
    dataset.OtherPatientIDsSequence = [other]
    request = Dataset()
    request.RequestedProcedureDescription = f"CT for {name}"
    request.ScheduledProcedureStepID = patient_id
    dataset.RequestAttributesSequence = [request]
    block = dataset.private_block(0x0029, "MAKER 1.0", create=True)
    block.add_new(0x10, "LO", name)
    block.add_new(0x11, "UN", name.encode("latin-1"))
    dataset.save_as(path, enforce_file_format=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two patients in folders and files named after them."""
    folder = tmp_path / "CD von Oma"
    for patient in PATIENTS:
        for number in (1, 2):
            path = folder / f"Möhrenfeld{patient}, Änne" / f"Bild Nr {number}.dcm"
            write_instance(path, patient=patient, number=number)
            identify(path, patient)
    (folder / "Möhrenfeld1 Befund.txt").write_text("not an image: PAT-00001")
    cut = folder / "Möhrenfeld2, Änne" / "Bild Nr 9.dcm"
    write_instance(cut, patient=2, number=9)
    cut.write_bytes(cut.read_bytes()[:900])
    return folder


def copied(database: str) -> Iterator[tuple[str, bytes]]:
    """Every table of a PostgreSQL database with its values as they are."""
    with closing(psycopg.connect(database)) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in tables:
            statement = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(name))
            with connection.cursor().copy(statement) as rows:
                yield name, b"".join(map(bytes, rows))


def is_of_tables(path: Path) -> bool:
    return path.parent.name == "tables" or path.name.startswith(FILE)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """Nobody listens at its destination, so that everything stays in the spool."""
    with running_receiver(tmp_path / "receiver") as running:
        running.destination("Archive", "--dicom", f"NOBODY@127.0.0.1:{free_port()}")
        yield running


def choices(department: str, folder: Path) -> Iterator[tuple[Choice, Path]]:
    batch = folder.parent / "schluesselliste.csv"
    batch.write_text("PatientID,Pseudonym\nPAT-00001,ALPHA\nPAT-00002,BETA\n")
    yield InternalChoice(department), folder
    yield BatchChoice(read_batch_file(batch)), folder
    yield FixedChoice("GAMMA"), folder / "Möhrenfeld1, Änne"


def test_nothing_identifying_crosses_the_wire_or_is_kept(folder: Path, receiver: Receiver, tmp_path: Path) -> None:
    token = receiver.user("ada", destinations=("Archive",)).read_text().strip()
    with recording_proxy(receiver.port) as recording:
        server = ServerAddress.parse(f"http://127.0.0.1:{recording.port}", insecure_loopback=True)
        welcome = sign_in(server, token)
        pseudonyms: set[str] = set()
        for choice, part in choices(welcome.department, folder):
            plan = make_plan(
                scan([part]),
                choice,
                profile=welcome.profile,
                site_key=bytes.fromhex(welcome.site_key),
                destination="Archive",
            )
            upload = Upload(
                plan, server, token, journal=tmp_path / "home" / "journal", lanes=1, wait_for_delivery=False
            )
            receipt = upload.run()
            assert receipt.counts.stored == plan.counts.to_send > 0, receipt.items
            pseudonyms |= {one.pseudonym for one in receipt.patients}
            show_job(server, token, receipt.job)
        list_jobs(server, token)

    crossed = b"".join(recording.plain())
    assert len(pseudonyms) == 5
    assert all(pseudonym.encode() in crossed for pseudonym in pseudonyms)  # the recording is read rightly
    assert found_in(crossed) == set()
    assert found_in(b"".join(bytes(stream) for stream in recording.streams)) == set()

    receiver.stop()
    kept = {path: path.read_bytes() for path in receiver.data.rglob("*") if path.is_file()}
    if receiver.database:
        kept |= {receiver.data / "tables" / name: rows for name, rows in copied(receiver.database)}
    assert any(b"ALPHA" in data and data[128:132] == b"DICM" for data in kept.values())  # the spool still has them
    for pseudonym in pseudonyms:  # the tables are read rightly
        assert any(pseudonym.encode() in data for path, data in kept.items() if is_of_tables(path))
    for path, data in kept.items():
        assert found_in(data) == set(), path
        assert found_in(str(path.relative_to(receiver.data)).encode()) == set()


def test_the_search_finds_what_is_there(folder: Path) -> None:
    for patient in PATIENTS:
        data = (folder / f"Möhrenfeld{patient}, Änne" / "Bild Nr 1.dcm").read_bytes()
        assert {f"PAT-0000{patient}", f"Möhrenfeld{patient}", "Änne", f"195{patient}0713"} <= found_in(data)
    assert found_in("xMÖHRENFELD1y".encode("utf-16-le")) == {"Möhrenfeld1"}
    # base64 cut at both ends no longer tells the last digit
    assert found_in(base64.b64encode(b"??PAT-00001, born")) <= {"PAT-00001", "PAT-00002"}
    assert found_in(base64.b64encode(b"??PAT-00001, born"))
