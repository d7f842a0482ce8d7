"""Free text without the patient: the patient's own words, numbers and dates are taken out, and whoever follows a title.

Source: PS3.15 E.3.5 (Clean Descriptors Option).
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate

from adit_uploader.deid.everyday import everyday_words
from adit_uploader.deid.identity import (
    MIN_ID,
    MIN_STRONG_ID,
    Identity,
    initials,
    joined_names,
    name_words,
    strong_words,
)
from adit_uploader.deid.spelling import (
    date_patterns,
    folded,
    foldings,
    id_pattern,
    is_alphabetic_script,
    number_pattern,
)
from adit_uploader.deid.strangers import without_contacts, without_dates, without_strangers
from adit_uploader.deid.words import pieces, spans, vocabulary
from adit_uploader.values import dataclass, field

_MEMORY = 4096
_LONG_NAME = 7  # letters from which a name is found inside of a longer word too
_LONG_JOINED = 8
_GENITIVE = 5

_GONE = "\ue000"  # stands where a word of the patient was
_PIECE = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = r"(?<=[^\W\d_A-ZÄÖÜ])(?=[A-ZÄÖÜ])|(?<=[A-ZÄÖÜ])(?=[A-ZÄÖÜ][^\W\d_A-ZÄÖÜ])"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_REST = rf"{_GONE}(?:[{_MARKS}]+|['’]s?\b)"  # vowel signs, which count as no letters; a genitive
_INITIALS_BEFORE = rf"(?<![^\W_])((?:[^\W\d_]\.[\s-]?){{1,3}}|[A-Z]\s)\s?{_GONE}"
_INITIALS_AFTER = rf"{_GONE}[,\s]{{1,3}}((?:[^\W\d_]\.[\s-]?){{1,3}}|[A-Z](?=\s*(?:$|[,;)])))(?![^\W_])"
_SIDES = frozenset("LR")
_SPACES = re.compile(r"[ \t]{2,}")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]")
_NUMERAL = r"[+-]?\d+(?:\.0*)?"


@cache
def _numeral() -> Callable[[str], re.Match[str] | None]:
    return re.compile(_NUMERAL).fullmatch


@dataclass(slots=True)
class Cleaner:
    """Takes one patient's identity out of texts, and finds it where it still is.

    Attributes:
        words: folded words that free text loses.
        strong: folded words that are a leak wherever they occur.
        solid: family and given name written together, names of several words, and words of scripts without spaces; a
            leak wherever they occur.
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
    _initials: frozenset[str] = field(init=False, repr=False)
    _long: tuple[str, ...] = field(init=False, repr=False)
    _year: re.Pattern[str] | None = field(init=False, repr=False)
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
        self.strong = strong_words(patient) | strong_words(
            word for word in contact - everyday_words() if word.isalpha()
        )
        self.solid = joined_names(secrets.names) | frozenset(word for word in scriptless if len(word) >= 2)
        self._long = tuple(word for word in self.words if len(word) >= _LONG_NAME)
        self._initials = initials(secrets.names)
        self._year = _any_of(
            [rf"{_GONE}[\s_,(*-]*(?:{date[:4]})(?!\d)" for date in secrets.birth_dates if date[:4].isdigit()]
        )
        ids = _spelled_ids(secrets.patient_ids)
        self.short_ids = frozenset(text for text in ids if len(text) < MIN_STRONG_ID)
        self.numbers = ids - self.short_ids
        self._short = _any_of(_bounded(self.short_ids) + _loose(secrets.patient_ids))
        self.patterns = _any_of(
            _bounded(self.numbers)
            + [pattern for text in sorted(self.numbers) if (pattern := id_pattern(text))]
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
        if text.strip().lower() in self.short_ids:
            return True
        return any(self._is_named(piece, self.strong) for piece in pieces(text)) or bool(self._joined_in(text))

    def is_number(self, text: str) -> bool:
        """Whether a text is, as a whole, a number of the patient of six signs or more."""
        number = text
        if not text.isdecimal():
            number = text.lstrip("+-").split(".")[0] if _numeral()(text) else text.lower()
        return number in self.numbers or number.lstrip("0") in self.numbers

    def _clean(self, text: str) -> str:
        composed = unicodedata.normalize("NFC", text)
        cleaned = without_strangers(composed)
        if self.patterns is not None:
            cleaned = self.patterns.sub(" ", cleaned)
        if self._short is not None:
            cleaned = self._short.sub(" ", cleaned)
        if self.remove_dates:
            cleaned = without_dates(cleaned)
        cleaned = self._without(without_contacts(cleaned), self.words)
        return text if cleaned == composed else _tidy(cleaned)

    def _without(self, text: str, words: frozenset[str]) -> str:
        kept, at = [], 0
        for start, end in self._joined_in(text):
            kept.append(text[at:start])
            at = end
        text = _GONE.join([*kept, text[at:]])
        text = _PIECE.sub(lambda match: self._kept(match[0], words), text)
        if _GONE not in text:
            return text
        text = re.sub(_REST, _GONE, text)
        if self._year is not None:
            text = self._year.sub(_GONE, text)
        for pattern in (_INITIALS_BEFORE, _INITIALS_AFTER):
            text = re.sub(pattern, lambda match: _GONE if self._are_initials(match[1]) else match[0], text)
        return text.replace(_GONE, " ")

    def _kept(self, piece: str, words: frozenset[str]) -> str:
        """What is left of a run of letters or digits."""
        if not self._is_named(piece, words):
            return piece
        parts = re.split(_CAMEL, piece)
        if len(parts) == 1 or folded(piece) & words:
            return _GONE
        left = "".join(_GONE if self._is_named(part, words) else part for part in parts)
        return left if left != piece else _GONE

    def _is_named(self, piece: str, words: frozenset[str]) -> bool:
        """Whether a run of letters or digits is one of these words, its genitive, or holds one that is long enough."""
        spelled = folded(piece)
        if spelled & words:
            return True
        if len(piece) < _GENITIVE or not piece.isalpha() or spelled & vocabulary():
            return False
        if any(one[-1] == "s" and one[:-1] in words for one in spelled):
            return True
        if any(word in one for word in self._long if word in words for one in spelled):
            return True
        parts = re.split(_CAMEL, piece)
        return len(parts) > 1 and any(len(part) > 2 and folded(part) & words for part in parts)

    def _are_initials(self, text: str) -> bool:
        letters = {letter.upper() for letter in text if letter.isalpha()}
        return letters <= self._initials and ("." in text or not letters & _SIDES)

    def _joined_in(self, text: str) -> list[tuple[int, int]]:
        """Where names stand that are written as one, or over several words: begins and ends, apart from each other.

        Short ones count only where they begin and end with a word.
        """
        found: list[tuple[int, int]] = []
        places = spans(text) if self.solid else []
        for which in (0,) if text.isascii() else (0, 1):
            words = [foldings(text[start:end])[which] for start, end in places]
            line = "".join(words)
            present = [one for one in self.solid if one in line]
            if present:
                starts = list(accumulate(map(len, words), initial=0))
                found += [
                    (places[bisect_right(starts, at) - 1][0], places[bisect_left(starts, end) - 1][1])
                    for one in present
                    for at, end in _occurrences(one, line)
                    if len(one) >= _LONG_JOINED or not is_alphabetic_script(one) or {at, end} <= set(starts)
                ]
        return _apart(found)


def _occurrences(word: str, line: str) -> Iterator[tuple[int, int]]:
    at = line.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = line.find(word, at + 1)


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that touch, as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _tidy(text: str) -> str:
    return _SPACES.sub(" ", _EMPTY_BRACKETS.sub(" ", text)).strip(" ,;:/-_^")


def _spelled_ids(ids: frozenset[str]) -> frozenset[str]:
    """Numbers worth looking for, lower case, also without their leading zeros."""
    spelled = set()
    for text in (one.strip().lower() for one in ids):
        spelled |= {text, text.lstrip("0")}
    return frozenset(text for text in spelled if len(text) >= MIN_ID and text not in vocabulary())


def _loose(ids: frozenset[str]) -> list[str]:
    """Patterns for numbers of four or five digits in a longer ID: without what stands around them."""
    runs = {run.lstrip("0") for text in ids for run in re.findall(r"\d+", text)}
    return [rf"(?<!\d)0*{run}(?!\d)" for run in sorted(runs) if len(run) >= MIN_ID]


def _bounded(texts: frozenset[str]) -> list[str]:
    """One pattern for all of these, none for none: compiling takes its time for each patient."""
    longest_first = sorted(texts, key=lambda text: (-len(text), text))
    return [rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_])"] if texts else []


def _any_of(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(dict.fromkeys(patterns)), re.IGNORECASE) if patterns else None
