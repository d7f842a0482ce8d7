"""Long lists of tasks and jobs in several messages, so that each stays below the largest message."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from .codes import CloseCode
from .errors import RemoteProtocolError
from .limits import MAX_LISTED, PAGE_SIZE
from .messages import JobInfo, Jobs, ServerMessage, TaskInfo, Tasks

_Paged = TypeVar("_Paged", Tasks, Jobs)
_Item = TypeVar("_Item", TaskInfo, JobInfo)


def split(message: _Paged) -> list[_Paged]:
    """The message in pages of about PAGE_SIZE; all but the last say ``more``."""
    if isinstance(message, Tasks):
        return [msgspec.structs.replace(message, tasks=page, more=more) for page, more in _pages(message.tasks)]
    return [msgspec.structs.replace(message, jobs=page, more=more) for page, more in _pages(message.jobs)]


def _pages(items: Sequence[_Item]) -> list[tuple[tuple[_Item, ...], bool]]:
    pages: list[list[_Item]] = [[]]
    size = 0
    for item in items:
        size += len(msgspec.json.encode(item)) + 1
        if size > PAGE_SIZE and pages[-1]:
            pages.append([])
            size = 0
        pages[-1].append(item)
    return [(tuple(page), number < len(pages)) for number, page in enumerate(pages, 1)]


class PageJoiner:
    """Joins pages into one message; other messages may come between them, another list may not."""

    def __init__(self) -> None:
        self._begun: Tasks | Jobs | None = None

    def join(self, message: ServerMessage) -> ServerMessage | None:
        """The message, whole, or None while pages are missing.

        Raises:
            RemoteProtocolError: the page belongs to another list, or the list grows too long.
        """
        if not isinstance(message, Tasks | Jobs):
            return message
        whole = message if self._begun is None else _joined(self._begun, message)
        if len(whole.tasks if isinstance(whole, Tasks) else whole.jobs) > MAX_LISTED:
            raise RemoteProtocolError(CloseCode.TOO_LARGE, f"a list is longer than {MAX_LISTED} entries")
        self._begun = whole if message.more else None
        return None if message.more else whole


def _joined(begun: Tasks | Jobs, page: Tasks | Jobs) -> Tasks | Jobs:
    if isinstance(begun, Tasks) and isinstance(page, Tasks) and begun.job == page.job:
        return msgspec.structs.replace(page, tasks=begun.tasks + page.tasks)
    if isinstance(begun, Jobs) and isinstance(page, Jobs):
        return msgspec.structs.replace(page, jobs=begun.jobs + page.jobs)
    raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a page of one list came inside another")
