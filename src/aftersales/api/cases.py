"""Refunds and cases for programs."""

from typing import Literal

from django.http import FileResponse
from ninja import File, Query
from ninja.files import UploadedFile
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import SIGN_IN_ROLES, Role
from aftersales.rules import MAX_PHOTOS, CaseAction, CaseReason, CaseState, Disposition, Party
from aftersales.selectors import cases, refunds
from aftersales.selectors.cases import BrandCaseView, CaseToDecideView, CaseView, ReturnOption
from aftersales.selectors.photos import PhotoView, read_photo
from aftersales.selectors.refunds import BrandRefundView, RefundView
from aftersales.services import cases as case_services
from aftersales.services import photos as photo_services
from aftersales.services import refunds as refund_services
from aftersales.services import resending, shipping_workbooks
from aftersales.services.case_refunds import Liability
from aftersales.services.cases import CaseLine
from aftersales.services.decisions import MAX_DECISIONS, DecisionDraft, DecisionResult, decide
from aftersales.services.receiving import MAX_RECEIVED, ReceiptResult, receive_many
from aftersales.services.refunds import Shortage
from brands.selectors.brands import require_own_brand
from kernel import clock
from membership.selectors.people import require_reseller
from orders.rules.refunds import RefundTarget
from orders.selectors.orders import get_own_order
from orders.services.order_workbooks import ShippingResult
from orders.services.shipping_workbook import write_shipping_list
from web.file_responses import XLSX, jpeg_answer, sends, workbook_answer
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, ReasonIn, Text, Whole, Word

router = ViewRouter(tags=["aftersales"])


class RefundIn(Input):
    line_id: Whole
    units: Whole
    note: Text = ""
    key: Word


class OutOfStockIn(RefundIn):
    substitute_item_id: Whole | None = Field(
        None, description="offered for these units; see `GET /order-lines/{id}/substitutes`"
    )


class ShortageIn(Input):
    line_id: Whole
    units: Whole
    substitute_item_id: Whole | None = Field(None, description="offered for these units")


class ShortagesIn(Input):
    lines: list[ShortageIn] = Field(min_length=1, max_length=500)
    note: Text = ""
    key: Word = Field(description="chosen by the client; the same key refunds each line once")


class CaseLineIn(Input):
    line_id: Whole
    units: Whole


class EvidenceIn(Input):
    """What is wrong: in words, in photos (`POST /photos`), or both."""

    reason: CaseReason
    evidence: Text = ""
    photo_ids: list[Whole] = Field([], max_length=MAX_PHOTOS)
    refund_to: RefundTarget = Field(
        RefundTarget.AS_CHOSEN,
        description="where the refund of an order that was paid online goes; empty: as chosen for all",
    )
    key: Word


class CaseIn(EvidenceIn, CaseLineIn):
    pass


class CasesIn(EvidenceIn):
    lines: list[CaseLineIn] = Field(max_length=100)


class LiabilityIn(Input):
    """Who was at fault and bears the refund; null: what is usual for the reason of the case. Anything else needs a reason."""

    fault: Party | None = None
    borne_by: Party | None = None
    liability_reason: Text = ""

    def liability(self) -> Liability:
        return Liability(self.fault, self.borne_by, self.liability_reason)


class ApproveIn(LiabilityIn):
    """`return_address` "": the one that the brand has entered."""

    return_address: Text = ""
    note: Text = ""


class ResendIn(LiabilityIn):
    """The brand or the platform bears a resend; what a carrier would bear, the platform does."""


class RefundOnlyIn(LiabilityIn):
    """`amount` null: the whole amount. A part of it is an allowance: the customer keeps the goods, and the units stay sold."""

    amount: YuanIn | None = None


class RefundCaseIn(RefundOnlyIn):
    """`disposition`: where the goods are; "stock" counts them as stock again."""

    disposition: Disposition | None = None


class DecisionIn(RefundCaseIn):
    """`action`: approve, reject, refund, refund_only or resend. `reason`: why it is rejected, or a note with the approval."""

    case_id: Whole
    action: CaseAction
    reason: Text = ""
    return_address: Text = ""


class DecisionsIn(Input):
    key: Word
    decisions: list[DecisionIn] = Field(max_length=MAX_DECISIONS)


class ReceiveIn(Input):
    disposition: Disposition = Disposition.BRAND


class ReceiveManyIn(ReceiveIn):
    case_ids: list[Whole] = Field(max_length=MAX_RECEIVED)


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
def report_out_of_stock(request: ActorRequest, body: OutOfStockIn) -> BrandRefundView:
    """Report units that the brand cannot ship. They are refunded at once and do not go back on sale.

    Refused: `aftersales.not_a_substitute` where `substitute_item_id` cannot be offered; then nothing is reported.
    """
    return refund_services.report_out_of_stock(
        actor=request.auth,
        line_id=body.line_id,
        units=body.units,
        note=body.note,
        key=body.key,
        substitute_item_id=body.substitute_item_id,
        now=clock.now(),
    )


@router.post("/shortages", response=201, auth=RoleAuth(Role.BRAND, Role.OPS))
def report_short(request: ActorRequest, body: ShortagesIn) -> list[BrandRefundView]:
    """Report units of many lines that the brand cannot ship, all or none. They are refunded at once and do not go back on sale.

    Refused: `orders.nothing_to_refund` (more units than are left to ship), `orders.already_shipped`, `aftersales.line_named_twice`.
    """
    shortages = [Shortage(each.line_id, each.units, each.substitute_item_id) for each in body.lines]
    return list(
        refund_services.report_short(
            actor=request.auth, shortages=shortages, note=body.note, key=body.key, now=clock.now()
        )
    )


@router.get("/consignments/workbook", auth=RoleAuth(Role.BRAND), openapi_extra=sends(XLSX))
def download_shipping_list(request: ActorRequest) -> FileResponse:
    """The consignments to ship as .xlsx, with columns for carrier and tracking number."""
    data = write_shipping_list(actor=request.auth, now=clock.now())
    return workbook_answer(data, "shipping.xlsx")


@router.post("/consignments/workbook", auth=RoleAuth(Role.BRAND))
def ship_by_workbook(request: ActorRequest, file: UploadedFile = File(...)) -> ShippingResult:  # type: ignore[type-arg]  # noqa: B008
    """Send the list back with tracking numbers and units short (multipart, field `file`). Each row is taken or refused on its own."""
    return shipping_workbooks.ship_by_workbook(
        actor=request.auth, filename=file.name or "", data=file.read(), now=clock.now()
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
    the goods is cut and they are no longer wanted), `aftersales.invalid_evidence` (a complaint without words and photos),
    `orders.nothing_to_refund` (more units than are left), `aftersales.sale_already_settled`, `aftersales.case_key_conflict`.
    """
    return case_services.open_case(actor=request.auth, now=clock.now(), **body.dict())


@router.post("/orders/{int:order_id}/cases", response=201, auth=RoleAuth(Role.RESELLER))
def open_cases(request: ActorRequest, order_id: int, body: CasesIn) -> list[CaseView]:
    """Open a case for each of several lines of one order, all or none, with the same reason, words and photos."""
    return case_services.open_cases(
        actor=request.auth,
        order_id=order_id,
        lines=[CaseLine(each.line_id, each.units) for each in body.lines],
        reason=body.reason,
        evidence=body.evidence,
        photo_ids=body.photo_ids,
        refund_to=body.refund_to,
        key=body.key,
        now=clock.now(),
    )


@router.post("/photos", response=201, auth=RoleAuth(Role.RESELLER, Role.OPS, Role.BRAND))
def add_photos(request: ActorRequest, photos: list[UploadedFile] = File(...)) -> list[PhotoView]:  # type: ignore[type-arg]  # noqa: B008
    """Send photos (multipart, field `photos`, several times) for a case that is opened next. What no case names is erased after a day.

    Refused: `aftersales.too_many_photos`, `aftersales.photo_too_large`, `aftersales.not_a_photo`, `aftersales.photo_quota_reached`.
    """
    return photo_services.add_photos(actor=request.auth, files=photos, now=clock.now())


@router.get("/photos/{int:photo_id}", auth=RoleAuth(*SIGN_IN_ROLES), openapi_extra=sends("image/jpeg"))
def get_photo(request: ActorRequest, photo_id: int, width: Literal[320, 1280] = 1280) -> FileResponse:
    """A photo as JPEG, for whoever sent it and those who may see the case or the enquiry that has it."""
    return jpeg_answer(read_photo(request.auth, photo_id, width))


@router.get("/cases", auth=RoleAuth(Role.RESELLER))
def list_own_cases(request: ActorRequest, page: Query[PageQuery]) -> Page[CaseView]:
    buyer = require_reseller(request.auth)
    return cases.list_own_cases(buyer.id, at=clock.now(), cursor=page.cursor, limit=page.limit)


@router.get("/cases/{int:case_id}", auth=RoleAuth(Role.RESELLER, Role.OPS, Role.FINANCE))
def get_case(request: ActorRequest, case_id: int) -> CaseToDecideView | CaseView:
    """A case; ops and finance also see who is at fault and who bears the refund."""
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
def list_cases(request: ActorRequest, page: Query[CaseQuery]) -> Page[CaseToDecideView]:
    """Open cases, the most urgent first, or those of one state."""
    return cases.list_cases(at=clock.now(), state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.post("/cases/{int:case_id}/approve", auth=RoleAuth(Role.OPS))
def approve(request: ActorRequest, case_id: int, body: ApproveIn) -> CaseToDecideView:
    """Approve the return.

    Refused: `aftersales.return_address_required` (neither here nor with the brand), `aftersales.nothing_to_send_back` (goods are
    missing), `aftersales.liability_reason_required`, `aftersales.invalid_transition`.
    """
    return case_services.approve(
        actor=request.auth,
        case_id=case_id,
        return_address=body.return_address,
        note=body.note,
        liability=body.liability(),
        now=clock.now(),
    )


@router.post("/cases/{int:case_id}/reject", auth=RoleAuth(Role.OPS))
def reject(request: ActorRequest, case_id: int, body: ReasonIn) -> CaseToDecideView:
    """Refused: `request.reason_required`, `aftersales.invalid_transition`."""
    return case_services.reject(actor=request.auth, case_id=case_id, reason=body.reason, now=clock.now())


@router.post("/cases/{int:case_id}/refund", auth=RoleAuth(Role.OPS))
def receive_and_refund(request: ActorRequest, case_id: int, body: RefundCaseIn | None = None) -> CaseToDecideView:
    """Confirm that the goods are back and refund them, once; less than the whole amount where they came back worn.

    Refused: `orders.refund_exceeds_payment`, `aftersales.liability_reason_required`, `aftersales.invalid_transition`.
    """
    chosen = body or RefundCaseIn()
    return case_services.receive_and_refund(
        actor=request.auth,
        case_id=case_id,
        amount_fen=chosen.amount,
        liability=chosen.liability(),
        disposition=chosen.disposition,
        now=clock.now(),
    )


@router.post("/cases/{int:case_id}/refund-only", auth=RoleAuth(Role.OPS))
def refund_only(request: ActorRequest, case_id: int, body: RefundOnlyIn | None = None) -> CaseToDecideView:
    """Refund without the goods, once, whole or in part.

    Refused: `aftersales.refund_only_not_allowed` (no complaint, or too high an amount), `orders.refund_exceeds_payment`,
    `aftersales.liability_reason_required`, `aftersales.invalid_transition`.
    """
    chosen = body or RefundOnlyIn()
    return case_services.refund_only(
        actor=request.auth, case_id=case_id, amount_fen=chosen.amount, liability=chosen.liability(), now=clock.now()
    )


@router.post("/cases/{int:case_id}/resend", auth=RoleAuth(Role.OPS))
def resend(request: ActorRequest, case_id: int, body: ResendIn | None = None) -> CaseToDecideView:
    """Let the brand send the units again, within 24 hours, once.

    Refused: `aftersales.not_resendable` (no longer wanted, too costly without the goods, or other units of the line are left to ship),
    `aftersales.nothing_to_resend` (the brand has too few), `aftersales.invalid_resend_bearer`, `aftersales.liability_reason_required`,
    `aftersales.invalid_transition`.
    """
    chosen = body or ResendIn()
    return resending.resend(actor=request.auth, case_id=case_id, liability=chosen.liability(), now=clock.now())


@router.post("/cases/decide", auth=RoleAuth(Role.OPS))
def decide_cases(request: ActorRequest, body: DecisionsIn) -> list[DecisionResult]:
    """Decide many cases at once; each is done or refused by itself. The same key again does nothing twice.

    Refused as a whole: `aftersales.invalid_decisions` (too many, one case twice, an action that is not ops').
    """
    drafts = [
        DecisionDraft(
            case_id=each.case_id,
            action=each.action,
            reason=each.reason,
            return_address=each.return_address,
            amount_fen=each.amount,
            fault=each.fault,
            borne_by=each.borne_by,
            liability_reason=each.liability_reason,
            disposition=each.disposition,
        )
        for each in body.decisions
    ]
    return decide(actor=request.auth, decisions=drafts, key=body.key, now=clock.now())


@router.get("/brand/cases", auth=RoleAuth(Role.BRAND))
def list_brand_cases(request: ActorRequest, page: Query[CaseQuery]) -> Page[BrandCaseView]:
    """Cases about the brand's goods, without the reseller and her price."""
    brand = require_own_brand(request.auth)
    return cases.list_brand_cases(brand.id, state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.post("/cases/{int:case_id}/receive", auth=RoleAuth(Role.BRAND, Role.OPS))
def receive(request: ActorRequest, case_id: int, body: ReceiveIn | None = None) -> BrandCaseView:
    """Confirm that the goods have arrived, and say where they are: with the brand, or counted as stock again.

    Refused: `aftersales.invalid_transition` unless they were sent back, `aftersales.cut_goods_not_restocked`.
    """
    disposition = body.disposition if body else Disposition.BRAND
    return case_services.receive(actor=request.auth, case_id=case_id, disposition=disposition, now=clock.now())


@router.post("/cases/receive", auth=RoleAuth(Role.BRAND, Role.OPS))
def receive_cases(request: ActorRequest, body: ReceiveManyIn) -> list[ReceiptResult]:
    """Confirm that the goods of many cases have arrived; each is done or refused by itself."""
    return receive_many(actor=request.auth, case_ids=body.case_ids, disposition=body.disposition, now=clock.now())
