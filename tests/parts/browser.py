"""A real browser: Debian's Chromium, driven by Playwright, with axe-core to judge what it shows."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

DESKTOP = (1180, 800)
PHONE = (360, 740)
Scheme = Literal["light", "dark"]
_OF_COLOURS = ("color-contrast", "link-in-text-block")
_OF_LAYOUT = ("target-size", "scrollable-region-focusable", "aria-hidden-focus", "bypass", "meta-viewport")
VIEWS: tuple[tuple[Scheme, tuple[int, int], tuple[str, ...]], ...] = (
    ("light", DESKTOP, ()),
    ("dark", DESKTOP, _OF_COLOURS),
    ("light", PHONE, _OF_LAYOUT),
)


class BrowserMissingError(Exception):
    """Chromium is not installed."""

    def __init__(self) -> None:
        super().__init__("These tests need a real Chromium. Install it: apt-get install chromium")


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """The browser, without a window.

    Raises:
        BrowserMissingError: it is not installed.
    """
    binary = shutil.which("chromium")
    if binary is None:
        raise BrowserMissingError
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary)
        try:
            yield browser
        finally:
            browser.close()


def look(page: Page, scheme: Scheme, size: tuple[int, int]) -> None:
    """Shows the page so."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})


def complaints(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core has against the page as it is shown, and whether it is wider than its window.

    Args:
        rules: judge by these alone; all if empty.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    only = {"runOnly": list(rules)} if rules else {}
    result = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **only})
    found = [
        f"{violation['id']}: {' '.join(node['target'])}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("the page is wider than its window")
    return found


def complaints_in_all_views(page: Page) -> list[str]:
    """The same in light and dark, and at the width of a phone; in the latter two by what can differ there."""
    found = []
    for scheme, size, rules in VIEWS:
        look(page, scheme, size)
        found += [f"{page.url} {scheme} {size[0]}: {each}" for each in complaints(page, rules)]
    look(page, "light", DESKTOP)
    return found
