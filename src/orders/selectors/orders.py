"""Orders, recipients and the wallet of one reseller."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kernel.refusal import Missing
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import EntryView, get_balance_fen, list_entries
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.rules.states import OrderFilter, OrderState, shipping_state
from orders.selectors.consignments import carrier_name_en
from orders.selectors.search import order_progress_filter, order_search_filter
from tracking.rules import ParcelStatus
from web.pagination import Page, paginate


class NoSuchOrder(Missing):
    code = "orders.no_such_order"
    zh = "没有这张订单（{order_id}）"
    en = "There is no order {order_id}"
    order_id: int


class NoSuchRecipient(Missing):
    code = "orders.no_such_recipient"
    zh = "没有这位收货人（{recipient_id}）"
    en = "There is no recipient {recipient_id}"
    recipient_id: int


@dataclass(frozen=True, slots=True)
class WalletView:
    balance_fen: int


@dataclass(frozen=True, slots=True)
class RecipientView:
    id: int
    name: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class LineParcelView:
    """A parcel with units of a line in it. `status` is what is known of the parcel since `status_at`."""

    id: int
    carrier: str
    carrier_en: str
    tracking_no: str
    units: int
    shipped_at: datetime
    status: ParcelStatus
    status_at: datetime

    @property
    def carrier_zh(self) -> str:
        return self.carrier


@dataclass(frozen=True, slots=True)
class OrderLineView:
    """An order line as its reseller sees it. `freight_fen` is paid beside `total_fen` for its shipping, and `returned_freight_fen` of it
    went back beside `refunded_fen` (ORDER-16); `province` is that of the recipient where the freight depends on it, else "" (SALE-23).
    `shipping` tells how far its units are shipped, "" before payment.

    `carrier` and `tracking_no` are those of its last parcel, "" where nothing is shipped; `parcels` holds all. `is_listed`: the brand has
    downloaded a list with it.
    """

    id: int
    item_id: int
    sale_id: int
    brand_id: int
    sku_id: int
    style_id: int
    style_no: str
    name: str
    picture: str
    colour: str
    size: str
    units: int
    refunded_units: int
    refunded_fen: int
    price_fen: int
    total_fen: int
    freight_fen: int
    province: str
    returned_freight_fen: int
    label_cut: bool
    retail_floor_fen: int | None
    recipient: RecipientView
    shipping: str
    ship_by: datetime | None
    shipped_at: datetime | None
    remark: str
    shipped_units: int
    resending_units: int
    resent_units: int
    cancelled_units: int
    short_units: int
    is_listed: bool
    parcels: list[LineParcelView]

    response_properties: ClassVar = ("carrier", "tracking_no")

    @property
    def carrier(self) -> str:
        return self.parcels[-1].carrier if self.parcels else ""

    @property
    def tracking_no(self) -> str:
        return self.parcels[-1].tracking_no if self.parcels else ""

    @property
    def unshipped_units(self) -> int:
        """Units that are left to ship, for the first time or again."""
        return self.units - self.shipped_units - self.cancelled_units + self.resending_units

    @property
    def returnable_units(self) -> int:
        """Shipped units that are not refunded and not to be sent again."""
        return self.shipped_units - (self.refunded_units - self.cancelled_units) - self.resending_units


@dataclass(frozen=True, slots=True)
class RefusedLineView:
    """A requested line that was not ordered, or not in full: `units` of it are missing. `line` counts from 1 in the request."""

    line: int
    item_id: int
    recipient_id: int
    units: int
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order of a reseller. `total_fen` is what its lines and their freight cost, `freight_fen` the freight; `refunded_fen` counts both.

    `refused_lines`: what was requested with it and could not be had (ORDER-7)."""

    id: int
    state: OrderState
    tier: int
    total_fen: int
    freight_fen: int
    refunded_fen: int
    placed_at: datetime
    pay_before: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    lines: list[OrderLineView]
    refused_lines: list[RefusedLineView]

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def is_refunded(self) -> bool:
        """Whether all goods were refunded; the freight of what was shipped stays paid."""
        return sum(line.refunded_fen for line in self.lines) == sum(line.total_fen for line in self.lines)

    @property
    def recipient_names(self) -> list[str]:
        """The names of the recipients, each once, in the order of the lines."""
        return list({line.recipient.id: line.recipient.name for line in self.lines}.values())


ORDER_PREFETCH = (
    "lines__recipient",
    "lines__consignment",
    "lines__parcel_lines__parcel__carrier",
    "lines__sku__style",
)


def get_own_order(reseller_id: int, order_id: int) -> OrderView:
    row = Order.objects.filter(pk=order_id, reseller_id=reseller_id).prefetch_related(*ORDER_PREFETCH).first()
    if row is None:
        raise NoSuchOrder(order_id=order_id)
    return order_view(row)


def get_own_orders(reseller_id: int, order_ids: Sequence[int]) -> list[OrderView]:
    """Orders of a reseller by their ids; the number of statements does not grow with theirs."""
    rows = Order.objects.filter(pk__in=order_ids, reseller_id=reseller_id).prefetch_related(*ORDER_PREFETCH)
    return [order_view(row) for row in rows.order_by("pk")]


def get_reseller_id_of_order(order_id: int) -> int:
    """The id of the reseller whose order it is."""
    reseller_id = Order.objects.filter(pk=order_id).values_list("reseller_id", flat=True).first()
    if reseller_id is None:
        raise NoSuchOrder(order_id=order_id)
    return reseller_id


def list_own_orders(
    reseller_id: int,
    *,
    at: datetime,
    query: str = "",
    state: str = "",
    progress: OrderFilter | None = None,
    cursor: str = "",
    limit: int = 20,
) -> Page[OrderView]:
    """Orders of a reseller, the newest first. `query` selects what `order_search_filter` finds, `progress` one filter of the list."""
    rows = Order.objects.filter(reseller_id=reseller_id).prefetch_related(*ORDER_PREFETCH)
    if query:
        rows = rows.filter(order_search_filter(query, reseller_id=reseller_id))
    if state:
        rows = rows.filter(state=state)
    if progress is not None:
        rows = rows.filter(order_progress_filter(progress, at=at))
    return paginate(
        rows, name=f"orders.own_orders:{reseller_id}", order=("-id",), cursor=cursor, limit=limit, view=order_view
    )


def list_own_recipients(reseller_id: int, *, cursor: str = "", limit: int = 50) -> Page[RecipientView]:
    rows = Recipient.objects.filter(reseller_id=reseller_id, hidden_at=None)
    return paginate(
        rows,
        name=f"orders.own_recipients:{reseller_id}",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=recipient_view,
    )


def find_recipients_with_phones(reseller_id: int, phones: Iterable[str]) -> list[RecipientView]:
    """The recipients of a reseller's address book with one of these telephone numbers."""
    rows = Recipient.objects.filter(reseller_id=reseller_id, hidden_at=None, phone__in=set(phones))
    return [recipient_view(row) for row in rows]


def find_order_by_key(reseller_id: int, key: str) -> int | None:
    """The id of the order that a reseller placed with an idempotency key."""
    return Order.objects.filter(reseller_id=reseller_id, key=key).values_list("pk", flat=True).first()


def get_own_recipient(reseller_id: int, recipient_id: int) -> RecipientView:
    """A recipient of the reseller's address book; refuses one that is not in it or was removed."""
    row = Recipient.objects.filter(pk=recipient_id, reseller_id=reseller_id, hidden_at=None).first()
    if row is None:
        raise NoSuchRecipient(recipient_id=recipient_id)
    return recipient_view(row)


def find_own_recipients(reseller_id: int, recipient_ids: Sequence[int]) -> list[RecipientView]:
    """Those of the recipients that are in the reseller's address book, in the given order."""
    rows = Recipient.objects.filter(pk__in=recipient_ids, reseller_id=reseller_id, hidden_at=None).in_bulk()
    return [recipient_view(rows[each]) for each in dict.fromkeys(recipient_ids) if each in rows]


def recipient_view(row: Recipient) -> RecipientView:
    return RecipientView(row.pk, row.name, row.phone, row.address)


def get_wallet_balance_fen(reseller_id: int) -> int:
    return get_balance_fen(AccountRef(AccountKind.WALLET, reseller_id))


def list_wallet_entries(reseller_id: int, *, cursor: str = "", limit: int = 50) -> Page[EntryView]:
    return list_entries(AccountRef(AccountKind.WALLET, reseller_id), cursor=cursor, limit=limit)


def order_view(row: Order) -> OrderView:
    lines = [
        OrderLineView(
            id=line.pk,
            item_id=line.item_id,
            sale_id=line.sale_id,
            brand_id=line.brand_id,
            sku_id=line.sku_id,
            style_id=line.sku.style_id,
            style_no=line.sku.style.style_no,
            name=line.sku.style.name,
            picture=line.sku.style.picture,
            colour=line.sku.colour,
            size=line.sku.size,
            units=line.units,
            refunded_units=line.refunded_units,
            refunded_fen=line.refunded_units * line.price_fen + line.refund_adjustment_fen,
            price_fen=line.price_fen,
            total_fen=line.units * line.price_fen,
            freight_fen=line.freight_fen,
            province=line.province,
            returned_freight_fen=line.returned_freight_fen,
            label_cut=line.labelling == "cut",
            retail_floor_fen=line.retail_floor_fen,
            recipient=recipient_view(line.recipient),
            shipping=_line_state(line),
            ship_by=line.consignment.ship_by if line.consignment else None,
            remark=line.remark,
            shipped_at=line.shipped_at,
            shipped_units=line.shipped_units,
            resending_units=line.resending_units,
            resent_units=line.resent_units,
            cancelled_units=line.cancelled_units,
            short_units=line.short_units,
            is_listed=line.consignment is not None and line.consignment.listed_at is not None,
            parcels=_line_parcels(line),
        )
        for line in sorted(row.lines.all(), key=lambda line: line.pk)
    ]
    return OrderView(
        id=row.pk,
        state=OrderState(row.state),
        tier=row.tier,
        total_fen=row.total_fen,
        freight_fen=row.freight_fen,
        refunded_fen=sum(line.refunded_fen + line.returned_freight_fen for line in lines),
        placed_at=row.placed_at,
        pay_before=row.pay_before,
        paid_at=row.paid_at,
        cancelled_at=row.cancelled_at,
        lines=lines,
        refused_lines=[RefusedLineView(**each) for each in row.refused_lines],
    )


def _line_state(line: OrderLine) -> str:
    if line.consignment_id is None:
        return ""
    return shipping_state(
        units=line.units,
        shipped_units=line.shipped_units,
        cancelled_units=line.cancelled_units,
        resending_units=line.resending_units,
    ).value


def _line_parcels(line: OrderLine) -> list[LineParcelView]:
    return [
        LineParcelView(
            id=each.parcel_id,
            carrier=each.parcel.carrier_name,
            carrier_en=carrier_name_en(each.parcel),
            tracking_no=each.parcel.tracking_no,
            units=each.units,
            shipped_at=each.shipped_at,
            status=ParcelStatus(each.parcel.status),
            status_at=each.parcel.status_at,
        )
        for each in sorted(line.parcel_lines.all(), key=lambda each: each.pk)
    ]
