"""Forwards as their reseller lists them, and the page that a customer opens."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from db import sql
from flashsales.rules import Phase
from flashsales.selectors.sales import get_sale
from forwarding.models import Forward
from forwarding.rules import (
    MAX_STYLES_PER_PAGE,
    CustomerView,
    PageSource,
    SourceItem,
    SourceStyle,
    WishState,
    customer_view,
)
from kernel.refusal import Missing
from kernel.sizes import size_sort_key
from membership.selectors.histories import get_tier
from web.pagination import Page, paginate


@dataclass(eq=False)
class NoSuchForward(Missing):
    code = "forwarding.no_such_forward"
    zh = "没有这个分享，或链接不完整"
    en = "There is no such page, or the address is incomplete"


@dataclass(frozen=True, slots=True)
class ForwardView:
    """A forward with what came of it: views by customers, wishes that they left, orders that were made of them."""

    id: int
    token: str
    sale_id: int
    sale_title: str
    style_id: int | None
    style_no: str
    style_name: str
    picture: str
    phase: Phase
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    stopped_at: datetime | None
    views: int
    wishes: int
    new_wishes: int
    orders: int

    @property
    def is_open(self) -> bool:
        return self.stopped_at is None and self.phase in (Phase.PREVIEW, Phase.LIVE)


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """What a customer sees, and when. Nothing of the house but this leaves through her page."""

    forward_id: int
    reseller_id: int
    token: str
    view: CustomerView
    phase: Phase
    starts_at: datetime
    ends_at: datetime
    stopped: bool
    seller_active: bool

    @property
    def is_open(self) -> bool:
        return self.seller_active and not self.stopped and self.phase in (Phase.PREVIEW, Phase.LIVE)


def list_forwards(reseller_id: int, *, at: datetime, cursor: str = "", limit: int = 20) -> Page[ForwardView]:
    """Her forwards, the newest first."""
    rows = _counted(Forward.objects.filter(reseller_id=reseller_id))
    return paginate(rows, order=("-id",), cursor=cursor, limit=limit, view=lambda row: _view(row, at))


def get_forward(reseller_id: int, forward_id: int, *, at: datetime) -> ForwardView:
    row = _counted(Forward.objects.filter(pk=forward_id, reseller_id=reseller_id)).first()
    if row is None:
        raise NoSuchForward
    return _view(row, at)


def get_customer_page(token: str, *, at: datetime) -> CustomerPage:
    """The page of a forward as its customers see it (FORWARD-2 to FORWARD-4, FORWARD-7)."""
    rows = Forward.objects.select_related("reseller__person")
    row = rows.filter(token=token).first() if 0 < len(token) <= 24 else None
    if row is None:
        raise NoSuchForward
    return build_customer_page(row, at=at)


def get_own_customer_page(reseller_id: int, forward_id: int, *, at: datetime) -> CustomerPage:
    """The same to its reseller, by the number of the forward."""
    rows = Forward.objects.select_related("reseller__person")
    row = rows.filter(pk=forward_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchForward
    return build_customer_page(row, at=at)


def build_customer_page(row: Forward, *, at: datetime) -> CustomerPage:
    window = get_sale(row.sale_id, at=at)
    return CustomerPage(
        forward_id=row.pk,
        reseller_id=row.reseller_id,
        token=row.token,
        view=customer_view(load_page_source(row.reseller_id, row.sale_id, row.style_id, at=at)),
        phase=window.phase,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        stopped=row.stopped_at is not None,
        seller_active=row.reseller.person.is_active,
    )


def load_page_source(reseller_id: int, sale_id: int, style_id: int | None, *, at: datetime) -> PageSource:
    """What the house knows of the goods that a reseller has priced in a sale, or of one style: those priced last in front."""
    found = sql.rows(
        _GOODS,
        {
            "reseller": reseller_id,
            "tier": get_tier(reseller_id, at),
            "sale": sale_id,
            "style": style_id,
            "most": MAX_STYLES_PER_PAGE,
        },
    )
    [names] = sql.rows(_NAMES, {"reseller": reseller_id, "sale": sale_id})
    items: dict[int, list[SourceItem]] = {}
    for row in sorted(found, key=lambda each: (each["colour"], size_sort_key(each["size"]))):
        items.setdefault(row["style_id"], []).append(
            SourceItem(row["item_id"], row["colour"], row["size"], row["available"], row["labelling"] == "cut")
        )
    floors: dict[int, list[int]] = {}
    for row in found:
        if row["labelling"] == "kept" and row["floor_fen"] is not None:
            floors.setdefault(row["style_id"], []).append(row["floor_fen"])
    first = {row["style_id"]: row for row in reversed(found)}
    style_ids = dict.fromkeys(row["style_id"] for row in found)
    styles = tuple(
        SourceStyle(
            style_id=each,
            style_no=first[each]["style_no"],
            name=first[each]["name"],
            category=first[each]["category"] or "",
            picture=first[each]["picture"],
            price_fen=first[each]["price_fen"],
            floor_fen=max(floors[each]) if each in floors else None,
            items=tuple(items[each]),
            defects=first[each]["defects"],
        )
        for each in style_ids
    )
    return PageSource(styles=styles, **names)


_GOODS = """
WITH priced AS (
    SELECT r.id, r.style_id, r.price_fen FROM forwarding_retailprice r
    WHERE r.reseller_id = %(reseller)s AND r.sale_id = %(sale)s
      AND (%(style)s::bigint IS NULL OR r.style_id = %(style)s)
    ORDER BY r.set_at DESC, r.id DESC LIMIT %(most)s
)
SELECT i.id AS item_id, i.style_id, y.style_no, y.name, c.name_zh AS category, y.picture, y.defects, k.colour, k.size, i.available,
       p.labelling, p.retail_floor_fen AS floor_fen, r.price_fen
FROM priced r
JOIN flashsales_sale s ON s.id = %(sale)s
JOIN flashsales_saleitem i ON i.sale_id = s.id AND i.style_id = r.style_id
JOIN inventory_sku k ON k.id = i.sku_id
JOIN inventory_style y ON y.id = i.style_id
LEFT JOIN inventory_category c ON c.id = y.category_id
JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id AND p.tier = %(tier)s
ORDER BY r.id DESC, i.id
"""
_NAMES = """
SELECT b.name AS brand_name, s.title AS sale_title, person.name AS reseller_name
FROM flashsales_sale s JOIN brands_brand b ON b.id = s.brand_id,
     membership_reseller m JOIN accounts_person person ON person.id = m.person_id
WHERE s.id = %(sale)s AND m.id = %(reseller)s
"""


def _counted(rows: QuerySet[Forward]) -> QuerySet[Forward]:
    return rows.select_related("sale", "style").annotate(
        wished=Count("wishes"),
        wished_anew=Count("wishes", filter=Q(wishes__state=WishState.NEW.value)),
        ordered=Count("wishes", filter=Q(wishes__order__isnull=False)),
    )


def _view(row: Forward, at: datetime) -> ForwardView:
    counted = row.__dict__
    window = get_sale(row.sale_id, at=at)
    return ForwardView(
        id=row.pk,
        token=row.token,
        sale_id=row.sale_id,
        sale_title=window.title,
        style_id=row.style_id,
        style_no=row.style.style_no if row.style else "",
        style_name=row.style.name if row.style else "",
        picture=row.style.picture if row.style else "",
        phase=window.phase,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        created_at=row.created_at,
        stopped_at=row.stopped_at,
        views=row.views,
        wishes=counted["wished"],
        new_wishes=counted["wished_anew"],
        orders=counted["ordered"],
    )
