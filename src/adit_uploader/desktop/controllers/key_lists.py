"""Reminds of key lists that nobody has saved outside of this program, until somebody has."""

from collections.abc import Sequence

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.ports import JobsView, MessageView, Services, WindowView, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.job_values import LocalJob
from adit_uploader.desktop.values import Severity

TOPIC = "key-list"


class KeyListsController:
    """What the journal knows of it outlives the window."""

    def __init__(
        self,
        desk: Desk,
        *,
        view: JobsView,
        window: WindowView,
        messages: MessageView,
        gateway: Gateway,
        services: Services,
        words: Words,
    ) -> None:
        self._desk = desk
        self._view = view
        self._window = window
        self._messages = messages
        self._gateway = gateway
        self._services = services
        self._words = words
        self._was_sending = False
        desk.listen(self._changed)

    def start(self) -> None:
        """Looks into the journal."""
        self._count(remind=False)

    def _changed(self, change: Change) -> None:
        if change is Change.JOBS:
            self._count(remind=False)
        elif change is Change.SENDING:
            ended = self._was_sending and not self._desk.sending
            self._was_sending = self._desk.sending
            if ended:
                self._count(remind=True)
            elif self._desk.sending:
                self._messages.dismiss(TOPIC)

    def _count(self, *, remind: bool) -> None:
        def found(jobs: Sequence[LocalJob]) -> None:
            unsaved = [job for job in jobs if job.unsaved]
            self._view.set_unsaved(len(unsaved))
            # one that is gone on with later is asked for then
            self._window.set_unsaved(sum(job.state != "open" for job in unsaved))
            if remind and unsaved:
                self._messages.show_message(TOPIC, Severity.WARNING, self._words.unsaved_key_lists(len(unsaved)))
            elif not unsaved:
                self._messages.dismiss(TOPIC)

        def look(_: Reporter) -> Sequence[LocalJob]:
            return self._services.jobs.local()

        def failed(_: BaseException) -> None:
            """What can't be read is said by those who offer what stands in it."""

        self._gateway.run(look, done=found, failed=failed)
