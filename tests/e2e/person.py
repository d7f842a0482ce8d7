"""A person at the window: what they do has a name, how it is done with mouse, keyboard and screen reader is here."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.screen import Reader, Screen, open_program, open_reader
from tests.e2e.words import Words

DELIVERY = 180.0  # seconds; for all of it to be sent, stored and delivered


@dataclass
class Person:
    """Works in the language of ``words``, at a window that is open. program: for accidents alone."""

    screen: Screen
    program: "subprocess.Popen[str]"
    reader: Reader
    words: Words

    def sign_in(self, url: str, token: str) -> None:
        """Types address and token, without a look at what comes of it."""
        self.reader.write(self.words.server_address, url)
        self.reader.write(self.words.token, token)
        self.reader.press(self.words.sign_in)

    def signed_in(self, url: str, token: str) -> None:
        """Signs in, and waits until that is done."""
        self.sign_in(url, token)
        self.reader.wait_for(self.words.department)

    def drop(self, *paths: Path, found: str) -> None:
        """Drags them from another program's window into the middle of the drop target. found: what is then said."""
        x, y, width, height = self.reader.ask("place")
        with self.screen.drag(list(paths), (x + width // 3, y + height // 2)) as outcome:
            assert outcome == "CopyAction"
            self.reader.wait_for(found)

    def choose_mode(self, name: str) -> None:
        self.reader.choose(self.screen, self.words.pseudonyms, self.words.pseudonyms_key, name)

    def choose_batch_file(self, path: Path) -> None:
        self.reader.press(self.words.choose_batch_file)
        self.reader.write(self.words.file_name, str(path))
        self.reader.press(self.words.open)

    def send(self) -> dict[str, str]:
        """Sends pseudonymized; returns the receipt's figures when everything has arrived."""
        self.reader.press(self.words.send_pseudonymized)
        self.reader.wait_for(self.words.arrived, DELIVERY)
        return self.figures()

    def figures(self) -> dict[str, str]:
        """The receipt's counts as a screen reader says them: 'found: 12'."""
        said = (text.split(": ") for text in self.reader.texts())
        return {pair[0]: pair[1] for pair in said if len(pair) == 2 and pair[0] in self.words.figures}

    def stored(self) -> int:
        """Images that the server has so far, as the window says: 'stored: 3 / 40'."""
        name = f"{self.words.figures[3]}: "
        return int((self.reader.ask("see", name) or f"{name}0").removeprefix(name).split(" / ")[0])


@contextmanager
def person_at_work(screen: Screen, words: Words, *paths: Path) -> Iterator[Person]:
    """The program started on a computer that speaks this language, and somebody who works with it."""
    screen.environment["LANGUAGE"] = words.language
    with open_program(screen, *paths) as program, open_reader(screen) as reader:
        reader.wait_for(words.empty_window if not paths else words.server_address)
        yield Person(screen, program, reader, words)
