"""What workstations have sent to this computer and still lies here, and what of it may go."""

from collections.abc import Collection, Iterable
from pathlib import Path

from adit_uploader.account.settings import inbox_dir, journal_path
from adit_uploader.desktop.values import InboxLook
from adit_uploader.filled import system_says
from adit_uploader.receiving.errors import InboxUnusable
from adit_uploader.receiving.inbox import copies_of, files_in
from adit_uploader.transfer.journal import Journal


class StoredInbox:
    """All methods block: they may be called in any thread."""

    def look(self) -> InboxLook:
        """What lies here. Raises JournalError, InboxUnusable."""
        needed, _ = self._known()
        try:
            there = tuple(files_in(inbox_dir()))
            size = sum(path.stat().st_size for path in there)
        except OSError as error:
            raise _unusable(error) from None
        free = tuple(path for path in there if str(path) not in needed)
        return InboxLook(free, len(there) - len(free), size)

    def clear_sent(self) -> None:
        """Deletes what ended uploads have stored at their server, and copies of it, unless another upload needs them.

        Raises JournalError, InboxUnusable.
        """
        needed, stored = self._known()
        files = {Path(path) for path in stored - needed}
        try:
            copies = copies_of(files)
        except OSError as error:
            raise _unusable(error) from None
        _delete(path for path in copies if str(path) not in needed)  # first: they are known by what is stored alone
        _delete(files)

    def delete(self, paths: Collection[Path]) -> None:
        """Deletes these, but for what an upload needs that is not finished. Raises JournalError, InboxUnusable."""
        needed, _ = self._known()
        _delete(path for path in paths if str(path) not in needed)

    def _known(self) -> tuple[frozenset[str], frozenset[str]]:
        """Of the files here: those of uploads that are not finished; those that finished ones have stored."""
        if not journal_path().exists():
            return frozenset(), frozenset()
        with Journal(journal_path()) as journal:
            return journal.paths_below(str(inbox_dir()))


def _delete(paths: Iterable[Path]) -> None:
    try:
        for path in paths:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(error) from None


def _unusable(error: OSError) -> InboxUnusable:
    return InboxUnusable(str(error.filename or inbox_dir()), system_says(error))
