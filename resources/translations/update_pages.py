"""Collects the texts of the receiver's pages into their .po file, and compiles it into the package.

    python resources/translations/update_pages.py            collect, then compile
    python resources/translations/update_pages.py --compile  compile only

No gettext is needed: Babel reads Python, and templates as Django turns them into what gettext would read. New texts
come out empty and changed ones as ``fuzzy``; a test lets neither pass.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
RECEIVER = ROOT / "src" / "adit_receiver"
GERMAN = RECEIVER / "locale" / "de" / "LC_MESSAGES" / "django.po"
_DJANGO = {"gettext_lazy": None, "gettext_noop": None, "pgettext": ((1, "c"), 2), "ngettext_lazy": (1, 2)}
KEYWORDS = {**DEFAULT_KEYWORDS, **_DJANGO}


def texts() -> Iterator[tuple[str, str | tuple[str, ...], str | None]]:
    """(file, text or singular and plural, context) of every text that is to be translated."""
    for path in sorted(RECEIVER.rglob("*.py")):
        if "migrations" not in path.parts:
            yield from _extracted(path, path.read_bytes())
    for path in sorted((RECEIVER / "templates").rglob("*.html")):
        as_python = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        # what is no text comes out as XXX, on lines indented as the template was
        lines = (re.sub(r"^\s+", "", line) for line in as_python.splitlines())
        yield from _extracted(path, "\n".join(lines).encode())


def _extracted(path: Path, source: bytes) -> Iterator[tuple[str, str | tuple[str, ...], str | None]]:
    for _line, text, _comments, context in extract("python", BytesIO(source), KEYWORDS, options={"encoding": "utf-8"}):
        yield path.relative_to(ROOT).as_posix(), text, context


def template() -> Catalog:
    """All texts, untranslated."""
    catalog = Catalog(fuzzy=False)
    for file, text, context in texts():
        catalog.add(text, locations=[(file, 0)], context=context, flags=["python-format"] if _has_gaps(text) else [])
    return catalog


def _has_gaps(text: str | tuple[str, ...]) -> bool:
    return re.search(r"%\(\w+\)[ds]", text if isinstance(text, str) else text[0]) is not None


def german() -> Catalog:
    """The translations as they are in the .po file."""
    with GERMAN.open("rb") as file:
        return read_po(file, locale="de")


def collect() -> None:
    """Brings the .po file up to date with the code."""
    catalog = german() if GERMAN.is_file() else Catalog(locale="de", fuzzy=False)
    catalog.update(template())
    catalog.obsolete.clear()
    catalog.fuzzy = False
    GERMAN.parent.mkdir(parents=True, exist_ok=True)
    GERMAN.write_bytes(_po(catalog))


def _po(catalog: Catalog) -> bytes:
    head = b'msgid ""\nmsgstr ""\n"Language: de\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    head += f'"Plural-Forms: {catalog.plural_forms}\\n"\n\n'.encode()
    file = BytesIO()
    write_po(file, catalog, width=110, omit_header=True, sort_output=True, include_lineno=False, no_location=True)
    return head + file.getvalue().rstrip() + b"\n"


def compiled(catalog: Catalog) -> bytes:
    """The .mo file: what Django reads."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # the same texts, the same file
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--compile", action="store_true", help="don't collect")
    settings.configure()
    if not parser.parse_args().compile:
        collect()
    GERMAN.with_suffix(".mo").write_bytes(compiled(german()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
