"""Receiving from workstations: switched on and off, shown live; what has arrived comes to Check like a drop."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.account.settings import inbox_dir
from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.finding import FindingController
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.ports import (
    MessageView,
    ReceivingStrip,
    ReceivingView,
    Services,
    WindowView,
    Words,
)
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import Caller, InboxLook, ReceivingState, Sent, Severity, Step
from adit_uploader.receiving.checks import check_receiving
from adit_uploader.receiving.errors import ReceivingError
from adit_uploader.receiving.events import Arrived, Began, Ended, NotKept, Opened, TurnedAway
from adit_uploader.receiving.inbox import new_folder_name

TOPIC = "receiving"
INBOX_TOPIC = "inbox"
QUIET = 3000  # milliseconds without an image, after which what has come is shown though its sender has not ended


class ReceivingController:
    """One listener at a time. What comes while an upload runs waits for the next one.

    Each upload gets a folder of the inbox for itself: what comes later is not mixed with it.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        view: ReceivingView,
        strip: ReceivingStrip,
        window: WindowView,
        messages: MessageView,
        gateway: Gateway,
        services: Services,
        memory: Memory,
        words: Words,
        finding: FindingController,
        wait: Callable[[int], None],
    ) -> None:
        """wait: ``show_arrived`` is to be called after so many milliseconds, and not for an earlier wish."""
        self._desk = desk
        self._view = view
        self._strip = strip
        self._window = window
        self._messages = messages
        self._gateway = gateway
        self._services = services
        self._memory = memory
        self._words = words
        self._finding = finding
        self._wait = wait
        self._folder = new_folder_name()
        self._listening: Reporter | None = None
        self._state: ReceivingState | None = None
        self._under_way: dict[int, Caller] = {}
        self._arrived: dict[Path, int] = {}  # folders with images that are not in Check yet, and how many
        self._not_kept: NotKept | None = None
        self._look = InboxLook()
        self._to_delete: tuple[Path, ...] = ()
        desk.listen(self._changed)

    # ------------------------------------------------------------ what the user does

    def start(self) -> None:
        """Names what lies here from earlier, and listens if that is switched on."""

        def look(_: Reporter) -> InboxLook:
            self._services.inbox.clear_sent()
            return self._services.inbox.look()

        def looked(found: InboxLook) -> None:
            self._take(found)
            if found.paths:
                text = self._words.received_before(len(found.paths))
                self._messages.show_message(INBOX_TOPIC, Severity.WARNING, text)

        self._gateway.run(look, done=looked, failed=self._explain)
        self._apply()

    def show(self) -> None:
        """Opens the settings."""
        managed, own = self._desk.managed, self._desk.settings.receiving
        self._view.show_receiving(own, managed.receiving(own), managed.fixed_receiving)
        self._look_again()

    def save(self, settings: ReceivingSettings) -> None:
        """Keeps them if they can be right, and listens by them."""
        self._view.set_error(None)
        whole = self._desk.managed.receiving(settings)
        try:
            if whole.enabled:
                check_receiving(whole)
        except ReceivingError as error:
            self._view.set_error(self._words.explain(error))
            return
        self._memory.keep(replace(self._desk.settings, receiving=settings))
        self._view.accept()
        self._apply()

    def show_inbox(self) -> None:
        """All that lies here comes to Check, unless an upload that can be gone on with needs it."""
        if self._look.paths and not self._desk.sending:
            self._view.accept()
            self._messages.dismiss(INBOX_TOPIC)
            self._finding.add(sorted({path.parent for path in self._look.paths}))

    def ask_to_delete(self) -> None:
        """Asks for the second word, for exactly what was named."""
        if self._look.paths and not self._desk.sending:
            self._to_delete = self._look.paths
            self._window.ask_to_delete_received(len(self._to_delete))

    def delete(self) -> None:
        """Deletes what was asked about, after the second word."""
        paths, self._to_delete = self._to_delete, ()
        if not paths or self._desk.sending:
            return

        def deleted(_: None) -> None:
            self._messages.dismiss(INBOX_TOPIC)
            self._arrived = {}
            self._show()
            found_in = self._desk.found_in
            others = [path for path in found_in if inbox_dir() not in path.parents]
            if len(others) < len(found_in):
                self._finding.clear()
                if others:
                    self._finding.add(others)
            self._look_again()

        self._gateway.run(lambda _: self._services.inbox.delete(paths), done=deleted, failed=self._explain)

    # ------------------------------------------------------------ listening

    def _apply(self) -> None:
        """Listens as it is set now; what listens otherwise ends first."""
        if self._listening is not None:
            self._listening.cancel()  # its end calls us again
            return
        wanted = self._desk.managed.receiving(self._desk.settings.receiving)
        self._state = ReceivingState(wanted.ae_title, wanted.address) if wanted.enabled else None
        self._messages.dismiss(TOPIC)
        self._show()
        if wanted.enabled:
            self._begin(wanted)

    def _begin(self, wanted: ReceivingSettings) -> None:
        def work(reporter: Reporter) -> None:
            self._services.listen(wanted, folder=lambda: self._folder, report=reporter.report, stop=reporter.cancelled)

        def ended(_: None) -> None:
            self._over()
            self._apply()

        def failed(error: BaseException) -> None:
            cancelled = listening.cancelled()
            self._over()
            if cancelled:
                self._apply()
            else:
                self._explain(error)

        self._listening = listening = self._gateway.run(work, done=ended, failed=failed, reports=self._events)

    def _over(self) -> None:
        self._listening = None
        self._state = None
        self._under_way = {}
        self._show()
        self._wait(0)

    def _events(self, news: Sequence[object]) -> None:
        for event in news:
            match event:
                case Opened():
                    if self._state is not None:
                        self._state = replace(self._state, address=event.address, port=event.port)
                case Began():
                    self._not_kept = None
                    self._under_way[event.number] = Caller(event.caller, 0)
                case Arrived():
                    self._under_way[event.number] = Caller(event.caller, event.images)
                    folder = inbox_dir() / event.folder
                    self._arrived[folder] = self._arrived.get(folder, 0) + 1
                    self._wait(QUIET)
                case Ended():
                    self._ended(event)
                case TurnedAway():
                    self._messages.show_message(TOPIC, Severity.WARNING, self._words.turned_away(event))
                case NotKept() if event != self._not_kept:  # said once of a full disk, and not a thousand times
                    self._not_kept = event
                    self._messages.show_message(TOPIC, Severity.ERROR, self._words.not_kept(event))
                case _:
                    pass
        self._show()

    def _ended(self, event: Ended) -> None:
        self._under_way.pop(event.number, None)
        if event.images:
            self._strip.add_received(Caller(event.caller, event.images))
        if event.cut:
            self._messages.show_message(TOPIC, Severity.WARNING, self._words.cut_off(event.caller))
        if not self._under_way:
            self._wait(0)

    # ------------------------------------------------------------ what has arrived

    def show_arrived(self) -> None:
        """It comes to Check, unless an upload runs or its receipt is being read."""
        if not self._arrived or self._desk.sending or self._window.step is Step.SEND:
            return
        folders = sorted(self._arrived)
        self._arrived = {}
        self._show()
        self._finding.add(folders)

    def _changed(self, change: Change) -> None:
        if change is Change.SENDING:
            if self._desk.sending:
                self._folder = new_folder_name()
            else:
                self._wait(0)
                if self._desk.sent is not Sent.PARTLY:  # else what failed, or was not delivered, may be sent again
                    self._clear_sent()
            self._show()
        elif change is Change.INVENTORY and not self._desk.scanning:
            self._wait(0)
            if not self._desk.found_in:
                self._folder = new_folder_name()
                self._clear_sent()

    def _clear_sent(self) -> None:
        def clear(_: Reporter) -> None:
            self._services.inbox.clear_sent()

        self._gateway.run(clear, done=lambda _: None, failed=self._explain)

    def _look_again(self) -> None:
        self._gateway.run(lambda _: self._services.inbox.look(), done=self._take, failed=self._explain)

    def _take(self, found: InboxLook) -> None:
        self._look = found
        self._view.set_inbox(found)

    def _show(self) -> None:
        state = self._state
        if state is not None:
            busy = self._desk.sending or self._window.step is Step.SEND
            waiting = sum(self._arrived.values()) if busy else 0
            callers = tuple(one for one in self._under_way.values() if one.images)
            state = replace(state, callers=callers, waiting=waiting)
        self._strip.set_receiving(state)

    def _explain(self, error: BaseException) -> None:
        self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))
