"""Wishes that wait for sold-out sizes, by size: who waits, what is there by now, and whom it reaches (FORWARD-29)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flashsales.rules import Offer, Phase, Shortfall
from flashsales.rules.waiting import OwnEntry, max_waiting_units_of, terms_allow_waiting
from flashsales.selectors.offers import get_offers
from flashsales.selectors.sales import phase_of
from flashsales.selectors.waiting_list import own_entries_of
from forwarding.models import Wish, WishLine
from forwarding.rules.wishes import MAX_WAITING_SHOWN, allocate_wishes
from forwarding.selectors.wish_desk import DeskLineView, DeskWishView, desk_views, refusals_by_terms, requests_of_wish
from forwarding.selectors.wishes import OPEN_WISHES, wish_source, with_lines, with_live_sales
from membership.selectors.histories import get_tier


@dataclass(frozen=True, slots=True)
class WaitedSizeView:
    """A size that customers wait for, with their wishes in the order of asking.

    `available` is what the reseller could order now, with what is reserved for her until `reserved_until`. `reached` are the ids of the
    wishes that can be ordered now, in full and in that order. `own_units` are those that she waits for herself, `missing_units` those
    that her customers wait for beyond that and beyond what is there, as far as her purchase limits go.
    `wait_source` says for whom an entry of the waiting list waits that she makes from here; none of her open entries of the size has it.
    `can_be_asked_for`: the waiting list accepts the missing units.
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
    available: int
    reserved_units: int
    reserved_until: datetime | None
    own_units: int
    missing_units: int
    wait_source: str
    can_be_asked_for: bool
    wishes: list[DeskWishView]
    reached: list[int]

    @property
    def order_total_fen(self) -> int:
        """What the reseller pays for the wishes that are ordered in one act."""
        return sum(row.total_fen or 0 for row in self.ordered_now)

    @property
    def ordered_now(self) -> list[DeskWishView]:
        """The wishes that are ordered in one act."""
        return [row for row in self.wishes if row.wish.id in self.reached]


def list_waited_sizes(reseller_id: int, tier: int, *, at: datetime) -> list[WaitedSizeView]:
    """What a reseller's customers wait for in live sales: sizes that can be ordered first, then those for which somebody waits longest.

    A wish for several sizes stands under the first of them that is not there, or was not there before. At most `MAX_WAITING_SHOWN` wishes;
    the number of statements does not depend on that of the wishes.
    """
    waiting = Wish.objects.filter(OPEN_WISHES, with_live_sales(at), reseller_id=reseller_id, is_waiting=True)
    rows = with_lines(waiting).order_by("pk")
    shown = [view for view in desk_views(list(rows[:MAX_WAITING_SHOWN]), reseller_id, tier, at=at) if _is_offered(view)]
    if not shown:
        return []
    item_ids = sorted({line.item_id for view in shown for line in view.lines})
    offers = get_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at)
    entries = own_entries_of(reseller_id, item_ids=item_ids, at=at)
    of_item: dict[int, list[DeskWishView]] = {}
    for view in shown:
        of_item.setdefault(_awaited(view).item_id, []).append(view)
    sizes = [
        _size(offers, [each for each in entries if each.item_id == item_id], views, item_id)
        for item_id, views in of_item.items()
    ]
    return sorted(sizes, key=lambda size: not size.reached)


def sold_out_items(row: Wish, *, at: datetime) -> set[int]:
    """The items of a wish of which no unit is available now; none where a sale of the wish is not live, for it could never be had whole.

    The wish was loaded by `with_lines`.
    """
    lines = list(row.lines.all())
    tier = tier_for_openings(row, at)
    return (
        {line.item_id for line in lines if not line.item.available}
        if all(is_on_sale(each, at, tier=tier) for each in lines)
        else set()
    )


def tier_for_openings(row: Wish, at: datetime) -> int | None:
    """The tier of the reseller of a wish where a sale of it opens for tiers at several instants (SALE-19), else None."""
    has_head_start = any(line.item.sale.opening_delays for line in row.lines.all())
    return get_tier(row.reseller_id, at) if has_head_start else None


def is_on_sale(line: WishLine, at: datetime, *, tier: int | None = None) -> bool:
    """Whether the sale of a line is live, for a tier where one is named."""
    return phase_of(line.item.sale, tier=tier, at=at) is Phase.LIVE


def _is_offered(view: DeskWishView) -> bool:
    return all(line.shortfall not in (Shortfall.NOT_LIVE, Shortfall.NO_SUCH_ITEM) for line in view.lines)


def _awaited(view: DeskWishView) -> DeskLineView:
    """The line that a wish waits for: the first that cannot be had, else the first that it waited for, else its first."""
    awaited = [line for line in view.lines if line.is_awaited]
    return next((line for line in view.lines if line.shortfall), (awaited or view.lines)[0])


def _size(
    offers: dict[int, Offer], entries: Sequence[OwnEntry], views: list[DeskWishView], item_id: int
) -> WaitedSizeView:
    offer = offers[item_id]
    line = next(line for line in views[0].lines if line.item_id == item_id)
    units = sum(each.units for view in views for each in view.lines if each.item_id == item_id)
    own_units = sum(each.units - each.taken_units for each in entries)
    missing_units = max(0, min(units - own_units, max_waiting_units_of(offer)))
    taken = {each.source for each in entries}
    source = _wait_source(views, taken)
    reserved = next((each for each in entries if each.reservation_id is not None), None)
    return WaitedSizeView(
        item_id=item_id,
        sale_id=line.sale_id,
        style_id=line.style_id,
        style_no=line.style_no,
        style_name=line.style_name,
        picture=line.picture,
        colour=line.colour,
        size=line.size,
        units=units,
        available=offer.available,
        reserved_units=reserved.reserved_units if reserved else 0,
        reserved_until=reserved.reserved_until if reserved else None,
        own_units=own_units,
        missing_units=missing_units,
        wait_source=source,
        can_be_asked_for=missing_units > 0 and source not in taken and terms_allow_waiting(offer, missing_units),
        wishes=views,
        reached=_reached(offers, views),
    )


def _wait_source(views: Sequence[DeskWishView], taken: Collection[str]) -> str:
    """For whom a new entry waits: for all these customers, up to the last whose name no open entry has, else for one of them, else for
    the reseller herself."""
    last_first = [view.wish.id for view in reversed(views)]
    names = [*(f"wishes:{each}" for each in last_first), *map(wish_source, last_first), ""]
    return next((name for name in names if name not in taken), "")


def _reached(offers: dict[int, Offer], views: Sequence[DeskWishView]) -> list[int]:
    """The ids of the wishes that the units reach, those whose recipient is sure, each in full, in the order of asking (FORWARD-9)."""
    sure = [view for view in views if not view.recipient.unsure]
    shares = allocate_wishes([requests_of_wish(view) for view in sure], offers, allowance_fen=None)
    served = [view for view, got in zip(sure, shares, strict=True) if not any(each.shortfall for each in got)]
    broken = refusals_by_terms([requests_of_wish(view) for view in served], offers)
    return [view.wish.id for place, view in enumerate(served) if place not in broken]
