"""ASGI in the shape of ADIT's: websockets behind a check of the origin, and behind sessions."""

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

_pages = get_asgi_application()

from adit.selective_transfer import routing  # noqa: E402 - once the apps are loaded


def application_with(websocket_urlpatterns: list) -> ProtocolTypeRouter:
    """ADIT writes this once; here the list differs."""
    websockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
    return ProtocolTypeRouter({"http": _pages, "websocket": websockets})


application = application_with(routing.websocket_urlpatterns)
