"""Celery: `celery -A config.celery worker` for files, others with `-Q weicang-periodic` for periodic jobs and with `-Q weicang-external`
for those that call services of others.

Tasks only say that there is work; rows that wait in PostgreSQL are the truth.
"""

import gc
import os
import time
from datetime import datetime
from logging.config import dictConfig
from typing import Any

from celery import Celery, Task, states
from celery.signals import setup_logging, task_postrun, task_prerun, worker_init, worker_process_init
from django.conf import settings

from config.reporting import start_reporting
from jobs.runs import record_failure, record_success
from kernel import clock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("weicang")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_like_the_web(**kwargs: Any) -> None:
    dictConfig(settings.LOGGING)


@worker_init.connect
def _report(**kwargs: Any) -> None:
    start_reporting()


@worker_process_init.connect
def freeze_loaded_objects(**kwargs: Any) -> None:
    """Exclude loaded modules from garbage collection: they live as long as the process, and every workbook would scan them again."""
    gc.collect()
    gc.freeze()


_STARTED: dict[str, tuple[datetime, float]] = {}
"""When the running tasks of this process began, by their ids: by the clock, and by one that nobody sets."""


@task_prerun.connect
def _note_start(task_id: str, **kwargs: Any) -> None:
    _STARTED[task_id] = (clock.now(), time.monotonic())


@task_postrun.connect
def _record_end(task_id: str, task: "Task[Any, Any]", state: str | None, **kwargs: Any) -> None:
    """For the monitoring (`config.figures`): a task that ends with an exception counts as a failure."""
    started_at, since = _STARTED.pop(task_id)
    if state == states.SUCCESS:
        record_success(str(task.name), started_at=started_at, seconds=time.monotonic() - since)
    else:
        record_failure(str(task.name))
