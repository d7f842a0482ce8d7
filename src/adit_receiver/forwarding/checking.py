"""Whether destinations answer: C-ECHO, or a look at the folder. By the worker, from where deliveries go out.

Asked for by a button, and from time to time; the result stands in a row that pages, the welcome and health read.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from django.db import DatabaseError
from django.db.models import F, Q
from django.utils import timezone

from adit_receiver.accounts import Target, accounts
from adit_receiver.conf import ReceiverSettings
from adit_receiver.errors import DestinationUnknownError
from adit_receiver.models import DestinationCheck

from .chore import Chore
from .dicom_libraries import import_dicom
from .errors import CannotBeAskedError, DestinationUnavailableError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a destination answers. text: for people."""

    well: bool
    text: str


def probe(target: Target, ae_title: str) -> Answer:
    """Asks a destination whether it is there; takes as long as that takes, at most some minutes."""
    began = monotonic()
    if target.kind == "folder":
        return _look_at_folder(target)
    import_dicom()
    from .dicom_sender import Peer  # noqa: PLC0415 - see the package's text
    from .questions import Questions  # noqa: PLC0415

    questions = Questions(Peer.of(target, ae_title))
    try:
        questions.echo()
    except DestinationUnavailableError as error:
        return Answer(False, f"It does not answer: {error.message}.")
    except CannotBeAskedError as error:
        return Answer(False, f"It takes the connection, but {error.message}.")
    finally:
        questions.close()
    secured = " over TLS" if target.tls is not None else ""
    return Answer(
        True, f"It answers the test of the connection (C-ECHO){secured} in {monotonic() - began:.1f} seconds."
    )


def _look_at_folder(target: Target) -> Answer:
    if target.folder is None or not target.folder.is_dir():
        return Answer(False, "Its folder does not exist, or can't be entered.")
    if not os.access(target.folder, os.W_OK | os.X_OK):
        return Answer(False, "Its folder can't be written to.")
    return Answer(True, "Its folder is there and can be written to.")


def ask_for(targets: Sequence[Target], now: datetime) -> None:
    """Notes that somebody wants to know; a worker looks at once if it is told."""
    for target in targets:
        DestinationCheck.objects.update_or_create(key=target.key, defaults={"name": target.name, "asked": now})


def _wanted(now: datetime, seconds: float) -> "Q":
    asked = Q(asked__isnull=False) & (Q(checked=None) | Q(checked__lt=F("asked")))
    return asked | (Q(checked__lt=now - timedelta(seconds=seconds)) if seconds else Q(pk=None))


@dataclass(slots=True)
class Checker:
    """Carries checks out, in one thread of its own beside the lanes."""

    settings: ReceiverSettings
    ended: Callable[[], None]
    _chore: Chore = field(init=False)
    _listed: float | None = None

    def __post_init__(self) -> None:
        self._chore = Chore("lane-check", self.ended)

    def look(self, now: datetime) -> None:
        """Begins what is due, unless the last checks are still under way."""
        if not self._chore.ready:
            return
        self._list_all(now)
        wanted = _wanted(now, self.settings.destination_check_seconds)
        keys = list(DestinationCheck.objects.filter(wanted).order_by("asked").values_list("key", flat=True))
        if keys:
            self._chore.begin(partial(self._run, keys))

    def join(self, seconds: float) -> None:
        """Waits for the checks that are under way."""
        self._chore.join(seconds)

    def _list_all(self, now: datetime) -> None:
        """Destinations that were never looked at are asked for; those that are gone are forgotten."""
        seconds = self.settings.destination_check_seconds
        if not seconds or (self._listed is not None and monotonic() - self._listed < seconds):
            return
        self._listed = monotonic()
        targets = {target.key: target for target in accounts().all_targets()}
        DestinationCheck.objects.exclude(key__in=targets).delete()
        known = set(DestinationCheck.objects.values_list("key", flat=True))
        ask_for([target for key, target in targets.items() if key not in known], now)

    def check(self, keys: Sequence[str]) -> None:
        """Asks these destinations and writes down what they say. Raises: django.db.DatabaseError."""
        for key in keys:
            try:
                answer = probe(accounts().target(key), self.settings.ae_title)
            except DestinationUnknownError as error:
                answer = Answer(False, error.message)
            DestinationCheck.objects.filter(key=key).update(checked=timezone.now(), well=answer.well, text=answer.text)

    def _run(self, keys: Sequence[str]) -> None:
        try:
            self.check(keys)
        except DatabaseError as error:
            logger.warning("A check of destinations was not written down: %s", type(error).__name__)
