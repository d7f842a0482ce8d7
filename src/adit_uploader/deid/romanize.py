"""Cyrillic and Greek words in Latin letters, as passports and people write them.

Source: ICAO Doc 9303 part 3 section 6 (passports), BGN/PCGN (English), the German custom; ELOT 743 for Greek.
"""

import unicodedata


def _table(*pairs: str) -> dict[int, str]:
    """Letters as ``а=a``; later ones go before."""
    return {ord(pair[0]): pair[2:] for text in pairs for pair in text.split()}


_PASSPORT = (
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh "
    "щ=shch ъ=ie ы=y ь= э=e ю=iu я=ia і=i ї=i є=ie ґ=g"
)
_GREEK = "α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o"
_TABLES = (
    _table(_PASSPORT),
    _table(_PASSPORT, "й=y ъ= ю=yu я=ya ї=yi є=ye"),
    _table(_PASSPORT, "в=w ж=sch з=s й=j х=ch ц=z ч=tsch ш=sch щ=schtsch ъ= ю=ju я=ja ё=jo"),
    _table(_GREEK),
    _table(_GREEK, "β=b φ=ph χ=h"),
)
_OU = "ου"


def romanized(word: str) -> frozenset[str]:
    """A casefolded word in Latin letters, in every usual way; nothing where it is of another script."""
    plain = "".join(letter for letter in unicodedata.normalize("NFD", word) if letter in "\u0306" or letter.isalpha())
    plain = unicodedata.normalize("NFC", plain)  # й keeps its breve, Greek vowels lose their accents
    spelled = {
        text.translate(table)
        for table in _TABLES
        for text in (plain, plain.replace(_OU, "u"), plain.replace(_OU, "ou"))
    }
    return frozenset(text for text in spelled if text.isascii() and text)
