"""Sessions of all people of a seeded database: whoever has the cookie of one need not sign in, which takes a second each time."""

from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from accounts.models import Person
from kernel import clock
from tests.browser.seed_database import session_of

BACKEND = "django.contrib.auth.backends.ModelBackend"


def open_sessions() -> None:
    """What a sign-in writes, for each person."""
    ends_at = clock.now() + timedelta(days=14)
    for person in Person.objects.exclude(password=""):
        kept = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
        data = SessionStore().encode(kept)
        Session.objects.create(session_key=session_of(person.login), session_data=data, expire_date=ends_at)
