"""ADIT's ASGI application with the upload's websocket added, for an ADIT that is not changed."""

from typing import Any

from adit.asgi import application as _adit

from adit_receiver.endpoint import Receive, Scope, Send, upload_endpoint
from adit_uploader.protocol.limits import PATH


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Uploads go to the receiver, which checks their origin and says why it refuses one; all else goes to ADIT."""
    handler: Any = upload_endpoint if scope["type"] == "websocket" and scope["path"] == PATH else _adit
    await handler(scope, receive, send)
