"""A start of the demo after its sale is over."""

from datetime import UTC, datetime

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import Person
from demo.walk import reopen
from demo.walk_record import SignIn
from flashsales.models import Sale
from flashsales.services import ending
from tests.builders import HOUR, PASSWORD, Marketplace, item_of

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_a_later_start_reruns_the_last_sale_once_no_other_is_open(live_server: LiveServer) -> None:
    now = datetime.now(UTC)
    market = Marketplace(now=now - HOUR)
    sku = market.sku(units=9)
    first = market.sale(sku)
    login = Person.objects.get(pk=market.ops.own_id).login
    people = [SignIn("运营 ops", "/console/", login, PASSWORD)]
    assert reopen(live_server.url, people) == ""
    ending.end_early(actor=market.ops, sale_id=first, reason="售罄", now=now)
    assert "is live for the next 48 hours" in reopen(live_server.url, people)
    rerun = Sale.objects.get(rerun_of=first)
    assert (rerun.published_at is not None, item_of(rerun.pk, sku) > 0) == (True, True)
    assert reopen(live_server.url, people) == ""
    assert Sale.objects.count() == 2


def test_reopen_does_nothing_when_ops_changed_the_password(live_server: LiveServer) -> None:
    market = Marketplace(now=datetime.now(UTC))
    login = Person.objects.get(pk=market.ops.own_id).login
    assert reopen(live_server.url, [SignIn("运营 ops", "/console/", login, "not hers")]) == ""
