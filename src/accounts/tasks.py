"""What of signing in must be swept."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore


@shared_task
def forget_sessions() -> None:
    """Delete sessions that have run out: nobody asks for them again, and the table would only grow."""
    SessionStore.clear_expired()
