"""Celery: `celery -A config.celery worker` for files, others with `-Q weicang-periodic` for periodic jobs and with `-Q weicang-external`
for those that call services of others.

Tasks only say that there is work; rows that wait in PostgreSQL are the truth.
"""

import gc
import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("weicang")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_like_the_web(**kwargs: Any) -> None:
    dictConfig(settings.LOGGING)


@worker_process_init.connect
def freeze_loaded_objects(**kwargs: Any) -> None:
    """Exclude loaded modules from garbage collection: they live as long as the process, and every workbook would scan them again."""
    gc.collect()
    gc.freeze()
