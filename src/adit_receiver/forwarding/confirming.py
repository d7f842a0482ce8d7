"""Asks destinations whether they have what they said they took, and writes down what they say."""

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.utils import timezone

from adit_receiver.accounts import Target, accounts
from adit_receiver.conf import ReceiverSettings
from adit_receiver.errors import DestinationUnknownError
from adit_receiver.transactions import tell_failed_database

from . import sent
from .dicom_libraries import import_dicom
from .errors import CannotBeAskedError, DestinationUnavailableError
from .models import Verification
from .pacing import BROKEN, Outages
from .reports import read_report
from .sent import Asking, Finding, Verdict
from .slots import Slot

if TYPE_CHECKING:
    from .questions import Questions

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class ConfirmingLane:
    """Work of one thread for one destination; ``run`` ends when nothing is to be asked for any more."""

    destination_key: str
    destination_name: str
    worker: str
    settings: ReceiverSettings
    outages: Outages
    stopped: Callable[[], bool]
    ended: Callable[[], None]  # called at the end, from the lane's thread
    slot: Slot
    token: str = ""
    finished: bool = False
    sound: bool = False  # it came to its end; else it fails by a defect
    retiring: bool = False  # it ends by itself soon
    thread: threading.Thread | None = None

    def wake(self) -> None:
        """Nothing to tell it: it never waits."""

    def start(self) -> None:
        """Runs in a thread of its own."""
        self.thread = threading.Thread(target=self.run, name=f"lane-ask-{self.destination_key}")
        self.thread.start()

    def run(self) -> None:
        """Asks until nothing is due, the destination is down, or the worker stops."""
        try:
            self._ask_on()
            self.sound = True
        finally:
            if not self.sound:
                self.outages.down(self.destination_key, BROKEN, timezone.now())
            self.slot.free()
            connection.close()
            self.finished = True
            self.ended()

    def _ask_on(self) -> None:
        try:
            while not self.stopped() and self._one_question():
                continue
        except DestinationUnknownError as error:
            sent.give_up(self.destination_key, error.message)
        except DatabaseError as error:
            tell_failed_database(logger, error, f"destination {self.destination_name} waits")
            self.outages.down(self.destination_key, "the receiver's database failed", timezone.now())

    def _one_question(self) -> bool:
        """Whether there was something to ask for, and an answer."""
        import_dicom()
        from .dicom_sender import Peer  # noqa: PLC0415 - see the package's text
        from .questions import Questions  # noqa: PLC0415

        target = accounts().target(self.destination_key)
        now = timezone.now()
        held = sent.take(self.destination_key, self.worker, seconds=self.settings.forward_lease_seconds, now=now)
        if held is None:
            return False
        self.token = held.token
        questions = Questions(Peer.of(target, self.settings.ae_title))
        try:
            for findings in self._findings(questions, target, held):
                sent.record(held, findings, self.settings)
            self.outages.up(self.destination_key)
        except DestinationUnavailableError as error:
            now = timezone.now()
            outage = self.outages.down(self.destination_key, error.message, now)
            logger.warning("Destination %s can't be asked: %s", target.name, error.message)
            sent.postpone(self.destination_key, outage.until, now, held)
            return False
        finally:
            questions.close()
            sent.release(held)
            self.token = ""
        return True

    def _findings(self, questions: "Questions", target: Target, held: Asking) -> Iterator[list[Finding]]:
        """What is found, in portions. Raises DestinationUnavailableError."""
        if target.verification == Verification.COMMITMENT:
            yield self._promised(questions, held)
            return
        by_series = attrgetter("study_instance_uid", "series_instance_uid")
        for (study, series), group in groupby(sorted(held.instances, key=by_series), key=by_series):
            instances = list(group)
            try:
                there = {each.sop_instance_uid for each in instances}
                # another number than ours says nothing of any one: others may have sent some of the study, too
                each_one = target.verification == Verification.INSTANCES or (
                    target.verification == Verification.STUDIES
                    and questions.count(study) != sent.expected(self.destination_key, study)
                )  # else it is all there, or the administrator asks for no confirmation any more
                if each_one:
                    there = questions.instances(study, series, there)
            except CannotBeAskedError as error:
                text = f"The destination can't be asked: {error.message}."
                yield [Finding(each.key, Verdict.CANNOT, text) for each in instances]
                continue
            yield [
                Finding(each.key, Verdict.THERE if each.sop_instance_uid in there else Verdict.MISSING)
                for each in instances
            ]

    def _promised(self, questions: "Questions", held: Asking) -> list[Finding]:
        """Asks for storage commitment; a report that comes at once is written down at once."""
        transaction = f"2.25.{secrets.randbits(128)}"
        sent.promise(held, transaction)
        references = [(each.sop_class_uid, each.sop_instance_uid) for each in held.instances]
        try:
            report = questions.commitment(transaction, references, self.settings.commitment_patience)
        except CannotBeAskedError as error:
            text = f"The destination can't be asked: {error.message}."
            return [Finding(each.key, Verdict.CANNOT, text) for each in held.instances]
        if report:
            try:
                told = read_report(report)
            except ValueError:
                logger.warning("Destination %s reports what can't be understood", self.destination_name)
            else:
                if told.transaction == transaction:
                    sent.take_report(told, self.settings)
        return [Finding(each.key, Verdict.PROMISED) for each in held.instances]
