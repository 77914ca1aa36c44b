"""Payments through WeChat Pay and Alipay for programs."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from membership.selectors.people import require_reseller
from orders.rules.payments import MAX_ORDERS_PER_PAYMENT
from orders.selectors import provider_payments as provider_payment_reads
from orders.selectors.provider_payments import NamedPayment, OrderPaymentView, list_named_payments
from orders.services import order_payments, provider_payments, source_refunds
from payments.rules.bills import BillState
from payments.rules.payments import PaymentFilter, PaymentWay, Provider
from payments.rules.refunds import RefundState
from payments.selectors.bills import BillComparison, ProviderBillView, compare_bill_of, list_bills
from payments.selectors.payments import ProviderEventView, ProviderPaymentView, get_own_payment, list_problem_events
from payments.selectors.refunds import (
    RefundToSourceItem,
    RefundToSourceView,
    list_own_refunds,
    list_refunds,
    list_refunds_of_payment,
)
from payments.services.accounts import ways_on
from payments.services.differences import end_difference as end_by_reason
from web.client import client_address
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, ReasonIn, Whole, Word

router = ViewRouter(tags=["payments"])
reseller = RoleAuth(Role.RESELLER)


class ProviderTopUpIn(Input):
    amount: YuanIn
    way: PaymentWay
    key: Word = Field(description="idempotency key: the same key begins one payment")


class ProviderPaymentIn(Input):
    order_ids: list[Whole] = Field(min_length=1, max_length=MAX_ORDERS_PER_PAYMENT)
    expected_total: YuanIn | None = Field(None, description="the total that the client showed")
    way: PaymentWay
    key: Word = Field(description="idempotency key: the same key begins one payment")


class ReturnIn(Input):
    expected_amount: YuanIn = Field(description="what the client showed; another amount is refused")


class RefundChoiceIn(Input):
    to_wallet: bool


@router.get("/payment-ways", auth=reseller)
def payment_ways(request: ActorRequest) -> list[PaymentWay]:
    """The ways in which money can be paid now; none where no provider is on."""
    return ways_on()


@router.post("/wallet/top-ups", response=201, auth=reseller)
def start_top_up(request: ActorRequest, body: ProviderTopUpIn) -> ProviderPaymentView:
    """Begin a payment into the wallet. `pay_address` is the text of a QR code, or the link where she pays, by `way`.

    The wallet has the money once the provider says so; ask for the payment until its state is `paid` or `closed`.
    """
    return provider_payments.start_top_up(
        actor=request.auth,
        amount_fen=body.amount,
        way=body.way,
        client_address=client_address(request),
        key=body.key,
        now=clock.now(),
    )


@router.post("/provider-payments", response=201, auth=reseller)
def start_order_payment(request: ActorRequest, body: ProviderPaymentIn) -> ProviderPaymentView:
    """Begin a payment of unpaid orders through a provider, until the first of them runs out.

    The money pays the orders as soon as the provider says so. What cannot be paid any more stays in the wallet.
    """
    return order_payments.start_order_payment(
        actor=request.auth,
        order_ids=body.order_ids,
        expected_total_fen=body.expected_total,
        way=body.way,
        client_address=client_address(request),
        key=body.key,
        now=clock.now(),
    )


@router.get("/provider-payments/{int:payment_id}", auth=reseller)
def get_payment(request: ActorRequest, payment_id: int) -> ProviderPaymentView:
    """A payment of the reseller."""
    return get_own_payment(require_reseller(request.auth).id, payment_id)


@router.post("/provider-payments/{int:payment_id}/check", auth=reseller)
def check_payment(request: ActorRequest, payment_id: int) -> ProviderPaymentView:
    """Ask the provider about a payment now, at most once in three seconds."""
    return provider_payments.check_own_payment(actor=request.auth, payment_id=payment_id, now=clock.now())


@router.get("/provider-payments/{int:payment_id}/orders", auth=reseller)
def list_orders_of_payment(request: ActorRequest, payment_id: int) -> list[OrderPaymentView]:
    """The orders that a payment of hers is to pay, and what became of each."""
    payment = get_own_payment(require_reseller(request.auth).id, payment_id)
    return provider_payment_reads.list_orders_of_payment(payment.id)


@router.post("/provider-payments/{int:payment_id}/return", auth=reseller)
def return_payment(request: ActorRequest, payment_id: int, body: ReturnIn) -> list[RefundToSourceView]:
    """Send what lies in her wallet of a payment of orders back to its source; the refunds of the payment, the newest first.

    Refused where another amount would go than the expected one, and where nothing is left.
    """
    source_refunds.return_to_source(
        actor=request.auth, payment_id=payment_id, expected_fen=body.expected_amount, now=clock.now()
    )
    return list_refunds_of_payment(payment_id)


@router.get("/provider-payments/{int:payment_id}/refunds", auth=reseller)
def list_refunds_of_own_payment(request: ActorRequest, payment_id: int) -> list[RefundToSourceView]:
    """The refunds of a payment of hers that went, or go, back to its source, the newest first."""
    return list_refunds_of_payment(get_own_payment(require_reseller(request.auth).id, payment_id).id)


@router.get("/wallet/refunds", auth=reseller)
def list_refunds_on_their_way(request: ActorRequest) -> list[RefundToSourceView]:
    """Her money that is on its way back to its source, the newest first."""
    return list_own_refunds(require_reseller(request.auth).id)


@router.put("/wallet/refund-choice", response=204, auth=reseller)
def choose_refunds(request: ActorRequest, body: RefundChoiceIn) -> None:
    """Choose whether refunds of orders that are paid through a provider go to the wallet, or back to their source."""
    source_refunds.choose_refunds(actor=request.auth, to_wallet=body.to_wallet, now=clock.now())


@router.get("/ops/source-refunds", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_source_refunds(
    request: ActorRequest, page: Query[PageQuery], state: RefundState | None = None, search: Word = ""
) -> Page[RefundToSourceItem]:
    """Refunds to the source, the newest first. `search`: our number or the provider's, from its beginning."""
    return list_refunds(state=state or "", query=search, cursor=page.cursor, limit=page.limit)


@router.get("/ops/provider-bills", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_provider_bills(
    request: ActorRequest, page: Query[PageQuery], state: BillState | None = None, provider: Provider | None = None
) -> Page[ProviderBillView]:
    """Daily bills of the payment providers, the newest day first."""
    return list_bills(provider=provider or "", state=state or "", cursor=page.cursor, limit=page.limit)


@router.get("/ops/provider-bills/{int:bill_id}/comparison", auth=RoleAuth(Role.OPS, Role.FINANCE))
def compare_provider_bill(request: ActorRequest, bill_id: int) -> BillComparison:
    """What the bills of the day of a bill say, and in what the bookings differ."""
    return compare_bill_of(bill_id)


@router.get("/ops/provider-payments", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_provider_payments(
    request: ActorRequest, page: Query[PageQuery], state: PaymentFilter | None = None, search: Word = ""
) -> Page[NamedPayment]:
    """Payments through providers, the newest first. `search`: our number or the provider's, from its beginning."""
    return list_named_payments(state=state or "", query=search, cursor=page.cursor, limit=page.limit)


@router.post("/ops/provider-payments/{int:payment_id}/end-difference", auth=RoleAuth(Role.FINANCE))
def end_difference(request: ActorRequest, payment_id: int, body: ReasonIn) -> NamedPayment:
    """Say why a report that differs in app, merchant or currency is no money of ours. No money moves.

    Refused: `payments.no_difference_to_end`.
    """
    end_by_reason(actor=request.auth, payment_id=payment_id, reason=body.reason, now=clock.now())
    return provider_payment_reads.get_named_payment(payment_id)


@router.get("/ops/provider-callbacks", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_problem_callbacks(request: ActorRequest, page: Query[PageQuery]) -> Page[ProviderEventView]:
    """The callbacks that told of money and booked nothing, the newest first."""
    return list_problem_events(cursor=page.cursor, limit=page.limit)
