"""What of signing in must be swept."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from accounts.services import attempts, passwords, tokens
from kernel import clock


@shared_task
def forget_sessions() -> None:
    """Delete sessions that have run out: nobody asks for them again, and the table would only grow."""
    SessionStore.clear_expired()


@shared_task
def sweep() -> None:
    """Delete counts of attempts, password links and tokens that have run out. Safe at any time and twice."""
    now = clock.now()
    attempts.sweep_attempts(now=now)
    passwords.sweep_password_links(now=now)
    tokens.sweep_tokens(now=now)
