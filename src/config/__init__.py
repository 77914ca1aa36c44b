"""Settings, addresses, middleware, the API and Celery: the only package that imports all others."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
