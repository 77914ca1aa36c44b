"""What of signing in must be swept."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from accounts import verbs
from kernel import clock


@shared_task
def forget_sessions() -> None:
    """Delete sessions that have run out: nobody asks for them again, and the table would only grow."""
    SessionStore.clear_expired()


@shared_task
def sweep() -> None:
    """Delete counts of attempts, password links and tokens that have run out. Safe at any time and twice."""
    now = clock.now()
    verbs.sweep_attempts(now=now)
    verbs.sweep_password_links(now=now)
    verbs.sweep_tokens(now=now)
