"""Order lines as plain rows, for files of any length: one statement for a thousand lines and one for their parcels."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from kernel.masking import mask_name, mask_phone
from orders.models.lines import OrderLine, ParcelLine
from orders.models.orders import Order
from orders.rules.states import OrderFilter
from orders.selectors.search import order_progress_filter, order_search_filter
from web.pagination import Page

_COLUMNS = (
    "pk", "order_id", "order__state", "order__placed_at", "order__paid_at", "order__reseller_id", "order__reseller__person__name",
    "brand__name", "sku__style__style_no", "sku__style__name", "sku__colour", "sku__size", "units", "price_fen", "refunded_units",
    "refund_adjustment_fen", "recipient__name", "recipient__phone", "recipient__address", "shipped_units", "shipped_at", "remark",
    "freight_fen",
    "returned_freight_fen",
)  # fmt: skip


@dataclass(slots=True)
class OrderLineRow:
    """A line with its order. Ops and finance see the recipient masked and without the address (PRIVACY-1).

    `parcels` are the carriers and numbers of its parcels.
    """

    line_id: int
    order_id: int
    state: str
    placed_at: datetime
    paid_at: datetime | None
    reseller_id: int
    reseller_name: str
    brand_name: str
    style_no: str
    name: str
    colour: str
    size: str
    units: int
    price_fen: int
    refunded_units: int
    refund_adjustment_fen: int
    recipient: str
    phone: str
    address: str
    shipped_units: int
    shipped_at: datetime | None
    remark: str
    freight_fen: int
    returned_freight_fen: int
    parcels: tuple[tuple[str, str], ...] = ()

    @property
    def total_fen(self) -> int:
        return self.units * self.price_fen

    @property
    def refunded_fen(self) -> int:
        return self.refunded_units * self.price_fen + self.refund_adjustment_fen

    @property
    def carriers(self) -> str:
        return "、".join(dict.fromkeys(carrier for carrier, _number in self.parcels))

    @property
    def tracking_numbers(self) -> str:
        return "、".join(number for _carrier, number in self.parcels)


def list_own_line_rows(
    reseller_id: int,
    *,
    at: datetime,
    query: str = "",
    state: str = "",
    progress: OrderFilter | None = None,
    cursor: str = "",
    limit: int = 1000,
) -> Page[OrderLineRow]:
    """The lines of a reseller's orders, the newest first; of the orders that `list_own_orders` lists. Her customers are whole."""
    lines = OrderLine.objects.filter(order__reseller_id=reseller_id)
    if query:
        orders = Order.objects.filter(order_search_filter(query, reseller_id=reseller_id), reseller_id=reseller_id)
        lines = lines.filter(order__in=orders)
    if progress is not None:
        lines = lines.filter(order__in=Order.objects.filter(order_progress_filter(progress, at=at)))
    return _page(lines, state, cursor, limit)


def list_line_rows(
    *, query: str = "", state: str = "", sale_id: int | None = None, cursor: str = "", limit: int = 1000
) -> Page[OrderLineRow]:
    """The lines of all orders, the newest first, with their recipients masked; of a sale only its own lines."""
    lines = OrderLine.objects.all()
    if query:
        matching = order_search_filter(query) | Q(reseller__person__name=query.strip())
        lines = lines.filter(order__in=Order.objects.filter(matching))
    if sale_id is not None:
        lines = lines.filter(sale_id=sale_id)
    page = _page(lines, state, cursor, limit)
    for row in page.items:
        row.recipient, row.phone, row.address = mask_name(row.recipient), mask_phone(row.phone), ""
    return page


def _page(lines: QuerySet[OrderLine], state: str, cursor: str, limit: int) -> Page[OrderLineRow]:
    """A page behind the line whose id is the cursor. It is made and read by this process only."""
    if state:
        lines = lines.filter(order__state=state)
    if cursor:
        lines = lines.filter(pk__lt=int(cursor))
    found = lines.order_by("-pk").values_list(*_COLUMNS)[: limit + 1]
    rows = [OrderLineRow(*values) for values in found]
    more, rows = len(rows) > limit, rows[:limit]
    parcels = _parcels_of([row.line_id for row in rows if row.shipped_units])
    for row in rows:
        row.parcels = tuple(parcels.get(row.line_id, ()))
    return Page(rows, str(rows[-1].line_id) if more else None)


def _parcels_of(line_ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    found = ParcelLine.objects.filter(line_id__in=line_ids).order_by("parcel_id")
    parcels: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for line_id, carrier, number in found.values_list("line_id", "parcel__carrier_name", "parcel__tracking_no"):
        parcels[line_id].append((carrier, number))
    return parcels
