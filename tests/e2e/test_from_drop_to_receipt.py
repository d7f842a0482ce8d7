"""The whole journey in the real window, driven only by what a person has: mouse, keyboard, screen reader."""

from pathlib import Path

import pydicom

from tests.e2e.screen import Reader, Screen, open_program, open_reader
from tests.parts.receiver import Receiver


def sign_in(reader: Reader, receiver: Receiver, token_file: Path) -> None:
    reader.wait_for("Drop studies here")
    reader.write("Server address", receiver.url)
    reader.write("Token", token_file.read_text(encoding="utf-8").strip())
    reader.press("Sign in")
    reader.wait_for("Department: Radiology")


def drop(screen: Screen, reader: Reader, folder: Path) -> None:
    """Drags the folder from another program's window into the middle of the drop target."""
    x, y, width, height = reader.ask("place")
    with screen.drag([folder], (x + width // 3, y + height // 2)) as outcome:
        assert outcome == "CopyAction"
        reader.wait_for("2 patients")


def figures(reader: Reader) -> dict[str, str]:
    """The receipt's counts as a screen reader says them: 'found: 12'."""
    names = ("found", "pseudonymized", "sent", "stored", "delivered")
    said = [text.split(": ") for text in reader.texts() if text.startswith(tuple(f"{name}: " for name in names))]
    return {pair[0]: pair[1] for pair in said}


def test_a_dropped_folder_arrives_pseudonymized_and_the_receipt_says_so(
    screen: Screen, receiver: Receiver, studies: Path, delivered: Path
) -> None:
    token_file = receiver.user("anna", destinations=("archive",))
    with open_program(screen), open_reader(screen) as reader:
        sign_in(reader, receiver, token_file)
        drop(screen, reader, studies)
        reader.choose(screen, "Pseudonyms", "p", "Internal pseudonyms")
        reader.wait_for(", pseudonymized")
        reader.press("pseudonymized")
        reader.wait_for("arrived", deadline=120)
        counts = figures(reader)
    assert len(counts) == 5
    assert len(set(counts.values())) == 1
    files = sorted(delivered.rglob("*.dcm"))
    assert counts["delivered"] == str(len(files))
    for path in files:
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        assert len(dataset.PatientID) == 64
        assert str(dataset.PatientName) == dataset.PatientID


def test_pseudonyms_come_from_a_csv_that_is_chosen_in_the_file_dialog(
    screen: Screen, receiver: Receiver, studies: Path, delivered: Path, tmp_path: Path
) -> None:
    token_file = receiver.user("anna", destinations=("archive",))
    files = [path for path in studies.rglob("*") if path.is_file() and pydicom.misc.is_dicom(path)]
    ids = sorted({str(pydicom.dcmread(path).get("PatientID", "")) for path in files} - {""})
    pseudonyms = {patient_id: f"Study-{number}" for number, patient_id in enumerate(ids, start=1)}
    batch = tmp_path / "list.csv"
    batch.write_text("PatientID;Pseudonym\n" + "".join(f"{one};{other}\n" for one, other in pseudonyms.items()))
    with open_program(screen), open_reader(screen) as reader:
        sign_in(reader, receiver, token_file)
        drop(screen, reader, studies)
        reader.choose(screen, "Pseudonyms", "p", "Pseudonyms from a batch file")
        reader.wait_for("Choose the batch file.")
        reader.press("Choose batch file")
        reader.write("File name", str(batch))
        reader.press("Open")
        reader.wait_for(f"list.csv: {len(ids)} rows, all in order.")
        reader.wait_for(", pseudonymized")
        reader.press("pseudonymized")
        reader.wait_for("arrived", deadline=120)
    arrived = {str(pydicom.dcmread(path, stop_before_pixels=True).PatientID) for path in delivered.rglob("*.dcm")}
    assert arrived == set(pseudonyms.values())


def test_one_pseudonym_for_two_patients_is_refused_and_real_names_are_confirmed(
    screen: Screen, receiver: Receiver, studies: Path, delivered: Path
) -> None:
    token_file = receiver.user("anna", permit="internal,fixed,none", destinations=("archive",))
    with open_program(screen), open_reader(screen) as reader:
        sign_in(reader, receiver, token_file)
        drop(screen, reader, studies)
        reader.choose(screen, "Pseudonyms", "p", "One fixed pseudonym")
        reader.write("Pseudonym of this patient", "Study-17")
        reader.wait_for("A fixed pseudonym is for one patient only")
        reader.wait_for("These pseudonyms don't fit what was found.")
        reader.choose(screen, "Pseudonyms", "p", "None: real names")
        reader.wait_for("Real names will be sent")
        reader.press("WITH real names")
        question = reader.wait_for("with real names?")
        assert "of 2 patients" in question
        assert not list(delivered.rglob("*.dcm"))
        reader.press("Send with real names")
        reader.wait_for("arrived", deadline=120)
        assert reader.ask("combo", "Pseudonyms")["value"] == "Internal pseudonyms"  # never remembered
    names = {str(pydicom.dcmread(path, stop_before_pixels=True).PatientName) for path in delivered.rglob("*.dcm")}
    assert len(names) == 2
    assert all("^" in name for name in names)
