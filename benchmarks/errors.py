"""What can go wrong in a benchmark."""


class BenchmarkError(Exception):
    """A figure could not be measured, and none is made up; the text says why."""
