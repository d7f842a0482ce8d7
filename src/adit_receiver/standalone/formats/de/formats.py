"""Dates with the day first, and the time zone beside the time."""

DATE_FORMAT = "d.m.Y"
DATETIME_FORMAT = "d.m.Y H:i:s T"
THOUSAND_SEPARATOR = "."
NUMBER_GROUPING = 3
