"""Log lines that hold no values: of an error its kind and where it happened, never its text.

A foreign error's text may quote what it choked on, which may be a patient's.
"""

import json
import logging
from datetime import UTC, datetime
from types import TracebackType

from adit_receiver.faults import without_values


class ValueFreeFormatter(logging.Formatter):
    """Writes tracebacks without the texts of the errors."""

    def formatException(  # noqa: N802 - logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        _, error, where = ei
        return "" if error is None else without_values(error, where)


class JsonFormatter(ValueFreeFormatter):
    """One JSON object a line, for programs that collect logs: time (UTC), level, logger, message, and the error's kind
    and place. An entry of the audit log, which is JSON itself, stands in it as an object.
    """

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": message,
        }
        if record.name == "adit_receiver.audit":
            said["audit"] = json.loads(message)
            said["message"] = str(said["audit"]["event"]) if isinstance(said["audit"], dict) else message
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)
