"""The receipt's page as a PDF, by Qt."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

_RESOLUTION = 96  # dots an inch: what the page's sizes are meant for


def write_pdf(page: str, path: Path) -> None:
    """Write an HTML page as a PDF in A4. Raises OSError: it can't be written."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_RESOLUTION)
    writer.setCreator("adit-uploader")
    size = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF()))  # a document has its own
    document = QTextDocument()
    document.setHtml(page)
    writer.setTitle(document.metaInformation(QTextDocument.MetaInformation.DocumentTitle))
    document.print_(writer)
    buffer.close()
    path.write_bytes(buffer.data().data())
