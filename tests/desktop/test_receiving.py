"""What has arrived waits for its moment, and its files go when they may: without a window and a listener."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import Mock

import pytest

from adit_uploader.account.managed import Managed
from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.account.settings import Settings, inbox_dir
from adit_uploader.desktop.controllers.desk import Change
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.receiving import QUIET, ReceivingController
from adit_uploader.desktop.values import Caller, InboxLook, Sent, Severity, Step
from adit_uploader.receiving.errors import PortInUse
from adit_uploader.receiving.events import (
    Arrived,
    Began,
    Ended,
    NotKept,
    NotKeptFor,
    Opened,
    ReceivingEvent,
    TurnedAway,
    TurnedAwayFor,
)
from tests.desktop.room import Room

ON = ReceivingSettings(enabled=True, callers=("WS1",))


@dataclass
class Listener:
    """Says what the test wants it to say, in the folder that counts at the moment."""

    says: list[Callable[[str], ReceivingEvent]] = field(default_factory=list)
    failure: Exception | None = None
    settings: list[ReceivingSettings] = field(default_factory=list)

    def __call__(
        self,
        settings: ReceivingSettings,
        *,
        folder: Callable[[], str],
        report: Callable[[ReceivingEvent], None],
        stop: Callable[[], bool],
    ) -> None:
        self.settings.append(settings)
        for say in self.says:
            report(say(folder()))
        if self.failure is not None:
            raise self.failure


@dataclass
class Bench:
    room: Room
    listener: Listener
    finding: Mock
    view: Mock
    strip: Mock
    wait: Mock
    controller: ReceivingController

    def tell(self, *events: Callable[[str], ReceivingEvent]) -> None:
        """As the listener would, while it goes on."""
        self.controller._events([event(self.controller._folder) for event in events])


@pytest.fixture
def bench(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("ADIT_UPLOADER_HOME", str(tmp_path))
    room.desk.settings = Settings(receiving=ON)
    room.window.step = Step.DROP
    room.services.inbox = Mock()
    room.services.inbox.look.return_value = InboxLook()
    room.services.listen = listener = Listener()
    finding, view, strip, wait = Mock(), Mock(), Mock(), Mock()
    controller = ReceivingController(
        room.desk,
        view=view,
        strip=strip,
        window=room.window,
        messages=room.messages,
        gateway=room.gateway,
        services=room.services,
        memory=Memory(room.desk, room.services.save_settings, room.messages, room.words),
        words=room.words,
        finding=finding,
        wait=wait,
    )
    return Bench(room, listener, finding, view, strip, wait, controller)


def arrived(images: int) -> Callable[[str], ReceivingEvent]:
    return lambda folder: Arrived(1, "WS1", folder, images)


def ended(images: int, *, cut: bool = False) -> Callable[[str], ReceivingEvent]:
    return lambda _: Ended(1, "WS1", images, cut)


def test_what_has_arrived_is_shown_when_its_sender_has_ended_or_is_quiet(bench: Bench) -> None:
    bench.controller.start()
    bench.tell(lambda _: Opened("127.0.0.1", 4242), lambda _: Began(1, "WS1"), arrived(1), arrived(2))
    bench.wait.assert_called_with(QUIET)
    state = bench.strip.set_receiving.call_args.args[0]
    assert (state.port, state.callers) == (4242, (Caller("WS1", 2),))
    bench.tell(lambda _: Began(2, "WS2"), lambda _: Ended(2, "WS2", 0, cut=False))
    bench.strip.add_received.assert_not_called()
    bench.tell(ended(2))
    bench.wait.assert_called_with(0)
    bench.strip.add_received.assert_called_once_with(Caller("WS1", 2))
    bench.controller.show_arrived()
    bench.finding.add.assert_called_once_with([inbox_dir() / bench.controller._folder])
    bench.controller.show_arrived()
    bench.finding.add.assert_called_once()


def test_an_upload_and_its_receipt_are_not_disturbed(bench: Bench) -> None:
    desk, window = bench.room.desk, bench.room.window
    bench.controller.start()
    bench.tell(lambda _: Opened("127.0.0.1", 4242))
    before = bench.controller._folder
    desk.sending, window.step = True, Step.SEND
    desk.tell(Change.SENDING)
    assert bench.controller._folder != before, "what comes now is not mixed with what is sent"
    bench.tell(arrived(1), ended(1))
    assert bench.strip.set_receiving.call_args.args[0].waiting == 1
    bench.controller.show_arrived()
    desk.sending = False
    desk.tell(Change.SENDING)
    bench.controller.show_arrived()
    assert not bench.finding.add.called
    window.step = Step.DROP
    bench.wait.reset_mock()
    desk.tell(Change.INVENTORY)
    bench.wait.assert_called_once_with(0)
    bench.controller.show_arrived()
    assert bench.finding.add.call_count == 1


@pytest.mark.parametrize(("sent", "cleared"), [(Sent.WHOLE, 1), (None, 1), (Sent.PARTLY, 0)])
def test_files_stay_as_long_as_what_failed_may_be_sent_again(bench: Bench, sent: Sent | None, cleared: int) -> None:
    bench.room.desk.sent = sent
    bench.room.desk.tell(Change.SENDING)
    bench.room.gateway.finish()
    assert bench.room.services.inbox.clear_sent.call_count == cleared
    bench.room.desk.tell(Change.INVENTORY)
    bench.room.gateway.finish()
    assert bench.room.services.inbox.clear_sent.call_count == cleared + 1, "an empty desk sends nothing again"


def test_what_lies_here_is_named_at_the_start(bench: Bench) -> None:
    bench.room.desk.settings = Settings()
    bench.room.services.inbox.look.return_value = InboxLook((Path("/1"), Path("/2")), 0, 2)
    bench.controller.start()
    bench.room.gateway.finish()
    topic, severity, text = bench.room.messages.show_message.call_args.args
    assert (topic, severity) == ("inbox", Severity.WARNING)
    assert text.title == "2 received images from earlier were not uploaded"
    assert bench.room.services.inbox.clear_sent.called
    assert bench.listener.settings == []


def test_exactly_what_was_named_is_deleted_after_a_second_word(bench: Bench) -> None:
    paths = (inbox_dir() / "a" / "1.dcm",)
    bench.room.services.inbox.look.return_value = InboxLook(paths, 0, 1)
    bench.controller.show()
    bench.room.gateway.finish()
    bench.room.desk.found_in = (inbox_dir() / "a", Path("/cd"))
    bench.controller.delete()
    assert not bench.room.gateway.waiting, "nobody was asked"
    bench.controller.ask_to_delete()
    bench.room.window.ask_to_delete_received.assert_called_once_with(1)
    bench.controller.delete()
    bench.room.gateway.finish()
    bench.room.services.inbox.delete.assert_called_once_with(paths)
    bench.finding.clear.assert_called_once()
    bench.finding.add.assert_called_once_with([Path("/cd")])


def test_nothing_is_deleted_while_an_upload_runs(bench: Bench) -> None:
    bench.room.services.inbox.look.return_value = InboxLook((Path("/1"),), 0, 1)
    bench.controller.show()
    bench.room.gateway.finish()
    bench.controller.ask_to_delete()
    bench.room.desk.sending = True
    bench.controller.delete()
    bench.controller.ask_to_delete()
    bench.controller.show_inbox()
    assert not bench.room.gateway.waiting
    assert not bench.finding.add.called
    bench.room.window.ask_to_delete_received.assert_called_once()


def test_troubles_are_said(bench: Bench) -> None:
    bench.controller.start()
    for event, title in (
        (TurnedAway("WS9", TurnedAwayFor.CALLER), "Refused: WS9 wanted to send to this computer"),
        (NotKept("WS1", NotKeptFor.FULL), "Not everything from WS1 was taken"),
        (Ended(1, "WS1", 3, cut=True), "WS1 broke off in the middle of an image"),
    ):
        bench.controller._events([event])
        assert bench.room.messages.show_message.call_args.args[2].title == title


def test_a_full_disk_is_said_once_to_each_who_sends(bench: Bench) -> None:
    bench.controller.start()
    show, full = bench.room.messages.show_message, NotKept("WS1", NotKeptFor.FULL)
    bench.controller._events([Began(1, "WS1"), full, full])
    bench.controller._events([full, full])
    assert show.call_count == 1
    bench.controller._events([Began(2, "WS1"), full])
    assert show.call_count == 2


def test_a_listener_that_can_t_begin_is_said_and_not_shown_as_ready(bench: Bench) -> None:
    bench.listener.failure = PortInUse(11112)
    bench.controller.start()
    bench.room.gateway.finish()
    assert "the port is taken" in bench.room.messages.show_message.call_args.args[2].title
    bench.strip.set_receiving.assert_called_with(None)
    assert len(bench.listener.settings) == 1, "it is not tried again and again"


def test_new_settings_count_when_the_listener_before_has_ended(bench: Bench) -> None:
    bench.controller.start()
    bench.room.gateway.finish_one()
    other = ReceivingSettings(enabled=True, port=104, callers=("WS2",))
    bench.controller.save(other)
    assert len(bench.room.gateway.waiting) == 1, "never two at once"
    bench.room.gateway.finish_one()
    bench.controller.save(ReceivingSettings())
    bench.room.gateway.finish()
    assert bench.listener.settings == [ON, other]
    bench.strip.set_receiving.assert_called_with(None)


def test_what_it_has_set_counts_before(bench: Bench) -> None:
    bench.room.desk.managed = Managed(receive=False)
    bench.controller.start()
    bench.controller.save(ON)
    bench.room.gateway.finish()
    assert bench.listener.settings == []
    bench.room.desk.managed = Managed(receive=True, receive_callers=())
    bench.controller.save(ReceivingSettings())
    assert "Nobody may send" in bench.view.set_error.call_args.args[0].title
