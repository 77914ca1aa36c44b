"""A service that has been used for weeks, played once for all tests of this folder, and people signed in to it."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import Person
from kernel import clock
from tests.pages import walk
from tests.pages.markup import Element, read
from tests.rows import columns_by_table, read_rows, restore
from tests.sample_data import SampleData, create_sample_data


@pytest.fixture(scope="package")
def sample(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SampleData]:
    """Names and texts in Latin letters. Committed, and taken away after the last test: a transaction that stays open for minutes holds
    back what other workers read of the outbox and of figures."""
    with django_db_blocker.unblock():
        migrated = read_rows(columns_by_table())
        with transaction.atomic():
            made = create_sample_data(clock.now(), latin=True)
        yield made
        restore(migrated)


@pytest.fixture(scope="package")
def visitor(sample: SampleData) -> Callable[..., Client]:
    """A client that is signed in as somebody, in a language."""

    def signed_in(role: str = "", language: str = "zh") -> Client:
        client = Client(headers={"accept": "text/html"})
        if role:
            person = Person.objects.get(login=sample.logins[role])
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        client.cookies["language"] = language
        return client

    return signed_in


@pytest.fixture(scope="package")
def english(sample: SampleData, visitor: Callable[..., Client]) -> dict[str, Element]:
    """Every page in English by its address; a part that htmx fetches is a page here as well."""
    pages = {}
    for face, role in walk.FACES.items():
        client = visitor(role, "en")
        for address in walk.addresses(sample, face):
            answer = client.get(address)
            if answer.status_code not in (302, 405):
                pages[address] = read(answer.content.decode())
    stranger = visitor("", "en")
    pages |= {address: read(stranger.get(address).content.decode()) for address in walk.public_addresses(sample)}
    return pages
