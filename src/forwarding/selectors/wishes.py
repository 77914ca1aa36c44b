"""Wishes of customers, as their reseller sees them."""

from dataclasses import dataclass
from datetime import datetime

from db.rows import view_of
from forwarding.models import Wish
from forwarding.rules import WishState
from kernel.refusal import Missing
from web.pagination import Page, paginate


class NoSuchWish(Missing):
    code = "forwarding.no_such_wish"
    zh = "没有这条心愿（{wish_id}）"
    en = "There is no wish {wish_id}"
    wish_id: int


@dataclass(frozen=True, slots=True)
class WishView:
    id: int
    forward_id: int
    sale_id: int
    style_id: int
    item_id: int
    style_no: str
    style_name: str
    picture: str
    colour: str
    size: str
    units: int
    name: str
    phone: str
    note: str
    state: WishState
    created_at: datetime
    order_id: int | None


def list_wishes(
    reseller_id: int, *, state: str = "", forward_id: int | None = None, cursor: str = "", limit: int = 30
) -> Page[WishView]:
    """The wishes of a reseller's customers, the newest first; only those in a state or of a forward, where it is given."""
    rows = Wish.objects.filter(reseller_id=reseller_id).select_related("item__sku", "item__style")
    if state:
        rows = rows.filter(state=state)
    if forward_id is not None:
        rows = rows.filter(forward_id=forward_id)
    return paginate(
        rows, name=f"forwarding.wishes:{reseller_id}", order=("-id",), cursor=cursor, limit=limit, view=wish_view
    )


def get_wish(reseller_id: int, wish_id: int) -> WishView:
    row = Wish.objects.select_related("item__sku", "item__style").filter(pk=wish_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchWish(wish_id=wish_id)
    return wish_view(row)


def count_new_wishes(reseller_id: int) -> int:
    """The number of wishes that wait for an answer."""
    return Wish.objects.filter(reseller_id=reseller_id, state=WishState.NEW.value).count()


def wish_view(row: Wish) -> WishView:
    item = row.item
    return view_of(
        WishView,
        row,
        sale_id=item.sale_id,
        style_id=item.style_id,
        item_id=item.pk,
        style_no=item.style.style_no,
        style_name=item.style.name,
        picture=item.style.picture,
        colour=item.sku.colour,
        size=item.sku.size,
    )
