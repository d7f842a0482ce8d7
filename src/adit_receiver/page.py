"""What all pages of the receiver have in common: who may see them, headers, and what everybody should know."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from .conf import ReceiverSettings, receiver_settings
from .live import is_live, look_as_a_whole
from .notices import notices
from .own_tokens import keeps_tokens

View = Callable[..., HttpResponseBase]

# nothing from elsewhere, nothing inline, no frames
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
OWN_LAYOUT = ReceiverSettings.__dataclass_fields__["base_template"].default


def guarded(view: View) -> View:
    """A page of the receiver's own layout gets its content security policy; another layout knows its own."""

    @wraps(view)
    def with_headers(request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:
        response = view(request, *args, **values)
        if receiver_settings().base_template == OWN_LAYOUT:
            response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    return with_headers


def page(view: View) -> View:
    """A page for signed-in users. Browsers and proxies keep no copy of it: it may show PatientIDs."""
    for_users = login_required(view)

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:
        if is_live(request) and not request.user.is_authenticated:
            return look_as_a_whole()
        return for_users(request, *args, **values)

    return guarded(never_cache(entered))


def layout() -> dict[str, Any]:
    """What every template of a page needs."""
    settings = receiver_settings()
    return {
        "base_template": settings.base_template,
        "notices": notices(),
        "support": settings.support,
        "own_tokens": keeps_tokens(),
    }


def show(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponseBase:
    """The template, in the layout that the settings name."""
    return render(request, template, layout() | context)
