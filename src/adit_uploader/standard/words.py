"""The words that the standard's own names are made of. The data is generated (resources/standard)."""

import json
from functools import cache
from pathlib import Path


@cache
def standard_words() -> frozenset[str]:
    """Lower-case words of the names of all elements and UIDs."""
    return frozenset(json.loads(Path(__file__).with_name("words.json").read_bytes()))
