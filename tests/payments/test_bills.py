"""Daily bills of providers: downloaded, checked, stored once, booked and compared (PAY-11, PAY-12, PAY-13)."""

from datetime import date, datetime, timedelta

import pytest

from aftersales.services.refunds import refund_unshipped
from embedded.alipay import Alipay
from embedded.wechat_bills import TRADE_HEADING, fee_fen
from embedded.wechat_pay import WeChatPay
from kernel.period import SHANGHAI
from ledger.models import LedgerAccount, Posting
from orders.services.order_payments import start_order_payment
from payments.models import Payment, ProviderBill, ProviderBillLine, ProviderRefund
from payments.rules.bills import UnreadableBill, days_with_bills
from payments.rules.payments import PaymentWay, Provider
from payments.selectors.bills import BillDifference, compare_bill
from payments.services.bill_texts import read_wechat_trades
from payments.services.bills import fetch_bills
from tests.builders import NOW, Marketplace, item_of
from tests.payments.wallets import MINUTE, begin, call_back, follow, sweep
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
DAY = NOW.astimezone(SHANGHAI).date()
MORNING = datetime(DAY.year, DAY.month, DAY.day, 10, 31, tzinfo=SHANGHAI) + timedelta(days=1)
TOTAL = 300_00


def fetch(at: datetime = MORNING) -> int:
    return fetch_bills(clock=lambda: at)


def balance(kind: str) -> int:
    return LedgerAccount.objects.filter(kind=kind).values_list("balance_fen", flat=True).first() or 0


def kinds(provider: Provider = Provider.WECHAT) -> list[str]:
    return [each.kind.value for each in compare_bill(DAY, provider).differences]


@pytest.fixture
def paid(wechat_pay_service: WeChatPay) -> Payment:
    """Amy has paid ¥300 through WeChat Pay."""
    payment = begin(Marketplace().reseller(), TOTAL)
    wechat_pay_service.pay(payment.number)
    call_back(wechat_pay_service, payment.number)
    return Payment.objects.get()


def test_bills_of_a_day_are_taken_once_and_booked(wechat_pay_service: WeChatPay, paid: Payment) -> None:
    wechat_pay_service.bills.paid_to_bank.append((DAY, 100_00))
    at_bank = balance("clearing")
    assert fetch(MORNING - 2 * MINUTE) == 0
    assert not ProviderBill.objects.exists()
    assert fetch() == 2
    assert fetch(MORNING + timedelta(hours=1)) == 0
    fee = fee_fen(TOTAL)
    assert list(ProviderBill.objects.order_by("kind").values_list("kind", "state", "fee_fen", "to_bank_fen")) == [
        ("fund", "taken", fee, 100_00),
        ("trade", "taken", 0, 0),
    ]
    line = ProviderBillLine.objects.get(bill__kind="trade")
    assert (line.number, line.amount_fen, line.fee_fen) == (paid.number, TOTAL, fee)
    assert (balance("wechat_clearing"), balance("provider_fee"), balance("clearing") - at_bank) == (
        -TOTAL + fee + 100_00,
        -fee,
        -100_00,
    )
    found = compare_bill(DAY, Provider.WECHAT)
    assert (found.is_complete, found.differences, found.sums.to_bank_fen) == (True, [], 100_00)
    assert all_violations() == []


def test_comparison_names_what_is_missing_on_either_side(wechat_pay_service: WeChatPay, paid: Payment) -> None:
    number = paid.number
    wechat_pay_service.orders["P261122FFFFFFFFFFFFFFFF"] = wechat_pay_service.orders[number] | {
        "out_trade_no": "P261122FFFFFFFFFFFFFFFF",
        "transaction_id": "42" + "9" * 26,
    }
    wechat_pay_service.orders[number]["total"] += 1
    fetch()
    found = compare_bill(DAY, Provider.WECHAT)
    assert [(each.kind, each.number, each.bill_fen, each.booked_fen) for each in found.differences] == [
        (BillDifference.PAYMENT_AMOUNT, number, TOTAL + 1, TOTAL),
        (BillDifference.PAYMENT_NOT_BOOKED, "P261122FFFFFFFFFFFFFFFF", TOTAL, None),
    ]
    ProviderBillLine.objects.all().delete()
    assert kinds() == ["payment_not_in_bill"]


def test_refunds_are_compared(wechat_pay_service: WeChatPay) -> None:
    market = Marketplace()
    sku = market.sku(units=5, base_price_fen=10_00)
    amy = market.reseller()
    order = amy.grab(item_of(market.sale(sku), sku), 2)
    payment = start_order_payment(
        actor=amy.actor,
        order_ids=[order.id],
        expected_total_fen=None,
        way=PaymentWay.WECHAT_QR,
        client_address="203.0.113.7",
        key="k",
        now=NOW,
    )
    wechat_pay_service.pay(payment.number)
    call_back(wechat_pay_service, payment.number)
    refund_unshipped(actor=market.ops, line_id=order.lines[0].id, units=1, note="", key="r", now=NOW)
    follow(NOW)
    refund = ProviderRefund.objects.get()
    wechat_pay_service.refunds.end(refund.number)
    follow(NOW + MINUTE)
    fetch()
    assert kinds() == []
    assert compare_bill(DAY, Provider.WECHAT).sums.refunds_in_bill_fen == refund.amount_fen
    ProviderBillLine.objects.filter(kind="refund", bill__kind="trade").update(refund_number="R2", fee_fen=0)
    assert kinds() == ["fees", "refund_not_booked", "refund_not_in_bill"]


def test_without_a_bill_nothing_is_compared(wechat_pay_service: WeChatPay, paid: Payment) -> None:
    wechat_pay_service.bills.missing.add(DAY.isoformat())
    assert fetch() == 0
    found = compare_bill(DAY, Provider.WECHAT)
    assert (found.is_complete, found.is_compared, found.differences) == (False, False, [])
    wechat_pay_service.bills.missing.clear()
    assert fetch(MORNING + timedelta(minutes=29)) == 0
    assert fetch(MORNING + timedelta(minutes=30)) == 2


def test_day_without_movements_has_no_bill(wechat_pay_service: WeChatPay, paid: Payment) -> None:
    fetch(MORNING + timedelta(days=1))
    empty = ProviderBill.objects.filter(day=DAY + timedelta(days=1))
    assert sorted(empty.values_list("state", flat=True)) == ["empty", "empty"]


@pytest.mark.parametrize("fault", ["digest", "content", "sums", "column", "twice"])
def test_bad_bill_is_refused_whole_and_asked_for_again(
    wechat_pay_service: WeChatPay, paid: Payment, fault: str
) -> None:
    bills, day = wechat_pay_service.bills, DAY.isoformat()
    good = bills.content("trade", DAY) or b""
    heading, first, *sums = good.decode("utf-8-sig").splitlines()
    contents = {
        "digest": good,
        "content": f"{heading}\n{first.replace('`300.00', '`three')}\n".encode(),
        "sums": "\n".join([heading, first, first.replace("`42000", "`42001"), *sums]).encode(),
        "column": b"a,b\n`1,`2\n",
        "twice": f"{heading}\n{first}\n{first}\n".encode(),
    }
    bills.replaced["trade", day] = contents[fault]
    bills.is_digest_wrong = fault == "digest"
    fetch()
    bill = ProviderBill.objects.get(kind="trade")
    assert (bill.state, bill.lines_count, bool(bill.failure)) == ("wanted", 0, True)
    assert not ProviderBillLine.objects.filter(bill=bill).exists()
    bills.replaced.clear()
    bills.is_digest_wrong = False
    fetch(MORNING + timedelta(hours=1))
    bill.refresh_from_db()
    assert (bill.state, bill.failure) == ("taken", "")


def test_bill_at_another_host_is_not_asked_for(wechat_pay_service: WeChatPay, paid: Payment) -> None:
    wechat_pay_service.bills.host = "http://127.0.0.1:9"
    assert fetch() == 0
    assert "another host" in ProviderBill.objects.get(kind="trade").failure


def test_wechat_bill_without_a_column_names_it() -> None:
    with pytest.raises(UnreadableBill, match="商户订单号"):
        read_wechat_trades(TRADE_HEADING.replace("商户订单号", "x").encode())


def test_bills_are_wanted_as_far_back_as_they_are_kept() -> None:
    first = date(2026, 1, 1)
    days = days_with_bills(now=MORNING, first=first)
    assert (days[-1], len(days)) == (DAY, 85)
    assert days_with_bills(now=MORNING - 2 * MINUTE, first=DAY) == []


def test_bills_of_alipay_are_taken_and_booked(alipay_service: Alipay) -> None:
    payment = begin(Marketplace().reseller(), TOTAL, way=PaymentWay.ALIPAY_PAGE)
    alipay_service.pay(payment.pay_address)
    sweep(NOW + MINUTE)
    alipay_service.paid_to_bank.append((DAY, 50_00))
    assert fetch() == 2
    fee = fee_fen(TOTAL)
    assert (balance("alipay_clearing"), balance("provider_fee")) == (-TOTAL + fee + 50_00, -fee)
    found = compare_bill(DAY, Provider.ALIPAY)
    assert (found.is_complete, found.differences) == (True, [])
    assert found.sums.payments_in_bill_fen == found.sums.payments_booked_fen == TOTAL
    assert Posting.objects.filter(kind__startswith="provider_").count() == 3
    assert all_violations() == []
