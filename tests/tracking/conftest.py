"""The stand-in for kuaidi100, one per file, and an account at it."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.tracking import kuaidi100_server
from tests.tracking.kuaidi100_server import CUSTOMER, KEY, SALT, Kuaidi100


@pytest.fixture(scope="module")
def running_kuaidi100() -> Iterator[Kuaidi100]:
    with kuaidi100_server.run() as service:
        yield service


@pytest.fixture
def kuaidi100(running_kuaidi100: Kuaidi100, settings: Settings) -> Kuaidi100:
    """The service without memory of earlier tests, and settings with an account at it that takes pushes."""
    running_kuaidi100.forget()
    settings.KUAIDI100_CUSTOMER, settings.KUAIDI100_KEY, settings.KUAIDI100_SALT = CUSTOMER, KEY, SALT
    settings.KUAIDI100_URL, settings.KUAIDI100_CALLBACK = running_kuaidi100.url, "https://weicang.example"
    return running_kuaidi100
