"""The fees of brands' contracts for programs."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors.brands import require_staff
from kernel import clock
from settlement.rules.fees import FeeBasis, FeeKind
from settlement.selectors import fees as selectors
from settlement.selectors.fees import FeeView, WaiverView
from settlement.services import fees
from settlement.services.fees import FeeDraft
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Day, Input, Rate, Text, Whole

router = ViewRouter(tags=["settlement"])
office = RoleAuth(Role.OPS, Role.FINANCE)
everyone = RoleAuth(Role.OPS, Role.FINANCE, Role.BRAND)


class ContractFeeIn(Input):
    kind: FeeKind
    basis: FeeBasis
    amount: YuanIn | None = Field(None, description="per line or unit, by the basis")
    rate: Rate | None = Field(None, description="a share, for the two rates: 0.05 is five percent")
    cap: YuanIn | None = Field(None, description="the most for one line")
    from_date: Day
    to_date: Day | None = None


class FeeWaiverIn(Input):
    kind: FeeKind | None = None
    sale_id: Whole | None = None
    line_id: Whole | None = None
    from_date: Day | None = None
    to_date: Day | None = None
    reason: Text


class FeeWaiverOut(Input):
    waiver_id: Whole


@router.get("/brands/{int:brand_id}/fees", auth=everyone)
def list_fees(request: ActorRequest, brand_id: int) -> list[FeeView]:
    """The fees of a brand's contract, by kind, the earliest first; a clerk sees those of her own brand."""
    require_staff(request.auth, brand_id, Role.OPS, Role.FINANCE)
    return selectors.list_fees(brand_id)


@router.put("/brands/{int:brand_id}/fees", auth=office)
def enter_fee(request: ActorRequest, brand_id: int, body: ContractFeeIn) -> list[FeeView]:
    """Agree on a fee for orders of a future day or later. One of the same kind and day is replaced.

    Refused: `settlement.fee_in_the_past`, `settlement.invalid_fee`.
    """
    draft = FeeDraft(body.kind, body.basis, body.amount, body.rate, body.cap, body.from_date, body.to_date)
    return fees.enter_fee(actor=request.auth, brand_id=brand_id, fee=draft, now=clock.now())


@router.delete("/brands/{int:brand_id}/fees/{int:fee_id}", auth=office)
def end_fee(request: ActorRequest, brand_id: int, fee_id: int) -> list[FeeView]:
    """End a fee with this day. One that has not begun is removed."""
    return fees.end_fee(actor=request.auth, brand_id=brand_id, fee_id=fee_id, now=clock.now())


@router.get("/brands/{int:brand_id}/fee-waivers", auth=everyone)
def list_waivers(request: ActorRequest, brand_id: int, page: Query[PageQuery]) -> Page[WaiverView]:
    """The waivers of a brand, the latest first."""
    require_staff(request.auth, brand_id, Role.OPS, Role.FINANCE)
    return selectors.list_waivers(brand_id=brand_id, cursor=page.cursor, limit=page.limit)


@router.post("/brands/{int:brand_id}/fee-waivers", auth=office)
def enter_waiver(request: ActorRequest, brand_id: int, body: FeeWaiverIn) -> FeeWaiverOut:
    """Ask no fees: of a kind or all, for a sale, a line, or orders of some days.

    Refused: `settlement.line_was_sent`, `settlement.waiver_not_of_brand`.
    """
    typed = body.model_dump()
    return FeeWaiverOut(waiver_id=fees.enter_waiver(actor=request.auth, brand_id=brand_id, now=clock.now(), **typed))


@router.delete("/brands/{int:brand_id}/fee-waivers/{int:waiver_id}", auth=office)
def end_waiver(request: ActorRequest, brand_id: int, waiver_id: int) -> FeeWaiverOut:
    """Take a waiver back: it covers nothing that is sent from now on."""
    fees.end_waiver(actor=request.auth, brand_id=brand_id, waiver_id=waiver_id, now=clock.now())
    return FeeWaiverOut(waiver_id=waiver_id)
