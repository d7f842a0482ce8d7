"""The main menu."""

from typing import Any, NamedTuple

from django.http import HttpRequest


class MainMenuItem(NamedTuple):
    url_name: str
    label: str
    order: int = 1
    staff_only: bool = False


main_menu_items: list[MainMenuItem] = []


def register_main_menu_item(menu_item: MainMenuItem) -> None:
    main_menu_items.append(menu_item)


def base_context_processor(_request: HttpRequest) -> dict[str, Any]:
    return {"main_menu_items": main_menu_items}
