"""The pages of a user's tokens: list, make (shown once), revoke."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from .audit.changes import address_of
from .errors import TokenNotMadeError
from .models import Token
from .own_tokens import LIFETIMES, keeps_tokens, make_token, may_have_tokens, revoke_token, tokens_of
from .page import page, show

SHOWN = 100
_LABELS = {30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"), 365: gettext_lazy("1 year")}


class TokenForm(forms.Form):
    """What a new token is for, and for how long."""

    name = forms.CharField(max_length=64)
    days = forms.TypedChoiceField(coerce=int, choices=[(days, _LABELS[days]) for days in LIFETIMES], initial=90)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponseBase:
    """The user's tokens; POST makes one. It stands in this answer, and nowhere else ever."""
    user = _user(request)
    allowed = may_have_tokens(user)
    form, made, problem = TokenForm(), "", ""
    if request.method == "POST" and allowed:
        form = TokenForm(request.POST)
        if form.is_valid():
            try:
                made = make_token(user, form.cleaned_data["name"], form.cleaned_data["days"], address_of(request))
            except TokenNotMadeError as error:
                problem = _(error.message) % {"number": error.number}
            else:
                form = TokenForm()
    rows = [{"token": row, "state": _state(row)} for row in tokens_of(user)[:SHOWN]]
    context: dict[str, Any] = {"form": form, "made": made, "problem": problem, "rows": rows, "allowed": allowed}
    return show(request, "adit_receiver/tokens.html", context | {"server": server_of(request)})


@page
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, token_id: int) -> HttpResponseBase:
    """Asks (GET) and does (POST)."""
    user = _user(request)
    row = get_object_or_404(tokens_of(user), pk=token_id)
    if request.method == "POST":
        revoke_token(user, row.pk, address_of(request))
        messages.success(request, _("The token was revoked. Uploads that use it end within seconds."))
        return redirect("adit_receiver:tokens")
    return show(request, "adit_receiver/token_revoke.html", {"token": row})


def server_of(request: HttpRequest) -> str:
    """The address that the upload program asks for."""
    return f"{request.scheme}://{request.get_host()}"


def _user(request: HttpRequest) -> AbstractUser:
    if not keeps_tokens() or not isinstance(request.user, AbstractUser):
        raise Http404
    return request.user


def _state(row: Token) -> str:
    """``good``, ``expired`` or ``revoked``."""
    if row.revoked is not None:
        return "revoked"
    return "expired" if row.expires is not None and row.expires <= timezone.now() else "good"
