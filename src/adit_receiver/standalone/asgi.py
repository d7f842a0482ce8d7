"""The ASGI application of a receiver of its own: pages by Django, uploads by the endpoint."""

from channels.routing import ProtocolTypeRouter
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

_pages = get_asgi_application()

from adit_receiver.routing import websocket_router  # noqa: E402 - models can be imported only once the apps are loaded

application = ProtocolTypeRouter({"http": ASGIStaticFilesHandler(_pages), "websocket": websocket_router})
