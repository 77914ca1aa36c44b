"""The desk as people open it: signed-in clients of Django over the real database."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from tests.builders import Marketplace


@pytest.fixture
def market(db: None) -> Marketplace:
    return Marketplace()


@pytest.fixture
def desk() -> Callable[[Actor], Client]:
    """A client that is signed in as somebody."""

    def signed_in(actor: Actor) -> Client:
        client = Client()
        client.force_login(Person.objects.get(pk=actor.own_id), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def ops(market: Marketplace, desk: Callable[[Actor], Client]) -> Client:
    return desk(market.ops)


@pytest.fixture
def finance(market: Marketplace, desk: Callable[[Actor], Client]) -> Client:
    return desk(market.finance)
