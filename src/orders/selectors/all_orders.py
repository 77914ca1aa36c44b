"""Orders of all resellers for ops and finance, with the reseller and with the parts of each price. Recipients are masked (PRIVACY-2)."""

from dataclasses import asdict, dataclass, replace

from membership.selectors.people import ResellerView, get_reseller
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.selectors.contacts import masked_contact
from orders.selectors.orders import ORDER_PREFETCH, NoSuchOrder, OrderView, RecipientView, order_view
from orders.selectors.search import order_search_filter
from orders.selectors.sold import paid_line
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class PriceSplitView:
    """The brand's and the platform's part of the price of one unit of a line, and what they keep of the whole line, in fen."""

    line_id: int
    brand_id: int
    payable_fen: int
    commission_fen: int
    brand_fen: int
    platform_fen: int


@dataclass(frozen=True, slots=True)
class OrderWithSplitsView:
    """An order with its reseller; `price_splits` by the id of the line."""

    order: OrderView
    reseller: ResellerView
    price_splits: dict[int, PriceSplitView]


@dataclass(frozen=True, slots=True)
class OrderListItem:
    """An order in a list of all orders."""

    order: OrderView
    reseller_id: int
    reseller_name: str


def get_order(order_id: int) -> OrderWithSplitsView:
    row = Order.objects.filter(pk=order_id).prefetch_related(*ORDER_PREFETCH).first()
    if row is None:
        raise NoSuchOrder(order_id=order_id)
    lines = OrderLine.objects.filter(order=row).select_related("sku__style")
    price_splits = {line.pk: _price_split(line) for line in lines}
    return OrderWithSplitsView(_masked_order(row), get_reseller(row.reseller_id), price_splits)


def _masked_order(row: Order) -> OrderView:
    order = order_view(row)
    return replace(order, lines=[replace(line, recipient=_masked_recipient(line.recipient)) for line in order.lines])


def _masked_recipient(recipient: RecipientView) -> RecipientView:
    masked = masked_contact(recipient.name, recipient.phone, recipient.address)
    return replace(recipient, **asdict(masked))


def _price_split(row: OrderLine) -> PriceSplitView:
    line = paid_line(row)
    return PriceSplitView(
        line_id=row.pk,
        brand_id=row.brand_id,
        payable_fen=row.payable_fen,
        commission_fen=row.commission_fen,
        brand_fen=line.brand_fen,
        platform_fen=line.platform_fen,
    )


def list_orders(
    *, query: str = "", state: str = "", sale_id: int | None = None, cursor: str = "", limit: int = 50
) -> Page[OrderListItem]:
    """All orders, the newest first.

    `query` selects what `order_search_filter` finds, and the orders of a reseller of that name.
    """
    rows = Order.objects.select_related("reseller__person").prefetch_related(*ORDER_PREFETCH)
    if query:
        rows = rows.filter(order_search_filter(query))
    if state:
        rows = rows.filter(state=state)
    if sale_id is not None:
        rows = rows.filter(pk__in=OrderLine.objects.filter(sale_id=sale_id).values("order_id"))
    return paginate(rows, name="orders.orders", order=("-id",), cursor=cursor, limit=limit, view=_list_item)


def _list_item(row: Order) -> OrderListItem:
    return OrderListItem(_masked_order(row), row.reseller_id, row.reseller.person.name)
