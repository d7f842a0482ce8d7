"""Free text without the patient: the patient's own words, numbers and dates are taken out, and whoever follows a title.

Source: PS3.15 E.3.5 (Clean Descriptors Option).
"""

import re
import unicodedata

from adit_uploader.deid.identity import MIN_ID, MIN_STRONG_ID, Identity, joined_names, name_words, strong_words
from adit_uploader.deid.spelling import date_patterns, folded, is_alphabetic_script, number_pattern
from adit_uploader.deid.words import WORD, pieces, vocabulary
from adit_uploader.values import dataclass, field

_MEMORY = 4096

_TITLE = (
    r"(?:Dres|Dr|Prof|Professor|Professorin|Doctor|Doktor|Dipl|PD|Frau|Herrn?|Fr|Hr|Mrs?|Ms|Miss|Mister|"
    r"DR|DRES|PROF|PROFESSOR|DOCTOR|DOKTOR|FRAU|HERRN?|FR|HR|MRS?|MS|dr|prof|frau|herrn?)"
)
_DEGREE = r"(?:med|dent|rer|nat|phil|habil|h\.?c|vet|Med|MED)"
_NAME = r"(?!(?:und|and|oder|or|mit|with|in|im|am|vom|bei|for|on|at|is|ist|hat|was)\b)[^\W\d_][\w'’-]*"
AFTER_TITLE = re.compile(
    rf"(?<![\w.]){_TITLE}\b\.?"  # Dr.
    rf"(?:[\s.,-]*(?:{_TITLE}|{_DEGREE})\b\.?)*"  # Prof. Dr. med.
    r"(?:[\s,]+(?:von|van|vom|zu|zur|de|der|den|di|la|le|el|al)\b)*"
    r"(?:[\s,]+[^\W\d_]\.)*"  # A.
    rf"[\s,:]+{_NAME}"  # Meier
    r"(?:[ \t]+(?:[^\W\d_]\.[ \t]*)?(?=[^\W\d_a-zäöüß])[^\W\d_][\w'’-]*)?"  # and one more capitalised word
)
_MONTH_NAMES = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|m(?:ä|ae)rz|mrz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?|dez(?:ember)?)"
)
ANY_DATE = re.compile(
    r"(?<!\d)(?:"
    r"(?:19|20)\d{2}[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./]\s?(?:0?[1-9]|[12]\d|3[01])[-./]\s?(?:(?:19|20)\d{2}|\d{2})(?![.\d])"
    r"|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{6})?"
    rf"|(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?\s?-?{_MONTH_NAMES}\b\.?,?\s?-?(?:19|20)\d{{2}}"
    rf"|\b{_MONTH_NAMES}\b\.?\s?(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,?\s?(?:19|20)\d{{2}}"
    r")(?!\d)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_UID = re.compile(r"(?<![\d.])[0-2](?:\.(?:0|[1-9]\d*)){5,}(?![\d.])")
_SPACES = re.compile(r"[ \t]{2,}")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]")


@dataclass(slots=True)
class Cleaner:
    """Takes one patient's identity out of texts, and finds it where it still is.

    Attributes:
        words: folded words that free text loses.
        strong: folded words that are a leak wherever they occur.
        solid: family and given name written together, and words of scripts without spaces; a leak wherever they occur.
        patterns: long numbers, dates, phone numbers; a leak wherever they occur.
        numbers: the long ones themselves.
        short_ids: numbers so short that only a whole value of them is a leak; free text loses them all the same.
        remove_dates: whether free text loses every date.
    """

    identity: Identity
    remove_dates: bool
    words: frozenset[str] = field(init=False, repr=False)
    strong: frozenset[str] = field(init=False, repr=False)
    solid: frozenset[str] = field(init=False, repr=False)
    patterns: re.Pattern[str] | None = field(init=False, repr=False)
    short_ids: frozenset[str] = field(init=False, repr=False)
    numbers: frozenset[str] = field(init=False, repr=False)
    _short: re.Pattern[str] | None = field(init=False, repr=False)
    _memory: dict[str, str] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        secrets = self.identity.secrets
        patient = name_words(secrets.names)
        contact = frozenset(
            word
            for text in secrets.contacts
            for piece in pieces(text)
            if len(piece) > MIN_ID or (len(piece) == MIN_ID and piece.isalpha())
            for word in folded(piece)
        )
        self.words = patient | name_words(self.identity.others) | contact
        scriptless = {word for word in self.words if not is_alphabetic_script(word)}
        self.strong = strong_words(patient) | (contact - vocabulary())
        self.solid = joined_names(secrets.names) | frozenset(word for word in scriptless if len(word) >= 2)
        ids = _spelled_ids(secrets.patient_ids)
        self.short_ids = frozenset(text for text in ids if len(text) < MIN_STRONG_ID)
        self.numbers = ids - self.short_ids
        self._short = _any_of([_bounded(text) for text in sorted(self.short_ids)])
        self.patterns = _any_of(
            [_bounded(text) for text in sorted(ids - self.short_ids)]
            + [pattern for date in sorted(secrets.birth_dates) for pattern in date_patterns(date)]
            + [pattern for contact in sorted(secrets.contacts) if (pattern := number_pattern(contact))]
        )

    def clean(self, text: str) -> str:
        """The text without the patient, whoever follows a title, mail addresses and UIDs (and dates, where they go)."""
        known = self._memory.get(text)
        if known is None:
            known = self._clean(text)
            if len(self._memory) < _MEMORY:
                self._memory[text] = known
        return known

    def without_leaks(self, text: str) -> str:
        """The text without what ``leaks`` finds, and otherwise as it is."""
        if self.patterns is not None:
            text = self.patterns.sub(" ", text)
        return "" if text.strip().lower() in self.short_ids else _tidy(self._without(text, self.strong))

    def leaks(self, text: str) -> bool:
        """Whether something of the patient is in a text."""
        if self.patterns is not None and self.patterns.search(text):
            return True
        if text.strip().lower() in self.short_ids or any(folded(word) & self.strong for word in pieces(text)):
            return True
        return self._solid_in(text)

    def is_number(self, text: str) -> bool:
        """Whether a text is, as a whole, a number of the patient of six signs or more."""
        return text in self.numbers

    def _clean(self, text: str) -> str:
        cleaned = unicodedata.normalize("NFC", text)
        cleaned = _UID.sub(" ", _MAIL.sub(" ", AFTER_TITLE.sub(" ", cleaned)))
        if self.patterns is not None:
            cleaned = self.patterns.sub(" ", cleaned)
        if self._short is not None:
            cleaned = self._short.sub(" ", cleaned)
        if self.remove_dates:
            cleaned = ANY_DATE.sub(" ", cleaned)
        cleaned = self._without(cleaned, self.words)
        return text if cleaned == text else _tidy(cleaned)

    def _without(self, text: str, words: frozenset[str]) -> str:
        if self._solid_in(text):
            text = WORD.sub(lambda match: " " if self._solid_in(match[0]) else match[0], text)
            if self._solid_in(text):  # written over several words
                return ""
        if not words:
            return text

        def kept(match: re.Match[str]) -> str:
            return " " if folded(match[0]) & words else match[0]

        return _PIECE.sub(kept, text)

    def _solid_in(self, text: str) -> bool:
        if not self.solid:
            return False
        return any(word in spelled for spelled in folded("".join(pieces(text))) for word in self.solid)


_PIECE = re.compile(r"[^\W\d_]+|\d+")


def _tidy(text: str) -> str:
    return _SPACES.sub(" ", _EMPTY_BRACKETS.sub(" ", text)).strip(" ,;:/-_^")


def _spelled_ids(ids: frozenset[str]) -> frozenset[str]:
    """Numbers worth looking for, lower case, also without their leading zeros."""
    spelled = set()
    for text in (one.strip().lower() for one in ids):
        spelled |= {text, text.lstrip("0")}
    return frozenset(text for text in spelled if len(text) >= MIN_ID and text not in vocabulary())


def _bounded(text: str) -> str:
    return rf"(?<![^\W_]){re.escape(text)}(?![^\W_])"


def _any_of(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None
