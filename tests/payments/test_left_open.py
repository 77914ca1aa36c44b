"""What a provider left open is ended by two people: another amount that arrived, and a refund that it cannot pay out (PAY-14, PAY-15)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Person
from accounts.services.one_time_codes import CodeNotSetUp
from embedded.wechat_pay import WeChatPay
from events.models import Event
from kernel.refusal import Refusal
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.services.differing_payments import SourceTermOver
from orders.services.payment import pay
from payments.models import Payment, ProviderRefund
from payments.rules.payments import PaymentWay
from payments.selectors.payments import find_reported
from payments.services.booking import DifferenceChanged
from payments.services.refunding import NotAbnormal
from tests.builders import NOW
from tests.payments.test_orders import Shop
from tests.payments.test_refunds import Shop as RefundedShop
from tests.payments.test_refunds import money
from tests.payments.wallets import MINUTE, balances, call_back, follow, sweep
from tests.violations import all_violations
from treasury.models import MoneyRequest
from treasury.rules.requests import RequestState
from treasury.selectors.bank_accounts import NoPayeeAccount
from treasury.selectors.requests import MoneyRequestView
from treasury.services import deciding
from treasury.services.provider_money import enter_abnormal_refund, enter_differing_payment

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shop(wechat_pay_service: WeChatPay) -> Shop:
    return Shop()


def differing(service: WeChatPay, shop: Shop, amount_fen: int) -> int:
    """A payment of her two orders for which WeChat took another amount; its id."""
    begun = shop.begin()
    service.pay(begun.number)
    assert call_back(service, begun.number, amount={"total": amount_fen, "currency": "CNY"}) == 204
    assert Payment.objects.get().difference == "amount"
    return begun.id


def decide(shop: Shop, payment_id: int, *, to_source: bool) -> MoneyRequestView:
    entered = enter_differing_payment(
        actor=shop.market.finance, payment_id=payment_id, to_source=to_source, reason="少付一元", now=NOW + HOUR
    )
    assert entered.state is RequestState.WAITING
    return entered


def approve(shop: Shop, entered: MoneyRequestView) -> MoneyRequestView:
    return shop.market.money.approve(entered, now=NOW + HOUR)


def test_what_arrived_goes_into_her_wallet_and_she_pays_from_there(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    """PAY-14: the payment is about what arrived from then on; what she was to pay stays beside it."""
    payment_id = differing(wechat_pay_service, shop, shop.total_fen - 1_00)
    assert find_reported(payment_id).amount_fen == shop.total_fen - 1_00
    entered = decide(shop, payment_id, to_source=False)
    assert enter_differing_payment(
        actor=shop.market.finance, payment_id=payment_id, to_source=False, reason="再点一次", now=NOW
    ) == entered  # fmt: skip
    assert balances(shop.amy) == (0, 0)
    approve(shop, entered)
    assert balances(shop.amy) == (shop.total_fen - 1_00, shop.total_fen - 1_00)
    row = Payment.objects.get()
    assert (row.state, row.amount_fen, row.asked_fen, row.difference) == (
        "paid", shop.total_fen - 1_00, shop.total_fen, ""
    )  # fmt: skip
    assert shop.outcomes == ["too_little", "too_little"]
    assert Event.objects.get(kind="wallet_credited").data["reason"] == "少付一元"
    assert all_violations() == []
    # The same callback again tells nothing new.
    call_back(wechat_pay_service, row.number, event_id="again", amount={"total": row.amount_fen, "currency": "CNY"})
    assert balances(shop.amy)[0] == shop.total_fen - 1_00
    pay(actor=shop.amy.actor, order_id=shop.orders[0].id, now=NOW + MINUTE)
    assert all_violations() == []


def test_what_arrived_goes_back_to_its_source(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    payment_id = differing(wechat_pay_service, shop, shop.total_fen + 5_00)
    approve(shop, decide(shop, payment_id, to_source=True))
    assert balances(shop.amy) == (0, shop.total_fen + 5_00)
    refund = ProviderRefund.objects.get()
    assert (refund.amount_fen, refund.cause, refund.state) == (
        shop.total_fen + 5_00,
        f"differs:{payment_id}",
        "waiting",
    )
    assert all_violations() == []


def test_a_decision_is_refused_where_the_provider_says_something_else_by_now(
    wechat_pay_service: WeChatPay, shop: Shop
) -> None:
    payment_id = differing(wechat_pay_service, shop, shop.total_fen - 1_00)
    entered = decide(shop, payment_id, to_source=False)
    # The provider is asked, and says the right amount: it is booked, and the orders are paid.
    sweep(NOW + MINUTE)
    assert shop.states == ["paid", "paid"]
    with pytest.raises(DifferenceChanged):
        approve(shop, entered)
    assert balances(shop.amy) == (0, shop.total_fen)
    with pytest.raises(DifferenceChanged):
        decide(shop, payment_id, to_source=False)
    assert all_violations() == []


def test_money_is_not_sent_back_after_the_term_of_the_provider(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    payment_id = differing(wechat_pay_service, shop, shop.total_fen - 1_00)
    Payment.objects.update(reported_at=NOW - 400 * DAY)
    entered = decide(shop, payment_id, to_source=True)
    with pytest.raises(SourceTermOver):
        approve(shop, entered)
    assert (balances(shop.amy), Payment.objects.get().difference) == ((0, 0), "amount")
    assert MoneyRequest.objects.get(pk=entered.id).state == "waiting"


def test_who_entered_it_does_not_approve(wechat_pay_service: WeChatPay, shop: Shop) -> None:
    payment_id = differing(wechat_pay_service, shop, shop.total_fen - 1_00)
    entered = decide(shop, payment_id, to_source=False)
    for actor in (shop.market.finance, shop.market.ops):
        with pytest.raises(Refusal):
            deciding.approve(actor=actor, request_ids=[entered.id], now=NOW)
    assert balances(shop.amy) == (0, 0)


@pytest.fixture
def abnormal(wechat_pay_service: WeChatPay) -> RefundedShop:
    """A refund that WeChat cannot pay out: its money is in transit."""
    found = RefundedShop(PaymentWay.WECHAT_QR)
    wechat_pay_service.pay(found.payment.number)
    call_back(wechat_pay_service, found.payment.number)
    found.refund()
    follow(NOW)
    wechat_pay_service.refunds.end(ProviderRefund.objects.get().number, "ABNORMAL")
    follow(NOW + MINUTE)
    return found


def enter(shop: RefundedShop, *, to_bank: bool) -> MoneyRequestView:
    return enter_abnormal_refund(
        actor=shop.market.finance,
        refund_id=ProviderRefund.objects.get().pk,
        to_bank=to_bank,
        reason="卡已注销",
        now=NOW,
    )


def test_a_refund_that_cannot_be_paid_out_stays_in_her_wallet(abnormal: RefundedShop) -> None:
    """PAY-15."""
    entered = enter(abnormal, to_bank=False)
    assert enter(abnormal, to_bank=False) == entered
    assert money(abnormal.amy) == (0, abnormal.price_fen, 3 * abnormal.price_fen)
    abnormal.market.money.approve(entered, now=NOW)
    assert money(abnormal.amy) == (abnormal.price_fen, 0, 3 * abnormal.price_fen)
    assert ProviderRefund.objects.get().state == "failed"
    assert all_violations() == []
    with pytest.raises(NotAbnormal):
        enter(abnormal, to_bank=False)


def test_a_refund_that_cannot_be_paid_out_goes_to_her_bank_account(abnormal: RefundedShop) -> None:
    market, amy = abnormal.market, abnormal.amy
    with pytest.raises(NoPayeeAccount):
        enter(abnormal, to_bank=True)
    assert not MoneyRequest.objects.filter(provider_refund__isnull=False).exists()
    market.money.account_of_reseller(amy.id, now=NOW)
    entered = enter(abnormal, to_bank=True)
    with pytest.raises(CodeNotSetUp):
        deciding.approve(actor=market.second_finance, request_ids=[entered.id], now=NOW)
    assert money(amy) == (0, abnormal.price_fen, 3 * abnormal.price_fen)
    market.money.approve(entered, now=NOW)
    on_its_way = get_balance_fen(AccountRef(AccountKind.WITHDRAWAL_IN_TRANSIT, amy.id))
    assert (money(amy)[:2], on_its_way) == ((0, 0), abnormal.price_fen)
    out = MoneyRequest.objects.get(kind="withdrawal")
    assert (out.state, out.amount_fen) == ("approved", abnormal.price_fen)
    market.money.transfer([out.pk], "B-1", now=NOW)
    assert all_violations() == []


def test_a_refund_that_arrives_after_all_is_not_given_again(
    wechat_pay_service: WeChatPay, abnormal: RefundedShop
) -> None:
    entered = enter(abnormal, to_bank=False)
    wechat_pay_service.refunds.end(ProviderRefund.objects.get().number)
    follow(NOW + DAY)
    with pytest.raises(NotAbnormal):
        abnormal.market.money.approve(entered, now=NOW)
    assert money(abnormal.amy) == (0, 0, 2 * abnormal.price_fen)
    assert all_violations() == []


def test_the_page_of_a_payment_offers_what_can_be_decided(
    wechat_pay_service: WeChatPay, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    payment_id = differing(wechat_pay_service, shop, shop.total_fen - 1_00)
    client = Client()
    client.force_login(Person.objects.get(pk=shop.market.finance.own_id))
    place = f"/console/payments/{payment_id}/"
    assert "按实收的钱收进她的钱包" in client.get(place).content.decode()
    sent = {"form_action": "payment_to_wallet", "payment_to_wallet-reason": "少付一元"}
    answer = client.post(place, sent)
    assert answer["Location"] == f"/console/money-requests/{MoneyRequest.objects.latest('pk').pk}/"
