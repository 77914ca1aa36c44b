"""Logs for machines: one JSON object a line, with the request id that audit entries and refusals carry too."""

import json
import logging
import re
from datetime import UTC, datetime
from http import HTTPStatus

from kernel import request_id
from kernel.masking import mask_phone

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request", "data"}

_TOKEN = re.compile(r"(/(?:f/w|f|s|password-link)/)[\w-]+")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?:-\d{1,6})?(?!\d)", re.ASCII)
_VALUES_OF_ROW = re.compile(r"^((?:DETAIL|CONTEXT):).*$", re.MULTILINE)
"""PostgreSQL adds the values of a row to an error: `DETAIL:  Key (name, phone)=(…) already exists`."""


def without_secrets(text: str) -> str:
    """A text to be logged, without the tokens in addresses and without mobile numbers (PRIVACY-4).

    Whoever knows a token opens a customer's page, or sets a password.
    """
    return _MOBILE.sub(lambda found: mask_phone(found.group()), _TOKEN.sub(r"\1…", text))


def without_values(text: str) -> str:
    """A text of PostgreSQL to be logged, without the values of rows."""
    return _VALUES_OF_ROW.sub(r"\1 …", text)


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
            "message": without_values(record.getMessage()),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            line["trace"] = without_values(self.formatException(record.exc_info))
        text = without_secrets(json.dumps(line, ensure_ascii=False, default=str))
        # Eleven digits of a request's id may look like a telephone number; it must stay the id that the refusal showed.
        return f'{text[:-1]}, "request_id": "{request_id.current()}"}}' if request_id.current() else text
