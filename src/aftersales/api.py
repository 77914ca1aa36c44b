"""Refunds and cases for programs."""

from ninja import Query

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.rules import CaseReason, CaseState
from aftersales.selectors import cases, refunds
from aftersales.selectors.cases import BrandCaseView, CaseView, ReturnOption
from aftersales.selectors.refunds import BrandRefundView, RefundView
from aftersales.services import cases as case_services
from aftersales.services import refunds as refund_services
from brands.selectors.brands import require_own_brand
from kernel import clock
from membership.selectors.people import require_reseller
from orders.selectors.orders import get_own_order
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, ReasonIn, Text, Whole, Word

router = ViewRouter(tags=["aftersales"])


class RefundIn(Input):
    line_id: Whole
    units: Whole
    note: Text = ""
    key: Word


class CaseIn(Input):
    line_id: Whole
    units: Whole
    reason: CaseReason
    evidence: Text = ""
    key: Word


class ApproveIn(Input):
    return_address: Text
    note: Text = ""


class SendBackIn(Input):
    carrier: Word
    tracking_no: Word


class CaseQuery(PageQuery):
    state: CaseState | None = None


@router.post("/refunds", response=201, auth=RoleAuth(Role.OPS))
def refund_unshipped(request: ActorRequest, body: RefundIn) -> RefundView:
    """Refund units that were not shipped; they go back on sale."""
    return refund_services.refund_unshipped(
        actor=request.auth, line_id=body.line_id, units=body.units, note=body.note, key=body.key, now=clock.now()
    )


@router.post("/out-of-stock", response=201, auth=RoleAuth(Role.BRAND, Role.OPS))
def report_out_of_stock(request: ActorRequest, body: RefundIn) -> BrandRefundView:
    """Report units that the brand cannot ship. They are refunded at once and do not go back on sale."""
    return refund_services.report_out_of_stock(
        actor=request.auth, line_id=body.line_id, units=body.units, note=body.note, key=body.key, now=clock.now()
    )


@router.get("/refunds", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_refunds(request: ActorRequest, page: Query[PageQuery]) -> Page[RefundView]:
    return refunds.list_refunds(cursor=page.cursor, limit=page.limit)


@router.get("/orders/{int:order_id}/returnable", auth=RoleAuth(Role.RESELLER))
def list_return_options(request: ActorRequest, order_id: int) -> list[ReturnOption]:
    """For each line of the reseller's order: whether units of it can be returned now, until when, and for which reasons."""
    order = get_own_order(require_reseller(request.auth).id, order_id)
    return list(cases.get_return_options(order, at=clock.now()).values())


@router.post("/cases", response=201, auth=RoleAuth(Role.RESELLER))
def open_case(request: ActorRequest, body: CaseIn) -> CaseView:
    """Ask to return units of a shipped line. The same key opens one case.

    Refused: `aftersales.not_returnable` (not paid, not shipped, too late, nothing left), `aftersales.reason_not_accepted` (the label of
    the goods is cut and they are no longer wanted), `aftersales.invalid_evidence` (a complaint without words),
    `orders.nothing_to_refund` (more units than are left), `aftersales.sale_already_settled`, `aftersales.case_key_conflict`.
    """
    return case_services.open_case(actor=request.auth, now=clock.now(), **body.dict())


@router.get("/cases", auth=RoleAuth(Role.RESELLER))
def list_own_cases(request: ActorRequest, page: Query[PageQuery]) -> Page[CaseView]:
    buyer = require_reseller(request.auth)
    return cases.list_own_cases(buyer.id, at=clock.now(), cursor=page.cursor, limit=page.limit)


@router.get("/cases/{int:case_id}", auth=RoleAuth(Role.RESELLER, Role.OPS, Role.FINANCE))
def get_case(request: ActorRequest, case_id: int) -> CaseView:
    if request.auth.role is Role.RESELLER:
        return cases.get_own_case(require_reseller(request.auth).id, case_id, at=clock.now())
    return cases.get_case(case_id, at=clock.now())


@router.post("/cases/{int:case_id}/send-back", auth=RoleAuth(Role.RESELLER))
def send_back(request: ActorRequest, case_id: int, body: SendBackIn) -> CaseView:
    """Name the parcel. Refused: `request.invalid_tracking`, `aftersales.invalid_transition` (also after the deadline)."""
    return case_services.send_back(
        actor=request.auth, case_id=case_id, carrier=body.carrier, tracking_no=body.tracking_no, now=clock.now()
    )


@router.post("/cases/{int:case_id}/withdraw", auth=RoleAuth(Role.RESELLER))
def withdraw(request: ActorRequest, case_id: int) -> CaseView:
    """Withdraw a request. Refused: `aftersales.invalid_transition` once the goods are on their way or the case has ended."""
    return case_services.withdraw(actor=request.auth, case_id=case_id, now=clock.now())


@router.get("/ops/cases", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_cases(request: ActorRequest, page: Query[CaseQuery]) -> Page[CaseView]:
    """Open cases, the most urgent first, or those of one state."""
    return cases.list_cases(at=clock.now(), state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.post("/cases/{int:case_id}/approve", auth=RoleAuth(Role.OPS))
def approve(request: ActorRequest, case_id: int, body: ApproveIn) -> CaseView:
    """Approve the return to `return_address`. Refused: `aftersales.return_address_required`, `aftersales.invalid_transition`."""
    return case_services.approve(
        actor=request.auth, case_id=case_id, return_address=body.return_address, note=body.note, now=clock.now()
    )


@router.post("/cases/{int:case_id}/reject", auth=RoleAuth(Role.OPS))
def reject(request: ActorRequest, case_id: int, body: ReasonIn) -> CaseView:
    """Refused: `request.reason_required`, `aftersales.invalid_transition`."""
    return case_services.reject(actor=request.auth, case_id=case_id, reason=body.reason, now=clock.now())


@router.post("/cases/{int:case_id}/refund", auth=RoleAuth(Role.OPS))
def receive_and_refund(request: ActorRequest, case_id: int) -> CaseView:
    """Confirm that the goods are back and refund them, once. Refused: `aftersales.invalid_transition`."""
    return case_services.receive_and_refund(actor=request.auth, case_id=case_id, now=clock.now())


@router.post("/cases/{int:case_id}/refund-only", auth=RoleAuth(Role.OPS))
def refund_only(request: ActorRequest, case_id: int) -> CaseView:
    """Refund without the goods, once.

    Refused: `aftersales.refund_only_not_allowed` (no complaint, or too high an amount), `aftersales.invalid_transition`.
    """
    return case_services.refund_only(actor=request.auth, case_id=case_id, now=clock.now())


@router.get("/brand/cases", auth=RoleAuth(Role.BRAND))
def list_brand_cases(request: ActorRequest, page: Query[CaseQuery]) -> Page[BrandCaseView]:
    """Cases about the brand's goods, without the reseller and her price."""
    brand = require_own_brand(request.auth)
    return cases.list_brand_cases(brand.id, state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.post("/cases/{int:case_id}/receive", auth=RoleAuth(Role.BRAND, Role.OPS))
def receive(request: ActorRequest, case_id: int) -> BrandCaseView:
    """Confirm that the goods have arrived. Refused: `aftersales.invalid_transition` unless they were sent back."""
    return case_services.receive(actor=request.auth, case_id=case_id, now=clock.now())
