"""Every price and permission uses the tier that the rules give at that instant, whether the roll-over has been carried out or not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.rules import SYSTEM
from forwarding.selectors.prices import list_prices_beside_floors
from forwarding.services import prices
from inventory.models import Sku
from kernel import clock
from membership.models import GrowthEntry, Reseller, TierChange
from membership.rules.tiers import GrowthKind, Tier
from membership.selectors import histories, people
from membership.services import growth, invitations, rollover
from tests.builders import PASSWORD, Daigou, Marketplace, item_of

pytestmark = pytest.mark.django_db
ROLLOVER_AT = datetime(2026, 11, 30, 16, tzinfo=UTC)
BEFORE = ROLLOVER_AT - timedelta(milliseconds=1)
STARTED = ROLLOVER_AT - timedelta(hours=20)


def grown(market: Marketplace, daigou: Daigou, fen: int, at: datetime) -> None:
    """Goods of an earlier sale, paid and shipped."""
    order_id = 10**6 + daigou.id
    growth.credit_purchase(reseller_id=daigou.id, order_id=order_id, amount_fen=fen, now=at)
    growth.settle_shipment(
        reseller_id=daigou.id, order_id=order_id, shipment=f"old/{daigou.id}", amount_fen=fen, now=at
    )


def stored() -> list[Any]:
    """What reading must leave as it is."""
    members = Reseller.objects.order_by("pk").values_list("pk", "tier", "rolled_over_through", "growth_milli")
    return [*members, TierChange.objects.count(), GrowthEntry.objects.count()]


@pytest.fixture
def market() -> Marketplace:
    return Marketplace(now=datetime(2026, 8, 10, 4, tzinfo=UTC))


@pytest.fixture
def falling(market: Marketplace) -> Daigou:
    """VIP2 until the end of November: what made her one was bought in August."""
    daigou = market.reseller(wallet_fen=10_000_00)
    grown(market, daigou, 5_000_00, market.now)
    for month in (9, 10, 11):
        rollover.roll_over_month(
            actor=SYSTEM, month=date(2026, month, 1), now=datetime(2026, month, 1, tzinfo=UTC) - timedelta(hours=8)
        )
    assert people.require_member(daigou.actor, BEFORE).tier is Tier.VIP2
    return daigou


def test_prices_follow_the_month_and_not_the_rollover_job(market: Marketplace, falling: Daigou) -> None:
    market.now = STARTED
    sku_id = market.sku()
    sale_id = market.sale(sku_id)
    item_id = item_of(sale_id, sku_id)
    login = people.require_reseller(falling.actor).name.replace("代购 ", "daigou")
    client = Client()
    with clock.set_to(STARTED):
        token = client.post("/api/v1/tokens", {"login": login, "password": PASSWORD}, content_type="application/json")
    headers = {"Authorization": f"Bearer {token.json()['token']}"}
    before = stored()
    for instant, tier, price in ((BEFORE, Tier.VIP2, "117.60"), (ROLLOVER_AT, Tier.VIP1, "118.80")):
        with clock.set_to(instant):
            listed = client.get(f"/api/v1/styles?sale_id={sale_id}", headers=headers).json()["items"]
            style_id = listed[0]["style_id"]
            shown = client.get(f"/api/v1/sales/{sale_id}/styles/{style_id}", headers=headers).json()
            assert listed[0]["from_price"] == shown["items"][0]["price"] == price
            page = client.get("/api/v1/membership", headers=headers).json()
            assert (page["tier"], people.require_member(falling.actor, instant).tier) == (tier, tier)
            assert stored() == before
        order = falling.grab(item_id, now=instant)
        assert (order.tier, order.lines[0].price_fen) == (tier, int(price.replace(".", "")))
    assert stored() == before


def test_floors_of_forwarded_goods_follow_the_month(market: Marketplace, falling: Daigou) -> None:
    market.now = STARTED
    sku_id = market.sku()
    sale_id = market.sale(sku_id)
    style_id = Sku.objects.get(pk=sku_id).style_id
    prices.set_retail_price(actor=falling.actor, sale_id=sale_id, style_id=style_id, price_fen=199_00, now=STARTED)
    assert [price.tier for price in list_prices_beside_floors(sale_id, at=BEFORE)] == [Tier.VIP2]
    assert [price.tier for price in list_prices_beside_floors(sale_id, at=ROLLOVER_AT)] == [Tier.VIP1]


def test_lists_of_members_compute_the_tier_and_write_nothing(market: Marketplace, falling: Daigou) -> None:
    other = market.reseller()
    before = stored()
    for instant, tier in ((BEFORE, Tier.VIP2), (ROLLOVER_AT, Tier.VIP1)):
        assert {view.id: view.tier for view in people.list_members(at=instant).items} == {
            falling.id: tier,
            other.id: Tier.TRIAL,
        }
        assert [view.id for view in people.list_members(at=instant, tier=tier).items] == [falling.id]
        assert people.list_members(at=instant, tier=3 - tier).items == []
        assert histories.tiers_at([falling.id, other.id, 10**9], instant) == {falling.id: tier, other.id: Tier.TRIAL}
    assert stored() == before
    rollover.roll_over_month(actor=SYSTEM, month=date(2026, 12, 1), now=ROLLOVER_AT)
    assert [view.id for view in people.list_members(at=ROLLOVER_AT, tier=Tier.VIP1).items] == [falling.id]


def test_codes_are_issued_by_the_tier_of_the_instant(market: Marketplace) -> None:
    market.now = datetime(2026, 11, 10, 4, tzinfo=UTC)
    daigou = market.reseller()
    grown(market, daigou, 600_00, market.now)
    growth.take_back(
        reseller_id=daigou.id,
        order_id=10**6 + daigou.id,
        refund_id=1,
        amount_fen=600_00,
        kind=GrowthKind.REFUND,
        now=market.now + timedelta(days=2),
    )
    assert invitations.issue_code(actor=daigou.actor, uses=1, now=BEFORE).reseller_id == daigou.id
    with pytest.raises(invitations.NotYetVip):
        invitations.issue_code(actor=daigou.actor, uses=1, now=ROLLOVER_AT)


def test_reading_the_tier_of_a_member_whose_rollover_is_done_takes_one_statement(
    market: Marketplace, falling: Daigou, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert histories.get_tier(falling.id, BEFORE) is Tier.VIP2
    rollover.roll_over_month(actor=SYSTEM, month=date(2026, 12, 1), now=ROLLOVER_AT)
    with django_assert_num_queries(1):
        assert histories.get_tier(falling.id, ROLLOVER_AT) is Tier.VIP1
