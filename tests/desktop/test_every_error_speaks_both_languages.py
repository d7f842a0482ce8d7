"""Every error and every code of the wire has a text of its own in both languages: what, where, and what to do.

The catalogue is compared with the code itself: with the classes that there are, with what is handed to them, and with
the codes of the protocol. Whoever adds an error without a German text, or one that does not say what to do, fails here.
"""

import ast
import inspect
import pickle
import pkgutil
import re
import runpy
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import defusedxml.ElementTree as ET  # noqa: N817 - its usual name
import pytest

import adit_uploader
from adit_receiver import said as receivers_own
from adit_uploader.desktop.controllers.sending import ProblemError
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.words import destinations, errors, reasons, receivers
from adit_uploader.filled import Filled, ReceiversWords
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.transfer.errors import (
    AuthoritiesUnusable,
    CertificateChanged,
    CertificateOfNobody,
    LineError,
    ProxySettingWrong,
    ProxyUnreachable,
    TransferError,
    refused_by_receiver,
)
from adit_uploader.transfer.line_errors import BY_CLOSE_CODE
from adit_uploader.transfer.receipt import Problem, ReasonCode

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "adit_uploader"
ROOMS = ("account", "deid", "desktop", "dicom", "protocol", "pseudonyms", "transfer")
UPDATE = runpy.run_path(str(ROOT / "resources" / "translations" / "update.py"))
SAID_OTHERWISE = {
    # on the command line alone: mistakes of a profile's file, names of profiles, the command that makes a picture
    "adit_uploader.deid.profile_elements",
    "adit_uploader.deid.profile_file",
    "adit_uploader.deid.profiles",
    "adit_uploader.desktop.picture",
    # in the window by their codes, which other tests hold to their words
    "adit_uploader.dicom.folders",
    "adit_uploader.dicom.scan",
    "adit_uploader.pseudonyms.assign",
    "adit_uploader.pseudonyms.syntax",
    "adit_uploader.transfer.folder_lane",
    "adit_uploader.transfer.preparing",
    "adit_uploader.transfer.wire_lane",
}
BROKEN_RULES = {  # the line becomes a RuleBroken of transfer, whose text is shown
    f"adit_uploader.protocol.{name}"
    for name in ("chunks", "client", "codec", "conversation", "pages", "server", "zstd")
}
in_both_languages = pytest.mark.parametrize("language", ["en", "de"])


def german() -> dict[str, str]:
    """English to German, as far as it is about errors."""
    tree = ET.parse(ROOT / "resources" / "translations" / "adit-uploader_de.ts")
    return {
        message.findtext("source", ""): message.findtext("translation", "")
        for context in tree.iter("context")
        if context.findtext("name") == "Errors"
        for message in context.iter("message")
    }


def error_classes() -> list[type[BaseException]]:
    """Every error of the rooms that the window stands on."""
    found: set[type[BaseException]] = set()
    for module in pkgutil.walk_packages(adit_uploader.__path__, "adit_uploader."):
        if module.name.split(".")[1] in ROOMS:
            for _, one in inspect.getmembers(import_module(module.name), inspect.isclass):
                if issubclass(one, BaseException) and one.__module__.startswith("adit_uploader."):
                    found.add(one)
    return sorted(found, key=lambda one: one.__name__)


def calls_of_errors() -> Iterator[tuple[str, ast.Call]]:
    """Module and call, wherever an error is made."""
    names = {one.__name__ for one in error_classes()}
    for room in ROOMS:
        for path in sorted((SOURCE / room).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                    yield module, node


def sentences(text: str) -> int:
    """How many parts of sentences say something: what happened, and what to do."""
    return len(re.findall(r"\S[.:;?](?=\s|$)", text))


def test_every_class_has_german_words() -> None:
    known = german()
    names = ("title", "default_title", "default_message")
    missing = [
        (one.__name__, name)
        for one in error_classes()
        if one.__module__ not in SAID_OTHERWISE
        for name in names
        if isinstance(text := vars(one).get(name), str) and text and known.get(text, text) == text
    ]
    assert missing == []


def test_everything_that_is_handed_to_an_error_is_translated() -> None:
    """Modules that make errors with texts of their own are collected from; and none puts values into one by itself."""
    collected, known = set(UPDATE["ERROR_MODULES"]), german()
    elsewhere = SAID_OTHERWISE | BROKEN_RULES
    faults = []
    for module, call in calls_of_errors():
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        texts = list(UPDATE["constants"](values))
        if module in elsewhere:
            continue
        if texts and module not in collected:
            faults.append(f"{module} is not collected from")
        faults += [f"{module}: {text}" for text in texts if known.get(text, text) == text]
        faults += [f"{module}:{call.lineno} is not Filled" for value in values if isinstance(value, ast.JoinedStr)]
    assert faults == []


def test_every_close_code_is_an_error_with_words_of_its_own() -> None:
    codes = set(CloseCode) - {CloseCode.NORMAL}
    assert codes <= set(BY_CLOSE_CODE)
    titles = [BY_CLOSE_CODE[code].title for code in codes]
    assert len(set(titles)) == len(titles)
    assert TransferError.title not in titles


@in_both_languages
def test_every_refusal_says_what_and_what_to_do(languages: Languages, language: str) -> None:
    languages.use(language)
    refusals = reasons.receiver_refusals()
    assert set(refusals) == set(RefusalCode)
    assert len(set(refusals.values())) == len(refusals)
    assert [code for code, text in refusals.items() if sentences(text) < 2] == []
    assert [code for code in ReasonCode if sentences(reasons.made_here()[code]) < 2] == []


def test_every_error_of_the_way_says_what_and_what_to_do() -> None:
    ways = [one for one in error_classes() if issubclass(one, TransferError) and "default_message" in vars(one)]
    assert len(ways) > 30
    known = german()
    poor = [one.__name__ for one in ways if len(one.default_message.split()) < 10]
    poor += [one.__name__ for one in ways if len(known[one.default_message].split()) < 10]
    assert poor == []


def test_no_text_of_the_catalogue_is_the_same_in_german() -> None:
    same = [english for english, own in german().items() if english == own]
    assert same == []


def test_both_languages_have_the_same_gaps() -> None:
    differ = [
        english
        for english, own in german().items()
        if sorted(re.findall(r"{\w+}", english)) != sorted(re.findall(r"{\w+}", own))
    ]
    assert differ == []


def test_values_stay_in_a_german_sentence(languages: Languages) -> None:
    languages.use("de")
    said = errors.explain(CertificateChanged(expected="AA:BB", found="CC:DD"))
    assert said.title == "Der Server hat ein anderes Zertifikat als bisher"
    assert "Bestätigt haben Sie AA:BB, und der Server zeigt jetzt CC:DD." in said.message


@in_both_languages
def test_no_error_of_the_way_sends_people_from_the_window_to_the_command_line(
    languages: Languages, language: str
) -> None:
    languages.use(language)
    ways = [one() for one in error_classes() if issubclass(one, LineError) and "default_message" in vars(one)]
    ways.append(CertificateChanged(expected="AA:BB", found="CC:DD"))
    said = [errors.explain(one).message for one in ways]
    assert len(said) > 30
    assert [text for text in said if re.search(r"--|adit-uploader |command line|Befehlszeile", text)] == []


@in_both_languages
def test_a_setting_that_is_wrong_is_put_right_under_connection_settings(languages: Languages, language: str) -> None:
    languages.use(language)
    place = {"en": "Connection settings", "de": "Verbindungseinstellungen"}[language]
    for one in (AuthoritiesUnusable, CertificateOfNobody, ProxySettingWrong, ProxyUnreachable):
        assert place in errors.explain(one()).message
        assert place in errors.explain(ProblemError(Problem(one.title, one.default_message))).message


def test_what_the_system_says_is_german_too(languages: Languages) -> None:
    languages.use("de")
    text = Filled("{path}: {why}. Tell whoever manages this computer.", path="/x", why="Permission denied")
    assert errors.explain(ProblemError(Problem("title", text))).message.startswith("/x: Zugriff verweigert. ")


@in_both_languages
def test_what_a_receiver_refuses_is_said_by_its_code(languages: Languages, language: str) -> None:
    languages.use(language)
    for code in RefusalCode:
        refused = refused_by_receiver("words of the receiver", str(code), retriable=False)
        assert errors.explain(refused).message == reasons.receiver_refusals()[code]
        assert errors.explain(ProblemError(Problem(refused.title, refused.message))).message != "words of the receiver"


def test_a_code_of_a_newer_receiver_is_said_in_its_own_words(languages: Languages) -> None:
    languages.use("de")
    assert errors.explain(refused_by_receiver("New words.", "new-code", retriable=False)).message == "New words."


def test_texts_come_whole_out_of_another_process() -> None:
    told, filled = ReceiversWords("words", "quota"), Filled("{count} files", count=3)
    again = pickle.loads(pickle.dumps((told, filled)))  # noqa: S301 - our own
    assert again == ("words", "3 files")
    assert (again[0].code, again[1].sentence, again[1].values) == ("quota", "{count} files", {"count": 3})


def test_every_sentence_that_receivers_write_is_known_here() -> None:
    theirs = {re.sub(r"%\((\w+)\)[ds]", r"{\1}", sentence) for sentence in receivers_own._SENTENCES}
    assert theirs <= set(receivers.sentences())


def test_every_reason_of_receivers_why_a_destination_takes_nothing_is_known_here() -> None:
    raised = re.compile(r"(?:DestinationUnavailableError|CannotBeAskedError)\(f?\"([^\"{(]+?)(?: ?[\"{(]| 0x)")
    returned = re.compile(r"(?:return|: |_[A-Z]+ =) \"((?:it|its|no|connection|TLS) ?[^\"]*)\"")
    folder = Path(receivers_own.__file__).parent / "forwarding"
    theirs = {
        found
        for name in ("association", "dicom_sender", "folder_writer", "folder_quota", "negotiation", "questions", "tls")
        for text in [(folder / f"{name}.py").read_text(encoding="utf-8")]
        for found in (*raised.findall(text), *returned.findall(text))
    }
    assert len(theirs) > 25
    assert theirs - set(destinations.phrases()) == set()


def test_what_receivers_write_is_said_in_german(languages: Languages) -> None:
    languages.use("de")
    message = "3 of 1200 instances were not delivered. The destination refused it: Out of Resources. Something new."
    assert receivers.said(message) == (
        "3 von 1200 Bildern wurden nicht zugestellt. Das Ziel hat es abgelehnt: Out of Resources. Something new."
    )
    assert receivers.said("") == ""
    waiting = "Waiting for destination PACS: association rejected (no reason given); next try at 03:04:05 UTC."
    assert receivers.said(waiting) == (
        "Warten auf das Ziel PACS: Verbindung abgewiesen (no reason given); nächster Versuch um 03:04:05 UTC."
    )
