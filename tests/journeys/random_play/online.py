"""What payment providers report: orders that are paid online, money of another amount, and refunds that go back or do not."""

from datetime import datetime, timedelta

from django.db import transaction

from orders.models.orders import Order
from orders.models.payments import OrderPayment
from orders.selectors.source_refunds import get_left_fen
from orders.services import source_refunds
from orders.services.provider_payments import book
from payments.models import Payment, ProviderRefund
from payments.rules.payments import PaymentReport, ReportedState, new_number
from payments.rules.refunds import RefundReport, ReportedRefundState
from payments.services.port import ProvenRefund, ProvenReport
from payments.services.refunding import take_refund_report
from tests.journeys.random_play.player import Call, Player, WeightedActs
from tests.payments.made import ACCOUNT
from treasury.services import provider_money

_OPEN = ("waiting", "processing", "abnormal")


def begin_payment(player: Player) -> Call:
    """She begins to pay one or two of her unpaid orders; the provider has not been heard of."""
    order = player.row(Order.objects.filter(state="unpaid", pay_before__gt=player.now))
    reseller = player.reseller(order.reseller_id)
    own = Order.objects.filter(state="unpaid", reseller=reseller.id, pay_before__gt=player.now)
    orders = player.some(list(own.order_by("pk")), 2)

    @transaction.atomic
    def begin(*, now: datetime) -> None:
        number = new_number(now)
        payment = Payment.objects.create(
            number=number, reseller_id=reseller.id, key=number, provider="wechat", way="wechat_qr",
            amount_fen=sum(each.total_fen for each in orders), created_at=now, next_query_at=now,
            expires_at=now + timedelta(minutes=15),
        )  # fmt: skip
        OrderPayment.objects.bulk_create(
            OrderPayment(payment=payment, order=each, amount_fen=each.total_fen) for each in orders
        )

    return Call(begin, {}, is_once=False)


def report_payment(player: Player) -> Call:
    """The provider says that it took the money, now and then of another amount, late, or once more."""
    payment = player.row(Payment.objects.filter(asked_fen=None))
    amount_fen = (
        payment.amount_fen if player.chance(0.85) else max(payment.amount_fen + player.dice.randint(-500, 500), 1)
    )
    report = PaymentReport(
        payment.number, ReportedState.PAID, "wx1", "190", f"T{payment.number}", amount_fen, "CNY", player.now
    )

    def take(*, now: datetime) -> None:
        book(ProvenReport(report, "{}"), ACCOUNT, now)

    return Call(take, {}, is_once=False, leaves_traces=True)


def report_refund(player: Player) -> Call:
    """The provider says what became of a refund."""
    refund = player.row(ProviderRefund.objects.select_related("payment").filter(state__in=_OPEN))
    state = player.pick(
        (
            ReportedRefundState.PROCESSING,
            ReportedRefundState.SUCCEEDED,
            ReportedRefundState.SUCCEEDED,
            ReportedRefundState.CLOSED,
            ReportedRefundState.ABNORMAL,
        )
    )
    report = RefundReport(refund.number, state, refund.payment.number, f"50{refund.pk}", refund.amount_fen)

    def take(*, now: datetime) -> None:
        take_refund_report(refund_id=refund.pk, proven=ProvenRefund(report, "{}"), now=now)

    return Call(take, {}, is_once=False)


def choose_refunds(player: Player) -> Call:
    reseller = player.pick(player.world.resellers)
    return Call(
        source_refunds.choose_refunds, {"actor": reseller.actor, "to_wallet": player.chance(0.5)}, is_once=False
    )


def return_to_source(player: Player) -> Call:
    """She sends back what lies in her wallet of a payment, at the amount of the page, or at one that is wrong."""
    payment = player.row(Payment.objects.filter(state="paid"))
    left_fen = get_left_fen(payment.pk)
    arguments = {"payment_id": payment.pk, "expected_fen": left_fen if player.chance(0.9) else left_fen + 1}
    actor = player.reseller(payment.reseller_id).actor
    return Call(source_refunds.return_to_source, {"actor": actor, **arguments}, is_once=False)


def decide_about_amount(player: Player) -> Call:
    payment_id = player.id(Payment.objects.filter(difference="amount"))
    arguments = {"payment_id": payment_id, "to_source": player.chance(0.5), "reason": "已核对"}
    return Call(
        provider_money.enter_differing_payment, {"actor": player.world.market.finance, **arguments}, is_once=False
    )


def decide_about_refund(player: Player) -> Call:
    refund_id = player.id(ProviderRefund.objects.filter(state="abnormal"))
    arguments = {"refund_id": refund_id, "to_bank": player.chance(0.5), "reason": "卡已注销"}
    return Call(
        provider_money.enter_abnormal_refund, {"actor": player.world.market.finance, **arguments}, is_once=False
    )


ACTS: WeightedActs = (
    (12, begin_payment),
    (12, report_payment),
    (10, report_refund),
    (1, choose_refunds),
    (3, return_to_source),
    (3, decide_about_amount),
    (3, decide_about_refund),
)
