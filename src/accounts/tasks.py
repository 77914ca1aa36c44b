"""What of signing in must be swept."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from accounts import services
from kernel import clock


@shared_task
def forget_sessions() -> None:
    """Delete sessions that have run out: nobody asks for them again, and the table would only grow."""
    SessionStore.clear_expired()


@shared_task
def sweep() -> None:
    """Delete counts of attempts, password links and tokens that have run out. Safe at any time and twice."""
    now = clock.now()
    services.sweep_attempts(now=now)
    services.sweep_password_links(now=now)
    services.sweep_tokens(now=now)
