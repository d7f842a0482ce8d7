"""The time zone in which the pages of a receiver of its own show times."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured


def time_zone_of(name: str) -> str:
    """The name of the zone; UTC if none was asked for.

    Raises:
        ImproperlyConfigured: there is no such zone here.
    """
    try:
        return ZoneInfo(name or "UTC").key
    except (ZoneInfoNotFoundError, ValueError):
        raise ImproperlyConfigured(
            f"There is no time zone {name!r} here. $ADIT_RECEIVER_TIME_ZONE is a name like Europe/Berlin."
        ) from None
