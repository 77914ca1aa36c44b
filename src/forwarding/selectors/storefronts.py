"""A reseller's storefront as she and her customers see it (FORWARD-19, FORWARD-20)."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q

from db.rows import view_of
from flashsales.rules import Phase
from forwarding.models import Forward, ForwardStyle, Storefront
from forwarding.rules.pages import CustomerView
from forwarding.rules.redaction import redact
from forwarding.rules.storefront import (
    STYLES_PER_STOREFRONT_PAGE,
    OfferedBrand,
    StorefrontSort,
    matching_goods,
    ordered_categories,
    storefront_secrets,
    storefront_view,
)
from forwarding.selectors.forwards import (
    CustomerPage,
    NoSuchForward,
    build_customer_page,
    is_english,
    load_selection_source,
    with_seller,
)
from forwarding.selectors.seller_pictures import picture_of
from forwarding.selectors.wishes import new_wishes_of_forwards
from forwarding.sql.storefront import (
    Offer,
    OfferedCategory,
    OfferedStyle,
    find_former_brands,
    find_named_goods,
    find_offered_by_items,
    find_offered_categories,
    find_offered_styles,
)
from kernel.refusal import Missing
from membership.selectors.histories import get_tier
from web.pagination import InvalidCursor

_CURSOR = re.compile(r"(newest|cheapest|dearest)\.([0-9]{1,15})\.([0-9]{1,15})", re.ASCII)


class NoSuchStorefront(Missing):
    code = "forwarding.no_such_storefront"
    zh = "还没有开店铺"
    en = "There is no storefront yet"


@dataclass(frozen=True, slots=True)
class StorefrontCategory:
    """A category of what is offered; `styles` counts what customers see. `id` 0: goods without a category."""

    id: int
    name: str
    styles: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class StorefrontView:
    """Her storefront. Views, wishes and orders are those of the address that it has now; earlier addresses answer 410."""

    forward_id: int
    token: str
    name: str
    notice: str
    shows_previews: bool
    shows_sold_out: bool
    opened_at: datetime
    closed_at: datetime | None
    categories: list[StorefrontCategory]
    views: int
    wishes: int
    new_wishes: int
    orders: int

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def styles(self) -> int:
        """So many styles customers see there now."""
        return sum(each.styles for each in self.categories if not each.hidden)


@dataclass(frozen=True, slots=True)
class StorefrontQuery:
    """Which goods of a storefront, in which order, from where on."""

    category_id: int | None = None
    words: str = ""
    sort: StorefrontSort = StorefrontSort.NEWEST
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class StorefrontPage:
    """A part of a storefront: its page with the goods of this part, the categories with goods, and where the next part begins."""

    page: CustomerPage
    categories: list[StorefrontCategory]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Front:
    """An address with its storefront, and all that it offers."""

    row: Forward
    storefront: Storefront
    offer: Offer
    offered: list[OfferedCategory]
    brands: list[OfferedBrand]


def find_storefront(reseller_id: int, *, at: datetime) -> StorefrontView | None:
    """Her storefront; None where she has opened none."""
    storefront = Storefront.objects.filter(reseller_id=reseller_id).first()
    if storefront is None:
        return None
    row = (
        Forward.objects.filter(reseller_id=reseller_id, sale__isnull=True, stopped_at=None)
        .annotate(
            wish_count=Count("wishes"),
            new_wish_count=new_wishes_of_forwards(at),
            order_count=Count("wishes", filter=Q(wishes__order__isnull=False)),
        )
        .get()
    )
    return view_of(
        StorefrontView,
        storefront,
        forward_id=row.pk,
        token=row.token,
        categories=_own_categories(storefront, find_offered_categories(_offer_of(storefront, at))),
        views=row.views,
        wishes=row.wish_count,
        new_wishes=row.new_wish_count,
        orders=row.order_count,
    )


def get_storefront(reseller_id: int, *, at: datetime) -> StorefrontView:
    """Her storefront; refused where she has opened none."""
    view = find_storefront(reseller_id, at=at)
    if view is None:
        raise NoSuchStorefront
    return view


def get_storefront_page(token: str, query: StorefrontQuery, *, at: datetime) -> StorefrontPage:
    """A part of a storefront as its customers see it. The number of statements does not depend on that of the goods."""
    front = _get_front(token, at)
    price_ids = _searched(front, query.words) if query.words.strip() else None
    found = find_offered_styles(
        front.offer,
        sort=query.sort,
        after=_decode(query.cursor, query.sort),
        category_id=query.category_id,
        without_categories=front.storefront.hidden_categories,
        price_ids=price_ids,
        limit=STYLES_PER_STOREFRONT_PAGE + 1,
    )
    shown = found[:STYLES_PER_STOREFRONT_PAGE]
    next_cursor = f"{query.sort.value}.{shown[-1].price_fen}.{shown[-1].price_id}" if len(found) > len(shown) else None
    return StorefrontPage(_page(front, shown, at), _customer_categories(front), next_cursor)


def get_storefront_goods(
    token: str, *, style_ids: Sequence[int], item_ids: Sequence[int] = (), at: datetime
) -> CustomerPage:
    """The page of a storefront with these styles and those of these items only, as far as it offers them."""
    return _goods(_get_front(token, at), style_ids, item_ids, at)


def get_own_storefront_page(reseller_id: int, forward_id: int, *, limit: int, at: datetime) -> CustomerPage:
    """The storefront at one of her addresses with the goods that she priced last and of which something is left, at most `limit`."""
    rows = with_seller(Forward.objects.filter(sale__isnull=True))
    row = rows.filter(pk=forward_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchForward
    front = _front(row, at)
    found = find_offered_styles(
        replace(front.offer, sold_out=False),
        sort=StorefrontSort.NEWEST,
        after=None,
        category_id=None,
        without_categories=front.storefront.hidden_categories,
        price_ids=None,
        limit=limit,
    )
    return _page(front, found, at)


def page_of_items(row: Forward, item_ids: Sequence[int], *, at: datetime) -> CustomerPage:
    """The page on which a customer picked items: the whole page of a forward, of a storefront the styles of these items.

    The row comes with its sale and brand, and with its reseller and person.
    """
    if row.sale_id is not None:
        return build_customer_page(row, at=at)
    return _goods(_front(row, at), (), item_ids, at)


def get_own_page_of_items(reseller_id: int, forward_id: int, item_ids: Sequence[int], *, at: datetime) -> CustomerPage:
    """The same for the reseller of the forward, by its id."""
    rows = with_seller(Forward.objects.select_related("sale__brand"))
    row = rows.filter(pk=forward_id, reseller_id=reseller_id).first()
    if row is None:
        raise NoSuchForward
    return page_of_items(row, item_ids, at=at)


def _get_front(token: str, at: datetime) -> _Front:
    rows = with_seller(Forward.objects.filter(sale__isnull=True))
    row = rows.filter(token=token).first() if 0 < len(token) <= 24 else None
    if row is None:
        raise NoSuchForward
    return _front(row, at)


def _front(row: Forward, at: datetime) -> _Front:
    storefront = Storefront.objects.get(reseller_id=row.reseller_id)
    offer = _offer_of(storefront, at)
    offered = find_offered_categories(offer)
    return _Front(row, storefront, offer, offered, _brands_of(offered, find_former_brands(offer)))


def _brands_of(offered: Sequence[OfferedCategory], former: Sequence[OfferedBrand]) -> list[OfferedBrand]:
    """By brand, what the storefront offers with what it offered before in sales that are open (FORWARD-20)."""
    parts = [*(OfferedBrand(each.brand_name, each.has_cut, each.style_nos) for each in offered), *former]
    of_brand: dict[str, list[OfferedBrand]] = {}
    for each in parts:
        of_brand.setdefault(each.name, []).append(each)
    return [
        OfferedBrand(name, any(each.has_cut for each in rows), [number for each in rows for number in each.style_nos])
        for name, rows in of_brand.items()
    ]


def _offer_of(storefront: Storefront, at: datetime) -> Offer:
    return Offer(
        reseller_id=storefront.reseller_id,
        tier=get_tier(storefront.reseller_id, at),
        previews=storefront.shows_previews,
        sold_out=storefront.shows_sold_out,
        at=at,
    )


def _goods(front: _Front, style_ids: Sequence[int], item_ids: Sequence[int], at: datetime) -> CustomerPage:
    found = find_offered_by_items(
        front.offer,
        style_ids=style_ids,
        item_ids=item_ids,
        without_categories=front.storefront.hidden_categories,
    )
    places = {style_id: place for place, style_id in enumerate(style_ids)}
    return _page(front, sorted(found, key=lambda each: (places.get(each.style_id, len(places)), each.price_id)), at)


def _page(front: _Front, styles: Sequence[OfferedStyle], at: datetime) -> CustomerPage:
    row = front.row
    closed = row.stopped_at is not None or front.storefront.closed_at is not None
    return CustomerPage(
        forward_id=row.pk,
        reseller_id=row.reseller_id,
        token=row.token,
        view=_view(front, () if closed else styles, at),
        phase=Phase.LIVE,
        starts_at=front.storefront.opened_at,
        ends_at=None,
        stopped=closed,
        seller_active=row.reseller.person.is_active,
        is_storefront=True,
        seller_picture=picture_of(row),
    )


def _view(front: _Front, styles: Sequence[OfferedStyle], at: datetime) -> CustomerView:
    chosen = [
        ForwardStyle(sale_id=each.sale_id, style_id=each.style_id, position=place)
        for place, each in enumerate(styles, start=1)
    ]
    source = load_selection_source(front.row.reseller_id, chosen, with_former=False, at=at)
    named = replace(source, reseller_name=front.storefront.name, remark=front.storefront.notice)
    return storefront_view(named, front.brands)


def _searched(front: _Front, words: str) -> list[int]:
    return matching_goods(find_named_goods(front.offer, english=is_english()), words, front.brands)


def _customer_categories(front: _Front) -> list[StorefrontCategory]:
    """The categories of what customers see, in her order, without a name that tells a hidden brand."""
    secrets = storefront_secrets(front.brands)
    found = {each.id: each for each in _categories(front.offered) if each.styles and redact(each.name, secrets)}
    order = ordered_categories(found, front.storefront.category_order, front.storefront.hidden_categories)
    return [replace(found[each], name=redact(found[each].name, secrets)) for each in order]


def _own_categories(storefront: Storefront, offered: Sequence[OfferedCategory]) -> list[StorefrontCategory]:
    """All categories of what she offers, in the order of the page, those that she hides too."""
    found = {each.id: each for each in _categories(offered)}
    order = ordered_categories(found, storefront.category_order, ())
    return [replace(found[each], hidden=each in storefront.hidden_categories) for each in order]


def _categories(offered: Collection[OfferedCategory]) -> list[StorefrontCategory]:
    """One row per category, in the language of whoever asks."""
    english = is_english()
    found: dict[int, StorefrontCategory] = {}
    for each in offered:
        earlier = found.get(each.category_id)
        name = each.name_en if english else each.name_zh
        found[each.category_id] = StorefrontCategory(
            each.category_id, name, each.styles + (earlier.styles if earlier else 0)
        )
    return list(found.values())


def _decode(cursor: str, sort: StorefrontSort) -> tuple[int, int] | None:
    """The price and id behind which a part begins; refuses a cursor of another order."""
    if not cursor:
        return None
    found = _CURSOR.fullmatch(cursor)
    if found is None or found[1] != sort.value:
        raise InvalidCursor
    return int(found[2]), int(found[3])
