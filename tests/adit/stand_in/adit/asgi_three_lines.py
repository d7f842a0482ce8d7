"""The third of the three lines."""

from adit.asgi import application_with
from adit.selective_transfer import routing
from adit_receiver.routing import websocket_urlpatterns

application = application_with([*routing.websocket_urlpatterns, *websocket_urlpatterns])
