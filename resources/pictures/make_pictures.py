"""Takes the pictures of the window that README and docs show: each step, light and dark, and one in German.

    python resources/pictures/make_pictures.py docs/pictures

Everything on them is real: a receiver on this machine, made-up studies, an upload that really runs.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication

from adit_uploader.account.settings import Settings
from adit_uploader.demo.receiver import LoopbackReceiver, loopback_receiver
from adit_uploader.demo.studies import make_demo_studies
from adit_uploader.desktop.application import make_application
from adit_uploader.desktop.colours import DARK, LIGHT
from adit_uploader.desktop.languages import Languages
from adit_uploader.desktop.picture import NothingKept, leave, wait_until
from adit_uploader.desktop.real_services import real_services
from adit_uploader.desktop.theme import apply_theme
from adit_uploader.desktop.wiring import Program, build
from adit_uploader.pseudonyms.mode import Mode

SIZE = (1180, 760)
SUFFIX = {"en": "", "de": "-de"}
STEPS = ("drop", "check", "send")
JOURNEYS = (("en", "light", STEPS), ("en", "dark", STEPS), ("de", "light", ("check",)))


def take_all(out: Path) -> None:
    """Writes ``STEP-THEME[-de].png`` as ``JOURNEYS`` says.

    Raises:
        FileExistsError: another run is under way, or was cut, and its studies are still there.
    """
    out.mkdir(parents=True, exist_ok=True)
    app = make_application()
    studies = Path(tempfile.gettempdir()) / "CD Müller"  # its name is on the pictures
    studies.mkdir()
    try:
        make_demo_studies(studies)
        with tempfile.TemporaryDirectory() as folder, loopback_receiver(Path(folder)) as receiver:
            for language, theme, steps in JOURNEYS:
                # nobody has sent anything before
                os.environ["ADIT_UPLOADER_HOME"] = str(Path(folder) / f"program-{language}-{theme}")
                apply_theme(app, DARK if theme == "dark" else LIGHT)
                take(
                    app,
                    receiver,
                    studies,
                    language,
                    {step: out / f"{step}-{theme}{SUFFIX[language]}.png" for step in steps},
                )
    finally:
        shutil.rmtree(studies)


def take(
    app: QApplication, receiver: LoopbackReceiver, studies: Path, language: str, pictures: Mapping[str, Path]
) -> None:
    """One journey from the empty window to the receipt; pictures: of which steps, and where to."""
    languages = Languages(app)
    languages.use(language)
    settings = Settings(language="de" if language == "de" else "en")
    services = replace(real_services(settings), tokens=NothingKept(), save_settings=leave)
    program = build(settings, services, languages)
    program.window.resize(*SIZE)
    program.window.show()
    program.account.sign_in(receiver.url, receiver.token_file.read_text().strip())
    wait_until(lambda: program.idle)
    grab(program, "drop", pictures)
    program.add([studies])
    wait_until(lambda: program.idle)
    program.naming.choose(Mode.INTERNAL)
    wait_until(lambda: program.idle)
    grab(program, "check", pictures)
    program.sending.send()
    wait_until(lambda: program.idle)
    grab(program, "send", pictures)
    program.close()
    program.window.close()


def grab(program: Program, step: str, pictures: Mapping[str, Path]) -> None:
    path = pictures.get(step)
    for _ in range(10):  # text that wraps asks for its height from the inside out, one layout after the other
        QApplication.processEvents()
    if path is not None and not program.window.grab().save(str(path), "PNG", 0):  # smallest file
        raise SystemExit(f"{path} can't be written.")


if __name__ == "__main__":
    take_all(Path(sys.argv[1]))
