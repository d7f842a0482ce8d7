"""Pages for those who watch over the receiver: health for machines, health for people, metrics."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from adit_uploader.protocol.codes import CloseCode

from .accounts import accounts
from .audit.changes import address_of
from .entrance import check_token
from .errors import AccessDeniedError
from .health import check_all
from .live import digest, nothing_new, shows_already
from .metrics import metrics_text
from .page import page, show

VIEW_METRICS = "adit_receiver.view_metrics"
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_SCHEME = "token "


@never_cache
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """For machines, without login: 200, or 503 while uploads fail; names of checks only, no numbers and no names.

    A worker or a destination that is not well is told, and is no reason to take the server out of service.
    """
    checks = check_all(timezone.now())
    failing = sorted({check.name.partition(" ")[0] for check in checks if not check.well})
    down = any(check.vital and not check.well for check in checks)
    return JsonResponse({"status": "down" if down else "up", "failing": failing}, status=503 if down else 200)


@page
@require_safe
def health_page(request: HttpRequest) -> HttpResponseBase:
    """For people who may see it."""
    if not request.user.has_perm(VIEW_METRICS):
        raise PermissionDenied
    checks = check_all(timezone.now())
    now = digest(checks)
    if shows_already(request, now):
        return nothing_new()
    return show(request, "adit_receiver/health.html", {"checks": checks, "seen": now})


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus: a session, or ``Authorization: Token ...``, of a user with the permission."""
    if request.user.is_authenticated:
        allowed = request.user.has_perm(VIEW_METRICS)
    else:
        given = request.headers.get("Authorization", "")
        token = given[len(_SCHEME) :].strip() if given[: len(_SCHEME)].lower() == _SCHEME else ""
        if not token:
            return HttpResponse("A token is needed.\n", status=401, headers={"WWW-Authenticate": "Token"})
        try:
            user = check_token(token, address_of(request), accounts()).user
        except AccessDeniedError as error:
            status = 429 if error.code is CloseCode.TOO_MANY_FAILURES else 401
            return HttpResponse(f"{error.message}\n", status=status, content_type="text/plain; charset=utf-8")
        allowed = user.has_perm(VIEW_METRICS)
    if not allowed:
        raise PermissionDenied
    return HttpResponse(metrics_text(timezone.now()), content_type=_TEXT)
