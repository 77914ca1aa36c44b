"""Starts traces and error reports where their settings ask for them; nothing of theirs is imported otherwise."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string


def start_reporting() -> None:
    """Called once by each process of the web and of the workers."""
    wanted = {"config.error_reports.start": settings.SENTRY_DSN, "config.traces.start": settings.TRACES_URL}
    for name in (name for name, setting in wanted.items() if setting):
        try:
            start = import_string(name)
        except ModuleNotFoundError as missing:
            raise ImproperlyConfigured(
                f"{missing.name} is not installed: requirements/monitoring.txt has what traces and error reports need."
            ) from missing
        start()
