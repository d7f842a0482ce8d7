"""Addresses of the same page with other parameters (Django 5.1's ``querystring``, and links that sort)."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def same_address(context: dict[str, Any], **changes: object) -> str:
    """The parameters of this page's address, with some of them changed."""
    request: HttpRequest = context["request"]
    asked = request.GET.copy()
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
