"""The client's end of the wire: messages in, events and messages out, no input or output.

The caller feeds every message of the socket to ``receive`` and sends whatever ``outgoing`` returns, in order.
A machine belongs to one connection and to one thread at a time (its caller locks if there are more).

    client = UploadClient()
    client.hello("my-uploader 1.0")
    for message in client.outgoing(): socket.send(message)
    for event in client.receive(socket.recv()): ...        # Welcome
"""

from collections.abc import Callable, Iterable, Mapping

from .chunks import Chunk, encode_chunk
from .codec import decode_server, encode_client
from .codes import CloseCode
from .conversation import Conversation
from .digests import BLAKE3, SHA256, DigestName
from .errors import LocalProtocolError, RemoteProtocolError
from .limits import ZSTD
from .messages import (
    Abandon,
    Begin,
    Cancel,
    ClientMessage,
    Counts,
    End,
    Finish,
    Hello,
    Limits,
    ListJobs,
    Offer,
    OpenJob,
    ServerMessage,
    Watch,
    Welcome,
)
from .pages import PageJoiner
from .transitions import State

ClientEvent = ServerMessage
"""What ``UploadClient.receive`` gives: the receiver's messages, checked."""


class UploadClient:
    """State machine of a client. Every method raises LocalProtocolError where the protocol does not allow it now."""

    def __init__(self) -> None:
        self._conversation = Conversation()
        self._pages = PageJoiner()
        self._outgoing: list[str | bytes] = []
        self._next_stream = 0
        self._pack: Callable[[bytes | memoryview], bytes] | None = None

    # ------------------------------------------------------------ what is known

    @property
    def state(self) -> State:
        """Where the connection is, see ``transitions``."""
        return self._conversation.state

    @property
    def welcome(self) -> Welcome | None:
        """The receiver's welcome, once it came."""
        return self._conversation.welcome

    @property
    def limits(self) -> Limits:
        """The receiver's limits; before the welcome the protocol's defaults."""
        return self._conversation.limits

    @property
    def job(self) -> OpenJob | None:
        """The job that is open, or being opened, finished or canceled, on this connection."""
        return self._conversation.job

    @property
    def credit(self) -> int:
        """How much chunks may use up now, bytes: a chunk may go if it is not less than ``limits.cost`` of its size."""
        return self._conversation.credit

    @property
    def open_streams(self) -> Mapping[int, Begin]:
        """Streams that were begun and have no answer yet, oldest first; abandoned ones count until answered."""
        return self._conversation.open_streams()

    @property
    def waits(self) -> bool:
        """Whether there are open streams."""
        return self._conversation.waits

    @property
    def compresses(self) -> bool:
        """Whether the receiver takes compressed chunks."""
        return self._conversation.uses(ZSTD)

    @property
    def best_digest(self) -> DigestName:
        """The fastest algorithm for digests that both ends know."""
        return BLAKE3 if self._conversation.uses(BLAKE3) else SHA256

    @property
    def can_begin(self) -> bool:
        """Whether ``begin`` is allowed: job open, no other stream being sent, fewer than ``limits.streams`` open."""
        return self._conversation.can_begin()

    # ------------------------------------------------------------ in and out

    def receive(self, message: str | bytes) -> list[ClientEvent]:
        """Takes one websocket message of the receiver, gives the events in it (often one, sometimes none).

        Answers to streams that the caller abandoned are swallowed; pages of Tasks and Jobs are joined.

        Raises:
            RemoteProtocolError: the receiver broke the rules; the machine is closed.
        """
        if self.state is State.CLOSED:
            return []
        try:
            return self._receive(message)
        except RemoteProtocolError:
            self._conversation.close()
            raise

    def _receive(self, message: str | bytes) -> list[ClientEvent]:
        if not isinstance(message, str):
            raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a receiver sends no binary messages")
        event = decode_server(message)
        if not self._conversation.take(event):
            return []
        whole = self._pages.join(event)
        return [] if whole is None else [whole]

    def outgoing(self) -> list[str | bytes]:
        """What is to be sent now, in this order (text and binary messages); each call drains it."""
        messages, self._outgoing = self._outgoing, []
        return messages

    # ------------------------------------------------------------ what a client says

    def hello(self, program: str, features: Iterable[str] = ()) -> None:
        """First message. program: name and version; features: optional parts of the protocol that we could use."""
        self._send(Hello(program=program, features=tuple(features)))

    def open_job(self, job: OpenJob) -> None:
        """Opens or resumes a job; answered by JobOpened or Failed."""
        self._send(job)

    def offer(self, sop_instance_uids: Iterable[str]) -> None:
        """Asks which of these instances are needed, at most ``limits.offer``; answered by OfferAnswer or Failed.

        Several offers may wait for their answers, which come in the same order.
        """
        self._send(Offer(tuple(sop_instance_uids)))

    def begin(
        self,
        *,
        sop_instance_uid: str,
        sop_class_uid: str,
        transfer_syntax_uid: str,
        study_instance_uid: str,
        series_instance_uid: str,
        patient_id: str,
        length: int,
        offset: int = 0,
    ) -> int:
        """Begins an instance's stream and returns its number; exactly one Stored, Duplicate or Refused will follow.

        Args:
            patient_id: the pseudonym; in mode none the PatientID.
            length: bytes of the whole finished file, at most ``limits.instance``.
            offset: 0, or the offset that an OfferAnswer named for it: where its chunks will start.
        """
        stream = self._next_stream
        self._send(
            Begin(
                stream=stream,
                sop_instance_uid=sop_instance_uid,
                sop_class_uid=sop_class_uid,
                transfer_syntax_uid=transfer_syntax_uid,
                study_instance_uid=study_instance_uid,
                series_instance_uid=series_instance_uid,
                patient_id=patient_id,
                length=length,
                offset=offset,
            )
        )
        self._next_stream += 1
        return stream

    def send_chunk(self, stream: int, data: bytes | memoryview, *, compress: bool = False) -> int:
        """Sends the stream's next bytes: 1 to ``limits.chunk``, which cost no more than ``credit``.

        Args:
            compress: as a zstd frame, if that is shorter; only where ``compresses``.

        Returns:
            The bytes that the message holds after its header.
        """
        if compress and not self.compresses:
            raise LocalProtocolError("chunks are not compressed on this connection")
        try:
            chunk = Chunk(stream, self._conversation.next_offset(stream), data)
        except ValueError as error:
            raise LocalProtocolError(str(error)) from None
        self._conversation.give(chunk)
        frame = self._packed(data) if compress else None
        self._outgoing.append(encode_chunk(chunk, frame))
        return len(data) if frame is None else len(frame)

    def _packed(self, data: bytes | memoryview) -> bytes | None:
        if self._pack is None:
            from .zstd import Packer  # noqa: PLC0415 - as in ``chunks``

            self._pack = Packer().pack
        frame = self._pack(data)
        return frame if len(frame) < len(data) else None

    def end(self, stream: int, digits: str) -> None:
        """All bytes were sent. digits: the whole finished file's digest (from offset 0 on) by the job's algorithm."""
        blake3 = self.job is not None and self.job.digest == BLAKE3
        self._send(End(stream, blake3=digits) if blake3 else End(stream, digits))

    def abandon(self, stream: int) -> None:
        """Gives up a stream that is being sent: nothing of it counts. No event will follow for it."""
        self._send(Abandon(stream))

    def finish(self, counts: Counts) -> None:
        """Everything of the job was sent and answered; answered by JobFinished or Failed (then the job is still open).

        counts: of the whole job, all its parts and connections together.
        """
        self._send(Finish(counts))

    def cancel(self, job: str) -> None:
        """Gives a job up; answered by Tasks or Failed.

        If it is the one open here, a stream that is being sent is abandoned first, and nothing more of it can be sent.
        """
        sending = self._conversation.sending
        if sending is not None and self.job is not None and job == self.job.job:
            self.abandon(sending)
        self._send(Cancel(job))

    def watch(self, job: str) -> None:
        """Asks for a job's tasks now and whenever they change; answered by Tasks, again and again, or Failed."""
        self._send(Watch(job))

    def list_jobs(self, limit: int = 100) -> None:
        """Asks for the user's newest jobs, 1 to 500; answered by Jobs or Failed."""
        self._send(ListJobs(limit))

    def _send(self, message: ClientMessage) -> None:
        text = encode_client(message)
        self._conversation.give(message)
        self._outgoing.append(text)
