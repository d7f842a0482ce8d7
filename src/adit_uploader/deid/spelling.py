"""One person's words in all the spellings in which they are met."""

import re
import unicodedata

from adit_uploader.deid.romanize import romanized

_MIN_PLAIN = 4
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"})
_MIN_DIGITS = 6
_MAX_RUNS = 8
_BETWEEN = r"[\s./_:-]{0,2}"
_GROUPED = r"[\s/().-]{0,3}"
_PLAIN = str.maketrans({"æ": "a", "ø": "o", "å": "a", "œ": "o", "ł": "l", "đ": "d", "ı": "i"})
_MONTHS = (
    ("january", "jan", "januar"),
    ("february", "feb", "februar"),
    ("march", "mar", "märz", "maerz", "mrz"),
    ("april", "apr"),
    ("may", "mai"),
    ("june", "jun", "juni"),
    ("july", "jul", "juli"),
    ("august", "aug"),
    ("september", "sep", "sept"),
    ("october", "oct", "oktober", "okt"),
    ("november", "nov"),
    ("december", "dec", "dezember", "dez"),
)


MONTH_NAMES = "|".join(sorted({name for names in _MONTHS for name in names}, key=lambda name: (-len(name), name)))
_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}  # to katakana


def foldings(word: str) -> tuple[str, str]:
    """A word without case, accents and umlauts: ä as a, and ä as ae."""
    if word.isascii():
        lower = word.lower()
        return lower, lower
    lower = unicodedata.normalize("NFKC", word).casefold().translate(_HIRAGANA)  # ß is ss from here on
    return _stripped(lower.translate(_PLAIN)), _stripped(lower.translate(_UMLAUTS))


def folded(word: str) -> frozenset[str]:
    """The spellings of a word without case, accents and umlauts: Müller, MUELLER and Muller share one.

    A Greek or Cyrillic word has its usual Latin spellings too.
    """
    plain, umlauts = foldings(word)
    if plain.isascii():
        return frozenset((plain, umlauts))
    return frozenset((plain, umlauts)) | romanized(word.casefold())


def spellings(name: str) -> frozenset[str]:
    """Those of a word that is known to be a name: Mueller is met as Muller too."""
    found = folded(name)
    plain = {re.sub("([aou])e", r"\1", one) for one in found if one.isascii()}
    return found | {one for one in plain if len(one) >= _MIN_PLAIN}


def _stripped(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def is_alphabetic_script(word: str) -> bool:
    """Whether words of this script stand apart (Latin, Greek, Cyrillic, ...; not Han, Kana, Hangul, Thai)."""
    return all(ord(letter) < 0x0E00 or 0x1E00 <= ord(letter) < 0x2000 for letter in word)


def date_patterns(birth_date: str) -> tuple[str, ...]:
    """Regular expressions for the usual spellings of a date given as YYYYMMDD; () where it is none."""
    if not re.fullmatch(r"\d{8}", birth_date):
        return ()
    year, month, day = birth_date[:4], int(birth_date[4:6]), int(birth_date[6:])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ()
    two_year, m, d, gap = year[2:], f"0?{month}", f"0?{day}", r"[\s./,_-]{1,3}"
    names = "|".join(sorted(_MONTHS[month - 1], key=len, reverse=True))
    numeric = (
        birth_date,
        f"{day:02d}{month:02d}{year}",
        f"{month:02d}{day:02d}{year}",
        f"{year}{gap}{m}{gap}{d}",
        f"{d}{gap}{m}{gap}(?:{year}|{two_year})",
        f"{m}{gap}{d}{gap}(?:{year}|{two_year})",
    )
    worded = (
        rf"{d}(?:st|nd|rd|th)?{gap}(?:{names})\.?{gap}(?:{year}|{two_year})",
        rf"{d}(?:{names}){year}",
        rf"(?:{names})\.?{gap}{d}(?:st|nd|rd|th)?{gap}{year}",
        rf"{year}{gap}(?:{names}){gap}{d}",
    )
    return tuple(rf"(?<!\d)(?:{one})(?!\d)" for one in (*numeric, *worded))


def id_pattern(text: str) -> str | None:
    """Regular expression for a number of the patient as people write it: None where there are too few digits for that.

    Runs of letters and digits with or without something between them, with or without leading zeros; from seven digits
    also in groups; from six digits also without the letters before them.
    """
    runs = re.findall(r"[^\W\d_]+|\d+", text)
    digits = "".join(run.lstrip("0") for run in runs if run.isdigit())
    if len(digits) < _MIN_DIGITS or len(runs) > _MAX_RUNS:
        return None
    grouped = r"[\s./-]?" if len(digits) > _MIN_DIGITS else ""
    spelled = ["0*" + grouped.join(run.lstrip("0")) if run.isdigit() else re.escape(run) for run in runs]
    optional = len(runs) > 1 and not runs[0].isdigit() and len(digits) >= _MIN_DIGITS
    head = f"(?:{spelled.pop(0)}{_BETWEEN})?" if optional else ""
    return rf"(?<![^\W_]){head}(?<!\d){_BETWEEN.join(spelled)}(?![^\W_])"


def number_pattern(text: str) -> str | None:
    """Regular expression for a phone number in any grouping, None where it has fewer than six digits.

    A number with its country's code is also looked for as it is dialled within the country, and the other way round.
    """
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", text))
    if len(digits) < _MIN_DIGITS:
        return None
    spelled = {digits}
    if text.lstrip(" (").startswith(("+", "00")):
        foreign = digits.removeprefix("00")
        spelled |= {foreign[code:] for code in (1, 2, 3) if len(foreign) - code > _MIN_DIGITS}
    elif digits.startswith("0"):
        spelled.add(digits[1:])
    options = "|".join(_GROUPED.join(one) for one in sorted(spelled, key=lambda one: (-len(one), one)))
    return rf"(?<!\d)(?:(?:\+|00)\d{{1,3}}{_GROUPED})?(?:\(0\)|0)?{_GROUPED}(?:{options})(?!\d)"
