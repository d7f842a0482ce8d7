"""What a receiver of its own says when a page can't be shown: what happened, and what to do."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from adit_receiver.conf import receiver_settings

_PAGE = "adit_receiver/failure.html"


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; the exception's text may hold what was sent."""
    return _failure(
        400, _("The request was not understood"), _("The address or the form was damaged on its way. Start again.")
    )


def not_allowed(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _failure(
        403, _("You may not do this"), _("Your account lacks the permission. Ask the administrator if you need it.")
    )


def form_expired(_request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its secret: it was open for too long, or cookies are switched off."""
    return _failure(
        403,
        _("The form has expired"),
        _("It was open for too long, or you have signed in again. Go back, load the page again and repeat it."),
    )


def not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: not there, or not for this user, which is told to nobody."""
    return _failure(
        404,
        _("This page does not exist"),
        _("The job was deleted, it is somebody else's, or the address is mistyped."),
    )


def server_failed(_request: HttpRequest) -> HttpResponse:
    """500. Asks nothing of the database: it may be what fails."""
    return _failure(
        500,
        _("The server has failed"),
        _("What was stored is safe. Try again in a minute. If it fails again, tell the administrator the time."),
    )


def _failure(status: int, heading: str, text: str) -> HttpResponse:
    facts = {"status": status, "heading": heading, "text": text, "support": receiver_settings().support}
    response = HttpResponse(render_to_string(_PAGE, facts), status=status)
    add_never_cache_headers(response)
    return response
