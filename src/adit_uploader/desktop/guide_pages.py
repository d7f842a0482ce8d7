"""The guide's pages and pictures, which come with the program: read without a browser and without a network."""

from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable

PAGES = (
    "index",
    "sign-in",
    "drop",
    "check",
    "pseudonyms",
    "held",
    "send",
    "uploads",
    "problems",
    "keyboard",
    "connection",
)
"""In the order in which people need them."""


def pages_of(language: str) -> Traversable:
    """The folder with one language's pages. language: en or de."""
    return resources.files("adit_uploader.desktop").joinpath("guide", language)


def page_text(language: str, page: str) -> str:
    """One page as Markdown."""
    return pages_of(language).joinpath(f"{page}.md").read_text(encoding="utf-8")


def page_titles(language: str) -> Sequence[str]:
    """The heading of each page, in the order of PAGES."""
    return tuple(page_text(language, page).partition("\n")[0].removeprefix("# ").strip() for page in PAGES)


def picture(language: str, name: str) -> bytes:
    """One picture as PNG."""
    return pages_of(language).joinpath("pictures", name).read_bytes()
