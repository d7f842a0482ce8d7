"""Takes the pictures of the window that README and docs show: each step, light and dark, English and German.

    python resources/pictures/make_pictures.py docs/pictures

Everything on them is real: a receiver on this machine, made-up studies, an upload that really runs.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication

from adit_uploader.account.settings import Settings
from adit_uploader.demo.receiver import LoopbackReceiver, loopback_receiver
from adit_uploader.demo.studies import make_demo_studies
from adit_uploader.desktop.application import make_application
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.picture import NothingKept, leave, wait_until
from adit_uploader.desktop.theme import DARK, LIGHT, apply_theme
from adit_uploader.desktop.wiring import Program, build, real_services
from adit_uploader.pseudonyms.mode import Mode

SIZE = (1180, 760)
SUFFIX = {"en": "", "de": "-de"}


def take_all(out: Path) -> None:
    """Writes ``STEP-THEME[-de].png`` for the steps drop, check and send."""
    out.mkdir(parents=True, exist_ok=True)
    app = make_application()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ADIT_UPLOADER_HOME"] = str(folder / "program")
        studies = folder / "studies"
        studies.mkdir()
        make_demo_studies(studies)
        with loopback_receiver(folder) as receiver:
            for language, theme in product(("en", "de"), ("light", "dark")):
                apply_theme(app, DARK if theme == "dark" else LIGHT)
                ending = f"-{theme}{SUFFIX[language]}.png"
                take(app, receiver, studies, language, lambda step, ending=ending: out / f"{step}{ending}")


def take(
    app: QApplication, receiver: LoopbackReceiver, studies: Path, language: str, name: Callable[[str], Path]
) -> None:
    """One journey from the empty window to the receipt."""
    languages = Languages(app)
    languages.use(language)
    settings = Settings(language="de" if language == "de" else "en")
    services = replace(real_services(settings), tokens=NothingKept(), save_settings=leave)
    program = build(settings, services, languages)
    program.window.resize(*SIZE)
    program.window.show()
    program.account.sign_in(receiver.url, receiver.token_file.read_text().strip())
    wait_until(lambda: program.background.idle)
    grab(program, name("drop"))
    program.add([studies])
    wait_until(lambda: program.background.idle)
    program.naming.choose(Mode.INTERNAL)
    wait_until(lambda: program.background.idle)
    grab(program, name("check"))
    program.sending.send()
    wait_until(lambda: program.background.idle)
    grab(program, name("send"))
    program.close()
    program.window.close()


def grab(program: Program, path: Path) -> None:
    if not program.window.grab().save(str(path), "PNG"):
        raise SystemExit(f"{path} can't be written.")


if __name__ == "__main__":
    take_all(Path(sys.argv[1]))
