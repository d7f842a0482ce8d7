"""What the templates of the pages need: addresses that keep their parameters, times, numbers, messages."""

from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from adit_receiver.live import SEEN
from adit_receiver.said import said

register = template.Library()


@register.simple_tag(takes_context=True)
def same_address(context: dict[str, Any], **changes: object) -> str:
    """The parameters of this page's address, with some of them changed; never a page's own look again."""
    request: HttpRequest = context["request"]
    asked = request.GET.copy()
    asked.pop(SEEN, None)
    for name, value in changes.items():
        asked[name] = str(value)
    return f"?{asked.urlencode()}"


@register.simple_tag(takes_context=True)
def sorting_heading(context: dict[str, Any], name: str, label: str) -> SafeString:
    """A column's heading that sorts by it, and turns the order around when it does so already."""
    sort = context["sort"]
    order = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
    address = same_address(context, sort=f"-{name}" if sort == name else name, page=1)
    return format_html('<th scope="col" aria-sort="{}"><a href="{}">{}</a></th>', order, address, label)


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A time as the language writes it, in the zone of the pages; a dash for none."""
    if value is None:
        return "—"
    local = timezone.localtime(value)
    exact = local.isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', exact, date_format(local, "DATETIME_FORMAT"))


@register.filter
def number(value: int | str | None) -> str:
    """A number with its thousands set apart as the language does; what a client has not told is none."""
    return number_format(value or 0, force_grouping=True)


@register.filter
def message(text: str) -> SafeString:
    """A stored message in the reader's language; what is known in English only is marked for screen readers."""
    english = (get_language() or "en").startswith("en")
    return format_html_join(
        " ",
        "<span{}>{}</span>",
        ((SafeString("") if piece.known or english else SafeString(' lang="en"'), piece.text) for piece in said(text)),
    )
