"""Enqueue a background job for a row that waits.

The message may be lost: a periodic sweep finds the row, so a broker that is down costs a delay.
"""

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger("weicang.jobs")


def enqueue_on_commit(task: str, *arguments: Any) -> None:
    """Send a task by name (`inventory.tasks.read_upload`) once the running transaction, if any, is committed."""
    transaction.on_commit(lambda: _send(task, arguments), robust=True)


def _send(task: str, arguments: tuple[Any, ...]) -> None:
    try:
        current_app.send_task(task, args=arguments, retry=False)
    except (OperationalError, OSError) as error:
        log.warning(
            "the broker cannot be reached; the periodic sweep will find the row",
            extra={"task": task, "error": str(error)},
        )
