"""Keeps the computer from sleeping while an upload runs. Where that can't be had, the upload goes on all the same."""

from contextlib import AbstractContextManager


def stay_awake() -> AbstractContextManager[object]:
    """The screen may go dark; the computer does not sleep by itself until the end of the ``with``."""
    from wakepy import keep  # noqa: PLC0415 - the window starts without it

    return keep.running(on_fail="pass")
