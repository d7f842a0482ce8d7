"""A content security policy for every answer, those of the admin pages and of errors included."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from adit_receiver.page import CONTENT_SECURITY_POLICY

_NAME = "Content-Security-Policy"
_ADMIN = f"{CONTENT_SECURITY_POLICY}; font-src 'self'"


def strict_content(answer: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Adds the policy where a page has set none. Django's admin needs nothing inline."""

    def with_policy(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        response.headers.setdefault(_NAME, _ADMIN)
        return response

    return with_policy
