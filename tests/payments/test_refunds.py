"""Refunds of orders go back to the payment that paid them, end to end over HTTP (PAY-8, PAY-9, PAY-10)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Person
from accounts.rules import SYSTEM
from aftersales.rules import CaseReason
from aftersales.services.cases import open_case, refund_only
from aftersales.services.exchanges import exchange
from aftersales.services.refunds import refund_unshipped, report_out_of_stock
from embedded.alipay import Alipay
from embedded.wechat_pay import WeChatPay
from events.models import Event
from kernel.clock import set_to
from kernel.refusal import Refusal
from ledger.models import LedgerAccount, Posting
from orders.rules.refunds import RefundTarget
from orders.selectors.consignments import list_consignments
from orders.selectors.source_refunds import has_refund_choice
from orders.services.order_payments import start_order_payment
from orders.services.shipping import ship
from orders.services.source_refunds import NothingToReturn, ReturnChanged, choose_refunds, return_to_source
from payments.models import Payment, ProviderEvent, ProviderRefund
from payments.rules.payments import PaymentWay
from payments.services.refunding import give_up_refund, start_refund
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.payments.wallets import MINUTE, SECOND, call_back, follow, send, sweep
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + MINUTE


class Shop:
    """Amy orders three pieces of one style and pays them through a provider."""

    def __init__(self, way: PaymentWay) -> None:
        self.market = Marketplace()
        sizes = [self.market.sku(units=5, base_price_fen=10_00, style_no="K1", size=size) for size in ("M", "L")]
        self.sku, self.other = sizes
        self.sale = self.market.sale(self.sku, self.other)
        self.amy = self.market.reseller()
        self.order = self.amy.grab(item_of(self.sale, self.sku), 3)
        self.line = self.order.lines[0]
        self.price_fen = self.line.price_fen
        self.payment = start_order_payment(
            actor=self.amy.actor,
            order_ids=[self.order.id],
            expected_total_fen=None,
            way=way,
            client_address="203.0.113.7",
            key="k",
            now=NOW,
        )

    def refund(self, units: int = 1, key: str = "r", now: Any = NOW) -> int:
        """Ops refund units; the id of the refund."""
        return refund_unshipped(actor=self.market.ops, line_id=self.line.id, units=units, note="", key=key, now=now).id


def account(kind: str, owner_id: int = 0) -> int:
    return LedgerAccount.objects.filter(kind=kind, owner_id=owner_id).values_list("balance_fen", flat=True).first() or 0


def money(daigou: Daigou, clearing: str = "wechat_clearing") -> tuple[int, int, int]:
    """Her wallet, what is on its way back to its source, and what the provider holds."""
    return account("wallet", daigou.id), account("refund_in_transit", daigou.id), -account(clearing)


@pytest.fixture
def shop(wechat_pay_service: WeChatPay) -> Shop:
    found = Shop(PaymentWay.WECHAT_QR)
    wechat_pay_service.pay(found.payment.number)
    assert call_back(wechat_pay_service, found.payment.number) == 204
    return found


def test_refund_goes_back_to_wechat_once(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    """PAY-8: the money leaves the wallet with the refund, is on its way until WeChat has paid it out, and is asked for with one number."""
    total_fen = 3 * shop.price_fen
    assert money(shop.amy) == (0, 0, total_fen)
    shop.refund()
    shop.refund()
    assert money(shop.amy) == (0, shop.price_fen, total_fen)
    refund = ProviderRefund.objects.get()
    assert (refund.state, refund.order_id, refund.payment_id) == ("waiting", shop.order.id, shop.payment.id)
    assert follow(NOW) == 1
    taken = wechat_pay_service.refunds.by_number[refund.number]["asked"]
    assert taken["amount"] == {"refund": shop.price_fen, "total": total_fen, "currency": "CNY"}
    assert taken["notify_url"] == "https://weicang.example/payments/wechat/"
    refund.refresh_from_db()
    assert (refund.state, refund.received_account) == ("processing", "支付用户零钱")
    wechat_pay_service.refunds.end(refund.number)
    headers, body = wechat_pay_service.refund_notice(refund.number, signed_at=NOW)
    assert send(headers, body) == send(headers, body) == 204
    assert ProviderEvent.objects.get(kind="REFUND.SUCCESS").outcome == "noted"
    assert follow(NOW) == 1
    assert follow(NOW + DAY) == 0
    refund.refresh_from_db()
    assert (refund.state, refund.ended_at) == ("succeeded", NOW)
    assert money(shop.amy) == (0, 0, total_fen - shop.price_fen)
    kinds = list(Event.objects.filter(kind__startswith="source_refund").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["source_refund_started", "source_refund_paid_out"]
    assert all_violations() == []


def test_sweep_finds_a_refund_whose_callback_was_lost(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    shop.refund()
    follow(NOW)
    wechat_pay_service.refunds.end(ProviderRefund.objects.get().number)
    assert follow(NOW + 30 * SECOND) == 0
    assert follow(NOW + MINUTE) == 1
    assert money(shop.amy) == (0, 0, 2 * shop.price_fen)


@pytest.mark.parametrize("fault", ["closed", "taken", "500", "html", "unsigned", "forged"])
def test_lost_or_false_answers_pay_out_once(wechat_pay_service: WeChatPay, shop: Shop, fault: str) -> None:
    shop.refund()
    wechat_pay_service.faults.append(fault)
    follow(NOW)
    assert ProviderRefund.objects.get().state == "waiting"
    follow(NOW + MINUTE)
    assert ProviderRefund.objects.get().state == "processing"
    assert len(wechat_pay_service.refunds.by_number) == 1
    assert money(shop.amy) == (0, shop.price_fen, 3 * shop.price_fen)


def test_closed_refund_comes_back_to_the_wallet(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    shop.refund()
    follow(NOW)
    wechat_pay_service.refunds.end(ProviderRefund.objects.get().number, "CLOSED")
    follow(NOW + MINUTE)
    assert ProviderRefund.objects.get().state == "failed"
    assert money(shop.amy) == (shop.price_fen, 0, 3 * shop.price_fen)
    assert Payment.objects.get().refunded_fen == 0
    assert Event.objects.filter(kind="source_refund_failed", reseller_id=shop.amy.id).count() == 1
    assert all_violations() == []
    # She may try again with what is in her wallet.
    sent = return_to_source(
        actor=shop.amy.actor, payment_id=shop.payment.id, expected_fen=shop.price_fen, now=NOW + HOUR
    )
    assert (sent, money(shop.amy)) == (shop.price_fen, (0, shop.price_fen, 3 * shop.price_fen))
    assert all_violations() == []


def test_abnormal_refund_waits_for_a_person(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    shop.refund()
    follow(NOW)
    refund = ProviderRefund.objects.get()
    wechat_pay_service.refunds.end(refund.number, "ABNORMAL")
    follow(NOW + MINUTE)
    follow(NOW + HOUR)
    refund.refresh_from_db()
    assert refund.state == "abnormal"
    assert money(shop.amy) == (0, shop.price_fen, 3 * shop.price_fen)
    assert Event.objects.filter(kind="source_refund_abnormal", for_platform=True).count() == 1
    wechat_pay_service.refunds.end(refund.number)
    follow(NOW + DAY)
    refund.refresh_from_db()
    assert refund.state == "succeeded"
    assert all_violations() == []


def test_too_low_a_balance_at_the_provider_waits(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    shop.refund()
    wechat_pay_service.refunds.balance_fen = 0
    follow(NOW)
    refund = ProviderRefund.objects.get()
    assert (refund.state, refund.refusal) == ("waiting", "NOT_ENOUGH")
    wechat_pay_service.refunds.balance_fen = shop.price_fen
    follow(NOW + MINUTE)
    refund.refresh_from_db()
    assert (refund.state, refund.refusal) == ("processing", "")


def test_refund_that_is_refused_for_a_week_comes_back(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    shop.refund()
    wechat_pay_service.refunds.balance_fen = 0
    follow(NOW + 7 * DAY - MINUTE)
    assert ProviderRefund.objects.get().state == "waiting"
    follow(NOW + 7 * DAY)
    assert (ProviderRefund.objects.get().state, money(shop.amy)[0]) == ("failed", shop.price_fen)


def test_refund_that_the_provider_never_takes_comes_back_at_once(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    shop.refund()
    wechat_pay_service.orders[shop.payment.number]["success_time"] = "2020-01-01T00:00:00+08:00"
    follow(NOW)
    refund = ProviderRefund.objects.get()
    assert (refund.state, refund.refusal) == ("failed", "INVALID_REQUEST")
    assert money(shop.amy) == (shop.price_fen, 0, 3 * shop.price_fen)


def test_refund_after_the_term_stays_in_the_wallet(shop: Shop) -> None:
    """PAY-9: a day before WeChat's year ends."""
    Payment.objects.update(paid_at=NOW - 364 * DAY)
    shop.refund()
    assert not ProviderRefund.objects.exists()
    assert money(shop.amy) == (shop.price_fen, 0, 3 * shop.price_fen)


def test_refunds_go_where_she_chose(shop: Shop) -> None:
    choose_refunds(actor=shop.amy.actor, to_wallet=True, now=NOW)
    shop.refund()
    assert money(shop.amy) == (shop.price_fen, 0, 3 * shop.price_fen)
    choose_refunds(actor=shop.amy.actor, to_wallet=False, now=NOW)
    shop.refund(key="s")
    assert money(shop.amy) == (shop.price_fen, shop.price_fen, 3 * shop.price_fen)
    assert all_violations() == []


def test_return_to_source_refuses_another_amount_and_nothing(shop: Shop) -> None:
    choose_refunds(actor=shop.amy.actor, to_wallet=True, now=NOW)
    shop.refund()
    for expected_fen, refusal in ((1, ReturnChanged), (2 * shop.price_fen, ReturnChanged)):
        with pytest.raises(refusal):
            return_to_source(actor=shop.amy.actor, payment_id=shop.payment.id, expected_fen=expected_fen, now=NOW)
    return_to_source(actor=shop.amy.actor, payment_id=shop.payment.id, expected_fen=shop.price_fen, now=NOW)
    with pytest.raises(NothingToReturn):
        return_to_source(actor=shop.amy.actor, payment_id=shop.payment.id, expected_fen=shop.price_fen, now=NOW)
    other = shop.market.reseller()
    with pytest.raises(Refusal) as refused:
        return_to_source(actor=other.actor, payment_id=shop.payment.id, expected_fen=1, now=NOW)
    assert refused.value.code == "payments.no_such_payment"
    assert money(shop.amy) == (0, shop.price_fen, 3 * shop.price_fen)


def test_order_paid_from_the_wallet_refunds_to_the_wallet(wechat_pay_service: WeChatPay) -> None:
    market = Marketplace()
    sku = market.sku(units=5, base_price_fen=10_00)
    amy = market.reseller()
    market.top_up(amy, 100_00)
    order = market.paid_order(amy, item_of(market.sale(sku), sku), 2)
    refund_unshipped(actor=market.ops, line_id=order.lines[0].id, units=1, note="", key="r", now=NOW)
    assert account("wallet", amy.id) == 100_00 - order.lines[0].price_fen
    assert not ProviderRefund.objects.exists()


def test_exchange_and_substitute_are_paid_with_what_stays_in_the_wallet(shop: Shop) -> None:
    other = item_of(shop.sale, shop.other)
    exchange(actor=shop.amy.actor, line_id=shop.line.id, item_id=other, units=1, key="x", now=NOW)
    assert money(shop.amy) == (0, 0, 3 * shop.price_fen)
    report_out_of_stock(
        actor=shop.market.clerk,
        line_id=shop.line.id,
        units=1,
        note="",
        key="s",
        substitute_item_id=other,
        now=NOW,
    )
    assert money(shop.amy) == (shop.price_fen, 0, 3 * shop.price_fen)
    assert all_violations() == []


def test_database_refuses_to_give_back_more_than_was_paid(shop: Shop) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.update(refunded_fen=3 * shop.price_fen + 1)
    sent = start_refund(
        actor=shop.amy.actor,
        payment_id=shop.payment.id,
        at_most_fen=0,
        cause="refund:1",
        reason="x",
        now=NOW,
    )
    assert sent == 0


def test_refund_that_ended_is_not_given_up(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    shop.refund()
    follow(NOW)
    refund = ProviderRefund.objects.get()
    wechat_pay_service.refunds.end(refund.number)
    follow(NOW + MINUTE)
    assert not give_up_refund(actor=shop.market.ops, refund_id=refund.pk, now=NOW)
    assert Posting.objects.filter(kind="refund_came_back").count() == 0


# -- Alipay -------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_alipay(alipay_service: Alipay) -> Shop:
    found = Shop(PaymentWay.ALIPAY_PAGE)
    alipay_service.pay(found.payment.pay_address)
    sweep(LATER)
    return found


def test_refund_goes_back_to_alipay_once(alipay_service: Alipay, at_alipay: Shop) -> None:
    at_alipay.refund(now=LATER)
    at_alipay.refund(key="s", units=2, now=LATER)
    assert follow(LATER) == 2
    assert money(at_alipay.amy, "alipay_clearing") == (0, 0, 0)
    assert sorted(ProviderRefund.objects.values_list("state", flat=True)) == ["succeeded", "succeeded"]
    assert all_violations() == []


@pytest.mark.parametrize("fault", ["closed", "taken", "busy", "unsigned"])
def test_lost_answers_of_alipay_pay_out_once(alipay_service: Alipay, at_alipay: Shop, fault: str) -> None:
    """The second request moves no money and says so; what became of the first, the query says."""
    at_alipay.refund(now=LATER)
    alipay_service.faults.append(fault)
    follow(LATER)
    assert ProviderRefund.objects.get().state == "waiting"
    follow(NOW + 3 * MINUTE)
    assert ProviderRefund.objects.get().state == "succeeded"
    assert len(alipay_service.refunds) == 1
    assert money(at_alipay.amy, "alipay_clearing") == (0, 0, 2 * at_alipay.price_fen)


def test_alipay_refuses_for_now_and_for_ever(alipay_service: Alipay, at_alipay: Shop) -> None:
    at_alipay.refund(now=LATER)
    alipay_service.balance_fen = 0
    follow(LATER)
    assert ProviderRefund.objects.get().refusal == "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    alipay_service.trades[at_alipay.payment.number]["paid_at"] = NOW - 366 * DAY
    follow(NOW + 3 * MINUTE)
    refund = ProviderRefund.objects.get()
    assert (refund.state, refund.refusal) == ("failed", "ACQ.TRADE_HAS_FINISHED")
    assert money(at_alipay.amy, "alipay_clearing")[0] == at_alipay.price_fen


@pytest.mark.parametrize(("for_all", "chosen", "is_in_wallet"), [
    ("source", "", False), ("source", "wallet", True), ("wallet", "", True), ("wallet", "source", False),
])  # fmt: skip
def test_a_case_refunds_to_where_she_chose_for_it(shop: Shop, for_all: str, chosen: str, is_in_wallet: bool) -> None:
    """PAY-9: her choice for one refund goes before the one for all."""
    market, amy = shop.market, shop.amy
    choose_refunds(actor=amy.actor, to_wallet=for_all == "wallet", now=NOW)
    parcel = list_consignments(at=NOW, brand_id=market.brand_id).items[0]
    ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF10000001", now=NOW)
    assert has_refund_choice(shop.order.id, at=NOW)
    assert not has_refund_choice(shop.order.id, at=NOW + 400 * DAY)
    case = open_case(
        actor=amy.actor, line_id=shop.line.id, units=1, reason=CaseReason.FAULTY, evidence="脱线",
        refund_to=RefundTarget(chosen), key="c", now=NOW,
    )  # fmt: skip
    refund_only(actor=market.ops, case_id=case.id, amount_fen=None, now=NOW)
    in_wallet, in_transit, _ = money(amy)
    assert (in_wallet > 0, in_transit > 0) == (is_in_wallet, not is_in_wallet)
    assert in_wallet + in_transit > 0
    assert all_violations() == []
    page = case_page(shop, case.id)
    assert ("钱已到钱包" in page, "原路退回，进度如下" in page) == (is_in_wallet, not is_in_wallet)
    assert ("原路退回中" in page) == (not is_in_wallet)


def case_page(shop: Shop, case_id: int) -> str:
    """What her page of a case says."""
    client = Client()
    client.force_login(Person.objects.get(pk=shop.amy.actor.own_id))
    with set_to(NOW):
        return client.get(f"/shop/cases/{case_id}/").content.decode()


def test_page_of_a_case_says_that_money_came_back_into_the_wallet(shop: Shop) -> None:
    """PAY-10: what the provider could not pay out is in the wallet, and so says the page of the case that was refunded."""
    market = shop.market
    parcel = list_consignments(at=NOW, brand_id=market.brand_id).items[0]
    ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF10000001", now=NOW)
    case = open_case(
        actor=shop.amy.actor, line_id=shop.line.id, units=1, reason=CaseReason.FAULTY, evidence="脱线", key="c", now=NOW
    )
    refund_only(actor=market.ops, case_id=case.id, amount_fen=None, now=NOW)
    give_up_refund(actor=SYSTEM, refund_id=ProviderRefund.objects.get().pk, now=NOW)
    page = case_page(shop, case.id)
    assert "钱已到钱包" in page
    assert "没有退成，已回钱包" in page
    assert money(shop.amy)[:2] == (shop.price_fen, 0)
