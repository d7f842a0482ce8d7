"""What the search field's words are looked for in, and how: without case, accents and umlauts."""

from adit_uploader.deid.spelling import foldings
from adit_uploader.desktop.words import formats
from adit_uploader.dicom.inventory import Patient, Series, Study

Words = tuple[tuple[str, ...], ...]
"""Each word in the spellings of which one must occur."""


def words_of(text: str) -> Words:
    """What was typed, word by word. All of them must be found: in a row, or in the rows around it."""
    return tuple(tuple(dict.fromkeys(foldings(word))) for word in text.split())


def narrows(before: Words, after: Words) -> bool:
    """Whether whatever has the new words had the old ones too: as it is while somebody types on."""
    if not before or len(after) < len(before) or after[: len(before) - 1] != before[:-1]:
        return False
    old, new = before[-1], after[len(before) - 1]
    return all(any(one in spelling for one in old) for spelling in new)


def text_of(item: Patient | Study | Series, pseudonym: str, dates: dict[str, str]) -> str:
    """All that a row can be found by, folded. dates: in words, those that were met before."""
    match item:
        case Patient():
            parts = (item.patient_id, pseudonym, *item.names, *map(formats.person_name, item.names))
        case Study():
            parts = (item.description, _date(item.date, dates))
        case Series():
            parts = (item.description, item.modality, "" if item.number is None else str(item.number))
    text = "\n".join(parts)
    return text.lower() if text.isascii() else "\n".join(dict.fromkeys(foldings(text)))


def _date(date: str, dates: dict[str, str]) -> str:
    """A date as the file, as the standard and as the user's language writes it."""
    if date not in dates:
        iso = f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 else ""
        dates[date] = "\n".join((date, iso, formats.dicom_date(date)))
    return dates[date]


def left_over(words: Words, text: str) -> Words:
    """The words that a row's text does not have."""
    if len(words) == 1 and len(words[0]) == 1:  # as it mostly is, and asked for every row at every key
        return () if words[0][0] in text else words
    return tuple(word for word in words if not any(spelling in text for spelling in word))
