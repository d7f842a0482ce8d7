"""A clinic for the tests of the pages."""

from collections.abc import Iterator

import pytest

from tests.e2e.pages.site import Site, open_site


@pytest.fixture(scope="module")  # the browser has a loop of events in this thread, which others must not find
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("pages")) as opened:
        yield opened


@pytest.fixture
def own_contexts(site: Site) -> Iterator[Site]:
    """The site; every browser window that a test has opened is closed at its end."""
    yield site
    for context in site.browser.contexts:
        context.close()
