"""Collects the window's texts into the .ts files, and compiles them into the package.

    python resources/translations/update.py            collect, then compile
    python resources/translations/update.py --compile  compile only

The errors of the rooms below the window carry their English title and message themselves; their classes are walked,
so that the texts stand in one place. New texts come out as ``unfinished``, which a test does not let pass.
"""

import argparse
import importlib
import inspect
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import PySide6

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WINDOW = ROOT / "src" / "adit_uploader" / "desktop"
TOOLS = Path(PySide6.__file__).parent
ERROR_MODULES = (
    "adit_uploader.account.errors",
    "adit_uploader.deid.errors",
    "adit_uploader.dicom.errors",
    "adit_uploader.protocol.errors",
    "adit_uploader.pseudonyms.errors",
    "adit_uploader.transfer.errors",
)
ENGLISH, GERMAN = HERE / "adit-uploader_en.ts", HERE / "adit-uploader_de.ts"


def error_texts() -> list[str]:
    """Title and standing message of every error class, once each."""
    found: dict[str, None] = {}
    for name in ERROR_MODULES:
        for error in classes(name):
            for attribute in ("title", "default_message", "message"):
                text = error.__dict__.get(attribute)
                if isinstance(text, str) and text:
                    found[text] = None
    return list(found)


def classes(module: str) -> Iterator[type]:
    """The exception classes that a module defines."""
    loaded = importlib.import_module(module)
    for _, value in inspect.getmembers(loaded, inspect.isclass):
        if issubclass(value, Exception) and value.__module__ == module:
            yield value


def collect() -> None:
    """Brings the .ts files up to date with the code."""
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "error_texts.py"
        texts.write_text("".join(f"translate('Errors', {text!r})\n" for text in error_texts()), encoding="utf-8")
        sources = [*(str(path) for path in sorted(WINDOW.rglob("*.py"))), str(texts)]
        for target, options in ((ENGLISH, ["-pluralonly"]), (GERMAN, [])):
            run("lupdate", *options, "-no-obsolete", "-locations", "none", *sources, "-ts", str(target))


def compile_texts() -> None:
    """Makes the files that the program loads."""
    for source in (ENGLISH, GERMAN):
        run("lrelease", "-silent", str(source), "-qm", str(WINDOW / "translations" / f"{source.stem}.qm"))


def run(tool: str, *arguments: str) -> None:
    subprocess.run([TOOLS / tool, *arguments], check=True)  # noqa: S603 - Qt's own tools, from the environment


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--compile", action="store_true", help="don't collect")
    if not parser.parse_args().compile:
        collect()
    compile_texts()
    return 0


if __name__ == "__main__":
    sys.exit(main())
