"""A rehearsal is asked for by ops, for a sale that is scheduled, one at a time, and never beside a live sale (REHEARSAL-1)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import AuditEntry
from accounts.rules import NotAllowed
from rehearsals.models import Rehearsal
from rehearsals.rules import Curve, RehearsalState
from rehearsals.selectors import NoSuchRehearsal, list_rehearsals
from rehearsals.services.requests import (
    BadSize,
    RehearsalInProgress,
    SaleIsLive,
    SaleNotScheduled,
    cancel_rehearsal,
    request_rehearsal,
)
from rehearsals.services.running import list_waiting
from tests.builders import HOUR, NOW, Marketplace

pytestmark = pytest.mark.django_db
OPENS = NOW + 24 * HOUR
ASKED: dict[str, Any] = {"buyers": 20, "seconds": 5, "curve": Curve.RUSH, "web_processes": 1, "now": NOW}


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


@pytest.fixture
def sale_id(market: Marketplace) -> int:
    return scheduled(market)


def scheduled(market: Marketplace, opens: datetime = OPENS) -> int:
    return market.sale(market.sku(units=5), starts_at=opens)


# REHEARSAL-1
def test_ops_asks_for_a_rehearsal_which_waits_for_a_worker(market: Marketplace, sale_id: int) -> None:
    view = request_rehearsal(actor=market.ops, sale_id=sale_id, **ASKED)
    assert (view.state, view.buyers, view.seconds, view.curve) == (RehearsalState.WAITING, 20, 5, Curve.RUSH)
    assert list_waiting() == [view.id]
    assert [each.id for each in list_rehearsals(sale_id)] == [view.id]
    entry = AuditEntry.objects.get(action="rehearsals.request")
    assert (entry.person_id, entry.subject_id) == (market.ops.own_id, sale_id)


def test_second_rehearsal_is_refused_while_one_is_open_and_accepted_afterwards(
    market: Marketplace, sale_id: int
) -> None:
    view = request_rehearsal(actor=market.ops, sale_id=sale_id, **ASKED)
    with pytest.raises(RehearsalInProgress):
        request_rehearsal(actor=market.ops, sale_id=scheduled(market), **ASKED)
    assert Rehearsal.objects.count() == 1
    cancelled = cancel_rehearsal(actor=market.ops, rehearsal_id=view.id, now=NOW)
    assert (cancelled.state, cancelled.ended_at) == (RehearsalState.CANCELLED, NOW)
    assert cancel_rehearsal(actor=market.ops, rehearsal_id=view.id, now=NOW + HOUR) == cancelled
    request_rehearsal(actor=market.ops, sale_id=sale_id, **ASKED)


@pytest.mark.parametrize("after_opening", [timedelta(minutes=-15), timedelta(0), 47 * HOUR])
def test_rehearsal_is_refused_while_a_sale_is_live_or_about_to_open(
    market: Marketplace, after_opening: timedelta
) -> None:
    scheduled(market, NOW + HOUR)
    later = scheduled(market, NOW + 60 * HOUR)
    with pytest.raises(SaleIsLive) as refused:
        request_rehearsal(actor=market.ops, sale_id=later, **(ASKED | {"now": NOW + HOUR + after_opening}))
    assert (refused.value.title, refused.value.minutes) == ("冬季尾货专场", 15)
    assert not Rehearsal.objects.exists()


def test_rehearsal_is_accepted_a_second_before_a_sale_counts_as_live(market: Marketplace, sale_id: int) -> None:
    at = OPENS - timedelta(minutes=15, seconds=1)
    assert request_rehearsal(actor=market.ops, sale_id=sale_id, **(ASKED | {"now": at})).sale_id == sale_id


def test_only_a_scheduled_sale_is_rehearsed(market: Marketplace) -> None:
    draft = market.draft(market.sku(units=5), starts_at=OPENS)
    with pytest.raises(SaleNotScheduled) as refused:
        request_rehearsal(actor=market.ops, sale_id=draft, **ASKED)
    assert refused.value.phase == "draft"


@pytest.mark.parametrize("size", [{"buyers": 0}, {"buyers": 5001}, {"seconds": 301}, {"web_processes": 9}])
def test_sizes_beyond_the_bounds_are_refused(market: Marketplace, sale_id: int, size: dict[str, int]) -> None:
    with pytest.raises(BadSize):
        request_rehearsal(actor=market.ops, sale_id=sale_id, **(ASKED | size))
    assert not Rehearsal.objects.exists()


def test_only_ops_rehearses(market: Marketplace, sale_id: int) -> None:
    with pytest.raises(NotAllowed):
        request_rehearsal(actor=market.finance, sale_id=sale_id, **ASKED)
    view = request_rehearsal(actor=market.ops, sale_id=sale_id, **ASKED)
    with pytest.raises(NotAllowed):
        cancel_rehearsal(actor=market.finance, rehearsal_id=view.id, now=NOW)
    with pytest.raises(NoSuchRehearsal):
        cancel_rehearsal(actor=market.ops, rehearsal_id=view.id + 1, now=NOW)
    assert Rehearsal.objects.get().state == "waiting"
