"""How people without an account are told apart: by a keyed hash of who asks (FORWARD-6)."""

from datetime import datetime

from django.http import HttpRequest

from kernel.period import SHANGHAI
from web.client import client_address, client_network
from web.frequency import keyed_hash


def network_hash(request: HttpRequest, now: datetime) -> str:
    """A keyed hash of the network address of whoever asks, which changes every day."""
    day = f"{now.astimezone(SHANGHAI):%Y-%m-%d}"
    return keyed_hash("forwarding.network", f"{day} {client_network(client_address(request))}")
