"""Key lists and receipts are saved where the user says, and it is said whether that worked."""

from collections.abc import Callable
from pathlib import Path

from adit_uploader.desktop.controllers.ports import MessageView, Services, WindowView, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import Severity
from adit_uploader.pseudonyms.key_list import KeyList
from adit_uploader.pseudonyms.private_file import write_private
from adit_uploader.transfer.receipt import Receipt

TOPIC = "save"


class Saving:
    """Writes in the background; the newest word about it stands in the window."""

    def __init__(
        self, *, window: WindowView, messages: MessageView, gateway: Gateway, services: Services, words: Words
    ) -> None:
        self._key_list_to: Callable[[Path], None] | None = None
        self._receipt_to: Callable[[Path], None] | None = None
        self._window = window
        self._messages = messages
        self._gateway = gateway
        self._services = services
        self._words = words

    def forget(self) -> None:
        """Takes the last word away."""
        self._messages.dismiss(TOPIC)

    def ask_for_key_list(self, name: str, then: Callable[[Path], None]) -> None:
        """Asks where to, by a name without its ending."""
        self._key_list_to = then
        self._window.ask_where_to_save_key_list(name)

    def key_list_path_chosen(self, path: Path) -> None:
        then, self._key_list_to = self._key_list_to, None
        if then is not None:
            then(path)

    def ask_for_receipt(self, name: str, then: Callable[[Path], None]) -> None:
        """As ``ask_for_key_list``."""
        self._receipt_to = then
        self._window.ask_where_to_save_report(name)

    def receipt_path_chosen(self, path: Path) -> None:
        then, self._receipt_to = self._receipt_to, None
        if then is not None:
            then(path)

    def save_key_list(self, key_list: KeyList, path: Path, *, saved: Callable[[], None]) -> None:
        """saved: called when the list is there."""

        def work(_: Reporter) -> None:
            self._services.write_key_list(key_list, path)

        self.run(work, path, saved=saved)

    def save_receipt(self, receipt: Receipt, path: Path) -> None:
        """The receipt as a page (HTML or PDF), which names no file and no patient; as JSON, which names files."""
        kind = path.suffix.lower()
        text = receipt.to_json() if kind == ".json" else self._words.receipt_page(receipt)

        def work(_: Reporter) -> None:
            if kind == ".pdf":
                self._services.write_pdf(text, path)
            else:
                write_private(path, text.encode())

        self.run(work, path)

    def run(self, work: Callable[[Reporter], None], path: Path, *, saved: Callable[[], None] | None = None) -> None:
        """Does the work, and says where the file is or why there is none."""

        def done(_: None) -> None:
            self._messages.show_message(TOPIC, Severity.SUCCESS, self._words.saved(path))
            if saved is not None:
                saved()

        def failed(error: BaseException) -> None:
            self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))

        self._gateway.run(work, done=done, failed=failed)
