"""Log lines that hold no values: of an error its kind and where it happened, never its text.

A foreign error's text may quote what it choked on, which may be a patient's.
"""

import logging
import traceback
from types import TracebackType


class ValueFreeFormatter(logging.Formatter):
    """Writes tracebacks without the texts of the errors."""

    def formatException(  # noqa: N802 - logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, error, where = ei
        if kind is None or error is None:
            return ""
        lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(where)]
        chain = [kind.__name__]
        while (error := error.__cause__ or error.__context__) is not None:
            chain.append(type(error).__name__)
        return "\n".join(["Traceback (texts of errors are left out):", *lines, " from ".join(chain)])
