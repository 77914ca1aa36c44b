"""What a brand has to ship, to whom, and by when. Of a customer it shows only what shipping needs (PRIVACY-2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db.models import Count, Min, Q

from kernel.refusal import Missing
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment, Parcel
from orders.rules.states import UNSHIPPED_STATES, ConsignmentState
from orders.selectors.contacts import NO_CONTACT, ContactView, masked_contact
from orders.selectors.search import consignment_search_filter
from tracking.rules import ParcelStatus
from web.pagination import Page, paginate

CONSIGNMENT_PREFETCH = ("lines__sku__style", "parcels__lines", "parcels__carrier")


class NoSuchConsignment(Missing):
    code = "orders.no_such_consignment"
    zh = "没有这张发货单（{consignment_id}）"
    en = "There is no consignment {consignment_id}"
    consignment_id: int


@dataclass(frozen=True, slots=True)
class ConsignmentLineView:
    """Units of a SKU to pack. `units` excludes cancelled ones, of which `shipped_units` are shipped and `unshipped_units` are left.

    `resending_units` of those that are left are sent again, because units were missing or wrong (AFTER-18).

    `label_cut` tells the warehouse to cut the label. `remark` is what the reseller tells the brand.
    """

    line_id: int
    style_no: str
    name: str
    colour: str
    size: str
    barcode: str
    units: int
    shipped_units: int
    unshipped_units: int
    resending_units: int
    label_cut: bool
    remark: str


@dataclass(frozen=True, slots=True)
class ParcelLineView:
    line_id: int
    units: int


@dataclass(frozen=True, slots=True)
class ParcelView:
    """A parcel of a consignment and what is in it. `status` is what is known of it since `status_at`."""

    id: int
    carrier: str
    carrier_en: str
    tracking_no: str
    shipped_at: datetime
    status: ParcelStatus
    status_at: datetime
    lines: list[ParcelLineView]

    @property
    def carrier_zh(self) -> str:
        return self.carrier

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)


@dataclass(frozen=True, slots=True)
class ConsignmentView:
    """What a brand ships to one recipient, whose name, phone and address are masked unless it is shown to the brand that has to ship it.

    `carrier` and `tracking_no` are those of its last parcel, "" where nothing is shipped.
    """

    id: int
    order_id: int
    brand_id: int
    brand_name: str
    state: ConsignmentState
    name: str
    phone: str
    address: str
    ship_by: datetime
    is_late: bool
    shipped_at: datetime | None
    lines: list[ConsignmentLineView]
    parcels: list[ParcelView]

    response_properties: ClassVar = ("carrier", "tracking_no")

    @property
    def carrier(self) -> str:
        return self.parcels[-1].carrier if self.parcels else ""

    @property
    def tracking_no(self) -> str:
        return self.parcels[-1].tracking_no if self.parcels else ""

    @property
    def unshipped_units(self) -> int:
        return sum(line.unshipped_units for line in self.lines)

    @property
    def is_unshipped(self) -> bool:
        """Whether units of it are left to ship."""
        return self.state.value in UNSHIPPED_STATES


def list_consignments(
    *,
    at: datetime,
    brand_id: int | None = None,
    state: str = "",
    late_only: bool = False,
    listed_only: bool = False,
    query: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Page[ConsignmentView]:
    """Consignments; with `brand_id` as it sees its own. Those to ship come in the order of their deadlines, others the newest first.

    The state `to_ship` selects also what is partly shipped: units of it are left to ship. With `listed_only`, what is left to ship and was
    not marked as listed is left out (ORDER-12).
    """
    rows = Consignment.objects.select_related("brand").prefetch_related(*CONSIGNMENT_PREFETCH)
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    if query:
        rows = rows.filter(consignment_search_filter(query, brand_id=brand_id))
    if listed_only:
        rows = rows.exclude(state__in=UNSHIPPED_STATES, listed_at__isnull=True)
    if late_only:
        state, rows = ConsignmentState.TO_SHIP.value, rows.filter(ship_by__lt=at)
    if state == ConsignmentState.TO_SHIP.value:
        rows = rows.filter(state__in=UNSHIPPED_STATES)
    elif state:
        rows = rows.filter(state=state)
    order = ("ship_by", "id") if state == ConsignmentState.TO_SHIP.value else ("-id",)
    return paginate(
        rows,
        name="orders.consignments",
        order=order,
        cursor=cursor,
        limit=limit,
        view=lambda row: consignment_view(row, at=at, is_for_brand=brand_id is not None),
    )


def get_consignment(consignment_id: int, *, at: datetime, is_for_brand: bool = False) -> ConsignmentView:
    row = (
        Consignment.objects.select_related("brand")
        .prefetch_related(*CONSIGNMENT_PREFETCH)
        .filter(pk=consignment_id)
        .first()
    )
    if row is None:
        raise NoSuchConsignment(consignment_id=consignment_id)
    return consignment_view(row, at=at, is_for_brand=is_for_brand)


def _uncancelled_lines(row: Consignment) -> list[OrderLine]:
    """The lines of a consignment that have units left to ship or shipped."""
    return [line for line in sorted(row.lines.all(), key=lambda line: line.pk) if line.units > line.cancelled_units]


def _line_view(line: OrderLine) -> ConsignmentLineView:
    return ConsignmentLineView(
        line_id=line.pk,
        style_no=line.sku.style.style_no,
        name=line.sku.style.name,
        colour=line.sku.colour,
        size=line.sku.size,
        barcode=line.sku.barcode or "",
        units=line.units - line.cancelled_units,
        shipped_units=line.shipped_units,
        unshipped_units=line.units - line.cancelled_units - line.shipped_units + line.resending_units,
        resending_units=line.resending_units,
        label_cut=line.labelling == "cut",
        remark=line.remark,
    )


def get_last_parcel(line_id: int) -> tuple[str, str]:
    """Carrier and number of the last parcel with units of an order line; "" for both where nothing of it is shipped."""
    found = (
        Parcel.objects.filter(lines__line=line_id).order_by("-pk").values_list("carrier_name", "tracking_no").first()
    )
    return found or ("", "")


def carrier_name_en(row: Parcel) -> str:
    """The English name of a parcel's carrier; the name as it was written where it is not in the table."""
    return row.carrier.name_en if row.carrier else row.carrier_name


def _parcel_view(row: Parcel) -> ParcelView:
    return ParcelView(
        id=row.pk,
        carrier=row.carrier_name,
        carrier_en=carrier_name_en(row),
        tracking_no=row.tracking_no,
        shipped_at=row.shipped_at,
        status=ParcelStatus(row.status),
        status_at=row.status_at,
        lines=[
            ParcelLineView(each.line_id, each.units) for each in sorted(row.lines.all(), key=lambda each: each.line_id)
        ],
    )


def _contact_view(row: Consignment, *, is_for_brand: bool) -> ContactView:
    if row.state == ConsignmentState.CANCELLED.value:
        return NO_CONTACT
    if is_for_brand and row.state in UNSHIPPED_STATES:
        return ContactView(row.name, row.phone, row.address)
    return masked_contact(row.name, row.phone, row.address)


def consignment_view(row: Consignment, *, at: datetime, is_for_brand: bool) -> ConsignmentView:
    lines = [_line_view(line) for line in _uncancelled_lines(row)]
    contact = _contact_view(row, is_for_brand=is_for_brand)
    is_cancelled = row.state == ConsignmentState.CANCELLED.value
    return ConsignmentView(
        id=row.pk,
        order_id=row.order_id,
        brand_id=row.brand_id,
        brand_name=row.brand.name,
        state=ConsignmentState(row.state),
        name=contact.name,
        phone=contact.phone,
        address=contact.address,
        ship_by=row.ship_by,
        is_late=not is_cancelled and (row.shipped_at or at) > row.ship_by,
        shipped_at=row.shipped_at,
        lines=lines,
        parcels=[_parcel_view(each) for each in sorted(row.parcels.all(), key=lambda each: each.pk)],
    )


@dataclass(frozen=True, slots=True)
class UnshippedLineView:
    """A line that the brand has to ship. `payable_fen`: the brand's part of one unit; `is_only_line`: the consignment has no other line."""

    line: ConsignmentLineView
    consignment_id: int
    recipient_name: str
    payable_fen: int
    is_only_line: bool


def get_unshipped_line(line_id: int, *, brand_id: int) -> UnshippedLineView | None:
    """A line that the brand has to ship; None where it is shipped, cancelled, refunded or of another brand."""
    rows = OrderLine.objects.filter(pk=line_id, brand_id=brand_id, consignment__state__in=UNSHIPPED_STATES)
    row = rows.select_related("consignment").first()
    if row is None or row.consignment is None:
        return None
    lines = {line.pk: _line_view(line) for line in _uncancelled_lines(row.consignment)}
    if line_id not in lines or not lines[line_id].unshipped_units:
        return None
    return UnshippedLineView(
        lines[line_id], row.consignment.pk, row.consignment.name, row.payable_fen, is_only_line=len(lines) == 1
    )


@dataclass(frozen=True, slots=True)
class ShippingBacklogView:
    """How many consignments a brand has to ship, how many of them are late, and the earliest deadline."""

    to_ship: int
    late: int
    earliest_ship_by: datetime | None


def get_shipping_backlog(brand_id: int, *, at: datetime) -> ShippingBacklogView:
    rows = Consignment.objects.filter(brand_id=brand_id, state__in=UNSHIPPED_STATES)
    backlog = rows.aggregate(
        to_ship=Count("id"), late=Count("id", filter=Q(ship_by__lt=at)), earliest_ship_by=Min("ship_by")
    )
    return ShippingBacklogView(**backlog)
