"""The words that the standard's own names are made of. The data is generated (resources/standard)."""

import json
from functools import cache
from importlib.resources import files


@cache
def standard_words() -> frozenset[str]:
    """Lower-case words of the names of all elements and UIDs."""
    return frozenset(json.loads(files(__package__).joinpath("words.json").read_bytes()))
