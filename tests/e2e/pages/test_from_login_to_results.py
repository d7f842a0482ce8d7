"""What people do on the pages, in a real browser, with the real upload program and a real Orthanc."""

import csv
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages.site import PASSWORD, Site, log_in
from tests.parts.program import Machine
from tests.parts.tables import Tables

SAME_DOCUMENT = "window.sameDocument = true"
WATCH = """
window.shown = new Set();
const read = () => {
  const found = /([0-9,]+) delivered/.exec(document.querySelector("#live").textContent);
  if (found) window.shown.add(found[1]);
};
new MutationObserver(read).observe(document.querySelector("main"), {childList: true, subtree: true});
read();
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "home")


@contextmanager
def uploading(
    site: Site, machine: Machine, studies: Path, token: Path, *options: str
) -> Iterator["Future[CompletedProcess[str]]"]:
    """The real program at work in the background; waited for at the end."""
    server = (
        "--server",
        site.receiver.url,
        "--insecure-loopback",
        "--token-file",
        token,
        "--key-list",
        machine.home.parent / "key.csv",
    )
    with ThreadPoolExecutor(1) as background:
        yield background.submit(
            machine.run, "upload", studies, *server, "--destination", "PACS", "--mode", "internal", *options
        )


def new_token(page: Page, path: Path) -> Path:
    """Makes a token on the page, as a user does, and keeps it in a file for the command line."""
    page.get_by_role("link", name="Tokens").click()
    page.get_by_label("What is it for?").fill("Reading room")
    page.get_by_role("button", name="Make a token").click()
    path.write_text(page.get_by_label("Token", exact=True).input_value())
    return path


@contextmanager
def suspended(site: Site) -> Iterator[Callable[[], None]]:
    """Nothing is delivered before somebody watches, however slow this machine is; gives what lets it go on."""
    tables = Tables(site.receiver)
    tables.set_policy(suspended=True)
    try:
        yield partial(tables.set_policy, suspended=False)
    finally:
        tables.set_policy(suspended=False)


def test_from_a_wrong_password_to_the_results_of_an_upload_that_was_watched(
    own_contexts: Site, machine: Machine, studies: Path, tmp_path: Path
) -> None:
    site = own_contexts
    page = site.open("/jobs/")
    log_in(page, "rita", "wrong password")
    expect(page.get_by_role("alert")).to_be_visible()
    log_in(page, "rita")
    expect(page.get_by_role("link", name="How to begin")).to_be_visible()
    page.get_by_role("link", name="How to begin").click()
    expect(page.locator("ol code").last).to_have_text(site.receiver.url.rstrip("/"))
    token = new_token(page, tmp_path / "token")
    page.get_by_role("link", name="Jobs", exact=True).click()
    page.evaluate(SAME_DOCUMENT)
    with suspended(site) as go_on, uploading(site, machine, studies / "Export_CT", token) as run:
        page.locator("#live a").first.click()  # comes by itself
        page.evaluate(SAME_DOCUMENT)
        page.evaluate(WATCH)
        expect(page.locator("#live")).to_contain_text(re.compile(r"[1-9][0-9]* stored, 0 delivered"))
        go_on()
        expect(page.locator("#live .state")).to_have_text("Success")
        said = run.result()
        assert (
            said.returncode == 0 or "waiting for the destination" in said.stdout + said.stderr
        )  # its patience is short
    assert page.evaluate("window.sameDocument")
    seen = page.evaluate("[...window.shown]")
    assert seen[0] == "0"
    assert len(seen) >= 2, seen  # the figures changed under the eyes of whoever watched
    expect(page.locator("#live")).not_to_have_attribute("data-hx-get", re.compile("."))
    expect(page.locator("#said")).to_contain_text("Success. 1 of 1 studies are done.")
    page.get_by_role("link", name="View results").click()
    with page.expect_download() as plain:
        page.get_by_role("link", name="Download as CSV").click()
    with page.expect_download() as book:
        page.get_by_role("link", name="Download for Excel").click()
    rows = list(csv.DictReader(StringIO(Path(plain.value.path()).read_text(encoding="utf-8-sig"))))
    stored = {study["MainDicomTags"]["StudyInstanceUID"] for study in site.orthanc.get("/studies?expand")}
    assert {row["StudyInstanceUID"] for row in rows} == stored
    assert {row["Pseudonym"] for row in rows} == site.orthanc.patient_ids()
    assert sum(int(row["Delivered"]) for row in rows) == site.orthanc.count()
    copy = tmp_path / "results.xlsx"
    book.value.save_as(copy)
    sheet = load_workbook(copy).active
    assert sheet is not None
    assert [str(cell.value) for cell in sheet[1]] == list(rows[0])
    assert sheet.max_row == len(rows) + 1


def test_what_has_failed_is_tried_again_when_the_destination_is_back(
    own_contexts: Site, machine: Machine, studies: Path, tmp_path: Path
) -> None:
    site = own_contexts
    site.orthanc.stop()
    # JPEG-LS alone, which nobody sends here; what it does not take it counts as unknown
    site.orthanc.options.update(AcceptedTransferSyntaxes=["1.2.840.10008.1.2.4.80"], UnknownSopClassAccepted=False)
    site.orthanc.start()
    site.orthanc.delete_all()
    page = site.open("/login/", user="rita")
    page.locator("#none").wait_for(state="attached")
    before = page.locator("#live tr").count()
    token = new_token(page, tmp_path / "token")
    # other studies than before: what a destination has got already is not sent to it again
    with uploading(site, machine, studies / "Export_MR", token) as run:
        said = run.result()
    page.goto("/jobs/")
    expect(page.locator("#live tr")).to_have_count(before + 1)
    page.locator("#live a").first.click()
    expect(page.locator("#live .state")).to_have_text("Failure")
    assert said.returncode != 0
    expect(page.locator("#rows")).to_contain_text("does not take this kind of object")
    page.locator("#rows a").first.click()
    expect(page.get_by_role("region", name="Log")).to_contain_text("does not take this kind of object")
    site.orthanc.stop()
    site.orthanc.options.clear()
    page.get_by_role("link", name="To the job").click()
    page.get_by_role("link", name="Retry failed").click()
    page.get_by_role("button", name="Retry failed").click()
    page.evaluate(SAME_DOCUMENT)
    expect(page.locator("#rows")).to_contain_text("Waiting for destination PACS")
    site.orthanc.start()
    expect(page.locator("#live .state")).to_have_text("Success")
    assert page.evaluate("window.sameDocument")
    assert site.orthanc.count() > 0


def test_a_locked_receiver_says_so_and_takes_nothing(
    own_contexts: Site, machine: Machine, studies: Path, tmp_path: Path
) -> None:
    site = own_contexts
    page = site.open("/login/", user="rita")
    token = new_token(page, tmp_path / "token")
    chief = site.open("/admin/adit_receiver/receiverpolicy/1/change/", user="chief")
    chief.locator("#id_locked").check()
    chief.locator("input[name=_save]").click()
    chief.locator(".messagelist .success").wait_for()
    page.goto("/jobs/")
    expect(page.get_by_text("Uploads are locked.")).to_be_visible()
    with uploading(site, machine, studies / "Export_MR", token) as run:
        done = run.result()
    assert done.returncode != 0
    assert "locked" in done.stderr + done.stdout
    chief.goto("/admin/adit_receiver/receiverpolicy/1/change/")
    chief.locator("#id_locked").uncheck()
    chief.locator("input[name=_save]").click()
    chief.locator(".messagelist .success").wait_for()
    page.reload()
    expect(page.get_by_text("Uploads are locked.")).to_have_count(0)


def test_a_job_is_canceled_and_deleted_by_the_keyboard_alone(own_contexts: Site) -> None:
    site = own_contexts
    page = site.open("/jobs/?state=PE")
    page.keyboard.type("olga")  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#live a").wait_for()
    reach(page, page.locator("#live a").first)
    page.keyboard.press("Enter")
    page.locator("#action-cancel").wait_for()
    for name, words in (("cancel", "The job was canceled."), ("delete", "The job was deleted.")):
        reach(page, page.locator(f"#action-{name}"))
        page.keyboard.press("Enter")
        page.locator("dl").wait_for()
        expect(page.locator(".btn-danger")).to_be_visible()  # the question
        reach(page, page.locator("main form button"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()
    assert Tables(site.receiver).one("SELECT count(*) FROM adit_receiver_uploadjob WHERE mode = 'fixed'") == 0


def reach(page: Page, wanted: Locator) -> None:
    """Tabs on until the element has the focus, which can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            break
    expect(wanted).to_be_focused()
    assert wanted.evaluate("element => getComputedStyle(element).outlineStyle") != "none"


def test_the_page_keeps_the_focus_when_it_changes_and_says_when_the_server_is_silent(own_contexts: Site) -> None:
    site = own_contexts
    page = site.open("/jobs/?state=IP", user="olga")
    page.locator("#live a").first.click()
    link = page.locator("#rows a").first
    link.focus()
    name = link.get_attribute("id")
    Tables(site.receiver).run(
        "UPDATE adit_receiver_uploadtask SET message = ? WHERE id = ?", "Changed.", int((name or "-")[5:])
    )
    expect(page.locator("#rows")).to_contain_text("Changed.")
    assert page.evaluate("document.activeElement.id") == name
    page.context.set_offline(True)
    expect(page.locator("#stale")).to_contain_text("The server does not answer.")
    page.context.set_offline(False)
    expect(page.locator("#stale")).to_be_hidden()
    page.context.clear_cookies()  # as if the session had ended
    Tables(site.receiver).run(
        "UPDATE adit_receiver_uploadtask SET message = ? WHERE id = ?", "", int((name or "-")[5:])
    )
    expect(page.locator("#id_username")).to_be_visible()


def test_the_pages_speak_german_to_a_german_browser_and_english_by_the_switch(own_contexts: Site) -> None:
    page = own_contexts.open("/login/", language="de-DE")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    log_in(page, "olga")
    expect(page.get_by_role("heading", name="Upload-Aufträge")).to_be_visible()
    expect(page.locator("#live")).to_contain_text(re.compile(r"\d\d\.11\.2026 \d\d:30:00 UTC"))
    page.get_by_role("link", name="Hilfe").click()
    expect(page.get_by_role("heading", name="So fangen Sie an")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="How to begin")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
