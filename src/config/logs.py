"""Logs for machines: one JSON object a line, with the request id that audit entries and refusals carry too."""

import json
import logging
import re
from datetime import UTC, datetime
from http import HTTPStatus

from kernel import request_id

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request", "data"}

_TOKEN = re.compile(r"(/(?:f|password-link)/)[\w-]+")


def without_secrets(text: str) -> str:
    """A text to be logged, without the tokens in addresses: whoever knows one opens a customer's page, or sets a password."""
    return _TOKEN.sub(r"\1…", text)


class BusyAsWarning(logging.Filter):
    """For the logger django.request, which calls every 5xx an error: a 503 is an answer that the service chose.

    What went wrong with the machine behind it is logged as an error by `config.failures.log_failure`.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) == HTTPStatus.SERVICE_UNAVAILABLE:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.current():
            line["request_id"] = request_id.current()
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(line, ensure_ascii=False, default=str))
