"""What the administrator's documents quote are files of ``installer/``, word for word: those are tried and packaged."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
QUOTED = re.compile(r"^```\w+ (installer/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = ("systemd", "nginx", "adit")


@pytest.mark.parametrize("document", ["standalone.md", "adit.md"])
def test_documents_quote_the_files(document: str) -> None:
    quotes = QUOTED.findall((ROOT / "docs" / "admin" / document).read_text("utf-8"))
    assert quotes
    for name, text in quotes:
        assert text == (ROOT / name).read_text("utf-8"), name


def test_every_example_is_quoted_somewhere() -> None:
    documents = "".join(path.read_text("utf-8") for path in (ROOT / "docs" / "admin").glob("*.md"))
    quoted = {name for name, _ in QUOTED.findall(documents)}
    files = [path for folder in EXAMPLES for path in (ROOT / "installer" / folder).iterdir()]
    assert {str(path.relative_to(ROOT)) for path in files} == quoted


def test_the_workers_unit_differs_from_the_web_servers_in_two_lines() -> None:
    units = [(ROOT / "installer" / "systemd" / f"adit-receiver-{kind}@.service") for kind in ("web", "worker")]
    web, worker = (unit.read_text("utf-8").splitlines() for unit in units)
    assert len(web) == len(worker)
    assert sum(one != other for one, other in zip(web, worker, strict=True)) == 2
