"""Where a request comes from, with and without proxies in front."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from web.client import client_address, client_network

DIRECT = "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, DIRECT),
        (0, "203.0.113.7", DIRECT),
        (1, None, DIRECT),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.7:51234", "203.0.113.7"),
        (1, "[2001:DB8::1]:443", "2001:db8::1"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "unknown", DIRECT),
        (1, "", DIRECT),
        (1, "203.0.113.7,", DIRECT),
    ],
)
def test_the_client_is_as_many_entries_from_the_end_as_there_are_proxies(
    proxies: int, forwarded: str | None, address: str, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert client_address(RequestFactory(REMOTE_ADDR=DIRECT).get("/", headers=headers)) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_device_is_known_by_its_network(address: str, network: str) -> None:
    assert client_network(address) == network
