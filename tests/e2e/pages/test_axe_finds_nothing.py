"""axe-core finds nothing on any page in any state, in light and dark and at the width of a phone."""

from tests.e2e.pages.site import Site, jobs_by_state
from tests.parts.browser import complaints, complaints_in_all_views
from tests.parts.tables import Tables


def test_axe_finds_nothing_on_any_page(own_contexts: Site) -> None:
    site = own_contexts
    found = complaints_in_all_views(site.open("/login/"))
    wrong = site.open("/login/")
    wrong.locator("#id_username").fill("olga")
    wrong.locator("#id_password").fill("wrong")
    wrong.locator("main form button").click()
    wrong.get_by_role("alert").wait_for()
    found += complaints_in_all_views(wrong)
    olga = site.open("/login/", user="olga")
    olga.goto("/jobs/")
    jobs = jobs_by_state(olga)
    assert sorted(jobs) == ["CA", "FA", "IP", "PE", "SU", "WA"]
    olga.goto(jobs["FA"])
    task = olga.locator("#rows a").first.get_attribute("href")
    olga.goto("/tokens/")
    revoke = olga.locator("tbody a").first.get_attribute("href")
    addresses = [
        *("/jobs/?sort=-state", "/jobs/?q=nothing", "/help/", "/tokens/", revoke or "", *jobs.values(), task or ""),
        *(f"{jobs['SU']}results/", f"{jobs['CA']}results/", f"{jobs['PE']}cancel/", f"{jobs['SU']}cancel/"),
        *("/nothing/", "/health/page/"),  # olga may not see how the server is
    ]
    for address in addresses:
        olga.goto(address)
        found += complaints_in_all_views(olga)
    chief = site.open("/health/page/", user="chief")
    found += complaints_in_all_views(chief)
    Tables(site.receiver).set_policy(locked=True, suspended=True)
    try:
        chief.goto("/jobs/")
        found += complaints_in_all_views(chief)
    finally:
        Tables(site.receiver).set_policy(locked=False, suspended=False)
    rita = site.open("/tokens/", user="rita", language="de-DE")
    rita.locator("#id_name").fill("Raum 7")
    rita.get_by_role("button", name="Token erstellen").click()
    rita.locator("#made").wait_for()
    found += complaints_in_all_views(rita)
    rita.goto("/jobs/")
    found += complaints_in_all_views(rita)
    assert found == []


def test_axe_would_find_something(own_contexts: Site) -> None:
    page = own_contexts.open("/login/")
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.querySelector('h1').outerHTML = '<h4>Log in</h4>'")
    said = " ".join(complaints(page))
    assert "label" in said
    assert "heading" in said
