"""One person's words in all the spellings in which they are met."""

import re
import unicodedata

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"})
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


def folded(word: str) -> frozenset[str]:
    """The spellings of a word without case, accents and umlauts: Müller, MUELLER and Muller share one."""
    lower = unicodedata.normalize("NFC", word).casefold()  # ß is ss from here on
    return frozenset({_stripped(lower.translate(_PLAIN)), _stripped(lower.translate(_UMLAUTS))})


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


def number_pattern(text: str) -> str | None:
    """Regular expression for a phone number in any grouping, None where it has fewer than six digits."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < 6:
        return None
    return r"(?<!\d)" + r"[\s/().-]{0,3}".join(digits) + r"(?!\d)"
