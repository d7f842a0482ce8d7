"""What is told of a defect: its kind and where it happened, never its text, which may quote a patient's values."""

import logging
import threading
import traceback
from types import TracebackType

logger = logging.getLogger(__name__)


def without_values(error: BaseException, where: TracebackType | None) -> str:
    """Some lines: the places that it came through, and its kind with those of its causes."""
    lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(where)]
    chain = [type(error).__name__]
    cause: BaseException | None = error
    while cause is not None and (cause := cause.__cause__ or cause.__context__) is not None:
        chain.append(type(cause).__name__)
    return "\n".join(["Traceback (texts of errors are left out):", *lines, " from ".join(chain)])


def tell_of_thread(fault: "threading.ExceptHookArgs") -> None:
    """For ``threading.excepthook``, which would write the error's text to where no logging is asked."""
    name = fault.thread.name if fault.thread is not None else "of nobody"
    told = without_values(fault.exc_value, fault.exc_traceback) if fault.exc_value is not None else ""
    logger.error("The thread %s has failed by a defect. %s", name, told)
