"""The receiver's end of the wire: messages in, events and messages out, no input or output.

The caller feeds every message of the socket to ``receive`` and sends whatever ``outgoing`` returns, in order.
A machine belongs to one connection and to one thread at a time (its caller locks if there are more).

Credit: what every Chunk event costs (``limits.cost``) comes back to the client by ``grant`` once its bytes are written
or thrown away.
Bytes of a stream that was refused in the middle give no event; the machine grants them back by itself.
"""

from collections.abc import Mapping

from .chunks import Chunk, decode_chunk
from .codec import decode_client, encode_server
from .codes import RefusalCode
from .conversation import Conversation
from .errors import RemoteProtocolError
from .limits import ZSTD
from .messages import (
    Abandon,
    Begin,
    ClientMessage,
    Credit,
    Duplicate,
    Failed,
    JobFinished,
    JobOpened,
    Jobs,
    Limits,
    OfferAnswer,
    OpenJob,
    Refused,
    Saved,
    ServerMessage,
    Stored,
    Tasks,
    Welcome,
)
from .pages import split
from .transitions import State

ServerEvent = ClientMessage | Chunk
"""What ``UploadServer.receive`` gives: the client's messages, checked, and chunks."""


class UploadServer:
    """State machine of a receiver. Every method raises LocalProtocolError where the protocol does not allow it now.

    Work that ends later may find its stream gone (abandoned by the client, or the connection closed): look whether
    it ``is_open`` before answering.
    """

    def __init__(self) -> None:
        self._conversation = Conversation()
        self._outgoing: list[str | bytes] = []

    # ------------------------------------------------------------ what is known

    @property
    def state(self) -> State:
        """Where the connection is, see ``transitions``."""
        return self._conversation.state

    @property
    def limits(self) -> Limits:
        """The limits said in our welcome; before it the protocol's defaults."""
        return self._conversation.limits

    @property
    def job(self) -> OpenJob | None:
        """The job that is open, or being opened, finished or canceled, on this connection."""
        return self._conversation.job

    @property
    def ungranted(self) -> int:
        """Credit that the client's chunks have used up and that was not granted back yet, bytes."""
        return self._conversation.ungranted

    @property
    def open_streams(self) -> Mapping[int, Begin]:
        """Streams that were begun and not answered yet, oldest first."""
        return self._conversation.open_streams()

    def is_open(self, stream: int | None) -> bool:
        """Whether it is one of ``open_streams``."""
        return self._conversation.is_open(stream)

    @property
    def watched(self) -> frozenset[str]:
        """Jobs whose changes this client wants to hear of."""
        return frozenset(self._conversation.watched)

    def awaits(self, request: str) -> bool:
        """Whether a request of this name has no answer. What ``tasks`` tells of a job answers its Watch and Cancel."""
        return any(type(one).__name__ == request for one in self._conversation.pending)

    @property
    def waiting(self) -> int:
        """How many messages ``outgoing`` would give."""
        return len(self._outgoing)

    # ------------------------------------------------------------ in and out

    def receive(self, message: str | bytes) -> list[ServerEvent]:
        """Takes one websocket message of the client, gives the events in it (one, or none).

        An Abandon event was answered already; late pieces of a stream that we refused are swallowed.

        Raises:
            RemoteProtocolError: the client broke the rules; close with its code. The machine is closed.
        """
        if self.state is State.CLOSED:
            return []
        try:
            return self._receive(message)
        except RemoteProtocolError:
            self._conversation.close()
            raise

    def _receive(self, message: str | bytes) -> list[ServerEvent]:
        event = decode_client(message) if isinstance(message, str) else self._chunk(message)
        if not self._conversation.take(event):
            if isinstance(event, Chunk):
                self.grant(self.limits.cost(len(event.data)))
            return []
        if isinstance(event, Abandon):
            uid = self.open_streams[event.stream].sop_instance_uid
            self._send(Refused(uid, RefusalCode.ABANDONED, stream=event.stream))
        return [event]

    def _chunk(self, message: bytes) -> Chunk:
        return decode_chunk(message, zstd=self._conversation.uses(ZSTD), largest=self.limits.chunk)

    def outgoing(self) -> list[str | bytes]:
        """What is to be sent now, in this order (text messages); each call drains it."""
        messages, self._outgoing = self._outgoing, []
        return messages

    # ------------------------------------------------------------ what a receiver says

    def welcome(self, welcome: Welcome) -> None:
        """Answers Hello; its limits hold from now on. features: only such as the client named."""
        self._send(welcome)

    def job_opened(self, opened: JobOpened) -> None:
        """Answers OpenJob."""
        self._send(opened)

    def answer_offer(self, answer: OfferAnswer) -> None:
        """Answers the oldest Offer without answer; each of its keys is in exactly one of need, have and partial.

        Keys that were refused before (``refused`` without a stream) are left out.
        """
        self._send(answer)

    def grant(self, size: int) -> None:
        """Gives back what chunks cost whose bytes were written or thrown away; at most ``ungranted``."""
        self._send(Credit(size))

    def stored(self, stream: int) -> None:
        """Answers End: the instance is durable (file synced, renamed, directory synced, row committed)."""
        self._send(Stored(stream, self._conversation.uid_of(stream)))

    def duplicate(self, stream: int) -> None:
        """Answers End: the instance was there already, with the same digest."""
        self._send(Duplicate(stream, self._conversation.uid_of(stream)))

    def refused(
        self,
        stream: int | None,
        sop_instance_uid: str,
        code: RefusalCode,
        text: str = "",
        retriable: bool | None = None,
    ) -> None:
        """The instance is not taken: at any time between Begin and the answer, or (stream None) in answer to an offer.

        Args:
            text: for people; names elements, never values.
            retriable: whether sending it again may help; by default what the code says.
        """
        again = code.retriable if retriable is None else retriable
        self._send(Refused(sop_instance_uid, code, text, again, stream))

    def saved(self, stream: int, offset: int) -> None:
        """Bytes of the open stream up to ``offset`` are durable."""
        self._send(Saved(stream, offset))

    def job_finished(self, finished: JobFinished) -> None:
        """Answers Finish; ``stored`` equals the client's ``counts.stored`` (otherwise answer with ``failed``)."""
        self._send(finished)

    def tasks(self, tasks: Tasks) -> None:
        """Answers Watch and Cancel, and tells changes of watched jobs; long ones go out in pages.

        It answers a Cancel once its state is none of UV, PE, IP; if that job is open here, all streams and offers
        are answered first.
        """
        for page in split(tasks):
            self._send(page)

    def jobs(self, jobs: Jobs) -> None:
        """Answers the oldest ListJobs; long ones go out in pages."""
        for page in split(jobs):
            self._send(page)

    def failed(self, failed: Failed) -> None:
        """A request can't be done. Without ``request`` it answers the oldest request that has no answer.

        With the name of a CloseCode as ``code`` the machine is closed, and the caller closes the connection.
        """
        self._send(self._conversation.addressed(failed))

    def _send(self, message: ServerMessage) -> None:
        text = encode_server(message)
        self._conversation.give(message)
        self._outgoing.append(text)
