"""docs/protocol.md says what the code does: generated parts, codes, and the examples, which are replayed."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from adit_uploader.protocol.chunks import Chunk, decode_chunk
from adit_uploader.protocol.codec import decode_client, decode_server
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.conversation import Conversation
from adit_uploader.protocol.digests import BLAKE3
from adit_uploader.protocol.errors import RemoteProtocolError
from adit_uploader.protocol.limits import ZSTD
from adit_uploader.protocol.messages import ClientMessage, JobOpened, OpenJob, Part, ServerMessage
from adit_uploader.protocol.transitions import STREAM_TRANSITIONS, State, Step, StreamState
from tests.protocol.pair import make_welcome

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "protocol.md").read_text("utf-8")
EXAMPLES = re.findall(r"^### ([^\n]+)\n\nFrom \*\*(\w+)\*\*\.(.*?)(?=^### |\Z)", TEXT, re.DOTALL | re.MULTILINE)
STEP = re.compile(
    r"```json (client(?: chunk)?(?: breaks \d{4})?|receiver(?: crosses| arrives)?)\n(.*?)```",
    re.DOTALL,
)


@pytest.fixture(scope="module")
def build_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "resources" / "protocol" / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_diagrams_tables_and_limits_are_those_of_the_code(build_docs: ModuleType) -> None:
    assert build_docs.rebuilt(TEXT) == TEXT, "run: python resources/protocol/build_docs.py"
    for name in build_docs.PARTS:
        assert f"<!-- generated: {name} -->" in TEXT


@pytest.mark.parametrize("kind", [*get_args(ClientMessage), *get_args(ServerMessage), *get_args(Part)])
def test_every_message_is_described(kind: type) -> None:
    assert f"#### {kind.__name__}\n" in TEXT
    assert f"<!-- generated: fields {kind.__name__} -->" in TEXT


def test_every_close_code_is_described_as_it_is() -> None:
    rows = re.findall(r"^\| (\d{4}) \| (\w+) \| .+ \| (yes|no) \|$", TEXT, re.MULTILINE)
    assert rows == [(str(code.value), code.name, "yes" if code.retriable else "no") for code in CloseCode]


def test_every_refusal_code_is_described_as_it_is() -> None:
    section = TEXT.partition("### Refusal codes")[2].partition("## 7")[0]
    rows = re.findall(r"^\| ([a-z-]+) \| .+ \| (yes|no) \|$", section, re.MULTILINE)
    assert rows == [(code.value, "yes" if code.retriable else "no") for code in RefusalCode]


def _ends(state: str, job: OpenJob) -> tuple[Conversation, Conversation]:
    """A client and a receiver in the state in which an example begins."""
    client, receiver = Conversation(), Conversation()
    way: dict[str, list[tuple[bool, ClientMessage | ServerMessage]]] = {"new": [], "ready": [], "open": []}
    greeting = [(True, decode_client('{"type":"Hello","program":"x","version":1}')), (False, make_welcome())]
    way["ready"] = greeting
    way["open"] = [*greeting, (True, job), (False, JobOpened(job.job))]
    for by_client, message in way[state]:
        (client if by_client else receiver).give(message)
        (receiver if by_client else client).take(message)
    assert client.state is receiver.state is State(state)
    return client, receiver


class Example:
    """A conversation of the document, spoken by both ends. late: said by the receiver, and not yet heard."""

    def __init__(self, state: str, job: OpenJob) -> None:
        self.client, self.receiver = _ends(state, job)
        self.late: list[ServerMessage] = []

    def speak(self, who: str, block: str) -> None:
        match who.split(" breaks "):
            case ["client" | "client chunk", code]:
                with pytest.raises(RemoteProtocolError) as caught:
                    self.receiver.take(self._said(who, block))
                assert caught.value.close_code == int(code)
            case ["client" | "client chunk"]:
                message = self._said(who, block)
                self.client.give(message)
                self.receiver.take(message)
            case ["receiver crosses"]:
                self.late.append(decode_server(block))
                self.receiver.give(self.late[-1])
            case ["receiver arrives"]:
                self.client.take(self.late.pop(0))
            case _:
                self.receiver.give(decode_server(block))
                self.client.take(decode_server(block))

    def _said(self, who: str, block: str) -> ClientMessage | Chunk:
        if "chunk" not in who:
            return decode_client(block)
        header, _, size = block.strip().partition(" ")
        data = bytes.fromhex(header) + bytes(int(size.removesuffix(" bytes") or 0))
        return decode_chunk(data, zstd=self.receiver.uses(ZSTD))


def play(title: str, state: str, text: str) -> None:
    opening = next(block for _, block in STEP.findall(TEXT) if '"OpenJob"' in block)
    job = decode_client(opening)
    assert isinstance(job, OpenJob)
    example = Example(state, job)
    steps = STEP.findall(text)
    assert steps, title
    assert len(steps) == text.count("```json"), "a block is of no known kind"
    for who, block in steps:
        try:
            example.speak(who, block)
        except RemoteProtocolError as error:
            pytest.fail(f"{who}: {error.text}: {block}")
    assert not example.late
    if not any("breaks" in who for who, _ in steps):
        assert example.client.state is example.receiver.state


@pytest.mark.parametrize(("title", "state", "text"), EXAMPLES, ids=[title for title, _, _ in EXAMPLES])
def test_the_example_is_a_conversation_that_both_ends_allow(title: str, state: str, text: str) -> None:
    play(title, state, text)


def test_every_exchange_has_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step of the connection, and every row of the table of streams, the late ones included."""
    steps: set[Step] = set()
    rows: set[tuple[StreamState, Step]] = set()
    next_step, next_of = Conversation._next, Conversation._next_of

    def note_step(self: Conversation, step: Step) -> State:
        steps.add(step)
        return next_step(self, step)

    def note_row(self: Conversation, stream: Any, step: Step) -> StreamState:
        rows.add((stream.state, step))
        return next_of(self, stream, step)

    monkeypatch.setattr(Conversation, "_next", note_step)
    monkeypatch.setattr(Conversation, "_next_of", note_row)
    for title, state, text in EXAMPLES:
        play(title, state, text)
    assert steps == set(Step)
    assert rows == {(state, step) for state, moves in STREAM_TRANSITIONS.items() for step in moves}


def test_every_way_to_close_is_in_an_example_or_told_with_one() -> None:
    section = TEXT.partition("## 8. Examples")[2]
    for code in CloseCode:
        if code is not CloseCode.NORMAL:
            assert str(code.value) in section or f'"{code.name}"' in section, code


def test_every_feature_is_described() -> None:
    assert re.findall(r"^\| `([a-z0-9-]+)` \| (?:the client may|jobs may)", TEXT, re.MULTILINE) == [ZSTD, BLAKE3]


def test_the_frame_in_the_text_is_one() -> None:
    digits = re.search(r"^(00000001 ?8000.*)$", TEXT, re.MULTILINE)
    assert digits is not None
    assert bytes(decode_chunk(bytes.fromhex(digits[1]), zstd=True).data) == b"hello" * 20


def test_every_message_occurs_in_an_example() -> None:
    shown = {json.loads(block)["type"] for who, block in STEP.findall(TEXT) if "chunk" not in who and block}
    assert shown == {kind.__name__ for kind in (*get_args(ClientMessage), *get_args(ServerMessage))}


def test_the_chunk_in_the_text_is_one() -> None:
    digits = re.search(r"^    (00000001 .*)$", TEXT, re.MULTILINE)
    assert digits is not None
    chunk = decode_chunk(bytes.fromhex(digits[1]))
    assert (chunk.stream, chunk.offset, bytes(chunk.data)) == (1, 0, b"hello")
