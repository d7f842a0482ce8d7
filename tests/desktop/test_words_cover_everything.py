"""Every code has a sentence, in English and in German, and the compiled files are those of the sources."""

import ast
import runpy
import subprocess
from pathlib import Path

import defusedxml.ElementTree as ET  # noqa: N817 - its usual name
import pytest
from PySide6.QtCore import QLocale

from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.desktop import languages as languages_module
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.upload_values import Outcome, Phase, ReceiptView
from adit_uploader.desktop.values import ModeBlock, SendBlock
from adit_uploader.desktop.words import batch_problems, errors, formats, modes, reasons, sending
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.dicom.inventory import LeftOutReason
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.pseudonyms.assign import RefusalReason
from adit_uploader.pseudonyms.batch_matching import near_misses
from adit_uploader.pseudonyms.errors import BatchFileProblemCode, ChoiceRefusedReason
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.errors import CertificateRefused
from adit_uploader.transfer.plan import NotChosenReason
from adit_uploader.transfer.receipt import ReasonCode

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "resources" / "translations"
COMPILED = Path(languages_module.__file__).parent / "translations"


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_code_has_a_sentence(languages: Languages, language: str) -> None:
    languages.use(language)
    assert set(reasons.left_out()) == set(LeftOutReason)
    assert set(reasons.burned_in()) == set(BurnedInReason)
    assert set(reasons.patient_refusals()) == set(RefusalReason)
    assert set(reasons.not_chosen()) == set(NotChosenReason)
    assert set(reasons.made_here()) == set(ReasonCode)
    assert set(reasons.receiver_refusals()) == set(RefusalCode)
    assert set(batch_problems.sentences()) == set(BatchFileProblemCode)
    for reason in ChoiceRefusedReason:
        assert errors.choice_refused(reason).message
    for block in SendBlock:
        assert sending.block(block)
    for phase in Phase:
        assert sending.phase(phase, "archive")
    for mode in Mode:
        assert modes.name(mode)
        assert modes.description(mode)
    for why in ModeBlock:
        assert modes.block(why)
    for outcome in Outcome:
        receipt = ReceiptView(outcome, Mode.INTERNAL, "archive", 4, 4, 4, 4, 3, 0, 0, 0)
        assert sending.outcome(receipt)
        assert sending.outcome_detail(receipt)


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_id_that_a_spreadsheet_has_changed_is_named_as_it_was(languages: Languages, language: str) -> None:
    languages.use(language)
    for changed, original in (("4711", "0004711"), ("1.235E+09", "1234567890")):
        (problem,) = near_misses([(2, changed)], ["0002734", original])
        assert original in batch_problems.problem(problem)


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_left_untranslated(language: str) -> None:
    tree = ET.parse(SOURCES / f"adit-uploader_{language}.ts")
    unfinished = [
        message.findtext("source")
        for message in tree.iter("message")
        for translation in message.iter("translation")
        if translation.get("type") == "unfinished" or not "".join(translation.itertext()).strip()
    ]
    assert unfinished == []


def test_the_sources_hold_every_text_of_the_code(tmp_path: Path) -> None:
    update = runpy.run_path(str(SOURCES / "update.py"))
    fresh = tmp_path / "fresh.ts"
    update["collect_into"](fresh, ())
    known = texts(SOURCES / "adit-uploader_de.ts")
    assert texts(fresh) - known == set()
    assert known - texts(fresh) == set()


def texts(file: Path) -> set[tuple[str, str]]:
    return {
        (context.findtext("name", ""), message.findtext("source", ""))
        for context in ET.parse(file).iter("context")
        for message in context.iter("message")
    }


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_compiled_texts_are_those_of_the_sources(tmp_path: Path, language: str) -> None:
    update = runpy.run_path(str(SOURCES / "update.py"))
    made = tmp_path / "made.qm"
    source = SOURCES / f"adit-uploader_{language}.ts"
    subprocess.run([update["TOOLS"] / "lrelease", "-silent", source, "-qm", made], check=True)
    assert made.read_bytes() == (COMPILED / f"adit-uploader_{language}.qm").read_bytes()


def test_plural_forms(languages: Languages) -> None:
    assert [COUNTS.studies(1), COUNTS.studies(2)] == ["1 study", "2 studies"]
    languages.use("de")
    assert [COUNTS.studies(1), COUNTS.studies(1234)] == ["1 Studie", "1.234 Studien"]


def test_errors_of_other_rooms_speak_german(languages: Languages) -> None:
    languages.use("de")
    assert errors.explain(CertificateRefused()).title == "Dem Zertifikat des Servers wird nicht vertraut"


def test_dates_have_four_digits_of_year_in_any_locale(languages: Languages) -> None:
    for name in ("en_US", "en_GB", "de_DE", "de_CH"):
        QLocale.setDefault(QLocale(name))
        assert "2024" in formats.dicom_date("20240229")
    assert formats.dicom_date("unknown") == "unknown"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Müller^Anna Maria^^Dr.", "Müller, Anna Maria"),
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou"),
        ("", ""),
        ("X", "X"),
    ],
)
def test_person_names(name: str, shown: str) -> None:
    assert formats.person_name(name) == shown


def test_no_text_to_be_translated_stands_where_it_is_not_found() -> None:
    """The collector of texts does not look into f-strings: what stands there stays English."""
    overlooked = []
    for path in COMPILED.parent.rglob("*.py"):
        whole = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        calls = [one for text in whole if isinstance(text, ast.JoinedStr) for one in ast.walk(text)]
        names = [ast.unparse(one.func) for one in calls if isinstance(one, ast.Call)]
        overlooked += [f"{path.name}: {name}" for name in names if name in {"translate", "self.tr"}]
    assert overlooked == []


def test_long_words_can_go_on_in_the_next_line_and_stay_the_same_words() -> None:
    long = ("Liste_der_Patienten_unserer_Herzstudie.xlsx", ":".join(["AB"] * 32), "a" * 100, "a/" * 50)
    for word in long:
        pieces = formats.breakable(f"see {word} now").split(" ")[1].split("\u200b")
        assert "".join(pieces) == word
        assert max(map(len, pieces)) <= 24
    assert formats.breakable("https://adit.example.org 1001") == "https://adit.example.org 1001"


def test_what_pauses_is_not_said_to_stop(languages: Languages) -> None:
    for language, pauses, stops in (("en", "Paus", "Stop"), ("de", "angehalten", "abgebrochen")):
        languages.use(language)
        for phase in (Phase.PAUSING, Phase.PAUSED):
            assert pauses.lower() in sending.phase(phase, "archive").lower()
        assert stops in sending.phase(Phase.STOPPING, "archive")
