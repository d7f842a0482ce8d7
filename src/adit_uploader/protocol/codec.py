"""Control messages to JSON text and back, checked on the way out and on the way in."""

import json
import re
from typing import Any, TypeVar, get_args

import msgspec

from .codes import CloseCode
from .errors import LocalProtocolError, RemoteProtocolError
from .limits import MAX_CONTROL_SIZE
from .messages import ClientMessage, Part, ServerMessage

_M = TypeVar("_M")
_FIELDS = frozenset(
    name
    for kind in (*get_args(ClientMessage), *get_args(ServerMessage), *get_args(Part))
    for name in kind.__struct_fields__
)
_MEMBER = re.compile(r'"([^"]*)"\s*:')  # where no text holds a backslash
_encoder = msgspec.json.Encoder()
_client_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server_decoder: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)


def encode_client(message: ClientMessage) -> str:
    """A client's message as JSON text.

    Raises:
        LocalProtocolError: it holds what the protocol does not allow.
    """
    return _encode(message, _client_decoder)


def encode_server(message: ServerMessage) -> str:
    """A receiver's message as JSON text; raises as ``encode_client``."""
    return _encode(message, _server_decoder)


def decode_client(text: str) -> ClientMessage:
    """The message that a client sent.

    Raises:
        RemoteProtocolError: it is not one of this protocol, or says something twice.
    """
    message = _decode(text, _client_decoder)
    names = _MEMBER.findall(text)
    if "\\" in text or len(set(names)) != len(names):  # most messages have neither
        _say_once(text)
    return message


def _say_once(text: str) -> None:
    """Which of two members of one name counts, readers disagree about (RFC 8259 section 4)."""

    def once(members: list[tuple[str, object]]) -> None:
        if len({name for name, _ in members}) != len(members):
            raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a control message says something twice")

    try:
        json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):  # what another reader does not understand
        raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "control message: not of this protocol") from None


def decode_server(text: str) -> ServerMessage:
    """The message that a receiver sent; raises as ``decode_client``."""
    return _decode(text, _server_decoder)


def _encode(message: ClientMessage | ServerMessage, decoder: msgspec.json.Decoder[Any]) -> str:
    # structs do not check what they are made of; the other side's decoder does
    try:
        data = _encoder.encode(message)
        decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeError, OverflowError, TypeError) as error:
        raise LocalProtocolError(f"{type(message).__name__}: {_fault(error)}") from None
    if len(data) > MAX_CONTROL_SIZE:
        raise LocalProtocolError(f"{type(message).__name__}: longer than {MAX_CONTROL_SIZE} bytes")
    return data.decode()


def _decode(text: str, decoder: msgspec.json.Decoder[_M]) -> _M:
    try:
        data = text.encode()
        if len(data) > MAX_CONTROL_SIZE:
            raise RemoteProtocolError(CloseCode.TOO_LARGE, f"a control message is longer than {MAX_CONTROL_SIZE} bytes")
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        # from None: the foreign text may hold values of the message
        raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, f"control message: {_fault(error)}") from None


_PATH = re.compile(r"`\$((?:\.[a-z0-9_]+|\[[^`]*\])*)`\Z")


def _fault(error: Exception) -> str:
    """What is wrong, without any value: only names of our own fields."""
    path = _PATH.search(str(error)) if isinstance(error, msgspec.ValidationError) else None
    names = [name for name in re.findall(r"[a-z0-9_]+", path[1]) if name in _FIELDS] if path else []
    if names:
        return f"the field {'.'.join(names)} is not as the protocol says"
    return "not of this protocol"
