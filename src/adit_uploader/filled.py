"""Texts for people that values stand in, and that can still be said in another language."""

from typing import Self


class Filled(str):
    """A text made of a sentence and values. Whoever speaks another language translates the sentence and fills it again.

    Attributes:
        sentence: with ``{name}`` where a value stands.
        values: by their names. One named ``why`` is what the system says of a failure (``OSError.strerror``).
    """

    __slots__ = ("sentence", "values")

    sentence: str
    values: dict[str, str | int]

    def __new__(cls, sentence: str, **values: str | int) -> Self:
        made = super().__new__(cls, sentence.format(**values))
        made.sentence = sentence
        made.values = values
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return _filled, (self.sentence, self.values)


class ReceiversWords(str):
    """What a receiver says, in English, with the code that belongs to it: for that each language has its own words."""

    __slots__ = ("code",)

    code: str

    def __new__(cls, text: str, code: str) -> Self:
        made = super().__new__(cls, text)
        made.code = code
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return ReceiversWords, (str(self), self.code)


def _filled(sentence: str, values: dict[str, str | int]) -> Filled:
    return Filled(sentence, **values)


def system_says(error: OSError) -> str:
    """What the system says of it, a few words."""
    return error.strerror or type(error).__name__
