"""docs/protocol.md says what the code does: generated parts, codes, and the examples, which are replayed."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from adit_uploader.protocol.chunks import decode_chunk
from adit_uploader.protocol.codec import decode_client, decode_server
from adit_uploader.protocol.codes import CloseCode, RefusalCode
from adit_uploader.protocol.conversation import Conversation
from adit_uploader.protocol.messages import ClientMessage, JobOpened, OpenJob, Part, ServerMessage
from adit_uploader.protocol.transitions import State
from tests.protocol.pair import make_welcome

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "protocol.md").read_text("utf-8")
EXAMPLES = re.findall(r"^### ([^\n]+)\n\nFrom \*\*(\w+)\*\*\.(.*?)(?=^### |\Z)", TEXT, re.DOTALL | re.MULTILINE)
STEP = re.compile(r"```json (client|receiver|client chunk)\n(.*?)```", re.DOTALL)


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


@pytest.mark.parametrize(("title", "state", "text"), EXAMPLES, ids=[title for title, _, _ in EXAMPLES])
def test_the_example_is_a_conversation_that_both_ends_allow(title: str, state: str, text: str) -> None:
    opening = next(block for _, block in STEP.findall(TEXT) if '"OpenJob"' in block)
    job = decode_client(opening)
    assert isinstance(job, OpenJob)
    client, receiver = _ends(state, job)
    steps = STEP.findall(text)
    assert steps, title
    for who, block in steps:
        if who == "client chunk":
            chunk = decode_chunk(bytes.fromhex(block))
            client.give(chunk)
            receiver.take(chunk)
        elif who == "client":
            assert isinstance(json.loads(block), dict)
            client.give(decode_client(block))
            receiver.take(decode_client(block))
        else:
            receiver.give(decode_server(block))
            client.take(decode_server(block))
        assert client.state is receiver.state


def test_every_message_occurs_in_an_example() -> None:
    shown = {json.loads(block)["type"] for who, block in STEP.findall(TEXT) if who != "client chunk"}
    assert shown == {kind.__name__ for kind in (*get_args(ClientMessage), *get_args(ServerMessage))}


def test_the_chunk_in_the_text_is_one() -> None:
    digits = re.search(r"^    (00000001 .*)$", TEXT, re.MULTILINE)
    assert digits is not None
    chunk = decode_chunk(bytes.fromhex(digits[1]))
    assert (chunk.stream, chunk.offset, bytes(chunk.data)) == (1, 0, b"hello")
