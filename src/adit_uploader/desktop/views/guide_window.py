"""The guide beside the window: pages, and links between them. It can be read whatever question is open."""

from pathlib import PurePosixPath

from PySide6.QtCore import QEvent, QLocale, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QImage,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QTextBrowser, QVBoxLayout

from adit_uploader.desktop import guide_pages
from adit_uploader.desktop.theme import current_theme, unstyled
from adit_uploader.desktop.views import parts

_SIZE = (1000, 740)  # pixels
_CONTENTS = 220
_MARGIN = 24
_LINE_HEIGHT = 125  # percent
_BEFORE_HEADING, _AFTER_PARAGRAPH, _AFTER_ITEM = 18, 10, 4


class GuidePage(QTextBrowser):
    """Knows the guide's pages and pictures and nothing else: no file of this computer, no address of a network.

    They are named guide:/LANGUAGE/PAGE.md and guide:/LANGUAGE/pictures/NAME.png, so that links of pages lead to pages.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sourceChanged.connect(self.lay_out)

    def loadResource(self, kind: int, url: QUrl | str, /) -> object:
        language, name = place_of(QUrl(url))
        if kind == QTextDocument.ResourceType.ImageResource.value:
            return QImage.fromData(guide_pages.picture(language, name))
        return guide_pages.page_text(language, name) if name in guide_pages.PAGES else None

    def lay_out(self) -> None:
        """Gives headings, paragraphs and tables the room that they need to be read."""
        document = self.document()
        document.setDocumentMargin(_MARGIN)
        block = document.begin()
        while block.isValid():
            _lay_out_block(block)
            block = block.next()
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _lay_out_table(frame)


def _lay_out_block(block: QTextBlock) -> None:
    cursor, form, items = QTextCursor(block), block.blockFormat(), block.textList()
    listed = items is not None and items.itemNumber(block) < items.count() - 1
    if "\N{OBJECT REPLACEMENT CHARACTER}" not in block.text():  # a picture's line would grow with the picture
        form.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    form.setTopMargin(_BEFORE_HEADING if form.headingLevel() > 1 else 0)
    form.setBottomMargin(0 if cursor.currentTable() else _AFTER_ITEM if listed else _AFTER_PARAGRAPH)
    cursor.setBlockFormat(form)


def _lay_out_table(table: QTextTable) -> None:
    form = table.format()
    form.setCellPadding(7)
    form.setCellSpacing(0)
    form.setBorderCollapse(True)
    form.setBorder(1)
    form.setBorderBrush(QColor(current_theme().border))
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    form.setTopMargin(_AFTER_PARAGRAPH)
    form.setBottomMargin(_AFTER_PARAGRAPH)
    table.setFormat(form)


def place_of(url: QUrl) -> tuple[str, str]:
    """Language and name of what is asked for; '' where there is none."""
    path = PurePosixPath(url.path())
    language = path.parts[1] if len(path.parts) > 2 else ""
    return language, path.stem if path.suffix == ".md" else path.name


class GuideWindow(QDialog):
    """The pages on the left, one of them on the right. It has no parent: no dialog of the window keeps it from use."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.resize(*_SIZE)
        self._pages, self.text = QListWidget(), GuidePage()
        self._pages.setFixedWidth(_CONTENTS)
        self._pages.addItems([""] * len(guide_pages.PAGES))
        self._back = parts.button()
        self._back.setEnabled(False)
        self._back.clicked.connect(self.text.backward)
        self.text.backwardAvailable.connect(self._back.setEnabled)
        self.text.historyChanged.connect(self._name_page)  # when the source changes it still tells the old one
        self._pages.currentRowChanged.connect(self._choose)
        left = QVBoxLayout()
        left.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        left.addWidget(self._pages, 1)
        around = QHBoxLayout(self)
        around.setContentsMargins(16, 16, 16, 16)
        around.setSpacing(14)
        around.addLayout(left)
        around.addWidget(self.text, 1)
        self._name_everything()

    @property
    def page(self) -> str:
        """What is read; '' at first."""
        return place_of(self.text.source())[1]

    def show_page(self, page: str) -> None:
        """Opens the guide at a page, in the window's language. page: one of PAGES."""
        self._go_to(page)
        self.show()
        self.raise_()
        self.activateWindow()
        self.text.setFocus()

    def retranslate(self) -> None:
        self._name_everything()
        if self.page:
            self._go_to(self.page)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange and self.page:
            self.text.reload()
        super().changeEvent(event)

    # ------------------------------------------------------------ inside

    def _name_everything(self) -> None:
        self._back.setText(self.tr("&Back"))
        self._pages.setAccessibleName(self.tr("Pages of the guide"))
        self._pages.blockSignals(True)
        for row, title in enumerate(guide_pages.page_titles(_language())):
            self._pages.item(row).setText(title)
        self._pages.blockSignals(False)
        self._name_page()

    def _name_page(self) -> None:
        row = guide_pages.PAGES.index(self.page) if self.page else -1
        title = self._pages.item(row).text() if row >= 0 else ""
        guide = self.tr("Guide")
        self.setWindowTitle(f"{title} – {guide}" if title else guide)
        self.text.setAccessibleName(title or guide)
        self._pages.blockSignals(True)
        self._pages.setCurrentRow(row)
        self._pages.blockSignals(False)

    def _choose(self, row: int) -> None:
        self._go_to(guide_pages.PAGES[row])

    def _go_to(self, page: str) -> None:
        self.text.setSource(QUrl(f"guide:/{_language()}/{page}.md"))


class Guide:
    """Opens the guide; its window is made when it is first wanted."""

    def __init__(self) -> None:
        self.window: GuideWindow | None = None

    def show(self, page: str) -> None:
        """Opens it at a page, or turns to that page where it is open."""
        if self.window is None:
            with unstyled():
                self.window = GuideWindow()
        self.window.show_page(page)

    def close(self) -> None:
        """Nothing of it stays."""
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None


def _language() -> str:
    """The window's."""
    return "de" if QLocale().language() == QLocale.Language.German else "en"
