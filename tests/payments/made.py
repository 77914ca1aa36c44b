"""Payments in each state, made without a provider: what it would say is given to the service."""

from datetime import datetime, timedelta

from accounts.rules import Actor
from aftersales.services.refunds import refund_unshipped
from kernel.period import SHANGHAI
from orders.models.payments import OrderPayment
from orders.services.provider_payments import book
from payments.models import Payment, ProviderBill, ProviderRefund
from payments.rules.bills import BillKind, BillLine, LineKind
from payments.rules.payments import MerchantAccount, PaymentReport, Provider, ReportedState
from payments.rules.refunds import RefundReport, ReportedRefundState
from payments.services.bills import take_bill
from payments.services.booking import close_payment
from payments.services.callbacks import take_callback
from payments.services.port import Callback, DownloadedBill, ProvenRefund, ProvenReport
from payments.services.refunding import take_refund_report

ACCOUNT = MerchantAccount(Provider.WECHAT, "wx1", "190")
AMOUNT = 500_00


def make_payments(reseller_id: int, *, now: datetime) -> dict[str, int]:
    """The ids of a paid payment, of one that ended and of which a callback differs, and of an open one."""
    paid, ended, still_open = (_begin(reseller_id, letter, amount, now) for letter, amount in _PAYMENTS)
    for payment in (paid, ended):
        number = payment.number
        report = PaymentReport(number, ReportedState.PAID, "wx1", "190", f"T{number}", AMOUNT, "CNY", now)
        callback = Callback(f"E{number}", "TRANSACTION.SUCCESS", now, number, report, "{}")
        take_callback(callback=callback, account=ACCOUNT, book=book, now=now)
    close_payment(payment_id=ended.pk, now=now)
    return {"payment_id": paid.pk, "ended_payment_id": ended.pk, "open_payment_id": still_open.pk}


def make_order_payment(reseller_id: int, *, order_id: int, total_fen: int, now: datetime) -> int:
    """An order that is paid through a provider; the id of the payment."""
    payment = _begin(reseller_id, "D", total_fen, now)
    OrderPayment.objects.create(payment=payment, order_id=order_id, amount_fen=total_fen)
    report = PaymentReport(payment.number, ReportedState.PAID, "wx1", "190", "T-order", total_fen, "CNY", now)
    book(ProvenReport(report, "{}"), ACCOUNT, now)
    return payment.pk


def make_differing_payment(
    reseller_id: int, *, amount_fen: int, arrived_fen: int, app_id: str = "wx1", now: datetime
) -> int:
    """A payment for which the provider took another amount, or for another app; its id."""
    payment = _begin(reseller_id, "E", amount_fen, now)
    report = PaymentReport(payment.number, ReportedState.PAID, app_id, "190", "T-differs", arrived_fen, "CNY", now)
    book(ProvenReport(report, "{}"), ACCOUNT, now)
    return payment.pk


def make_refunds(ops: Actor, *, line_id: int, now: datetime) -> None:
    """Units of a line that was paid through a provider are refunded one by one: paid out, failed, and on its way."""
    for key, state in (("1", ReportedRefundState.SUCCEEDED), ("2", ReportedRefundState.CLOSED), ("3", None)):
        refund_unshipped(actor=ops, line_id=line_id, units=1, note="", key=f"online{key}", now=now)
        row = ProviderRefund.objects.latest("pk")
        if state is not None:
            report = RefundReport(row.number, state, row.payment.number, f"50{key}", row.amount_fen)
            take_refund_report(refund_id=row.pk, proven=ProvenRefund(report, "{}"), now=now)


def make_bills(*, now: datetime) -> int:
    """The bills of the day of `now` at WeChat Pay, with a fee, a pay-out to the bank, and a payment that nobody booked; the id of one."""
    day = now.astimezone(SHANGHAI).date()
    number = "P261122FFFFFFFFFFFFFFFF"
    lines = {
        BillKind.TRADE: [BillLine("T9", LineKind.PAYMENT, number, "", "T9", 70_00, 42, now, "SUCCESS")],
        BillKind.FUND: [
            BillLine("F1", LineKind.FEE, "", "", "T9", -42, 0, now, "扣除交易手续费"),
            BillLine("F2", LineKind.TO_BANK, "", "", "W1", -50_00, 0, now, "提现"),
        ],
    }
    for kind, of_kind in lines.items():
        row = ProviderBill.objects.create(provider="wechat", kind=kind.value, day=day, next_query_at=now)
        take_bill(bill_id=row.pk, found=DownloadedBill(of_kind, "0" * 64), now=now)
    return ProviderBill.objects.latest("pk").pk


_PAYMENTS = (("A", AMOUNT), ("B", 300_00), ("C", 200_00))


def _begin(reseller_id: int, letter: str, amount_fen: int, now: datetime) -> Payment:
    number = f"P261122{letter * 16}"
    return Payment.objects.create(
        number=number,
        reseller_id=reseller_id,
        key=number,
        provider="wechat",
        way="wechat_qr",
        amount_fen=amount_fen,
        created_at=now,
        expires_at=now + timedelta(minutes=30),
        pay_address="weixin://wxpay/bizpayurl?pr=AbCdEf1zz",
        next_query_at=now,
    )
