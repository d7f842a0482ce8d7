"""The hours in which the receiver forwards. Urgent jobs are forwarded at any time."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Hours:
    """A window of each day, by the clocks of a place; it may go over midnight.

    Attributes:
        begin, end: times of day; the window begins with the first and is over at the second.
        zone: name of the time zone (IANA).
    """

    begin: time
    end: time
    zone: str

    def open_at(self, now: datetime) -> bool:
        """Whether it is in the window."""
        local = now.astimezone(ZoneInfo(self.zone)).time()
        if self.begin <= self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end

    def next_change(self, now: datetime) -> datetime:
        """When the window opens or closes next, UTC.

        A time of day that the clocks pass twice counts once, the first time; one that they leave out counts as soon as
        they have left it out.
        """
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        moments = (
            datetime.combine(today + timedelta(days=days), of_day, zone).astimezone(UTC)
            for days in range(-1, 3)
            for of_day in (self.begin, self.end)
        )
        return min(moment for moment in moments if moment > now)

    def __str__(self) -> str:
        return f"{self.begin:%H:%M} to {self.end:%H:%M} ({self.zone})"
