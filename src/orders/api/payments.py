"""Payments through WeChat Pay and Alipay for programs."""

from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from membership.selectors.people import require_reseller
from orders.services import provider_payments
from payments.rules import PaymentWay
from payments.selectors.payments import ProviderPaymentView, get_own_payment
from payments.services.accounts import ways_on
from web.client import client_address
from web.money import YuanIn
from web.responses import ViewRouter
from web.schemas import Input, Word

router = ViewRouter(tags=["payments"])
reseller = RoleAuth(Role.RESELLER)


class ProviderTopUpIn(Input):
    amount: YuanIn
    way: PaymentWay
    key: Word = Field(description="idempotency key: the same key begins one payment")


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


@router.get("/provider-payments/{int:payment_id}", auth=reseller)
def get_payment(request: ActorRequest, payment_id: int) -> ProviderPaymentView:
    """A payment of the reseller."""
    return get_own_payment(require_reseller(request.auth).id, payment_id)


@router.post("/provider-payments/{int:payment_id}/check", auth=reseller)
def check_payment(request: ActorRequest, payment_id: int) -> ProviderPaymentView:
    """Ask the provider about a payment now, at most once in three seconds."""
    return provider_payments.check_own_payment(actor=request.auth, payment_id=payment_id, now=clock.now())
