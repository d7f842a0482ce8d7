"""Collects the window's texts into the .ts files, and compiles them into the package.

    python resources/translations/update.py            collect, then compile
    python resources/translations/update.py --compile  compile only

The errors of the rooms below the window carry their English title and message themselves; their classes are walked,
so that the texts stand in one place. New texts come out as ``unfinished``, which a test does not let pass.
"""

import argparse
import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import PySide6

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WINDOW = ROOT / "src" / "adit_uploader" / "desktop"
TOOLS = Path(PySide6.__file__).parent
ERROR_MODULES = (
    "adit_uploader.account.department_key",
    "adit_uploader.account.errors",
    "adit_uploader.account.managed",
    "adit_uploader.account.servers",
    "adit_uploader.account.settings",
    "adit_uploader.account.tokens",
    "adit_uploader.account.vault",
    "adit_uploader.diagnostics.bundle",
    "adit_uploader.diagnostics.errors",
    "adit_uploader.deid.blanking.compressed",
    "adit_uploader.deid.blanking.encapsulating",
    "adit_uploader.deid.blanking.native",
    "adit_uploader.deid.blanking.pixels",
    "adit_uploader.deid.encoding",
    "adit_uploader.deid.engine",
    "adit_uploader.deid.errors",
    "adit_uploader.deid.finished",
    "adit_uploader.deid.passing",
    "adit_uploader.deid.reading",
    "adit_uploader.deid.rewrite",
    "adit_uploader.deid.source",
    "adit_uploader.deid.writing",
    "adit_uploader.desktop.stored_jobs",
    "adit_uploader.dicom.archive",
    "adit_uploader.dicom.elements",
    "adit_uploader.dicom.errors",
    "adit_uploader.dicom.header",
    "adit_uploader.dicom.instance",
    "adit_uploader.dicom.pictures.apart",
    "adit_uploader.dicom.pictures.codestream",
    "adit_uploader.dicom.pictures.decoding",
    "adit_uploader.dicom.pictures.display",
    "adit_uploader.dicom.pictures.frames",
    "adit_uploader.dicom.pictures.layout",
    "adit_uploader.dicom.pictures.packbits",
    "adit_uploader.dicom.pictures.palette",
    "adit_uploader.dicom.pictures.render",
    "adit_uploader.dicom.source",
    "adit_uploader.dicom.structure",
    "adit_uploader.dicom.window",
    "adit_uploader.protocol.errors",
    "adit_uploader.pseudonyms.errors",
    "adit_uploader.pseudonyms.key_file",
    "adit_uploader.pseudonyms.key_list",
    "adit_uploader.receiving.errors",
    "adit_uploader.transfer.checks",
    "adit_uploader.transfer.connection",
    "adit_uploader.transfer.errors",
    "adit_uploader.transfer.line_errors",
    "adit_uploader.transfer.offered_profiles",
    "adit_uploader.transfer.problems",
    "adit_uploader.transfer.proxies",
    "adit_uploader.transfer.tls",
    "adit_uploader.transfer.upload",
)
"""The modules whose errors can reach the window. Values stand in texts by ``Filled``, never by f-strings."""

TEXT_NAMES = {"title", "message", "default_message", "default_title"}
ENGLISH, GERMAN = HERE / "adit-uploader_en.ts", HERE / "adit-uploader_de.ts"


def error_texts() -> list[str]:
    """Every fixed text that an error of these modules may carry: class attributes, and what is handed to errors."""
    found: dict[str, None] = {}
    for name in ERROR_MODULES:
        path = ROOT / "src" / Path(*name.split(".")).with_suffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found.update(dict.fromkeys(text for text in texts_of(node) if text))
    return list(found)


def texts_of(node: ast.AST) -> Iterator[str]:
    """The texts in ``title = ...``, in constants and tables, and in the making of an error."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if any(name in TEXT_NAMES for name in names) and node.value:
            yield from constants([node.value])
        elif any(name.isupper() for name in names) and node.value:
            yield from sentences([node.value])
    elif isinstance(node, ast.Dict):
        yield from sentences(node.values)
    elif isinstance(node, ast.arguments):
        yield from constants(
            default
            for name, default in zip(node.args[-len(node.defaults) :], node.defaults, strict=False)
            if name.arg in TEXT_NAMES
        )
    elif isinstance(node, ast.Call) and makes_an_error(node.func):
        yield from constants([*node.args, *(keyword.value for keyword in node.keywords)])


def makes_an_error(function: ast.expr) -> bool:
    """Whether this is ``super().__init__`` or the name of an error class (they start with a capital)."""
    if isinstance(function, ast.Attribute):
        return function.attr == "__init__"
    return isinstance(function, ast.Name) and function.id[:1].isupper()


def constants(values: Iterable[ast.expr]) -> Iterator[str]:
    """Texts of more than one word: the others are codes and names."""
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value:
            yield value.value
        elif isinstance(value, ast.IfExp):
            yield from constants([value.body, value.orelse])


def sentences(values: Iterable[ast.expr]) -> Iterator[str]:
    """Texts that end as sentences do: other constants are for the program itself."""
    return (text for text in constants(values) if text.endswith("."))


def collect() -> None:
    """Brings the .ts files up to date with the code."""
    collect_into(ENGLISH, ["-pluralonly"])
    collect_into(GERMAN, [])


def collect_into(target: Path, options: Iterable[str]) -> None:
    """Brings one .ts file up to date, or makes it."""
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "error_texts.py"
        texts.write_text("".join(f"translate('Errors', {text!r})\n" for text in error_texts()), encoding="utf-8")
        sources = [*(str(path) for path in sorted(WINDOW.rglob("*.py"))), str(texts)]
        run("lupdate", "-silent", *options, "-no-obsolete", "-locations", "none", *sources, "-ts", str(target))


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
