"""Enquiries for programs."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.rules import MAX_BRAND_NOTE, MAX_PHOTOS, EnquiryState
from aftersales.selectors import brand_enquiries, enquiries
from aftersales.selectors.brand_enquiries import BrandEnquiryItem, BrandEnquiryView
from aftersales.selectors.enquiries import EnquiryItem, EnquiryView
from aftersales.services import brand_enquiries as brand_enquiry_services
from aftersales.services import enquiries as enquiry_services
from brands.selectors.brands import require_own_brand
from kernel import clock
from membership.selectors.people import require_reseller
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole, Word

router = ViewRouter(tags=["enquiries"])
reseller_or_ops = RoleAuth(Role.RESELLER, Role.OPS)


class MessageIn(Input):
    """`photo_ids`: photos that were sent with `POST /photos`."""

    text: Text = ""
    photo_ids: list[Whole] = Field([], max_length=MAX_PHOTOS)
    key: Word


class EnquiryIn(MessageIn):
    """About an order, about a style, or about neither."""

    order_id: Whole | None = None
    style_id: Whole | None = None


class PassIn(Input):
    """`note`: what ops ask the brand; the reseller does not see it."""

    brand_id: Whole
    note: Text = Field("", max_length=MAX_BRAND_NOTE)


class BrandEnquiryQuery(PageQuery):
    waiting_only: bool = False


class EnquiryQuery(PageQuery):
    state: EnquiryState | None = None


@router.post("/enquiries", response=201, auth=RoleAuth(Role.RESELLER))
def open_enquiry(request: ActorRequest, body: EnquiryIn) -> EnquiryView:
    """Ask the platform. The same key opens one enquiry.

    Refused: `aftersales.invalid_message`, `aftersales.invalid_subject`, 429 `aftersales.too_many_enquiries`,
    429 `aftersales.too_many_messages`.
    """
    return enquiry_services.open_enquiry(actor=request.auth, now=clock.now(), **body.dict())


@router.get("/enquiries", auth=RoleAuth(Role.RESELLER))
def list_own_enquiries(request: ActorRequest, page: Query[PageQuery]) -> Page[EnquiryItem]:
    """The reseller's enquiries, the newest first."""
    reseller_id = require_reseller(request.auth).id
    return enquiries.list_own_enquiries(reseller_id, at=clock.now(), cursor=page.cursor, limit=page.limit)


@router.get("/ops/enquiries", auth=RoleAuth(Role.OPS))
def list_enquiries(request: ActorRequest, page: Query[EnquiryQuery]) -> Page[EnquiryItem]:
    """Enquiries that wait for an answer, the most urgent first, or those of one state."""
    return enquiries.list_enquiries(at=clock.now(), state=page.state or "", cursor=page.cursor, limit=page.limit)


@router.get("/enquiries/{int:enquiry_id}", auth=reseller_or_ops)
def get_enquiry(request: ActorRequest, enquiry_id: int) -> EnquiryView:
    if request.auth.role is Role.RESELLER:
        return enquiries.get_own_enquiry(require_reseller(request.auth).id, enquiry_id, at=clock.now())
    return enquiries.get_enquiry(enquiry_id, at=clock.now())


@router.post("/enquiries/{int:enquiry_id}/messages", response=201, auth=reseller_or_ops)
def add_message(request: ActorRequest, enquiry_id: int, body: MessageIn) -> EnquiryView:
    """Ask further, or answer. Refused: `aftersales.invalid_message`, 429 `aftersales.too_many_messages`."""
    return enquiry_services.add_message(actor=request.auth, enquiry_id=enquiry_id, now=clock.now(), **body.dict())


@router.post("/enquiries/{int:enquiry_id}/read", auth=RoleAuth(Role.RESELLER))
def mark_enquiry_read(request: ActorRequest, enquiry_id: int) -> None:
    """What was answered so far has been seen."""
    enquiry_services.mark_enquiry_read(actor=request.auth, enquiry_id=enquiry_id)


@router.post("/enquiries/{int:enquiry_id}/close", auth=reseller_or_ops)
def close_enquiry(request: ActorRequest, enquiry_id: int) -> EnquiryView:
    """Close it; a later message opens it again."""
    return enquiry_services.close_enquiry(actor=request.auth, enquiry_id=enquiry_id, now=clock.now())


@router.post("/enquiries/{int:enquiry_id}/brand", auth=RoleAuth(Role.OPS))
def pass_enquiry(request: ActorRequest, enquiry_id: int, body: PassIn) -> EnquiryView:
    """Ask a brand whose goods the enquiry is about to answer. Refused: `aftersales.no_brand_to_ask`, `aftersales.enquiry_is_closed`."""
    return brand_enquiry_services.pass_to_brand(
        actor=request.auth, enquiry_id=enquiry_id, brand_id=body.brand_id, note=body.note, now=clock.now()
    )


@router.get("/brand/enquiries", auth=RoleAuth(Role.BRAND))
def list_brand_enquiries(request: ActorRequest, page: Query[BrandEnquiryQuery]) -> Page[BrandEnquiryItem]:
    """Enquiries that were passed to the brand, the newest first; with `waiting_only` those that wait for it, the most urgent first."""
    return brand_enquiries.list_brand_enquiries(
        require_own_brand(request.auth).id,
        at=clock.now(),
        waiting_only=page.waiting_only,
        cursor=page.cursor,
        limit=page.limit,
    )


@router.get("/brand/enquiries/{int:enquiry_id}", auth=RoleAuth(Role.BRAND))
def get_brand_enquiry(request: ActorRequest, enquiry_id: int) -> BrandEnquiryView:
    """The thread without the reseller's name, and without contacts."""
    return brand_enquiries.get_brand_enquiry(require_own_brand(request.auth).id, enquiry_id, at=clock.now())


@router.post("/brand/enquiries/{int:enquiry_id}/messages", response=201, auth=RoleAuth(Role.BRAND))
def answer_as_brand(request: ActorRequest, enquiry_id: int, body: MessageIn) -> BrandEnquiryView:
    """Answer the reseller. Refused: `aftersales.invalid_message`, `aftersales.enquiry_is_closed`."""
    return brand_enquiry_services.answer_as_brand(
        actor=request.auth, enquiry_id=enquiry_id, now=clock.now(), **body.dict()
    )
