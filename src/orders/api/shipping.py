"""Consignments, parcels and carriers for programs."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from kernel import clock
from membership.selectors.people import require_reseller
from orders.rules.lines import MAX_LINES
from orders.rules.parcels import ParcelAttention
from orders.rules.states import ConsignmentState
from orders.selectors import carriers, consignments, parcel_events, shipping_desk
from orders.selectors.carriers import CarrierDraft, CarrierView
from orders.selectors.consignments import ConsignmentView
from orders.selectors.parcel_events import TrackedParcelView, TroubledParcelView
from orders.selectors.shipping_desk import BacklogHour, PickingLine
from orders.services import carriers as carrier_services
from orders.services import shipping as shipping_services
from orders.services.parcel_plan import LineUnits, Shipment
from orders.services.shipping import ShipmentView, shipment_view
from orders.services.shipping_lists import make_picking_list, mark_listed
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole, Word

router = ViewRouter(tags=["orders"])


class TrackingIn(Input):
    carrier: Word
    tracking_no: Word


class LineUnitsIn(Input):
    line_id: Whole
    units: Whole | None = Field(None, description="all that are left to ship where it is not given")


class ParcelIn(TrackingIn):
    lines: list[LineUnitsIn] = Field(
        [], max_length=MAX_LINES, description="all that is left to ship where none is given"
    )


class ShipmentIn(ParcelIn):
    consignment_id: Whole


class CarrierIn(Input):
    code: Word
    name: Word
    name_en: Word
    aliases: list[Word] = []
    kuaidi100_code: Word = ""
    kdniao_code: Word = ""
    number_patterns: list[Text] = Field(
        [], description="regular expressions that a whole number matches; they suggest only"
    )
    is_active: bool = True


class ShipmentsIn(Input):
    shipments: list[ShipmentIn] = Field(min_length=1, max_length=1000)


@router.get("/consignments", auth=RoleAuth(Role.BRAND, Role.OPS))
def list_consignments(
    request: ActorRequest, page: Query[PageQuery], state: Word = "", late_only: bool = False, search: Word = ""
) -> Page[ConsignmentView]:
    """Consignments, the most urgent first where they are still to ship; a clerk sees only those of her own brand.

    `search`: the number of a consignment or order, a style number, a tracking number, a remark, the last four digits of a phone, or the
    whole name or phone of a contact that the caller may find (PRIVACY-8). For a brand this is a shipping list: resellers cannot exchange
    what it has to ship after this (ORDER-12), unless `state` selects only what is shipped or cancelled.
    """
    now = clock.now()
    brand_id = require_own_brand(request.auth).id if request.auth.role is Role.BRAND else None
    if brand_id is not None:
        mark_listed(brand_id=brand_id, state=ConsignmentState.TO_SHIP.value if late_only else state, now=now)
    return consignments.list_consignments(
        at=now,
        brand_id=brand_id,
        listed_only=brand_id is not None,
        state=state,
        late_only=late_only,
        query=search,
        cursor=page.cursor,
        limit=page.limit,
    )


@router.post("/consignments/{int:consignment_id}/tracking", auth=RoleAuth(Role.BRAND, Role.OPS))
def correct_tracking(request: ActorRequest, consignment_id: int, body: TrackingIn) -> ConsignmentView:
    """Correct the tracking number of a consignment that has one parcel, within the after-sales window."""
    return shipping_services.correct_tracking(
        actor=request.auth,
        consignment_id=consignment_id,
        carrier=body.carrier,
        tracking_no=body.tracking_no,
        now=clock.now(),
    )


@router.post("/consignments/{int:consignment_id}/ship", auth=RoleAuth(Role.BRAND, Role.OPS))
def ship(request: ActorRequest, consignment_id: int, body: ParcelIn) -> ConsignmentView:
    """Ship one parcel: the `lines` in it, or all that is left. The same parcel again changes nothing."""
    return shipping_services.ship(
        actor=request.auth,
        consignment_id=consignment_id,
        carrier=body.carrier,
        tracking_no=body.tracking_no,
        lines=_line_units(body),
        now=clock.now(),
    )


@router.post("/consignments/ship", auth=RoleAuth(Role.BRAND, Role.OPS))
def ship_many(request: ActorRequest, body: ShipmentsIn) -> list[ShipmentView]:
    """Ship up to 1,000 parcels; each is shipped, unchanged or refused on its own, in the order of the request."""
    shipments = [
        Shipment(each.consignment_id, each.carrier, each.tracking_no, _line_units(each)) for each in body.shipments
    ]
    outcomes = shipping_services.ship_many(actor=request.auth, shipments=shipments, now=clock.now())
    return [shipment_view(each) for each in outcomes]


@router.get("/carriers", auth=RoleAuth(Role.BRAND, Role.OPS, Role.FINANCE))
def list_carriers(request: ActorRequest, active_only: bool = False) -> list[CarrierView]:
    """The table of carriers: active ones first. A spelling (name, alias, code) means one carrier."""
    return carriers.list_carriers(active_only=active_only)


@router.post("/carriers", response=201, auth=RoleAuth(Role.OPS))
def create_carrier(request: ActorRequest, body: CarrierIn) -> CarrierView:
    """Refused: `orders.carrier_spelling_taken`, `orders.invalid_carrier`, `orders.invalid_number_pattern`."""
    return carrier_services.create_carrier(actor=request.auth, draft=_carrier_draft(body), now=clock.now())


@router.put("/carriers/{int:carrier_id}", auth=RoleAuth(Role.OPS))
def change_carrier(request: ActorRequest, carrier_id: int, body: CarrierIn) -> CarrierView:
    """Change a carrier; parcels keep the name that they were shipped with. Refused as `POST /carriers`."""
    return carrier_services.change_carrier(
        actor=request.auth, carrier_id=carrier_id, draft=_carrier_draft(body), now=clock.now()
    )


def _carrier_draft(body: CarrierIn) -> CarrierDraft:
    typed = body.dict()
    return CarrierDraft(**typed | {name: tuple(typed[name]) for name in ("aliases", "number_patterns")})


@router.get("/consignments/picking-list", auth=RoleAuth(Role.BRAND))
def get_picking_list(request: ActorRequest) -> list[PickingLine]:
    """The units to take from the shelves for all consignments to ship, by style, colour and size."""
    return make_picking_list(actor=request.auth, now=clock.now())


@router.get("/consignments/backlog", auth=RoleAuth(Role.BRAND, Role.OPS))
def get_backlog(request: ActorRequest) -> list[BacklogHour]:
    """How many consignments are to ship, by brand and by the hours that are left (negative where they are late)."""
    brand_id = require_own_brand(request.auth).id if request.auth.role is Role.BRAND else None
    return shipping_desk.get_backlog(at=clock.now(), brand_id=brand_id)


@router.get("/orders/{int:order_id}/parcels", auth=RoleAuth(Role.RESELLER, Role.OPS, Role.FINANCE))
def list_order_parcels(request: ActorRequest, order_id: int) -> list[TrackedParcelView]:
    """The parcels of an order with their status and what the carrier reported, the newest first. A reseller sees those of her own orders.

    There are no events where the platform has no account for tracking, and none of an order whose contacts were erased.
    """
    reseller_id = require_reseller(request.auth).id if request.auth.role is Role.RESELLER else None
    return parcel_events.list_order_parcels(order_id, reseller_id=reseller_id)


@router.get("/parcels/troubled", auth=RoleAuth(Role.BRAND, Role.OPS, Role.FINANCE))
def list_troubled_parcels(
    request: ActorRequest, page: Query[PageQuery], kind: ParcelAttention = ParcelAttention.PROBLEM
) -> Page[TroubledParcelView]:
    """Parcels with a problem or on their way back (`problem`), or without an event for 48 hours (`still`).

    A clerk sees those of her brand.
    """
    brand_id = require_own_brand(request.auth).id if request.auth.role is Role.BRAND else None
    return parcel_events.list_troubled_parcels(
        kind, at=clock.now(), brand_id=brand_id, cursor=page.cursor, limit=page.limit
    )


@router.get("/parcels/{int:parcel_id}", auth=RoleAuth(Role.RESELLER, Role.BRAND, Role.OPS, Role.FINANCE))
def get_parcel(request: ActorRequest, parcel_id: int) -> TrackedParcelView:
    """One parcel with its status and what the carrier reported, the newest first."""
    reseller_id = require_reseller(request.auth).id if request.auth.role is Role.RESELLER else None
    brand_id = require_own_brand(request.auth).id if request.auth.role is Role.BRAND else None
    return parcel_events.get_tracked_parcel(parcel_id, reseller_id=reseller_id, brand_id=brand_id)


@router.post("/parcels/{int:parcel_id}/tracking", auth=RoleAuth(Role.BRAND, Role.OPS))
def correct_parcel(request: ActorRequest, parcel_id: int, body: TrackingIn) -> ConsignmentView:
    """Correct carrier and number of one parcel, within the after-sales window."""
    return shipping_services.correct_parcel(
        actor=request.auth,
        parcel_id=parcel_id,
        carrier=body.carrier,
        tracking_no=body.tracking_no,
        now=clock.now(),
    )


def _line_units(body: ParcelIn) -> tuple[LineUnits, ...]:
    return tuple(LineUnits(each.line_id, each.units) for each in body.lines)
