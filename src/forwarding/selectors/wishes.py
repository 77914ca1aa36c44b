"""Wishes of customers, as their reseller sees them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from db.rows import view_of
from flashsales.rules import SaleState
from forwarding.models import Wish, WishLine
from forwarding.rules.wishes import WishState, certain_short_units
from kernel.refusal import Missing
from orders.rules.states import OrderState
from web.pagination import Page, paginate


class NoSuchWish(Missing):
    code = "forwarding.no_such_wish"
    zh = "没有这条心愿（{wish_id}）"
    en = "There is no wish {wish_id}"
    wish_id: int


@dataclass(frozen=True, slots=True)
class WishLineView:
    """Units of one item. `retail_fen` is the unit price that the customer saw; None for a wish from before lines existed.

    `is_awaited`: it was sold out when its waiting wish was last not there as a whole (FORWARD-29). `short_units`: of those that were
    ordered the brand surely does not have so many; `shared_short_units` are those of an order line that other wishes share, where not
    all of them are surely of this one.
    """

    item_id: int
    sale_id: int
    style_id: int
    style_no: str
    style_name: str
    picture: str
    colour: str
    size: str
    units: int
    retail_fen: int | None
    is_awaited: bool
    short_units: int
    shared_short_units: int


@dataclass(frozen=True, slots=True)
class WishRefusalView:
    """Why a wish was not ordered when the reseller tried it the last time."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class WishView:
    """A wish. `address` and `note` are as the customer wrote them. `token` opens her private page, "" where she has none.

    `is_waiting`: it was left for a size that was sold out (FORWARD-29).
    """

    id: int
    forward_id: int
    lines: list[WishLineView]
    name: str
    phone: str
    address: str
    note: str
    state: WishState
    created_at: datetime
    order_id: int | None
    refusal: WishRefusalView | None
    token: str
    is_waiting: bool

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)


MAX_TOKEN = 24


class NoSuchWishPage(Missing):
    code = "forwarding.no_such_wish_page"
    zh = "没有这条心愿，或链接不完整、已过期"
    en = "There is no such wish, or its address is incomplete or has expired"


def is_wish_token(token: str) -> bool:
    return 0 < len(token) <= MAX_TOKEN


def wish_source(wish_id: int) -> str:
    """How order lines and reports of faults name the wish that they came from."""
    return f"wish:{wish_id}"


_LINES = WishLine.objects.filter(wish=OuterRef("pk"))
_IS_TAKEN_OUT = Q(Exists(_LINES.filter(was_ordered=True))) & ~Q(Exists(_LINES.filter(order_line__isnull=False)))

OPEN_WISHES = Q(state=WishState.NEW.value) | Q(state=WishState.ORDERED.value) & (
    Q(order__state=OrderState.CANCELLED.value) | _IS_TAKEN_OUT
)
"""Wishes that wait for an order: new ones, those whose order ended without being paid, and those whose lines she took out of her cart."""


def with_live_sales(at: datetime) -> Q:
    """Wishes of which every line is of a live sale: `flashsales.rules.phase_at` in a query."""
    return ~Q(Exists(_LINES.exclude(_of_live_sale(at))))


def desk_wishes(at: datetime) -> Q:
    """Open wishes that the desk lists; those that wait for sold-out sizes have a page of their own (FORWARD-29).

    A waiting wish of which only a part is still in live sales comes back to the desk, where the reseller can change or answer it.
    """
    is_partly_live = Q(Exists(_LINES.filter(_of_live_sale(at)))) & ~with_live_sales(at)
    return OPEN_WISHES & (Q(is_waiting=False) | is_partly_live)


def new_wishes_of_forwards(at: datetime) -> Coalesce:
    """The number of new wishes of each forward of a query that its reseller meets on the wish desk."""
    new = Wish.objects.filter(desk_wishes(at), state=WishState.NEW.value, forward=OuterRef("pk"))
    counted = new.order_by().values("forward").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def _of_live_sale(at: datetime) -> Q:
    return Q(item__sale__state=SaleState.PUBLISHED.value, item__sale__starts_at__lte=at, item__sale__ends_at__gt=at)


def is_taken_out(row: Wish) -> bool:
    """Whether an ordered wish is no longer in its order, because the reseller took all its lines out of her cart (ORDER-10)."""
    lines = row.lines.all()
    return any(line.was_ordered for line in lines) and all(line.order_line_id is None for line in lines)


def is_open(row: Wish) -> bool:
    """Whether a wish is one of OPEN_WISHES."""
    if row.state == WishState.ORDERED.value:
        return row.order is not None and (row.order.state == OrderState.CANCELLED.value or is_taken_out(row))
    return row.state == WishState.NEW.value


def with_lines(rows: QuerySet[Wish]) -> QuerySet[Wish]:
    """The wishes with what `wish_view` reads of them."""
    lines = WishLine.objects.select_related("item__sku", "item__style__brand", "item__sale", "order_line").order_by(
        "pk"
    )
    return rows.select_related("item__sku", "item__style").prefetch_related(Prefetch("lines", queryset=lines))


def list_wishes(
    reseller_id: int, *, state: str = "", forward_id: int | None = None, cursor: str = "", limit: int = 30
) -> Page[WishView]:
    """The wishes of a reseller's customers, the newest first; only those in a state or of a forward, where it is given."""
    rows = with_lines(Wish.objects.filter(reseller_id=reseller_id))
    if state:
        rows = rows.filter(state=state)
    if forward_id is not None:
        rows = rows.filter(forward_id=forward_id)
    return paginate(
        rows, name=f"forwarding.wishes:{reseller_id}", order=("-id",), cursor=cursor, limit=limit, view=wish_view
    )


def list_customer_wishes(reseller_id: int, customer_id: int, phone: str, *, limit: int = 10) -> list[WishView]:
    """The last wishes of an entry of the customer book: those that were ordered for it, and those that name its phone."""
    ordered = WishLine.objects.filter(
        Q(order_line__recipient_id=customer_id) | Q(order_line__recipient__merged_into_id=customer_id),
        wish=OuterRef("pk"),
    )
    named = Q(phone=phone) | Q(recipient_phone=phone) | Q(address__contains=phone)
    rows = Wish.objects.filter(Exists(ordered) | named if phone else Exists(ordered), reseller_id=reseller_id)
    return [wish_view(row) for row in with_lines(rows).order_by("-pk")[:limit]]


def list_wishes_of_order(reseller_id: int, order_id: int) -> list[WishView]:
    """The wishes that are in an order of a reseller, the oldest first."""
    rows = Wish.objects.filter(reseller_id=reseller_id, order_id=order_id, state=WishState.ORDERED.value)
    return [wish_view(row) for row in with_lines(rows).order_by("pk")]


def get_wish(reseller_id: int, wish_id: int) -> WishView:
    row = with_lines(Wish.objects.filter(pk=wish_id, reseller_id=reseller_id)).first()
    if row is None:
        raise NoSuchWish(wish_id=wish_id)
    return wish_view(row)


def find_wishes(reseller_id: int, *, forward_id: int, keys: Sequence[str]) -> list[WishView]:
    """The wishes of a forward with these keys, in the order in which they were stored."""
    rows = with_lines(Wish.objects.filter(reseller_id=reseller_id, forward_id=forward_id, key__in=keys))
    return [wish_view(row) for row in rows.order_by("pk")]


def get_next_wish(reseller_id: int, *, after_order_id: int, at: datetime) -> WishView | None:
    """The oldest open wish, where the order came of a wish; else None."""
    if not Wish.objects.filter(reseller_id=reseller_id, order_id=after_order_id).exists():
        return None
    row = with_lines(Wish.objects.filter(desk_wishes(at), reseller_id=reseller_id)).order_by("pk").first()
    return wish_view(row) if row else None


def names_of_wishes(reseller_id: int, wish_ids: Collection[int]) -> dict[int, str]:
    """The names that customers gave with wishes of a reseller, by the id of the wish; one that was erased has none."""
    rows = Wish.objects.filter(pk__in=wish_ids, reseller_id=reseller_id).exclude(name="")
    return dict(rows.values_list("pk", "name"))


def own_wish_ids(reseller_id: int, wish_ids: Collection[int]) -> set[int]:
    """Those of the wishes that are of the reseller's customers."""
    return set(Wish.objects.filter(pk__in=wish_ids, reseller_id=reseller_id).values_list("pk", flat=True))


def count_new_wishes(reseller_id: int, *, at: datetime) -> int:
    """The number of wishes that wait for an answer, without those that wait for sold-out sizes."""
    return Wish.objects.filter(desk_wishes(at), reseller_id=reseller_id).count()


def wish_view(row: Wish) -> WishView:
    return view_of(
        WishView,
        row,
        lines=[_line_view(line) for line in lines_of(row)],
        refusal=WishRefusalView(**row.refusal) if row.refusal else None,
    )


def lines_of(row: Wish) -> list[WishLine]:
    """The lines of a wish in their order; the release before lines existed wrote the only one into the wish itself."""
    lines = sorted(row.lines.all(), key=lambda line: line.pk)
    return lines or [WishLine(wish=row, item=row.item, units=row.units)]


def _line_view(line: WishLine) -> WishLineView:
    item, bought = line.item, line.order_line
    short = bought.short_units if bought else 0
    certain = certain_short_units(line.units, of_units=bought.units, short_units=short) if bought else 0
    return view_of(
        WishLineView,
        line,
        sale_id=item.sale_id,
        style_id=item.style_id,
        style_no=item.style.style_no,
        style_name=item.style.name,
        picture=item.style.picture,
        colour=item.sku.colour,
        size=item.sku.size,
        short_units=certain,
        shared_short_units=short if short > certain else 0,
    )
