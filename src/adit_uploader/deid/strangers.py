"""What names or reaches a person in a text, without our knowing the person: titles, roles, phones, addresses, numbers.

A title says that a name follows. Some titles are doubtful: OA is a physician and a worn joint, DR a doctor and a
radiograph, MR a man and a machine. After these a word is taken for a name only if it looks like one and is none of the
words that descriptions are made of; MR, MRS, MS, FR, HR and PD in capitals, without their full stop, are never titles.

Few texts hold any of this: what is asked first is cheap, and no expression is compiled before a text may need it.
"""

import re
from collections.abc import Iterator
from functools import cache

from adit_uploader.deid.everyday import everyday_words, given_names
from adit_uploader.deid.spelling import MONTH_NAMES, folded
from adit_uploader.deid.words import vocabulary

_MAX_WORDS = 4  # of a name
_MIN_DOTS, _MIN_DIGITS, _MIN_INSURED = 5, 5, 9

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
_TITLE = (
    rf"{_START}(?:(?P<sure>{_SURE})|(?P<short>{_SHORT})|(?P<clinical>(?-i:{_CLINICAL})))(?P<stop>\.)?{_END}"
    rf"|{_START}(?P<role>{_ROLES}){_END}"
)
_MORE_TITLES = rf"(?:[\s.,_-]*(?:{_SURE}|{_DEGREE}){_END}\.?){{0,6}}"
_GAP = r"[\s_.]*:?[\s_]*"
_PARTICLES = r"(?:(?:von|van|vom|v\.|zu|zur|zum|de|der|den|di|la|le|el|al|ter)\b[\s.,]*)+"
_INITIALS = r"(?:[^\W\d_](?:\.[\s-]*|\s+(?=[^\W\d_]{2})))*"
_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*(?:['’]s\b)?"
_AGAIN = r"[ \t_]+(?:[^\W\d_]\.[ \t]*)?|\s*[/&]\s*"
_COMMA = r",\s*"
_BEFORE = (
    r"(?P<name>[^\W\d_a-zäöüß][^\W\d_]{0,63}(?:-[^\W\d_]{1,64}){0,2}),\s*"
    r"(?:(?:Prof|Dr|PD|Fr|Hr|Mrs?|Ms)\b\.?\s*)+(?:med\b\.?)?(?=\s*(?:$|[,;)/\n]))"
)
_CARET = rf"{_START}[^\W\d_]{{2,64}}['’\w-]{{0,64}}\^[^\W\d_]{{2,}}['’\w^.-]*"
_NO_NAMES = frozenset(
    {"und", "and", "oder", "or", "mit", "with", "in", "im", "am", "vom", "bei", "for", "on", "at", "is", "ist", "hat"}
    | {"was", "wegen", "der", "die", "das", "dem", "den", "des", "the", "zum", "zur", "nach", "aus", "von", "of", "to"}
    | {"has", "klagt", "kommt", "wird", "war", "wurde", "gab", "nicht", "kein", "keine", "als", "seit", "zeigt"}
)

_MAIL = r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
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
_STREET_WORDS = ("str", "allee", "gasse", "road", "avenue", "lane", "drive", " st", " rd", " ave")

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
_ANY_DATE = rf"(?<![\d.]){_DATE}(?!\d)"
_MAYBE_DATE = (
    r"\d{4}|\d[-./_]\s?\d\d?[-./_]"
    r"|\d(?:st|nd|rd|th|\.)?\s?-?(?:of\s)?(?:jan|feb|m[aä]|mrz|apr|jun|jul|aug|sep|o[ck]t|nov|de[cz])"
)
_BIRTH = (
    rf"(?<![^\W_])((?:geb(?:oren|urtsdatum|\.?-?dat(?:um)?)?|born|dob|d\.o\.b|birth\s?-?da(?:te|y)|date\sof\sbirth|\*)"
    rf"[.:]*(?:\s(?:am|on))?)[\s.:]*{_DATE}(?!\d)"
)
_BIRTH_WORDS = ("geb", "born", "dob", "d.o.b", "birth", "*")
_TITLE_WORDS = frozenset(
    {"univ", "prof", "professor", "professorin", "dres", "dr", "doctor", "doktor", "doktorin", "frau", "herr", "herrn"}
    | {"hrn", "miss", "mister", "madame", "monsieur", "mme", "sr", "fr", "hr", "mrs", "mr", "ms", "pd", "priv", "ass"}
    | {"oä", "oa", "cä", "ca", "fä", "fa", "aä", "aa", "mtra", "mtar", "mta", "mtr", "mfa", "by", "gez", "gezeichnet"}
    | {"geb", "geborene", "geborener", "née", "radiologe", "radiologin", "radiologist", "untersucher", "untersucherin"}
    | {"befunder", "befunderin", "operateur", "operateurin", "schwester", "pfleger", "pflegerin", "physician", "nurse"}
    | {"technologist", "technician", "surgeon", "operator", "attn", "durchgeführt", "befundet", "erstellt"}
)
_TITLE_ENDS = ("arzt", "ärztin", "aerztin", "weiser", "weiserin")
_TITLE_SIGNS = ("i.a", "i. a", "c/o")
_NO_TITLES = frozenset({"MR", "MRS", "MS", "FR", "HR", "PD", "SR"})  # in capitals, without their full stop


def without_strangers(text: str) -> str:
    """The text without the names that follow titles and roles, what is written as Family^Given, and dates of birth."""
    lower = text.lower()
    if any(word in lower for word in _BIRTH_WORDS):
        text = re.sub(_BIRTH, r"\1 ", text, flags=re.IGNORECASE)
    if "^" in text:
        text = re.sub(_CARET, " ", text)
    if not _has_title(text, lower):
        return text
    text = re.sub(_BEFORE, lambda match: " " if _looks_like_name(match["name"]) else match[0], text)
    parts, at = [], 0
    for start, end in _names(text):
        if start >= at:
            parts += [text[at:start], " "]
            at = end
    return "".join([*parts, text[at:]])


def without_contacts(text: str) -> str:
    """The text without mail addresses, UIDs, phone and insurance numbers, streets, and ages over 89 years."""
    lower = text.lower()
    digits = sum(map(str.isdigit, text))
    wanted = (
        (_MAIL, "@" in text),
        (_UID, text.count(".") >= _MIN_DOTS),
        (_PHONE, digits >= _MIN_DIGITS),
        (_INSURED, digits >= _MIN_INSURED),
        (_STREET, digits and any(word in lower for word in _STREET_WORDS)),
        (_OLD_AGE, digits > 1 and ("j" in lower or "y" in lower)),
    )
    for pattern, needed in wanted:
        if needed:
            text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
    return text


def without_dates(text: str) -> str:
    """The text without any date."""
    if not re.search(_MAYBE_DATE, text, re.IGNORECASE):
        return text
    return re.sub(_ANY_DATE, " ", text, flags=re.IGNORECASE)


def _has_title(text: str, lower: str) -> bool:
    if any(sign in lower for sign in _TITLE_SIGNS):
        return True
    for word in re.findall(r"[^\W\d_]+", text):
        low = word.casefold()
        known = low in _TITLE_WORDS or low.endswith(_TITLE_ENDS)
        if known and (word not in _NO_TITLES or f"{word}." in text):
            return True
    return False


def _names(text: str) -> Iterator[tuple[int, int]]:
    """Where the names are, with the titles before them."""
    for title in re.compile(_TITLE, re.IGNORECASE).finditer(text):
        at = _after(_MORE_TITLES, text, title.end())
        end = _name_end(text, at, title, several=at > title.end())
        if end is not None:
            yield (title.end() if title["role"] else title.start()), end


def _after(pattern: str, text: str, at: int) -> int:
    """Where a match of the pattern ends, which begins there; the same place where there is none."""
    match = re.compile(pattern, re.IGNORECASE).match(text, at)
    return match.end() if match else at


def _name_end(text: str, at: int, title: re.Match[str], *, several: bool) -> int | None:
    """Where the name behind a title ends; None where none is."""
    for gap in (_GAP, _PARTICLES, _INITIALS):
        at = _after(gap, text, at)
    word = re.compile(_WORD).match(text, at)
    if word is None or not _may_follow(title, word[0], several=several):
        return None
    count = 1
    while count < _MAX_WORDS:
        end = word.end()
        after = re.compile(_WORD).match(text, _after(_AGAIN, text, end))
        given = re.compile(_WORD).match(text, _after(_COMMA, text, end))
        if after and after.start() > end and _looks_like_name(after[0]) and (count == 1 or _is_given(word[0])):
            word = after
        elif given and given.start() > end and _is_given(given[0]):
            word = given
        else:
            break
        count += 1
    return word.end()


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
