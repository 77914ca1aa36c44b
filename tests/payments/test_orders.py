"""Orders are paid through a provider: in time, late, twice, cancelled, and after their goods are gone (PAY-6)."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Person
from aftersales.services.refunds import refund_unshipped
from embedded.wechat_pay import WeChatPay
from events.models import Event
from kernel.clock import set_to
from kernel.refusal import Refusal
from orders.models.orders import Order
from orders.models.payments import OrderPayment
from orders.rules.payments import PaymentOutcome, held_of_other_money_fen
from orders.selectors.provider_payments import list_named_payments
from orders.selectors.source_refunds import get_left_fen
from orders.services import grab, payment
from orders.services.cart import change_units
from orders.services.order_payments import start_order_payment
from orders.services.source_refunds import NothingToReturn, choose_refunds, return_to_source
from payments.models import Payment, ProviderRefund
from payments.rules.payments import PaymentWay
from payments.selectors.payments import ProviderPaymentView
from payments.selectors.refunds import get_in_transit_fen
from payments.services.starting import KeyUsed, TooLateToPay
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.payments.wallets import MINUTE, SECOND, balances, begin, call_back, follow, state_of, sweep
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
END = NOW + 15 * MINUTE


class Shop:
    """Amy holds two pieces of five, in two orders."""

    def __init__(self) -> None:
        self.market = Marketplace()
        sku = self.market.sku(units=5, base_price_fen=10_00)
        self.item = item_of(self.market.sale(sku), sku)
        self.amy = self.market.reseller()
        self.orders = [self.amy.grab(self.item) for _ in range(2)]
        self.total_fen = sum(order.total_fen for order in self.orders)

    def begin(
        self, *, key: str = "k", count: int = 2, now: datetime = NOW, expected: int | None = None
    ) -> ProviderPaymentView:
        return start_order_payment(
            actor=self.amy.actor,
            order_ids=[order.id for order in self.orders[:count]],
            expected_total_fen=expected,
            way=PaymentWay.WECHAT_QR,
            client_address="203.0.113.7",
            key=key,
            now=now,
        )

    @property
    def states(self) -> list[str]:
        return list(Order.objects.order_by("pk").values_list("state", flat=True))

    @property
    def outcomes(self) -> list[str]:
        return list(OrderPayment.objects.order_by("pk").values_list("outcome", flat=True))


@pytest.fixture
def shop(wechat_pay_service: WeChatPay) -> Shop:
    return Shop()


def test_money_in_time_pays_the_orders_at_once(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin(expected=shop.total_fen)
    assert (begun.amount_fen, begun.expires_at) == (shop.total_fen, END)
    wechat_pay_service.pay(begun.number)
    assert call_back(wechat_pay_service, begun.number) == 204
    assert call_back(wechat_pay_service, begun.number) == 204
    assert (shop.states, shop.outcomes) == (["paid", "paid"], ["paid", "paid"])
    assert balances(shop.amy) == (0, shop.total_fen)
    assert units_of(shop.item) == (5, 3, 0, 2)
    assert all_violations() == []


def test_lost_callback_of_an_order_is_found_by_the_sweep(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    wechat_pay_service.pay(shop.begin().number)
    sweep(NOW + 11 * SECOND)
    assert shop.states == ["paid", "paid"]


def test_units_are_given_up_after_the_payment_is_closed(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin()
    assert grab.expire_unpaid(now=END) == 0
    assert shop.states == ["unpaid", "unpaid"]
    sweep(END)
    assert state_of(begun.number) == "closed"
    assert grab.expire_unpaid(now=END) == 2
    assert units_of(shop.item) == (5, 5, 0, 0)
    assert all_violations() == []


def test_units_are_given_up_where_the_provider_stays_silent(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    shop.begin()
    assert grab.expire_unpaid(now=END + 9 * MINUTE) == 0
    assert grab.expire_unpaid(now=END + 10 * MINUTE) == 2


def test_money_that_was_taken_in_time_and_heard_of_late_pays(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin()
    wechat_pay_service.pay(begun.number, at=END - SECOND)
    sweep(END)
    assert (shop.states, shop.outcomes) == (["paid", "paid"], ["paid_late", "paid_late"])
    assert balances(shop.amy) == (0, shop.total_fen)
    assert all_violations() == []


def late(wechat_pay_service: WeChatPay, shop: Shop, begun: ProviderPaymentView) -> None:
    """The payment ended, its units were given up, and the money arrives."""
    sweep(END)
    grab.expire_unpaid(now=END)
    wechat_pay_service.orders[begun.number]["trade_state"] = "NOTPAY"
    wechat_pay_service.pay(begun.number, at=END + MINUTE)


def test_late_money_takes_the_units_again(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin()
    late(wechat_pay_service, shop, begun)
    assert call_back(wechat_pay_service, begun.number, at=END + MINUTE) == 204
    assert (shop.states, shop.outcomes) == (["paid", "paid"], ["paid_late", "paid_late"])
    assert units_of(shop.item) == (5, 3, 0, 2)
    assert all_violations() == []


def test_late_money_goes_back_where_the_goods_are_gone(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin()
    late(wechat_pay_service, shop, begun)
    shop.market.reseller().grab(shop.item, 4, now=END)
    call_back(wechat_pay_service, begun.number, at=END + MINUTE)
    assert shop.outcomes == ["paid_late", "sold_out"]
    rest_fen = shop.orders[1].total_fen
    assert (balances(shop.amy)[0], get_in_transit_fen(shop.amy.id)) == (0, rest_fen)
    assert Event.objects.filter(kind="late_payment_to_source", subject_id=shop.orders[1].id).count() == 1
    assert not Event.objects.filter(kind="source_refund_started").exists()
    follow(END + MINUTE)
    wechat_pay_service.refunds.end(ProviderRefund.objects.get().number)
    follow(END + 3 * MINUTE)
    assert get_in_transit_fen(shop.amy.id) == 0
    assert balances(shop.amy) == (0, begun.amount_fen - rest_fen)
    assert all_violations() == []


def test_late_money_stays_in_the_wallet_where_she_chose_so(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    choose_refunds(actor=shop.amy.actor, to_wallet=True, now=NOW)
    begun = shop.begin()
    late(wechat_pay_service, shop, begun)
    shop.market.reseller().grab(shop.item, 4, now=END)
    call_back(wechat_pay_service, begun.number, at=END + MINUTE)
    assert balances(shop.amy)[0] == shop.orders[1].total_fen
    assert Event.objects.filter(kind="late_payment_refunded", subject_id=shop.orders[1].id).count() == 1
    assert all_violations() == []


def test_money_for_orders_that_were_paid_or_cancelled_goes_back(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin()
    wechat_pay_service.pay(begun.number)
    shop.market.top_up(shop.amy, shop.orders[0].total_fen)
    payment.pay(actor=shop.amy.actor, order_id=shop.orders[0].id, now=NOW)
    grab.cancel_unpaid(actor=shop.amy.actor, order_id=shop.orders[1].id, now=NOW)
    call_back(wechat_pay_service, begun.number)
    assert shop.outcomes == ["already_paid", "cancelled"]
    assert (balances(shop.amy)[0], get_in_transit_fen(shop.amy.id)) == (0, shop.total_fen)
    assert all_violations() == []


def test_order_that_costs_more_by_now_is_not_paid_from_the_wallet(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin(count=1)
    shop.market.top_up(shop.amy, 500_00)
    change_units(actor=shop.amy.actor, line_id=shop.orders[0].lines[0].id, units=2, now=NOW)
    wechat_pay_service.pay(begun.number)
    call_back(wechat_pay_service, begun.number)
    assert shop.outcomes == [PaymentOutcome.TOO_LITTLE]
    assert shop.states == ["unpaid", "unpaid"]
    assert balances(shop.amy)[0] == 500_00 + begun.amount_fen
    assert all_violations() == []


def test_money_that_waited_in_the_wallet_and_paid_the_order_does_not_go_back(
    wechat_pay_service: WeChatPay, shop: Shop
) -> None:
    """PAY-8: what she paid from the wallet with is held by the order; what it gives back can go to the source."""
    begun = shop.begin(count=1)
    line_id = shop.orders[0].lines[0].id
    change_units(actor=shop.amy.actor, line_id=line_id, units=2, now=NOW)
    wechat_pay_service.pay(begun.number)
    call_back(wechat_pay_service, begun.number)
    assert get_left_fen(begun.id) == 0
    shop.market.top_up(shop.amy, begun.amount_fen)
    payment.pay(actor=shop.amy.actor, order_id=shop.orders[0].id, now=NOW + SECOND)
    shop.market.top_up(shop.amy, 500_00)
    assert get_left_fen(begun.id) == 0
    with pytest.raises(NothingToReturn):
        return_to_source(actor=shop.amy.actor, payment_id=begun.id, expected_fen=begun.amount_fen, now=NOW + MINUTE)
    assert balances(shop.amy)[0] == 500_00
    refund_unshipped(actor=shop.market.ops, line_id=line_id, units=2, note="", key="r", now=NOW + MINUTE)
    assert get_left_fen(begun.id) == begun.amount_fen
    return_to_source(actor=shop.amy.actor, payment_id=begun.id, expected_fen=begun.amount_fen, now=NOW + MINUTE)
    assert get_left_fen(begun.id) == 0
    assert all_violations() == []


def test_money_that_went_back_before_the_order_was_paid_is_not_held(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    """PAY-8: a bank transfer pays the order late, after the money of the provider has gone back; no check fires."""
    begun = shop.begin(count=1)
    change_units(actor=shop.amy.actor, line_id=shop.orders[0].lines[0].id, units=2, now=NOW)
    wechat_pay_service.pay(begun.number)
    call_back(wechat_pay_service, begun.number)
    grab.expire_unpaid(now=END)
    assert get_left_fen(begun.id) == begun.amount_fen
    return_to_source(actor=shop.amy.actor, payment_id=begun.id, expected_fen=begun.amount_fen, now=END)
    assert get_left_fen(begun.id) == 0
    assert all_violations() == []
    shop.market.top_up(shop.amy, begun.amount_fen)
    shop.market.money.top_up(shop.amy.id, begun.amount_fen, "ICBC-9", order_id=shop.orders[0].id, now=END + MINUTE)
    assert Order.objects.get(pk=shop.orders[0].id).state == "paid"
    assert get_left_fen(begun.id) == 0
    assert all_violations() == []


def test_money_of_an_order_that_a_transfer_paid_whole_can_go_back(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin(count=1)
    change_units(actor=shop.amy.actor, line_id=shop.orders[0].lines[0].id, units=2, now=NOW)
    wechat_pay_service.pay(begun.number)
    call_back(wechat_pay_service, begun.number)
    shop.market.money.top_up(shop.amy.id, 2 * begun.amount_fen, "ICBC-9", order_id=shop.orders[0].id, now=NOW + SECOND)
    assert get_left_fen(begun.id) == begun.amount_fen
    return_to_source(actor=shop.amy.actor, payment_id=begun.id, expected_fen=begun.amount_fen, now=NOW + MINUTE)
    assert all_violations() == []


@given(*[st.integers(0, 1000)] * 4)
def test_what_an_order_holds_of_other_money_is_within_both(
    arrived: int, returned: int, kept: int, brought: int
) -> None:
    held = held_of_other_money_fen(arrived_fen=arrived, returned_fen=returned, kept_fen=kept, brought_fen=brought)
    assert 0 <= held <= max(arrived - returned, 0)
    assert held <= max(kept - brought, 0)
    assert held == 0 or held in (arrived - returned, kept - brought)


def test_late_money_for_an_order_that_costs_more_by_now_goes_back(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin(count=1)
    shop.market.top_up(shop.amy, 500_00)
    change_units(actor=shop.amy.actor, line_id=shop.orders[0].lines[0].id, units=2, now=NOW)
    late(wechat_pay_service, shop, begun)
    call_back(wechat_pay_service, begun.number, at=END + MINUTE)
    assert (shop.outcomes, shop.states) == ([PaymentOutcome.TOO_LITTLE], ["cancelled", "cancelled"])
    assert (balances(shop.amy)[0], get_in_transit_fen(shop.amy.id)) == (500_00, begun.amount_fen)
    assert Event.objects.filter(kind="late_payment_to_source", subject_id=shop.orders[0].id).count() == 1
    assert not Event.objects.filter(kind="late_payment_refunded").exists()
    assert all_violations() == []


def test_payment_of_an_order_that_waits_no_more_is_closed_early(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin(count=1)
    grab.cancel_unpaid(actor=shop.amy.actor, order_id=shop.orders[0].id, now=NOW)
    sweep(NOW + SECOND)
    assert state_of(begun.number) == "closed"


def test_second_payment_of_an_order_ends_the_first(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    first, second = shop.begin(key="a"), shop.begin(key="b", now=NOW + SECOND)
    sweep(NOW + 2 * SECOND)
    assert [state_of(first.number), state_of(second.number)] == ["closed", "open"]
    assert shop.begin(key="b", now=NOW + 3 * SECOND).id == second.id
    assert state_of(second.number) == "open"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"expected": 1}, "orders.total_changed"),
        ({"now": END}, "orders.payment_too_late"),
        ({"now": END - 30 * SECOND}, TooLateToPay.code),
        ({"count": 0}, "orders.nothing_to_pay"),
    ],
)
def test_start_order_payment_refuses(shop: Shop, options: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        shop.begin(**options)
    assert refused.value.code == code
    assert not Payment.objects.exists()


def test_start_order_payment_refuses_orders_of_others_and_other_orders_with_a_key(shop: Shop) -> None:
    shop.begin(count=1)
    with pytest.raises(KeyUsed):
        shop.begin(count=2)
    bea = shop.market.reseller()
    shop.amy, amy = Daigou(bea.actor, bea.id, bea.recipient_id), shop.amy
    with pytest.raises(Refusal) as refused:
        shop.begin(key="other")
    assert refused.value.code == "orders.no_such_order"
    shop.amy = amy
    assert Payment.objects.count() == 1


def test_a_key_begins_a_top_up_or_a_payment_of_orders_but_not_both(shop: Shop) -> None:
    begin(shop.amy, shop.total_fen, key="top-up")
    with pytest.raises(KeyUsed):
        shop.begin(key="top-up")
    assert not OrderPayment.objects.exists()
    begun = shop.begin(key="orders")
    with pytest.raises(KeyUsed):
        begin(shop.amy, shop.total_fen, key="orders")
    assert shop.begin(key="orders").id == begun.id


def test_cart_is_paid_online(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    client = Client()
    client.force_login(Person.objects.get(pk=shop.amy.actor.own_id))
    with set_to(NOW):
        assert "微信支付" in client.get("/shop/cart/").content.decode()
        assert "微信支付" in client.get(f"/shop/orders/{shop.orders[0].id}/").content.decode()
        sent = {"order": [order.id for order in shop.orders], "total": shop.total_fen, "key": "k", "way": "wechat_qr"}
        answer = client.post("/shop/payments/", sent)
        begun = Payment.objects.get()
        assert answer["Location"] == f"/shop/payments/{begun.pk}/"
        wechat_pay_service.pay(begun.number)
        call_back(wechat_pay_service, begun.number)
        assert "品牌会按时发货" in client.get(answer["Location"]).content.decode()
        refused = client.post("/shop/payments/", sent | {"key": "again"}, follow=True)
        assert "不是待付款" in refused.content.decode()
        body = {"order_ids": [shop.orders[0].id], "expected_total": "1.00", "way": "wechat_qr", "key": "x"}
        api = client.post("/api/v1/provider-payments", body, content_type="application/json")
        assert api.json()["code"] == "orders.not_unpaid"


def test_desk_shows_payments_with_what_differs(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    begun = shop.begin()
    wechat_pay_service.pay(begun.number)
    call_back(wechat_pay_service, begun.number, appid="wx-other", event_id="E-other")
    client = Client()
    client.force_login(Person.objects.get(pk=shop.market.finance.own_id))
    with set_to(NOW):
        listed = client.get("/console/payments/?state=differs").content.decode()
        one = client.get(f"/console/payments/{begun.id}/").content.decode()
        problems = client.get("/console/payments/callbacks/").content.decode()
        found = client.get(f"/api/v1/ops/provider-payments?search={begun.number[:10]}").json()
    assert begun.number in listed
    assert "渠道回报与这笔付款不符：应用" in one
    assert "E-other" in problems
    assert [each["number"] for each in found["items"]] == [begun.number]


def test_statements_of_the_list_do_not_grow_with_its_rows(shop: Shop) -> None:
    def statements(count: int) -> int:
        for _ in range(count):
            begin(shop.market.reseller())
        with CaptureQueriesContext(connection) as seen:
            assert list_named_payments(limit=50).items
        return len(seen)

    assert statements(1) == statements(5) == 2
