"""Claims against carriers, for programs of the platform."""

from ninja import Query

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.rules import ClaimState
from aftersales.selectors import carrier_claims as selectors
from aftersales.selectors.carrier_claims import CarrierClaimView
from aftersales.services import carrier_claims as services
from kernel import clock
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Word

router = ViewRouter(tags=["carrier claims"])
both = RoleAuth(Role.OPS, Role.FINANCE)
finance = RoleAuth(Role.FINANCE)


class ClaimQuery(PageQuery):
    state: ClaimState | None = None


class ClaimIn(Input):
    """`reference`: the carrier's number of the claim."""

    reference: Word


class ClaimPaymentIn(Input):
    """`reference`: the bank's number of the payment."""

    amount: YuanIn
    reference: Word


class RejectionIn(Input):
    reason: Text


@router.get("/carrier-claims", auth=both)
def list_carrier_claims(request: ActorRequest, page: Query[ClaimQuery]) -> Page[CarrierClaimView]:
    """What carriers bear of refunds, the newest first: claims of one state, or all."""
    return selectors.list_claims(state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.post("/carrier-claims/{int:claim_id}/claim", auth=both)
def mark_claimed(request: ActorRequest, claim_id: int, body: ClaimIn) -> CarrierClaimView:
    """The carrier was asked for the money. Refused: `aftersales.claim_has_ended`."""
    return services.mark_claimed(actor=request.auth, claim_id=claim_id, reference=body.reference, now=clock.now())


@router.post("/carrier-claims/{int:claim_id}/payment", auth=finance)
def record_claim_payment(request: ActorRequest, claim_id: int, body: ClaimPaymentIn) -> CarrierClaimView:
    """Book what the carrier paid; the platform bears the rest. The same payment again changes nothing.

    Refused: `aftersales.claim_has_ended`, `aftersales.invalid_claim_payment`.
    """
    return services.record_claim_payment(
        actor=request.auth,
        claim_id=claim_id,
        amount_fen=body.amount,
        reference=body.reference,
        now=clock.now(),
    )


@router.post("/carrier-claims/{int:claim_id}/rejection", auth=finance)
def reject_claim(request: ActorRequest, claim_id: int, body: RejectionIn) -> CarrierClaimView:
    """The carrier pays nothing; the platform bears it. Refused: `aftersales.claim_has_ended`."""
    return services.reject_claim(actor=request.auth, claim_id=claim_id, reason=body.reason, now=clock.now())
