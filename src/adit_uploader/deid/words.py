"""Words that are no one's name: DICOM's own vocabulary, titles, particles."""

import re
from functools import cache

from adit_uploader.deid.everyday import professional_words
from adit_uploader.standard.words import standard_words

WORD = re.compile(r"[^\W_]+")
_LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")

HASH_LENGTH = 24

TITLES = frozenset(
    {"dr", "dres", "prof", "professor", "doctor", "doktor", "med", "dent", "phil", "nat", "rer", "habil", "dipl", "pd"}
    | {"frau", "herr", "herrn", "fr", "hr", "mr", "mrs", "ms", "miss", "mister", "sir", "md", "phd", "jr", "sr"}
)
PARTICLES = frozenset(
    {"von", "van", "vom", "zum", "zur", "den", "der", "de", "di", "da", "du", "del", "des", "dos", "la", "le", "el"}
    | {"al", "bin", "ibn", "ben", "zu", "af", "av", "und", "and", "of", "the", "st"}
)
# Names that stand for no person, and body parts, sides and devices that descriptions are made of.
_COMMON = frozenset(
    {"anon", "anonym", "anonymized", "anonymised", "anonymous", "pseudonym", "pseudonymized", "deidentified", "removed"}
    | {"unknown", "unbekannt", "none", "null", "name", "vorname", "nachname", "no", "not", "patient", "patientin"}
    | {"test", "tester", "phantom", "demo", "sample", "subject", "proband", "person", "case", "fall", "study"}
    | {"male", "female", "other", "axial", "coronal", "sagittal", "chest", "abdomen", "pelvis", "spine", "neck", "knee"}
    | {"hip", "hand", "foot", "arm", "leg", "heart", "liver", "lung", "kidney", "brain", "skull", "whole", "body"}
    | {"kopf", "hals", "thorax", "becken", "knie", "herz", "leber", "lunge", "niere", "links", "rechts", "schulter"}
    | {
        "contrast",
        "native",
        "nativ",
        "localizer",
        "scout",
        "topogram",
        "recon",
        "head",
        "primary",
        "original",
        "derived",
    }
    | {
        "norm",
        "flash",
        "haste",
        "space",
        "blade",
        "vibe",
        "dixon",
        "grace",
        "care",
        "propeller",
        "trufi",
        "fast",
        "spin",
    }
    | {"adc", "mip", "mpr", "sub", "dis", "mag", "ffe", "tse", "map", "add", "mean", "bone", "soft", "sharp"}
)


@cache
def vocabulary() -> frozenset[str]:
    """Lower-case words of the names of all elements and UIDs of the standard, and words of everyday descriptions."""
    return standard_words() | professional_words() | _COMMON | TITLES | PARTICLES


def pieces(text: str) -> list[str]:
    """Runs of letters and runs of digits: ``MEIER_12CT`` is MEIER, 12, CT.

    A long run of both (a hash, such as a pseudonym) stays one piece: the letters between its digits are no words.
    """
    return [text[start:end] for start, end in spans(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where the pieces of a text begin and end."""
    found: list[tuple[int, int]] = []
    for word in WORD.finditer(text):
        if len(word[0]) >= HASH_LENGTH and not word[0].isalpha():
            found.append(word.span())
        else:
            found.extend(run.span() for run in _LETTERS_OR_DIGITS.finditer(text, *word.span()))
    return found
