"""F1 and the Help menu open the guide at the page about what is in use, in the window's language."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QAction, QPalette, QTextBlock, QTextFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget, QPushButton, QWidget

from adit_uploader.account.settings import Settings
from adit_uploader.desktop.colours import DARK, LIGHT, Theme
from adit_uploader.desktop.guide_pages import PAGES, page_text, page_titles
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.theme import apply_theme
from adit_uploader.desktop.values import Step
from adit_uploader.desktop.views.confirmation import Confirmation
from adit_uploader.desktop.views.guide_window import Guide, GuideWindow
from adit_uploader.desktop.views.helping import page_for, pages_of
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.wiring import build

# the platform without a screen says that it has no window manager
pytestmark = pytest.mark.qt_log_ignore("does not support (propagateSizeHints|raise)", extend=True)


@pytest.fixture
def guide(no_leaks: None, languages: Languages) -> Iterator[Guide]:
    made = Guide()
    yield made
    made.close()


@pytest.fixture
def reader(guide: Guide) -> GuideWindow:
    guide.show("index")
    assert guide.window is not None
    return guide.window


def press_f1(widget: QWidget) -> None:
    """As a key of the window that the widget is in."""
    widget.window().activateWindow()
    QCoreApplication.processEvents()
    QTest.keyClick(widget, Qt.Key.Key_F1)


def test_every_part_of_the_window_has_a_page_that_is_there(window: MainWindow) -> None:
    pages = pages_of(window)
    assert set(pages.values()) <= set(PAGES)
    for page in (window.drop, window.check, window.sending, window.jobs):
        assert page in pages


def test_the_page_is_that_of_what_is_in_front(window: MainWindow) -> None:
    for step, page in ((Step.DROP, "drop"), (Step.CHECK, "check"), (Step.SEND, "send")):
        window.show_step(step)
        assert {page_for(window, used) for used in (None, window, window.menuBar())} == {page}
    window.toggle_jobs()
    assert page_for(window, None) == "uploads"


def test_what_has_the_keyboard_goes_before_what_is_in_front(window: MainWindow) -> None:
    window.show_step(Step.CHECK)
    for part, page in (
        (window.panel.account, "sign-in"),
        (window.panel.mode, "pseudonyms"),
        (window.panel.profile, "pseudonyms"),
        (window.panel.destination, "send"),
        (window.check.details.held, "held"),
        (window.check.details.problems, "pseudonyms"),
        (window.check.searching, "check"),
        (window.messages, "problems"),
        (window.unfinished, "uploads"),
        (window.review, "held"),
        (window.comparison, "check"),
        (window.line, "connection"),
    ):
        for inside in (part, *part.findChildren(QWidget)):
            if inside.window() is part.window():
                assert page_for(window, inside) == page


@pytest.mark.parametrize(
    ("ask", "page"),
    [
        (lambda window: window.ask_to_send_real_names(3, 1, "archive"), "pseudonyms"),
        (lambda window: window.ask_to_stop(can_finish=True), "send"),
        (lambda window: window.ask_to_delete_traces(key_list_saved=False, unfinished=True), "uploads"),
        (lambda window: window.ask_to_cancel_job(), "uploads"),
        (lambda window: window.ask_to_trust("https://adit.example.org", "AB" * 32), "sign-in"),
    ],
)
def test_a_question_can_be_looked_up_before_it_is_answered(
    window: MainWindow, ask: Callable[[MainWindow], None], page: str
) -> None:
    wanted = []
    window.guide_wanted.connect(lambda: wanted.append(page_for(window, QApplication.focusWidget())))
    window.show()
    ask(window)
    (question,) = window.findChildren(Confirmation)
    press_f1(question)
    assert wanted == [page]
    question.reject()


def test_f1_works_in_every_dialog(window: MainWindow) -> None:
    wanted = []
    window.guide_wanted.connect(lambda: wanted.append(page_for(window, QApplication.focusWidget())))
    window.show_step(Step.CHECK)
    window.show()
    for dialog in (window.review, window.comparison, window.line):
        dialog.open()
        press_f1(dialog)
        dialog.close()
    assert wanted == ["held", "check", "connection"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_f1_in_the_program_opens_the_guide_in_its_language(
    no_leaks: None, languages: Languages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path))
    languages.use(language)
    program = build(Settings(), real_services(Settings()), languages)
    window = program.window
    try:
        window.show()
        assert program.guide.window is None  # nobody waits for it at the start
        press_f1(window)
        reader = program.guide.window
        assert reader is not None
        assert reader.isVisible()
        assert reader.page == "drop"
        assert reader.windowTitle().startswith(page_titles(language)[PAGES.index("drop")])
        next(one for one in window.findChildren(QAction) if one.text() in {"&Guide", "&Anleitung"}).trigger()
        assert program.guide.window is reader
    finally:
        program.close()
        window.close()
        window.deleteLater()


def test_the_guide_does_not_keep_the_program_open(reader: GuideWindow) -> None:
    assert not reader.testAttribute(Qt.WidgetAttribute.WA_QuitOnClose)
    assert reader.parentWidget() is None  # else a dialog of the window would keep it from being read


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_is_shown_with_its_pictures(guide: Guide, languages: Languages, language: str) -> None:
    languages.use(language)
    for page, title in zip(PAGES, page_titles(language), strict=True):
        guide.show(page)
        assert guide.window is not None
        text = guide.window.text
        assert text.document().firstBlock().text() == title
        images = [
            fragment.charFormat().toImageFormat().name()
            for fragment in fragments_of(text.document().begin())
            if fragment.charFormat().isImageFormat()
        ]
        assert len(images) == page_text(language, page).count("![")
        for name in images:
            image = text.loadResource(2, text.source().resolved(QUrl(name)))
            assert not image.isNull()


def room_of(reader: GuideWindow) -> list[tuple[float, float]]:
    """Height of lines and room below, of each paragraph."""
    found, block = [], reader.text.document().begin()
    while block.isValid():
        found.append((block.blockFormat().lineHeight(), block.blockFormat().bottomMargin()))
        block = block.next()
    return found


def fragments_of(block: QTextBlock) -> Iterator[QTextFragment]:
    while block.isValid():
        place = block.begin()
        while not place.atEnd():
            yield place.fragment()
            place += 1
        block = block.next()


def test_a_link_leads_to_its_page_and_back_again(reader: GuideWindow) -> None:
    back = next(one for one in reader.findChildren(QPushButton) if one.text() == "&Back")
    assert not back.isEnabled()
    laid_out = room_of(reader)
    QTest.keyClick(reader.text, Qt.Key.Key_Tab)  # to the first link
    QTest.keyClick(reader.text, Qt.Key.Key_Return)
    assert reader.page == "sign-in"
    assert reader.findChildren(QListWidget)[0].currentRow() == PAGES.index("sign-in")
    back.click()
    assert reader.page == "index"
    assert room_of(reader) == laid_out


def test_a_page_that_is_wanted_again_and_in_other_colours_looks_as_before(
    reader: GuideWindow, qapp: QApplication
) -> None:
    laid_out = room_of(reader)
    reader.show_page("index")
    assert room_of(reader) == laid_out
    apply_theme(qapp, DARK)
    try:
        QCoreApplication.processEvents()
        assert room_of(reader) == laid_out
    finally:
        apply_theme(qapp, LIGHT)


def test_the_list_of_pages_leads_to_each(reader: GuideWindow) -> None:
    (pages,) = reader.findChildren(QListWidget)
    for row, page in enumerate(PAGES):
        pages.setCurrentRow(row)
        assert reader.page == page


def test_the_guide_changes_its_language_with_the_window(reader: GuideWindow, languages: Languages) -> None:
    reader.show_page("held")
    languages.use("de")
    QCoreApplication.processEvents()
    titles = page_titles("de")
    assert reader.page == "held"
    assert reader.text.document().firstBlock().text() == titles[PAGES.index("held")]
    assert [reader.findChildren(QListWidget)[0].item(row).text() for row in range(len(PAGES))] == list(titles)


def test_escape_closes_the_guide(reader: GuideWindow) -> None:
    QTest.keyClick(reader.text, Qt.Key.Key_Escape)
    assert not reader.isVisible()


def test_the_guide_reads_nothing_but_its_own_pages(reader: GuideWindow) -> None:
    assert reader.text.loadResource(4, QUrl("file:///etc/passwd.md")) is None
    assert reader.text.loadResource(4, QUrl("guide:/en/../../secret.md")) is None


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_guide_is_drawn_in_the_colours_of_the_theme(reader: GuideWindow, qapp: QApplication, theme: Theme) -> None:
    apply_theme(qapp, theme)
    try:
        QCoreApplication.processEvents()
        assert reader.text.palette().color(QPalette.ColorRole.Text).name() == theme.text
        assert not reader.grab().isNull()
    finally:
        apply_theme(qapp, LIGHT)
