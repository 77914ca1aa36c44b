"""The house put together: settings, addresses, the API's refusals, Celery. The only room that knows all others."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
