"""The login page of a receiver of its own; inside another project that project has one."""

from math import ceil
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from .audit.changes import address_of
from .audit.models import Event
from .audit.record import Fact, record, record_often
from .logins import address_key, name_key, note_failure, seconds_to_wait
from .page import guarded, layout

TOO_MANY_REQUESTS = 429  # RFC 6585 section 4


@method_decorator(guarded, name="dispatch")
class SignIn(LoginView):
    """Takes a name and a password; each login and each failure is written down, and too many failures wait."""

    template_name = "adit_receiver/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        if wait := seconds_to_wait(_keys(request), timezone.now()):
            seconds = ceil(wait)
            text = _("Too many logins have failed. Try again in %(seconds)d seconds.") % {"seconds": seconds}
            form = AuthenticationForm(request)
            response = self.render_to_response(self.get_context_data(form=form, wait=text), status=TOO_MANY_REQUESTS)
            response.headers["Retry-After"] = str(seconds)
            return response
        return super().post(request, *args, **values)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        address = address_of(self.request)
        record_often(Fact(Event.LOGIN, form.get_user().get_username(), address, code="password"))
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        # what was typed as a name may be a password: it is written nowhere
        address = address_of(self.request)
        record_often(Fact(Event.LOGIN_FAILED, address=address, code="password"))
        if note_failure(_keys(self.request), timezone.now()):
            record(Fact(Event.LOGIN_BLOCKED, address=address))
        return super().form_invalid(form)

    def get_context_data(self, **values: object) -> dict[str, object]:
        return super().get_context_data(**layout(), **values)


def _keys(request: HttpRequest) -> list[str]:
    address = address_of(request)
    return [address_key(address), name_key(address, request.POST.get("username", ""))]
