"""One conversation: a client that mostly keeps to the rules, and then doesn't."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from adit_uploader.protocol.codec import decode_server
from tests.receiver.raw_wire import begin, chunk, end, hello, open_job
from tests.receiver.wire_client import Made

from . import noise

PATIENCE = 120.0  # seconds until a connection counts as stuck; a busy machine is not to blame
WRONG = 0.01  # how much of what is said breaks a rule on purpose
_ANSWERS = {
    "Hello": {"Welcome"},
    "OpenJob": {"JobOpened"},
    "Finish": {"JobFinished"},
    "Cancel": {"Tasks"},
    "Offer": {"OfferAnswer"},
}


class StuckError(Exception):
    """A connection neither answers nor ends."""


@dataclass
class World:
    """What all conversations share. jobs: ids that somebody has opened, with the mode."""

    app: Any
    tokens: list[str]
    files: dict[str, list[Made]]
    jobs: list[tuple[str, str]] = field(default_factory=list)
    messages: int = 0
    told: Counter[str] = field(default_factory=Counter)


@dataclass
class Walk:
    """A client of one connection."""

    world: World
    rng: Random
    to_app: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)
    heard: list[dict[str, Any]] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    closed: int | None = None
    greeted: bool = False
    mode: str = ""
    job: str = ""
    stream: int = -1
    sending: Made | None = None
    at: int = 0
    waiting: dict[int, str] = field(default_factory=dict)
    partial: dict[str, int] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """The whole conversation.

        Raises:
            StuckError: it does not end.
        """
        task = asyncio.create_task(self.world.app(self._scope(), self.to_app.get, self._hear))
        self.to_app.put_nowait({"type": "websocket.connect"})
        try:
            for _ in range(self.rng.randrange(1, 500)):
                if self.closed is not None or task.done():
                    break
                await self._step()
            if self.closed is None and self.greeted and self.rng.random() < 0.7:
                # whatever was said: it is closed, or still answers
                await self._ask({"type": "ListJobs", "limit": 1}, {"Jobs"})
        finally:
            self.to_app.put_nowait({"type": "websocket.disconnect", "code": 1006})
            done, _ = await asyncio.wait([task], timeout=PATIENCE)
            if not done:
                task.cancel()
        if not done:
            raise StuckError("a connection did not end")
        task.result()

    def _scope(self) -> dict[str, Any]:
        token = self.rng.choice(self.world.tokens)
        headers = [
            (b"host", b"r.example"),
            (b"origin", b"https://r.example"),
            (b"authorization", f"Token {token}".encode()),
        ]
        if self.rng.random() < 0.02:
            headers.pop(self.rng.randrange(3))
        peer = f"198.51.100.{self.rng.randrange(256)}"
        return {
            "type": "websocket",
            "path": "/ws/upload/",
            "headers": headers,
            "subprotocols": ["adit-upload.v1"],
            "client": (peer, 1),
        }

    # ------------------------------------------------------------ what comes

    async def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.closed = message["code"]
            self.world.told[f"closed {self.closed}"] += 1
        elif message["type"] == "websocket.send":
            decode_server(message["text"])  # whatever comes is of the protocol
            self._take(json.loads(message["text"]))
        self._news.set()

    def _take(self, said: dict[str, Any]) -> None:
        kind = said["type"]
        self.world.told[f"{kind} {said['code']}" if "code" in said else kind] += 1
        if kind in {"Stored", "Duplicate", "Refused"} and said.get("stream") is not None:
            self.waiting.pop(said["stream"], None)
            if said["stream"] == self.stream:
                self.sending = None
        if kind == "OfferAnswer":
            self.partial |= said.get("partial", {})
        self.heard.append(said)

    async def _until(self, met: Any) -> None:
        while not met() and self.closed is None:
            self._news.clear()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._news.wait()
            except TimeoutError:
                raise StuckError(f"nothing is answered any more; said last: {self.said[-3:]}") from None

    async def _ask(self, message: dict[str, Any], kinds: set[str]) -> dict[str, Any] | None:
        """Says a request that is right, and waits for its answer; None if the connection was closed instead."""
        begins = len(self.heard)
        self._say(message)

        def answer() -> dict[str, Any] | None:
            for heard in self.heard[begins:]:
                if heard["type"] in kinds or (heard["type"] == "Failed" and heard.get("request") == message["type"]):
                    return heard
            return None

        await self._until(answer)
        return answer()

    # ------------------------------------------------------------ what is said

    def _say(self, message: dict[str, Any] | str | bytes) -> None:
        self.world.messages += 1
        if isinstance(message, bytes):
            self.to_app.put_nowait({"type": "websocket.receive", "bytes": message})
            return
        if isinstance(message, dict):
            self.said.append(message)
            message = json.dumps(message)
        self.to_app.put_nowait({"type": "websocket.receive", "text": message})

    async def _step(self) -> None:
        if self.rng.random() < WRONG:
            self._say_wrong()
        elif not self.greeted:
            features = self.rng.sample(("zstd", "site-profiles", "unknown"), self.rng.randrange(4))
            self.greeted = await self._ask(hello(features=features), {"Welcome"}) is not None
        elif not self.job:
            await self._without_job()
        elif self.sending is not None:
            self._send_on(self.sending)
        else:
            await self._within_job()
        if self.rng.random() < 0.05:
            await asyncio.sleep(0)

    def _say_wrong(self) -> None:
        right = begin(self.rng.choice(self.world.files["honest"]), self.stream + 1)
        match self.rng.randrange(5):
            case 0:
                self._say(noise.text(self.rng))
            case 1 | 2:
                self._say(noise.mutated(self.rng.choice(self.said or [right]), self.rng))
            case 3:
                self._say(noise.binary(max(self.stream, 0), self.at, self.rng))
            case _:
                self._say(self.rng.choice([*self.said, right]))  # once more, whether it fits or not

    async def _without_job(self) -> None:
        chance = self.rng.random()
        known = self.rng.choice(self.world.jobs)[0] if self.world.jobs else "0" * 32
        if chance < 0.1:
            self._say({"type": self.rng.choice(("Watch", "Cancel")), "job": known})
            return
        if chance < 0.15:
            await self._ask({"type": "ListJobs", "limit": self.rng.randrange(1, 500)}, {"Jobs"})
            return
        mode = self.rng.choice(("internal", "batch", "fixed", "none"))
        job = UUID(int=self.rng.getrandbits(128), version=4).hex
        if self.world.jobs and chance < 0.4:
            job, mode = self.rng.choice(self.world.jobs)
        destination = "own" if self.rng.random() < 0.97 else self.rng.choice(("other", "nowhere"))
        asked = open_job(job, mode, destination, part=self.rng.choice(("0", "0", "1", "2", "\U0001f600" * 1024)))
        asked |= {
            "patients": self.rng.choice((1, 2, 2**53 - 1)),
            "profile": self.rng.choice(("research",) * 9 + ("basic",)),
        }
        answer = await self._ask(asked, {"JobOpened"})
        if answer is not None and answer["type"] == "JobOpened":
            self.job, self.mode = job, mode
            self.partial.clear()
            self.world.jobs.append((job, mode))
            del self.world.jobs[:-40]

    def _send_on(self, file: Made) -> None:
        left = len(file.data) - self.at
        if self.rng.random() < 0.03:
            self._say({"type": "Abandon", "stream": self.stream})
            self.sending = None
        elif left:
            size = min(left, self.rng.choice((1, 16, 64, 64, 256, 256, 1000, 65536)))
            self._say(chunk(file.data[self.at : self.at + size], self.stream, self.at))
            self.at += size
        else:
            wrong = {"sha256": "0" * 64} if self.rng.random() < 0.05 else {}
            self._say(end(file, self.stream, **wrong))
            self.sending = None

    async def _within_job(self) -> None:
        chance = self.rng.random()
        if chance < 0.2:
            files = self.rng.sample(self.world.files["all"], 4)
            keys = sorted({file.sop_instance_uid for file in files})
            await self._ask({"type": "Offer", "sop_instance_uids": keys}, {"OfferAnswer"})
        elif chance < 0.85 and len(self.waiting) < 200:
            self._begin()
        elif chance < 0.93:
            await self._until(lambda: not self.waiting)
            if self.closed is None:
                await self._finish()
        elif chance < 0.95:
            await self._until(lambda: not self.waiting)
            if self.closed is None and await self._ask({"type": "Cancel", "job": self.job}, {"Tasks"}) is not None:
                self.job = ""
        else:
            self._say({"type": "Watch", "job": self.job})

    def _begin(self) -> None:
        kind = "plain" if self.mode == "none" else "honest"
        file = self.rng.choice(self.world.files[kind if self.rng.random() < 0.7 else "all"])
        if file.sop_instance_uid in self.waiting.values():
            return  # it is under way
        self.stream += self.rng.choice((1, 1, 1, 7))
        self.at = self.partial.pop(file.sop_instance_uid, 0)
        self.waiting[self.stream] = file.sop_instance_uid
        self.sending = file
        self._say(begin(file, self.stream, offset=self.at))

    async def _finish(self) -> None:
        answer = await self._ask({"type": "Finish", "counts": {"stored": self.rng.randrange(3)}}, {"JobFinished"})
        if answer is None:
            return
        if answer["type"] == "Failed" and answer["code"] == "counts-differ" and self.rng.random() < 0.7:
            stored = int(answer["text"].split("has ")[1].split()[0])
            answer = await self._ask({"type": "Finish", "counts": {"stored": stored}}, {"JobFinished"})
        if answer is not None and answer["type"] == "JobFinished":
            self.job = ""
