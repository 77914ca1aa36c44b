"""Orders for programs: resellers grab and pay, brands ship, finance tops up."""

from datetime import datetime
from typing import Any

from django.http import FileResponse
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors import brand_of
from kernel import clock
from membership.selectors.people import reseller_of
from orders.rules import MAX_LINES
from orders.selectors import consignments as orders_consignments
from orders.selectors import explanations, orders
from orders.services import grab as orders_grab
from orders.services import order_workbooks, payment
from orders.services import recipients as orders_recipients
from orders.services import shipping as orders_shipping
from orders.services.grab import GrabLine
from web.explanations import StepOut
from web.file_responses import XLSX, sends, workbook_answer
from web.money import YuanIn, YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Input, Text, Whole, Word

router = Router(tags=["orders"])
reseller = RoleAuth(Role.RESELLER)
MAX_PASTED = 1000


class RecipientIn(Input):
    """Three fields that were confirmed; `pasted` is the text that they were read from, and enters nothing by itself."""

    name: Word = ""
    phone: Word = ""
    address: Text = ""
    pasted: str = Field("", max_length=MAX_PASTED)


class PastedIn(Input):
    pasted: str = Field(max_length=MAX_PASTED, description="as a customer sent it")


class ProposalOut(Schema):
    """What was read, beside the text; an empty field was not found, `unused_text` are words of the text that are in no field."""

    pasted: str
    name: str
    phone: str
    address: str
    unused_text: list[str]
    complete: bool


class RecipientOut(Schema):
    id: int
    name: str
    phone: str
    address: str


class WantedIn(Input):
    item_id: Whole
    units: Whole
    recipient_id: Whole
    expected_price: YuanIn | None = Field(
        None, description="the unit price that she saw; another present price is refused with both named"
    )


class GrabIn(Input):
    key: Word = Field(description="chosen by the client; the same key makes at most one order")
    lines: list[WantedIn] = Field(max_length=MAX_LINES)


class LineOut(Schema):
    id: int
    item_id: int
    sale_id: int
    style_id: int
    style_no: str
    name: str
    colour: str
    size: str
    units: int
    refunded_units: int
    price: YuanOut = fen_of("price_fen")
    total: YuanOut = fen_of("total_fen")
    label_cut: bool
    recipient: RecipientOut
    shipping: str
    ship_by: datetime | None
    carrier: str
    tracking_no: str
    shipped_at: datetime | None


class OrderOut(Schema):
    id: int
    state: str
    tier: int
    total: YuanOut = fen_of("total_fen")
    refunded: YuanOut = fen_of("refunded_fen")
    placed_at: datetime
    pay_before: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    lines: list[LineOut]


class WalletOut(Schema):
    balance: YuanOut


class WalletEntryOut(Schema):
    id: int
    at: datetime
    kind: str
    cause: str
    note: str
    amount: YuanOut = fen_of("amount_fen")


class TopUpIn(Input):
    amount: YuanIn
    reference: Word = Field(description="the bank's; the same reference counts once")


class PackOut(Schema):
    line_id: int
    style_no: str
    name: str
    colour: str
    size: str
    barcode: str
    units: int
    label_cut: bool


class ConsignmentOut(Schema):
    id: int
    order_id: int
    brand_id: int
    brand_name: str
    state: str
    name: str
    phone: str
    address: str
    ship_by: datetime
    is_late: bool
    carrier: str
    tracking_no: str
    shipped_at: datetime | None
    lines: list[PackOut]


class ShipIn(Input):
    carrier: Word
    tracking_no: Word


@router.post("/recipients/read", response=ProposalOut, auth=reseller)
def read_recipient(request: ActorRequest, body: PastedIn) -> Any:
    """Read name, phone and address out of a pasted text. Enters nothing: send the confirmed fields to `POST /recipients`."""
    return orders_recipients.propose_recipient(body.pasted)


@router.post("/recipients", response={201: RecipientOut}, auth=reseller)
def add_recipient(request: ActorRequest, body: RecipientIn) -> Any:
    """Enter a recipient from three confirmed fields.

    Refused: `orders.recipient_not_confirmed` (a pasted text without the three fields; its `fields` propose what was read),
    `orders.bad_address` (a field is missing or cannot be used).
    """
    return Status(
        201,
        orders_recipients.add_recipient(
            actor=request.auth,
            name=body.name,
            phone=body.phone,
            address=body.address,
            pasted=body.pasted,
            now=clock.now(),
        ),
    )


@router.get("/recipients", response=PageOut[RecipientOut], auth=reseller)
def recipients(request: ActorRequest, page: Query[PageQuery]) -> Any:
    return orders.list_own_recipients(reseller_of(request.auth).id, cursor=page.cursor, limit=page.limit)


@router.delete("/recipients/{int:recipient_id}", response={204: None}, auth=reseller)
def hide_recipient(request: ActorRequest, recipient_id: int) -> Any:
    orders_recipients.hide_recipient(actor=request.auth, recipient_id=recipient_id, now=clock.now())
    return Status(204, None)


@router.post("/orders", response={201: OrderOut}, auth=reseller)
def grab(request: ActorRequest, body: GrabIn) -> Any:
    """Grab 抢货: take units at the frozen price of one's tier, all lines or none; pay before `pay_before`.

    Refused: `orders.price_changed` where a line's `expected_price` is not the present one.
    """
    lines = [GrabLine(line.item_id, line.units, line.recipient_id, line.expected_price) for line in body.lines]
    return Status(201, orders_grab.grab(actor=request.auth, lines=lines, key=body.key, now=clock.now()))


@router.get("/orders", response=PageOut[OrderOut], auth=reseller)
def my_orders(request: ActorRequest, page: Query[PageQuery], state: Word = "") -> Any:
    return orders.list_own_orders(reseller_of(request.auth).id, state=state, cursor=page.cursor, limit=page.limit)


@router.get("/orders/{int:order_id}", response=OrderOut, auth=reseller)
def my_order(request: ActorRequest, order_id: int) -> Any:
    return orders.get_own_order(reseller_of(request.auth).id, order_id)


@router.get(
    "/orders/{int:order_id}/lines/{int:line_id}/why",
    response=list[StepOut],
    auth=RoleAuth(Role.RESELLER, Role.OPS, Role.FINANCE),
)
def why(request: ActorRequest, order_id: int, line_id: int) -> Any:
    """Why a line cost what it cost, as far as the caller's role may see it."""
    return explanations.explain_line_price(actor=request.auth, order_id=order_id, line_id=line_id)


@router.post("/orders/{int:order_id}/pay", response=OrderOut, auth=reseller)
def pay(request: ActorRequest, order_id: int) -> Any:
    """Pay from the wallet; paying twice pays once."""
    return payment.pay(actor=request.auth, order_id=order_id, now=clock.now())


@router.post("/orders/{int:order_id}/cancel", response=OrderOut, auth=reseller)
def cancel(request: ActorRequest, order_id: int) -> Any:
    """Give an unpaid order's units back."""
    return orders_grab.cancel_unpaid(actor=request.auth, order_id=order_id, now=clock.now())


@router.get("/wallet", response=WalletOut, auth=reseller)
def wallet(request: ActorRequest) -> Any:
    return {"balance": orders.get_wallet_balance_fen(reseller_of(request.auth).id)}


@router.get("/wallet/entries", response=PageOut[WalletEntryOut], auth=reseller)
def wallet_entries(request: ActorRequest, page: Query[PageQuery]) -> Any:
    return orders.list_wallet_entries(reseller_of(request.auth).id, cursor=page.cursor, limit=page.limit)


@router.post("/resellers/{int:reseller_id}/top-ups", response=WalletOut, auth=RoleAuth(Role.FINANCE))
def top_up(request: ActorRequest, reseller_id: int, body: TopUpIn) -> Any:
    """Book money that reached the bank into a reseller's wallet."""
    balance_fen = payment.top_up(
        actor=request.auth,
        reseller_id=reseller_id,
        amount_fen=body.amount,
        reference=body.reference,
        now=clock.now(),
    )
    return {"balance": balance_fen}


@router.get("/consignments", response=PageOut[ConsignmentOut], auth=RoleAuth(Role.BRAND, Role.OPS))
def consignments(request: ActorRequest, page: Query[PageQuery], state: Word = "", late_only: bool = False) -> Any:
    """What is to be shipped, most urgent first; a clerk sees her own brand's only."""
    brand_id = brand_of(request.auth).id if request.auth.role is Role.BRAND else None
    return orders_consignments.list_consignments(
        at=clock.now(), brand_id=brand_id, state=state, late_only=late_only, cursor=page.cursor, limit=page.limit
    )


class RowRefusedOut(Schema):
    sheet: str
    row: int
    col: str
    header: str
    value: str
    code: str
    message_zh: str
    message_en: str
    hint_zh: str
    hint_en: str


class ShippedOut(Schema):
    shipped: int
    unchanged: int
    faults: list[RowRefusedOut]


@router.get("/consignments/workbook", auth=RoleAuth(Role.BRAND), openapi_extra=sends(XLSX))
def shipping_list(request: ActorRequest) -> FileResponse:
    """The list to ship out as .xlsx, with columns for carrier and tracking number."""
    data = order_workbooks.shipping_list(actor=request.auth, now=clock.now())
    return workbook_answer(data, "shipping.xlsx")


@router.post("/consignments/workbook", response=ShippedOut, auth=RoleAuth(Role.BRAND))
def ship_by_workbook(request: ActorRequest, file: UploadedFile = File(...)) -> Any:  # type: ignore[type-arg]  # noqa: B008
    """The list back with tracking numbers (multipart, field `file`): ships what it names; each consignment stands for itself."""
    return order_workbooks.ship_by_workbook(
        actor=request.auth, filename=file.name or "", data=file.read(), now=clock.now()
    )


@router.post(
    "/consignments/{int:consignment_id}/tracking", response=ConsignmentOut, auth=RoleAuth(Role.BRAND, Role.OPS)
)
def correct_tracking(request: ActorRequest, consignment_id: int, body: ShipIn) -> Any:
    """Mend a wrong tracking number of what is shipped, as long as it may be complained of."""
    return orders_shipping.correct_tracking(
        actor=request.auth,
        consignment_id=consignment_id,
        carrier=body.carrier,
        tracking_no=body.tracking_no,
        now=clock.now(),
    )


@router.post("/consignments/{int:consignment_id}/ship", response=ConsignmentOut, auth=RoleAuth(Role.BRAND, Role.OPS))
def ship(request: ActorRequest, consignment_id: int, body: ShipIn) -> Any:
    return orders_shipping.ship(
        actor=request.auth,
        consignment_id=consignment_id,
        carrier=body.carrier,
        tracking_no=body.tracking_no,
        now=clock.now(),
    )
