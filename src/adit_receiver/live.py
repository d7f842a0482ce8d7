"""Pages that look again by themselves: htmx asks every few seconds and says what it shows already.

Where nothing has changed the answer is empty (204) and the page stays as it is: nothing blinks, the keyboard's focus
and a marked text stay, a screen reader is not told the same again.
"""

import hashlib

from django.http import HttpRequest, HttpResponse

SEEN = "seen"
_DIGITS = 16


def digest(*facts: object) -> str:
    """A short name of what a page shows. facts: all that can change, made of plain values."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:_DIGITS]


def is_live(request: HttpRequest) -> bool:
    """Whether htmx asks, and no person."""
    return request.headers.get("HX-Request") == "true"


def shows_already(request: HttpRequest, shown: str) -> bool:
    """Whether the page that asks shows this."""
    return is_live(request) and request.GET.get(SEEN) == shown


def nothing_new() -> HttpResponse:
    """Leaves the page as it is."""
    return HttpResponse(status=204)


def look_as_a_whole() -> HttpResponse:
    """Makes the browser load the page anew: its session has ended, and a login page is no part of this one."""
    return HttpResponse(status=401, headers={"HX-Refresh": "true"})
