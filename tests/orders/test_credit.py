"""What a reseller may hold without having paid (ORDER-6)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.rules import SYSTEM
from membership.models import Reseller
from membership.rules.tiers import DEFAULT_TABLE, Tier
from membership.selectors.people import CodeUsedUp, require_buyer
from membership.services import adjustments, growth, invitations, tier_tables
from orders.models.orders import Order
from orders.rules.credit import Credit, count_expired_carts
from orders.services import grab, payment
from orders.services.credit import SharedUnpaidLimitExceeded, UnpaidLimitExceeded, WalletTooLow, get_credit
from tests.builders import HOUR, NOW, PASSWORD, Marketplace, item_of, units_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


@pytest.fixture
def item_id(market: Marketplace) -> int:
    """142 pieces of ¥2,000: a sale of ¥284,000."""
    sku_id = market.sku(units=142, tag_price_fen=5_000_00, base_price_fen=2_000_00)
    return item_of(market.sale(sku_id), sku_id)


@pytest.fixture
def small(market: Marketplace) -> int:
    """Pieces of ¥120."""
    sku_id = market.sku(units=500)
    return item_of(market.sale(sku_id, brand_id=market.brand_id), sku_id)


def holding(item_id: int) -> tuple[int, int]:
    return units_of(item_id)[2], Order.objects.count()


def test_grab_beyond_the_trial_limit_is_refused(market: Marketplace, small: int) -> None:
    daigou = market.reseller()
    daigou.grab(small, 16)
    before = holding(small)
    with pytest.raises(UnpaidLimitExceeded) as refused:
        daigou.grab(small)
    assert (refused.value.limit_fen, refused.value.unpaid_fen, refused.value.order_total_fen) == (
        2_000_00,
        1_920_00,
        120_00,
    )
    assert refused.value.sentence("zh").startswith(
        "您的等级最多可占用 ¥2,000.00 未付款的货：已有 ¥1,920.00 未付，这一单 ¥120.00。请先付款或取消待付款的订单"
    )
    assert holding(small) == before == (16, 1)
    market.top_up(daigou, 120_00 * 16)
    payment.pay(actor=daigou.actor, order_id=Order.objects.get().pk, now=NOW)
    daigou.grab(small, 16)


@pytest.mark.parametrize(("tier", "limit_fen"), list(zip(Tier, DEFAULT_TABLE.unpaid_limits_fen, strict=True)))
def test_grab_beyond_the_limit_of_each_tier_is_refused(
    market: Marketplace, small: int, tier: Tier, limit_fen: int
) -> None:
    daigou = market.reseller()
    if tier is not Tier.TRIAL:
        adjustments.match_tier(actor=SYSTEM, reseller_id=daigou.id, tier=tier, months=1, reason="test", now=NOW)
    price_fen = daigou.grab(small).total_fen
    most = limit_fen // price_fen
    with pytest.raises(UnpaidLimitExceeded) as refused:
        daigou.grab(small, most)
    assert (refused.value.limit_fen, refused.value.unpaid_fen) == (limit_fen, price_fen)
    daigou.grab(small, most - 1)


def test_grab_up_to_the_wallet_where_it_exceeds_the_limit(market: Marketplace, item_id: int) -> None:
    daigou = market.reseller(wallet_fen=10_000_00)
    daigou.grab(item_id, 5)
    with pytest.raises(UnpaidLimitExceeded):
        daigou.grab(item_id)
    assert holding(item_id) == (5, 1)


def test_grab_after_three_expired_orders_needs_the_wallet_to_cover_it(market: Marketplace, small: int) -> None:
    daigou = market.reseller()
    for number in range(3):
        daigou.grab(small, now=NOW + number * HOUR)
        grab.expire_unpaid(now=NOW + number * HOUR + timedelta(minutes=15))
    at = NOW + 3 * HOUR
    with pytest.raises(WalletTooLow) as refused:
        daigou.grab(small, now=at)
    told = refused.value
    assert (told.expired, told.wallet_fen, told.unpaid_fen, told.order_total_fen) == (3, 0, 0, 120_00)
    assert holding(small) == (0, 3)
    market.top_up(daigou, 240_00)
    order = daigou.grab(small, 2, now=at)
    with pytest.raises(WalletTooLow):
        daigou.grab(small, now=at)
    grab.cancel_unpaid(actor=daigou.actor, order_id=order.id, now=at)
    day_later = NOW + timedelta(minutes=15) + timedelta(hours=24)
    daigou.grab(small, 3, now=day_later)


def test_grab_counts_expired_orders_that_the_job_has_not_cancelled(market: Marketplace, small: int) -> None:
    daigou = market.reseller()
    for number in range(3):
        daigou.grab(small, now=NOW + number * timedelta(minutes=15))
    late = NOW + timedelta(minutes=46)
    grab.cancel_unpaid(actor=daigou.actor, order_id=Order.objects.order_by("pk")[0].pk, now=late)
    with pytest.raises(WalletTooLow) as refused:
        daigou.grab(small, now=late)
    assert (refused.value.expired, refused.value.unpaid_fen) == (3, 240_00)


def test_grab_after_orders_of_one_cart_that_expired_together_counts_one_expiry(market: Marketplace, small: int) -> None:
    daigou = market.reseller()
    for seconds in (0, 300, 899, 900):
        daigou.grab(small, now=NOW + timedelta(seconds=seconds))
    late = NOW + timedelta(minutes=31)
    grab.expire_unpaid(now=late)
    credit = get_credit(require_buyer(daigou.actor, late), late)
    ends = list(Order.objects.values_list("pay_before", flat=True))
    assert credit.expired == count_expired_carts(ends) == 2
    assert credit.allowance_fen == 2_000_00


@given(st.lists(st.integers(0, 3 * 3600), max_size=7))
@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_counts_expired_carts_as_the_rule_does(market: Marketplace, item_id: int, seconds: list[int]) -> None:
    """The statement of the grab repeats `count_expired_carts` (ORDER-6)."""
    with transaction.atomic():
        daigou, ends = market.reseller(), [NOW + timedelta(seconds=each) for each in seconds]
        Order.objects.bulk_create(
            Order(
                reseller_id=daigou.id, key=str(number), state="cancelled", tier=0, total_fen=1,
                placed_at=end - timedelta(minutes=15), pay_before=end, cancelled_at=end,
            )
            for number, end in enumerate(ends)
        )  # fmt: skip
        late = NOW + timedelta(hours=4)
        assert get_credit(require_buyer(daigou.actor, late), late).expired == count_expired_carts(ends)
        transaction.set_rollback(True)


def test_grab_follows_the_limits_of_the_tier_table_of_the_month(market: Marketplace, small: int) -> None:
    limits = (120_00, 240_00, 240_00, 240_00, 240_00, 240_00)
    table = replace(DEFAULT_TABLE, from_month=NOW.date().replace(month=12, day=1), unpaid_limits_fen=limits)
    tier_tables.create_tier_table(actor=market.ops, table=table, now=NOW)
    daigou = market.reseller()
    daigou.grab(small, 2)
    grab.cancel_unpaid(actor=daigou.actor, order_id=Order.objects.get().pk, now=NOW)
    december = NOW + timedelta(days=10)
    sku_id = market.sku()
    market.now = december
    item_id = item_of(market.sale(sku_id), sku_id)
    with pytest.raises(UnpaidLimitExceeded) as refused:
        daigou.grab(item_id, 2, now=december)
    assert refused.value.limit_fen == 120_00
    daigou.grab(item_id, now=december)


def test_grab_by_142_trial_members_of_one_inviter_shares_one_limit(market: Marketplace, item_id: int) -> None:
    """With ¥2,000 each they would hold all of it. One inviter's members share a limit; a code of ops takes few; an address joins few."""
    inviter = market.reseller()
    order_id = 10**6
    growth.credit_purchase(reseller_id=inviter.id, order_id=order_id, amount_fen=500_00, now=NOW)
    pawns = market.invitees(inviter, 142)
    pawns[0].grab(item_id)
    for pawn in pawns[1:]:
        with pytest.raises(SharedUnpaidLimitExceeded) as shared:
            pawn.grab(item_id)
        assert (shared.value.limit_fen, shared.value.others_unpaid_fen, shared.value.unpaid_fen) == (
            2_000_00,
            2_000_00,
            0,
        )
    assert holding(item_id) == (1, 1)

    with pytest.raises(invitations.InvalidCodeTerms) as refused:
        invitations.issue_code(actor=market.ops, uses=142, now=NOW)
    code = invitations.issue_code(actor=market.ops, uses=refused.value.max_uses, now=NOW).code
    before = Reseller.objects.count()
    for number in range(20):
        invitations.join(login=f"pawn{number}", name="小号", password=PASSWORD, code=code, now=NOW)
    with pytest.raises(CodeUsedUp) as used_up:
        invitations.join(login="one too many", name="小号", password=PASSWORD, code=code, now=NOW)
    assert (used_up.value.uses, Reseller.objects.count() - before) == (20, 20)


def test_grab_counts_only_what_wallets_do_not_cover_against_the_shared_limit(market: Marketplace, item_id: int) -> None:
    inviter = market.reseller()
    first, rich, poor = market.invitees(inviter, 3)
    first.grab(item_id)
    market.top_up(rich, 4_000_00)
    rich.grab(item_id, 2)
    with pytest.raises(SharedUnpaidLimitExceeded) as refused:
        poor.grab(item_id)
    assert refused.value.others_unpaid_fen == 2_000_00
    market.top_up(first, 2_000_00)
    poor.grab(item_id)
    assert holding(item_id) == (4, 3)


def test_grab_by_a_vip_shares_no_limit(market: Marketplace, item_id: int) -> None:
    inviter = market.reseller()
    first, second = market.invitees(inviter, 2)
    first.grab(item_id)
    adjustments.match_tier(actor=SYSTEM, reseller_id=second.id, tier=Tier.VIP1, months=1, reason="test", now=NOW)
    second.grab(item_id, 2)
    assert holding(item_id) == (3, 2)


@pytest.mark.parametrize(
    ("credit", "allowance"),
    [
        (Credit(2000, 0, 0, 0, None), 2000),
        (Credit(2000, 500, 0, 2, None), 1500),
        (Credit(2000, 500, 9000, 0, None), 8500),
        (Credit(2000, 500, 1000, 3, None), 500),
        (Credit(2000, 0, 0, 0, 1500), 500),
        (Credit(2000, 0, 300, 0, 2000), 300),
        (Credit(2000, 1000, 300, 0, 1500), -200),
        (Credit(2000, 0, 300, 5, 0), 300),
    ],
)
def test_allowance(credit: Credit, allowance: int) -> None:
    assert credit.allowance_fen == allowance
