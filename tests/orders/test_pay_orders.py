"""Several orders are paid together: all or none, in one transaction, with a number of statements that does not grow (ORDER-8)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from accounts.services.tokens import issue_token
from ledger.models import Posting
from ledger.rules import InsufficientBalance
from membership.models import GrowthEntry, InvitationReward, Reseller, TierChange
from membership.rules.invitations import RewardState
from membership.selectors.people import invitation_terms
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.selectors.orders import NoSuchOrder, get_wallet_balance_fen
from orders.services.grab import OrderNotUnpaid, cancel_unpaid
from orders.services.payment import NothingToPay, PaymentTooLate, TotalChanged, pay, pay_orders
from orders.services.placing import GrabLine, place_orders
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


@built_once_class
class Cart:
    """A reseller with three unpaid orders over two brands: ¥20, ¥30 and ¥50."""

    def __init__(self, wallet_fen: int = 1_000_00) -> None:
        self.market = Marketplace()
        other = self.market.brand()
        first, second = self.market.sku(base_price_fen=10_00), self.market.sku(base_price_fen=30_00, brand_id=other)
        self.items = [
            item_of(self.market.sale(first), first),
            item_of(self.market.sale(second, brand_id=other), second),
        ]
        self.daigou: Daigou = self.market.reseller(wallet_fen=wallet_fen)
        both = [GrabLine(item, units, self.daigou.recipient_id) for item, units in zip(self.items, (2, 1), strict=True)]
        self.orders = [
            self.daigou.grab(self.items[0], 2).id,
            self.daigou.grab(self.items[1], 1).id,
            place_orders(actor=self.daigou.actor, lines=both, key="both", now=NOW).id,
        ]

    def states(self) -> list[str]:
        return list(Order.objects.order_by("pk").values_list("state", flat=True))


def test_pay_orders_pays_all_of_them_once() -> None:
    cart = Cart()
    payment = pay_orders(actor=cart.daigou.actor, order_ids=cart.orders, expected_total_fen=100_00, now=NOW)
    assert (payment.total_fen, payment.paid_at, [order.id for order in payment.orders]) == (100_00, NOW, cart.orders)
    assert cart.states() == ["paid"] * 3
    assert get_wallet_balance_fen(cart.daigou.id) == 900_00
    assert [units_of(item) for item in cart.items] == [(10, 6, 0, 4), (10, 8, 0, 2)]
    assert list(Consignment.objects.order_by("pk").values_list("order_id", "lines__units")) == [
        (cart.orders[0], 2), (cart.orders[1], 1), (cart.orders[2], 2), (cart.orders[2], 1),
    ]  # fmt: skip
    assert Posting.objects.filter(kind="payment").count() == 3
    assert AuditEntry.objects.filter(action="orders.pay").count() == 3
    again = pay_orders(actor=cart.daigou.actor, order_ids=cart.orders, now=NOW + timedelta(hours=1))
    assert again == payment
    assert get_wallet_balance_fen(cart.daigou.id) == 900_00
    assert [violation.what for violation in all_violations()] == []


@pytest.mark.parametrize(
    "fault", ["cancelled", "paid apart", "too late", "too dear", "other total", "not hers", "none"]
)
def test_pay_orders_of_which_one_cannot_be_paid_pays_nothing(fault: str) -> None:
    cart = Cart(wallet_fen=99_99 if fault == "too dear" else 1_000_00)
    actor, ids, now, expected = cart.daigou.actor, list(cart.orders), NOW, 100_00
    refusal: type[Exception] = {
        "cancelled": OrderNotUnpaid, "paid apart": OrderNotUnpaid, "too late": PaymentTooLate,
        "too dear": InsufficientBalance, "other total": TotalChanged, "not hers": NoSuchOrder, "none": NothingToPay,
    }[fault]  # fmt: skip
    match fault:
        case "cancelled":
            cancel_unpaid(actor=actor, order_id=ids[1], now=NOW)
        case "paid apart":
            pay(actor=actor, order_id=ids[1], now=NOW)
        case "too late":
            now = NOW + timedelta(minutes=15)
        case "other total":
            expected = 99_00
        case "not hers":
            ids.append(cart.market.reseller().grab(cart.items[0]).id)
        case "none":
            ids = []
    before = (cart.states(), get_wallet_balance_fen(cart.daigou.id), [units_of(item) for item in cart.items])
    with pytest.raises(refusal):
        pay_orders(actor=actor, order_ids=ids, expected_total_fen=expected, now=now)
    assert (cart.states(), get_wallet_balance_fen(cart.daigou.id), [units_of(item) for item in cart.items]) == before


def test_pay_orders_needs_as_many_statements_for_fifty_orders_as_for_two() -> None:
    market = Marketplace()
    skus = [market.sku(units=20, base_price_fen=1_00) for _ in range(10)]
    sale = market.sale(*skus)
    items = [item_of(sale, sku) for sku in skus]
    daigou = market.reseller(wallet_fen=1_000_00)
    daigou_orders = [daigou.grab(items[n % 10]).id for n in range(52)]
    counts = []
    # The first payment makes the accounts of the brand and of the commission.
    market.paid_order(daigou, items[0])
    for ids in (daigou_orders[:2], daigou_orders[2:]):
        with CaptureQueriesContext(connection) as queries:
            pay_orders(actor=daigou.actor, order_ids=ids, now=NOW)
        counts.append(len([each for each in queries if "SAVEPOINT" not in each["sql"]]))
    assert counts == [6, 6]
    assert [violation.what for violation in all_violations()] == []


def test_pay_orders_gives_the_growth_and_the_reward_that_single_payments_give() -> None:
    def paid(together: bool) -> tuple[object, ...]:
        market = Marketplace()
        sku = market.sku(units=90, base_price_fen=130_00)
        item = item_of(market.sale(sku), sku)
        [daigou] = market.invitees(market.reseller(), 1)
        market.top_up(daigou, 5_000_00)
        orders = [daigou.grab(item, units).id for units in (1, 3, 2)]
        if together:
            pay_orders(actor=daigou.actor, order_ids=orders, now=NOW)
        else:
            for order_id in orders:
                pay(actor=daigou.actor, order_id=order_id, now=NOW)
        row = Reseller.objects.get(pk=daigou.id)
        entries = GrowthEntry.objects.filter(reseller=row).order_by("order_id")
        return (
            row.growth_milli, row.pending_milli, row.tier, row.earned_tier, row.last_entry_at,
            [(each.milli, each.pending_milli, each.amount_fen, each.month, each.at) for each in entries],
            list(TierChange.objects.filter(reseller=row).values_list("before", "after", "at")),
            InvitationReward.objects.filter(invitee=row, state=RewardState.WAITING).count(),
        )  # fmt: skip

    assert paid(together=True) == paid(together=False)


def test_pay_orders_lets_the_reward_wait_for_the_first_order_that_is_large_enough() -> None:
    market = Marketplace()
    sku = market.sku(units=90, base_price_fen=130_00)
    item = item_of(market.sale(sku), sku)
    inviter = market.reseller()
    [invitee] = market.invitees(inviter, 1)
    market.top_up(invitee, 5_000_00)
    orders = [invitee.grab(item, units).id for units in (1, 5, 6)]
    pay_orders(actor=invitee.actor, order_ids=orders, now=NOW)
    reward = InvitationReward.objects.get()
    assert reward.order_id in orders
    first = next(
        order_id for order_id in orders if Order.objects.get(pk=order_id).total_fen >= invitation_terms().min_order_fen
    )
    assert reward.order_id == first


def test_pay_orders_by_api(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    cart = Cart()
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    headers = {"Authorization": f"Bearer {issue_token(actor=cart.daigou.actor, label='erp', now=NOW)}"}
    body = {"order_ids": cart.orders, "expected_total": "100.00"}
    answer = client.post("/api/v1/payments", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201
    assert answer.json()["total"] == "100.00"
    assert [order["state"] for order in answer.json()["orders"]] == ["paid"] * 3
