"""A receiver with its pages, an Orthanc behind it, a Chromium before it, and the real upload program beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.parts.browser import DESKTOP, open_chromium
from tests.parts.orthanc import Orthanc, start_orthanc
from tests.parts.receiver import Receiver, running_receiver

PASSWORD = "correct horse battery"
SPECIMENS = Path(__file__).parents[3] / "resources" / "pictures" / "page_specimens.py"
SET_UP = """
exec(compile(open({specimens!r}).read(), {specimens!r}, "exec"))
make_specimens({password!r})
Destination.objects.filter(name="PACS").update(ae_title={ae_title!r}, host={host!r}, port={port!r})
"""


@dataclass(frozen=True)
class Site:
    """What a clinic has. All passwords are ``PASSWORD``; olga has jobs in all states, rita has just begun."""

    receiver: Receiver
    orthanc: Orthanc
    browser: Browser

    def open(self, address: str = "/", *, user: str = "", language: str = "en-GB") -> Page:
        """A browser of its own, with nobody's cookies; signed in by the login page if a user is named."""
        width, height = DESKTOP
        context = self.browser.new_context(
            base_url=self.receiver.url, locale=language, viewport={"width": width, "height": height}
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(address)
        if user:
            log_in(page, user)
        return page


def log_in(page: Page, user: str, password: str = PASSWORD) -> None:
    """Fills the login page in."""
    page.locator("#id_username").fill(user)
    page.locator("#id_password").fill(password)
    page.locator("main form button").click()


@contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    """All of it, running; ended when the block is left."""
    expect.set_options(timeout=60_000)  # as long as a busy machine needs; nothing waits for longer than it has to
    with (
        start_orthanc(folder / "orthanc") as orthanc,
        running_receiver(folder / "receiver") as receiver,
        open_chromium() as browser,
    ):
        facts = {"ae_title": orthanc.ae_title, "host": orthanc.host, "port": orthanc.dicom_port}
        script = SET_UP.format(specimens=str(SPECIMENS), password=PASSWORD, **facts)
        made = receiver.command("manage", "shell", "-c", script)
        assert made.returncode == 0, made.stderr
        yield Site(receiver, orthanc, browser)


def jobs_by_state(page: Page) -> dict[str, str]:
    """Addresses of the jobs on the job list, by ADIT's code of their state."""
    rows = page.locator("#live tr")
    rows.first.wait_for()
    return dict(
        rows.evaluate_all(
            "rows => rows.map(r => [r.querySelector('.state').className.slice(-2), r.querySelector('a').pathname])"
        )
    )
