"""Refunds and cases for programs."""

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.rules import CaseReason, CaseState, Returnability
from aftersales.selectors import cases
from aftersales.selectors import refunds as aftersales_refunds
from aftersales.services import cases as aftersales_cases
from aftersales.services import refunds as refunds_services
from brands.selectors import brand_of
from kernel import clock
from membership.selectors.people import reseller_of
from orders.selectors.orders import get_own_order
from web.money import YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Input, Text, Whole, Word

router = Router(tags=["aftersales"])


class RefundIn(Input):
    line_id: Whole
    units: Whole
    note: Text = ""
    key: Word


class ReportOut(Schema):
    """A refund as the brand knows it: what the reseller gets back is her price, and hers."""

    id: int
    order_id: int
    line_id: int
    goods: str
    reason: str
    note: str
    units: int
    at: datetime


class RefundOut(ReportOut):
    amount: YuanOut = fen_of("amount_fen")


@router.post("/refunds", response={201: RefundOut}, auth=RoleAuth(Role.OPS))
def refund_unshipped(request: ActorRequest, body: RefundIn) -> Any:
    """Refund units that were not shipped; they go back on sale."""
    return Status(
        201,
        refunds_services.refund_unshipped(
            actor=request.auth, line_id=body.line_id, units=body.units, note=body.note, key=body.key, now=clock.now()
        ),
    )


@router.post("/out-of-stock", response={201: ReportOut}, auth=RoleAuth(Role.BRAND, Role.OPS))
def report_out_of_stock(request: ActorRequest, body: RefundIn) -> Any:
    """The brand cannot ship units; they are refunded by themselves."""
    return Status(
        201,
        refunds_services.report_out_of_stock(
            actor=request.auth, line_id=body.line_id, units=body.units, note=body.note, key=body.key, now=clock.now()
        ),
    )


@router.get("/refunds", response=PageOut[RefundOut], auth=RoleAuth(Role.OPS, Role.FINANCE))
def refunds(request: ActorRequest, page: Query[PageQuery]) -> Any:
    return aftersales_refunds.list_refunds(cursor=page.cursor, limit=page.limit)


class CaseIn(Input):
    line_id: Whole
    units: Whole
    reason: CaseReason
    evidence: Text = ""
    key: Word


class AgreeIn(Input):
    return_to: Text
    note: Text = ""


class RefuseIn(Input):
    reason: Text


class SendBackIn(Input):
    carrier: Word
    tracking_no: Word


class BrandCaseOut(Schema):
    id: int
    style_no: str
    name: str
    colour: str
    size: str
    label_cut: bool
    units: int
    reason: CaseReason
    evidence: str
    state: CaseState
    asked_at: datetime
    due_at: datetime | None
    decision: str
    carrier: str
    tracking_no: str
    sent_back_at: datetime | None
    ended_at: datetime | None


class CaseOut(BrandCaseOut):
    """`amount` is what the units were paid; `is_late`: the next step is overdue."""

    order_id: int
    line_id: int
    amount: YuanOut = fen_of("amount_fen")
    is_late: bool
    can_refund_only: bool
    return_to: str
    decided_at: datetime | None
    received_at: datetime | None
    refund_id: int | None


class ReturnOptionOut(Schema):
    """Whether units of a line may be asked back now (`returnability` says why not), until when, and for which reasons."""

    line_id: int
    returnability: Returnability
    returnable_units: int
    returnable_until: datetime | None
    reasons: list[CaseReason]
    case_ids: list[int]


class CaseQuery(PageQuery):
    state: CaseState | None = None


@router.get("/orders/{int:order_id}/returnable", response=list[ReturnOptionOut], auth=RoleAuth(Role.RESELLER))
def return_options(request: ActorRequest, order_id: int) -> Any:
    """What of each line of her order may be asked back."""
    order = get_own_order(reseller_of(request.auth).id, order_id)
    return list(cases.get_return_options(order, at=clock.now()).values())


@router.post("/cases", response={201: CaseOut}, auth=RoleAuth(Role.RESELLER))
def open_case(request: ActorRequest, body: CaseIn) -> Any:
    """Ask units of a shipped line back; the same key is one case.

    Refused: `aftersales.not_returnable` (not paid, not shipped, too late, nothing left), `aftersales.reason_not_accepted` (goods whose
    label is cut and that are no longer wanted), `aftersales.bad_case` (a complaint without words), `orders.nothing_to_refund` (more units
    than are left), `aftersales.already_settled`, `aftersales.case_key_conflict`.
    """
    return Status(201, aftersales_cases.open_case(actor=request.auth, now=clock.now(), **body.dict()))


@router.get("/cases", response=PageOut[CaseOut], auth=RoleAuth(Role.RESELLER))
def own_cases(request: ActorRequest, page: Query[PageQuery]) -> Any:
    buyer = reseller_of(request.auth)
    return cases.list_own_cases(buyer.id, at=clock.now(), cursor=page.cursor, limit=page.limit)


@router.get("/cases/{int:case_id}", response=CaseOut, auth=RoleAuth(Role.RESELLER, Role.OPS, Role.FINANCE))
def case(request: ActorRequest, case_id: int) -> Any:
    if request.auth.role is Role.RESELLER:
        return cases.get_own_case(reseller_of(request.auth).id, case_id, at=clock.now())
    return cases.get_case(case_id, at=clock.now())


@router.post("/cases/{int:case_id}/send-back", response=CaseOut, auth=RoleAuth(Role.RESELLER))
def send_back(request: ActorRequest, case_id: int, body: SendBackIn) -> Any:
    """Name the parcel. Refused: `aftersales.bad_tracking`, `aftersales.cannot_now` (also once her time is over)."""
    return aftersales_cases.send_back(
        actor=request.auth, case_id=case_id, carrier=body.carrier, tracking_no=body.tracking_no, now=clock.now()
    )


@router.post("/cases/{int:case_id}/withdraw", response=CaseOut, auth=RoleAuth(Role.RESELLER))
def withdraw(request: ActorRequest, case_id: int) -> Any:
    """Take back what she asked. Refused: `aftersales.cannot_now` once the goods are on their way or the case has ended."""
    return aftersales_cases.withdraw(actor=request.auth, case_id=case_id, now=clock.now())


@router.get("/desk/cases", response=PageOut[CaseOut], auth=RoleAuth(Role.OPS, Role.FINANCE))
def cases_of_desk(request: ActorRequest, page: Query[CaseQuery]) -> Any:
    """Open cases, the most urgent first, or those of one state."""
    return cases.list_cases(at=clock.now(), state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.post("/cases/{int:case_id}/agree", response=CaseOut, auth=RoleAuth(Role.OPS))
def agree(request: ActorRequest, case_id: int, body: AgreeIn) -> Any:
    """The goods may come back to `return_to`. Refused: `aftersales.return_address_required`, `aftersales.cannot_now`."""
    return aftersales_cases.agree(
        actor=request.auth, case_id=case_id, return_to=body.return_to, note=body.note, now=clock.now()
    )


@router.post("/cases/{int:case_id}/refuse", response=CaseOut, auth=RoleAuth(Role.OPS))
def refuse(request: ActorRequest, case_id: int, body: RefuseIn) -> Any:
    """Refused: `request.reason_required`, `aftersales.cannot_now`."""
    return aftersales_cases.refuse(actor=request.auth, case_id=case_id, reason=body.reason, now=clock.now())


@router.post("/cases/{int:case_id}/refund", response=CaseOut, auth=RoleAuth(Role.OPS))
def receive_and_refund(request: ActorRequest, case_id: int) -> Any:
    """The goods are back: refund them, once. Refused: `aftersales.cannot_now`."""
    return aftersales_cases.receive_and_refund(actor=request.auth, case_id=case_id, now=clock.now())


@router.post("/cases/{int:case_id}/refund-only", response=CaseOut, auth=RoleAuth(Role.OPS))
def refund_only(request: ActorRequest, case_id: int) -> Any:
    """Refund without the goods, once. Refused: `aftersales.not_for_refund_only` (not a complaint, or too much), `aftersales.cannot_now`."""
    return aftersales_cases.refund_only(actor=request.auth, case_id=case_id, now=clock.now())


@router.get("/brand/cases", response=PageOut[BrandCaseOut], auth=RoleAuth(Role.BRAND))
def cases_of_brand(request: ActorRequest, page: Query[CaseQuery]) -> Any:
    """Cases about the brand's goods, without the reseller and her price."""
    brand = brand_of(request.auth)
    return cases.list_brand_cases(brand.id, state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.post("/cases/{int:case_id}/receive", response=BrandCaseOut, auth=RoleAuth(Role.BRAND, Role.OPS))
def receive(request: ActorRequest, case_id: int) -> Any:
    """The goods have arrived. Refused: `aftersales.cannot_now` unless they were sent back."""
    return aftersales_cases.receive(actor=request.auth, case_id=case_id, now=clock.now())
