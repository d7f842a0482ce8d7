"""Takes the pictures of the receiver's pages: light and dark, English and German, and at the width of a phone.

    python -m tests.e2e.pages.pictures docs/pictures/pages

A real receiver, a real Chromium; the jobs on them are the specimens.
"""

import sys
import tempfile
from pathlib import Path

from tests.e2e.pages.site import Site, jobs_by_state, open_site
from tests.parts.browser import DESKTOP, PHONE, Scheme, look

VIEWS: tuple[tuple[str, Scheme, tuple[int, int], str], ...] = (
    ("light", "light", DESKTOP, "en-GB"),
    ("dark", "dark", DESKTOP, "en-GB"),
    ("light-de", "light", DESKTOP, "de-DE"),
    ("phone-de", "light", PHONE, "de-DE"),
    ("phone-dark", "dark", PHONE, "en-GB"),
)


def take_all(site: Site, out: Path) -> None:
    """Writes ``PAGE-VIEW.png``."""
    out.mkdir(parents=True, exist_ok=True)
    for name, scheme, size, language in VIEWS:
        page = site.open("/login/", language=language)
        look(page, scheme, size)
        page.screenshot(path=out / f"login-{name}.png", full_page=True)
        page = site.open("/login/", user="olga", language=language)
        look(page, scheme, size)
        jobs = jobs_by_state(page)
        page.goto(jobs["WA"])
        task = page.locator("#rows a").last.get_attribute("href")
        for picture, address in (
            ("jobs", "/jobs/"),
            ("job-running", jobs["IP"]),
            ("job-warning", jobs["WA"]),
            ("job-waiting", jobs["PE"]),
            ("job-failed", jobs["FA"]),
            ("task", task or ""),
            ("results", f"{jobs['WA']}results/"),
            ("cancel", f"{jobs['PE']}cancel/"),
            ("tokens", "/tokens/"),
            ("help", "/help/"),
            ("not-found", "/nothing/"),
        ):
            page.goto(address)
            page.screenshot(path=out / f"{picture}-{name}.png", full_page=True)
        page.context.close()


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, open_site(Path(folder)) as site:
        take_all(site, Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
