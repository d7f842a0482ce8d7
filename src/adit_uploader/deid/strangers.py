"""What names or reaches a person in a text, without our knowing the person: titles, roles, phones, addresses, numbers.

A title says that a name follows. Some titles are doubtful: OA is a physician and a worn joint, DR a doctor and a
radiograph, MR a man and a machine. After these a word is taken for a name only if it looks like one and is none of the
words that descriptions are made of; MR, MRS, MS, FR, HR and PD in capitals, without their full stop, are never titles.
"""

import re
from collections.abc import Iterator
from functools import cache

from adit_uploader.deid.everyday import everyday_words, given_names
from adit_uploader.deid.spelling import MONTH_NAMES, folded
from adit_uploader.deid.words import vocabulary

_START, _END = r"(?<![^\W_])", r"(?![^\W_])"
_SURE = (
    r"(?:univ\.?[\s-]*)?(?:prof|professor|professorin)|dres|dr|doctor|doktor|doktorin|frau|herrn?|hrn|miss|mister|madame|"
    r"monsieur|mme"
)
_SHORT = r"sr|fr|hr|mrs|mr|ms|pd|priv\.?-?doz"
_CLINICAL = r"(?:ltd\.?\s*)?(?:OÄ|OA|CÄ|CA|FÄ|FA|AÄ|AA|MTRA|MTAR|MTA|MTR|MFA|Ass\.?(?:arzt)?)"
_ROLES = (
    r"(?:(?:ober|chef|assistenz|haus|fach|stations|unfall|not|amts)?(?:arzt|ärztin|aerztin)|radiolog(?:e|in|ist)|"
    r"(?:ein|zu|über|ueber)weiser(?:in)?|untersucher(?:in)?|befunder(?:in)?|operateur(?:in)?|schwester|pfleger(?:in)?|"
    r"physician|technologist|technician|nurse|surgeon|operator|(?:read|performed|dictated|signed|referred|reported|reviewed)\s+by|"
    r"geb\.|geborene?r?|née|gez(?:eichnet)?|i\.\s?a|attn|c/o|durchgeführt\s+von|befundet\s+von|erstellt\s+von)"
)
_DEGREE = r"(?:med|dent|rer|nat|phil|habil|h\.?\s?c|vet|univ|dipl)"
_TITLE = re.compile(
    rf"{_START}(?:(?P<sure>{_SURE})|(?P<short>{_SHORT})|(?P<clinical>(?-i:{_CLINICAL})))(?P<stop>\.)?{_END}"
    rf"|{_START}(?P<role>{_ROLES}){_END}",
    re.IGNORECASE,
)
_MORE_TITLES = re.compile(rf"(?:[\s.,_-]*(?:{_SURE}|{_DEGREE}){_END}\.?)*", re.IGNORECASE)
_GAP = re.compile(r"[\s_.]*:?[\s_]*")
_PARTICLES = re.compile(r"(?:(?:von|van|vom|v\.|zu|zur|zum|de|der|den|di|la|le|el|al|ter)\b[\s.,]*)+", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_](?:\.[\s-]*|\s+(?=[^\W\d_]{2})))*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*(?:['’]s\b)?")
_AGAIN = re.compile(r"[ \t_]+(?:[^\W\d_]\.[ \t]*)?|\s*[/&]\s*")
_COMMA = re.compile(r",\s*")
_BEFORE = re.compile(
    r"(?P<name>[^\W\d_a-zäöüß][^\W\d_]*(?:-[^\W\d_]+)*),\s*"
    r"(?:(?:Prof|Dr|PD|Fr|Hr|Mrs?|Ms)\b\.?\s*)+(?:med\b\.?)?(?=\s*(?:$|[,;)/\n]))"
)
_CARET = re.compile(rf"{_START}[^\W\d_]{{2,}}['’\w-]*\^[^\W\d_]{{2,}}['’\w^.-]*")
_NO_NAMES = frozenset(
    {"und", "and", "oder", "or", "mit", "with", "in", "im", "am", "vom", "bei", "for", "on", "at", "is", "ist", "hat"}
    | {"was", "wegen", "der", "die", "das", "dem", "den", "des", "the", "zum", "zur", "nach", "aus", "von", "of", "to"}
    | {"has", "klagt", "kommt", "wird", "war", "wurde", "gab", "nicht", "kein", "keine", "als", "seit", "zeigt"}
)

_MAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_UID = r"(?<![\d.])[0-2](?:\.(?:0|[1-9]\d*)){5,}(?![\d.])"
_PHONE = (
    r"(?<![^\W_])(?:tel(?:efon|ephone)?|phone|fon|fax|mobil(?:e|funk)?|handy|cell|durchwahl|pager|piepser|funk)\b[\s.:#-]*(?:nr\.?|no\.?)?"
    r"[\s.:]*\+?\(?\d[\d\s/().-]{1,20}\d"
    r"|(?<![\w+])(?:\+|00)[1-9]\d{0,2}[\s/(.-]{1,2}\d[\d\s/().-]{5,16}\d"
)
_STREET = (
    r"(?<![^\W_])(?:[^\W\d_]+[ -])?[^\W\d_]*(?:str\.|stra(?:ß|ss)e|allee|gasse)\s?\d{1,4}\s?[a-z]?\b"
    r"(?:[,\s]+(?:D-)?\d{5}\s+[^\W\d_]+)?"
    r"|(?<![^\W_])\d{1,5}\s(?-i:(?:[A-Z][a-z]+\s){1,2}(?:Street|Road|Avenue|Lane|Drive|St|Rd|Ave)\b\.?)"
)
_INSURED = r"(?<![^\W_])[A-Z]\d{9}(?![^\W_])"  # the number of a health insurance card (Germany)
_OLD_AGE = (
    r"(?<![\d.,])(?:9\d|1[0-3]\d)[\s-]*(?:j(?:ä|ae)hrige?[rnsm]?|jahre?n?|j\.|years?(?:[\s-]*old)?|y/?o\b|y\.o\.|yrs?\b)"
    r"(?:[\s-]*(?:alte?[rnsm]?|old)\b)?"
)
REACHES_SOMEONE = re.compile("|".join((_MAIL, _UID, _PHONE, _STREET, _INSURED, _OLD_AGE)), re.IGNORECASE)

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:18|19|20)\d{2}"
_NAMED = rf"(?:{MONTH_NAMES})"
_CLOCK = r"(?:[T\s,]{1,2}(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:\s?(?:uhr|h|am|pm|z|[+-]\d\d:?\d\d)\b)?)?"
_DATE = (
    rf"(?:{_YEAR}[-./_]{_MONTH}[-./_]{_DAY}(?!\d){_CLOCK}"
    rf"|{_DAY}[-./_]\s?{_DAY}[-./_]\s?(?:{_YEAR}|\d{{2}})(?![.\d]){_CLOCK}"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{{4}}(?:\d{{2}}(?:\.\d+)?)?)?(?!\d){_CLOCK}"
    rf"|{_DAY}(?:st|nd|rd|th|\.)?\s?-?(?:of\s)?{_NAMED}\b\.?,?\s?-?'?(?:{_YEAR}|\d{{2}}(?!\d)){_CLOCK}"
    rf"|{_DAY}\.?\s?{_NAMED}{_YEAR}"
    rf"|\b{_NAMED}\b\.?\s?{_DAY}(?:st|nd|rd|th)?,?\s?{_YEAR}"
    rf"|\b{_NAMED}\b\.?,?[\s-]?{_YEAR}(?!\d)"
    rf"|{_MONTH}[/-]{_YEAR}(?![\d./-])|{_YEAR}-(?:0[1-9]|1[0-2])(?![\d./-])"
    r"|(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.(?=\s|$|[,;)]))"
)
ANY_DATE = re.compile(rf"(?<![\d.]){_DATE}(?!\d)", re.IGNORECASE)
_BIRTH = re.compile(
    rf"(?<![^\W_])((?:geb(?:oren|urtsdatum|\.?-?dat(?:um)?)?|born|dob|d\.o\.b|birth\s?-?da(?:te|y)|date\sof\sbirth|\*)"
    rf"[.:]*(?:\s(?:am|on))?)[\s.:]*{_DATE}(?!\d)",
    re.IGNORECASE,
)


def without_strangers(text: str) -> str:
    """The text without the names that follow titles and roles, what is written as Family^Given, and dates of birth."""
    text = _BIRTH.sub(r"\1 ", text)
    text = _CARET.sub(" ", text)
    text = _BEFORE.sub(lambda match: " " if _looks_like_name(match["name"]) else match[0], text)
    parts, at = [], 0
    for start, end in _names(text):
        if start >= at:
            parts += [text[at:start], " "]
            at = end
    return "".join([*parts, text[at:]])


def _names(text: str) -> Iterator[tuple[int, int]]:
    """Where the names are, with the titles before them."""
    for title in _TITLE.finditer(text):
        at = _MORE_TITLES.match(text, title.end()).end()  # type: ignore[union-attr]  # matches the empty text too
        several = at > title.end()
        end = _name_end(text, at, title, several=several)
        if end is not None:
            yield (title.end() if title["role"] else title.start()), end


def _name_end(text: str, at: int, title: re.Match[str], *, several: bool) -> int | None:
    """Where the name behind a title ends; None where none is."""
    for gap in (_GAP, _PARTICLES, _INITIALS):
        found = gap.match(text, at)
        at = found.end() if found else at
    word = _WORD.match(text, at)
    if word is None or not _may_follow(title, word[0], several=several):
        return None
    end, count = word.end(), 1
    while count < 4:
        between = _AGAIN.match(text, end)
        after = _WORD.match(text, between.end()) if between else None
        comma = _COMMA.match(text, end)
        given = _WORD.match(text, comma.end()) if comma else None
        if after and _looks_like_name(after[0]) and (count == 1 or _is_given(word[0])):
            word = after
        elif given and _is_given(given[0]):
            word = given
        else:
            break
        end, count = word.end(), count + 1
    return end


def _may_follow(title: re.Match[str], word: str, *, several: bool) -> bool:
    """Whether a word after this title is a name."""
    text, stop = title[0].rstrip("."), bool(title["stop"])
    low = word.casefold()
    if low in _NO_NAMES or (len(word) == 1 and word.isascii()):
        return False
    capitals = text.isupper() and len(text) > 1
    if title["sure"] and (stop or several or text.casefold() != "dr" or not capitals):
        return word[0].isupper() or not text[0].isupper() or stop
    if title["short"]:
        return stop or several or (not capitals and text[0].isupper() and _looks_like_name(word))
    return _looks_like_name(word)


def _looks_like_name(word: str) -> bool:
    """Capitalised, three letters or more, and no word of descriptions."""
    return len(word) >= 3 and word[0].isupper() and not any(folded(one) & _terms() for one in re.split(r"['’-]", word))


def _is_given(word: str) -> bool:
    return word[0].isupper() and bool(folded(word) & given_names())


@cache
def _terms() -> frozenset[str]:
    return vocabulary() | everyday_words()
