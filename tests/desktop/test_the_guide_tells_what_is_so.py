"""The guide's pages: both languages tell the same, every link leads somewhere, and quoted texts stand in the window."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import defusedxml.ElementTree as ET  # noqa: N817 - its usual name
import pytest
from PySide6.QtGui import QImage

from adit_uploader.desktop import guide_pages
from adit_uploader.desktop.guide_pages import PAGES, page_text

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "resources" / "translations"
GUIDE = Path(guide_pages.__file__).parent / "guide"
LANGUAGES = ("en", "de")
WIDEST = 660  # pixels of a picture, so that a page needs no scroll bar below it

in_both_languages = pytest.mark.parametrize("language", LANGUAGES)
on_every_page = pytest.mark.parametrize("page", PAGES)


@in_both_languages
def test_the_pages_are_those_that_the_program_knows(language: str) -> None:
    assert {path.stem for path in (GUIDE / language).glob("*.md")} == set(PAGES)


def test_the_site_has_the_same_pages_in_the_same_order() -> None:
    settings = (ROOT / "docs" / "guide" / "mkdocs.yml").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^  - ([\w-]+)\.md$", settings, re.MULTILINE)) == PAGES


@on_every_page
def test_both_languages_have_the_same_parts_in_the_same_order(page: str) -> None:
    english, german = (parts_of(page_text(language, page)) for language in LANGUAGES)
    assert english == german
    assert english[0] == "#"
    assert english.count("#") == 1


def parts_of(text: str) -> list[str]:
    """Headings by level, lines of tables and lists by what they begin with, links and pictures by target."""
    found = re.finditer(r"^(#+) |^(\|)|^(\d\.|-) |\]\(([^)]*)\)", text, re.MULTILINE)
    return [next(part for part in one.groups() if part) for one in found]


@in_both_languages
def test_every_link_leads_to_a_page_and_never_out_of_the_guide(language: str) -> None:
    for page in PAGES:
        text = page_text(language, page)
        assert not re.search(r"https?://(?!user:|benutzer:)|<[a-z]", text), page
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)]*)\)", text):
            assert target.endswith(".md"), (page, target)
            assert target.removesuffix(".md") in PAGES, (page, target)


@in_both_languages
def test_every_page_is_reached_from_the_first_one(language: str) -> None:
    links = {target.removesuffix(".md") for target in re.findall(r"\]\(([^)]*\.md)\)", page_text(language, "index"))}
    assert links == set(PAGES) - {"index"}


@in_both_languages
def test_every_picture_is_there_is_small_and_is_told_in_words(language: str) -> None:
    shown = set()
    for page in PAGES:
        for alternative, target in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", page_text(language, page)):
            assert alternative, (page, target)
            folder, _, name = target.partition("/")
            assert folder == "pictures"
            picture = QImage.fromData(guide_pages.picture(language, name))
            assert not picture.isNull(), target
            assert picture.width() <= WIDEST, target
            shown.add(name)
    assert {path.name for path in (GUIDE / language / "pictures").iterdir()} == shown


@in_both_languages
def test_the_pictures_show_a_window_that_says_what_it_says_now(language: str) -> None:
    script = runpy.run_path(str(ROOT / "resources" / "pictures" / "make_guide_pictures.py"))
    texts = json.loads(script["TEXTS"].read_text(encoding="utf-8"))[language]
    assert {f"{name}.png" for name in texts} == {path.name for path in (GUIDE / language / "pictures").iterdir()}
    said = script["fixed_texts"](language)
    old = {name: sorted(set(shown) - said) for name, shown in texts.items() if set(shown) - said}
    assert old == {}, "make guide-pictures takes them anew"


@in_both_languages
def test_what_is_quoted_stands_in_the_window(language: str) -> None:
    known = window_texts(language)
    unknown = [
        (page, quoted)
        for page in PAGES
        for quoted in re.findall(r"\*\*(.+?)\*\*", " ".join(page_text(language, page).split()))
        if not any(pattern.fullmatch(quoted) for pattern in known)
    ]
    assert unknown == []


def test_a_text_that_the_window_does_not_have_is_found() -> None:
    known = window_texts("en")
    assert any(pattern.fullmatch("Left out (50), perhaps images: 1") for pattern in known)
    assert any(pattern.fullmatch("Send 3 studies, pseudonymized") for pattern in known)
    assert not any(pattern.fullmatch("Sent out") for pattern in known)


def window_texts(language: str) -> list[re.Pattern[str]]:
    """Everything that the window says, as patterns: without the marks of keys, with any value in its gaps."""
    found = set()
    for message in ET.parse(TRANSLATIONS / f"adit-uploader_{language}.ts").iter("message"):
        found |= set(texts_of(message))
    if language == "en":  # its file holds the plural forms alone: the others are in the sources of the German one
        for message in ET.parse(TRANSLATIONS / "adit-uploader_de.ts").iter("message"):
            if message.get("numerus") is None:
                found.add(message.findtext("source", ""))
    return [re.compile(pattern_of(text)) for text in found if text]


def texts_of(message: Any) -> list[str]:
    translation = message.find("translation")
    forms = [form.text or "" for form in translation.iter("numerusform")]
    return forms or [translation.text or ""]


def pattern_of(text: str) -> str:
    bare = re.sub(r" \((\{\w+\}|%Ln)\)$| ?…$|:$", "", text.replace("&", ""))
    return re.sub(r"\\\{\w+\\\}|%Ln", ".+", re.escape(bare))
