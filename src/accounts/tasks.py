"""Background jobs of accounts: rows that have expired are deleted."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from accounts.services import attempts, passwords, tokens
from kernel import clock


@shared_task
def purge_sessions() -> None:
    """Delete expired sessions, or the table would only grow."""
    SessionStore.clear_expired()


@shared_task
def purge_expired() -> None:
    """Delete expired counts of attempts, password links and tokens. Idempotent."""
    now = clock.now()
    attempts.purge_attempt_counts(now=now)
    passwords.purge_password_links(now=now)
    tokens.purge_tokens(now=now)
