"""Numbers, sizes, dates and names as people of the chosen language write them."""

import re

from PySide6.QtCore import QCoreApplication, QDate, QLocale

translate = QCoreApplication.translate
_LONG_WORD = re.compile(r"\S{25,}")  # wider than half of the panel on the right
_PLACE_TO_BREAK = re.compile(r"[/\\.:@_-](?=.)|[^/\\.:@_-]{24}(?=.)")
_ZERO_WIDTH_SPACE = "\u200b"


def number(value: int) -> str:
    """1234 as 1,234 or 1.234."""
    return QLocale().toString(value)


def size(value: int) -> str:
    """Bytes as 158.6 MB or 158,6 MB."""
    digits = 0 if value < 10_000 else 1
    return QLocale().formattedDataSize(value, digits, QLocale.DataSizeFormat.DataSizeSIFormat)


def rate(value: float) -> str:
    """Bytes a second."""
    return translate("Formats", "{size} per second").format(size=size(round(value)))


def dicom_date(value: str) -> str:
    """A DICOM date (YYYYMMDD) as a date of the locale; anything else as it is."""
    date = QDate.fromString(value, "yyyyMMdd")
    form = QLocale().dateFormat(QLocale.FormatType.ShortFormat)
    # a year of two digits would leave it open whether 20 is a day, a month or a year
    form = form if "yyyy" in form else form.replace("yy", "yyyy")
    return QLocale().toString(date, form) if date.isValid() else value


def person_name(value: str) -> str:
    """The first component group of a DICOM person name, written 'Family, Given'."""
    family, _, given = value.split("=", maxsplit=1)[0].partition("^")
    given = " ".join(part for part in given.split("^")[:2] if part)
    return ", ".join(part for part in (family.strip(), given.strip()) if part)


def shortened(pseudonym: str) -> str:
    """A pseudonym that fits a column: long ones lose their middle (the whole one is in the tool tip)."""
    return pseudonym if len(pseudonym) <= 14 else f"{pseudonym[:6]}…{pseudonym[-4:]}"


def breakable(text: str) -> str:
    """The text with places at which its long words may go on in the next line: names of files and people have none."""
    return _LONG_WORD.sub(lambda word: _PLACE_TO_BREAK.sub(rf"\g<0>{_ZERO_WIDTH_SPACE}", word[0]), text)
