"""The websocket route, for a project's ``asgi.py``: ``URLRouter(websocket_urlpatterns)``."""

from typing import Any, cast

from channels.routing import URLRouter
from django.urls import path

from adit_uploader.protocol.limits import PATH

from .endpoint import upload_endpoint

websocket_urlpatterns = [path(PATH.lstrip("/"), cast("Any", upload_endpoint))]
websocket_router = URLRouter(websocket_urlpatterns)
