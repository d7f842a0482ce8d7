"""Dates that nobody can misread."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s T"
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
