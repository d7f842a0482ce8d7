"""Keeps the computer from sleeping while an upload runs. Where that can't be had, the upload goes on all the same."""

from contextlib import AbstractContextManager

from wakepy import keep


def stay_awake() -> AbstractContextManager[object]:
    """The screen may go dark; the computer does not sleep by itself until the end of the ``with``."""
    return keep.running(on_fail="pass")
