"""The private page of a wish: what its customer sees of it, from the wish to the parcel (FORWARD-10)."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from aftersales.selectors.exchanges import CurrentLine, get_current_lines
from db.rows import view_of
from flashsales.selectors.waiting_list import reserved_items
from forwarding.models import Wish, WishLine
from forwarding.rules.pages import saving_fen
from forwarding.rules.redaction import brand_words, redact
from forwarding.rules.wishes import PickedUnits, WishState, certain_short_units
from forwarding.selectors.fault_reports import NO_FAULTS, LineFaults, get_line_faults
from forwarding.selectors.forwards import CustomerPage
from forwarding.selectors.storefronts import page_of_items
from forwarding.selectors.waiting_wishes import is_on_sale, tier_for_openings
from forwarding.selectors.wishes import NoSuchWishPage, is_open, is_wish_token, lines_of, wish_source, with_lines
from inventory.selectors.pictures import list_pictures
from orders.rules.states import OrderState
from orders.selectors.orders import LineParcelView, OrderLineView, OrderView, get_own_order
from orders.selectors.parcel_events import get_timelines
from tracking.rules import ParcelStatus
from tracking.selectors import ParcelEventView


class WishProgress(enum.StrEnum):
    """How far units of a wish have come."""

    RECEIVED = "received"
    ORDERED = "ordered"
    SHIPPED = "shipped"
    SHORT = "short"
    """The brand does not have them."""
    CANCELLED = "cancelled"
    """Refunded before they were shipped for another reason."""
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


NOTHING_COMES = (WishProgress.SHORT, WishProgress.CANCELLED, WishProgress.DECLINED, WishProgress.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class WishParcelView:
    """A parcel with units of a line."""

    carrier_zh: str
    carrier_en: str
    tracking_no: str
    shipped_at: datetime
    status: ParcelStatus
    events: list[ParcelEventView]


@dataclass(frozen=True, slots=True)
class WishPageLineView:
    """A line as the customer saw it when she sent the wish; `retail_fen` and `tag_price_fen` per unit, the latter of labelled goods only.

    `label_kept` decides what can be returned; None where the wish does not say and nothing is ordered.

    `short_units` of its units the brand does not have, also where others are shipped or on their way.
    """

    id: int
    name: str
    colour: str
    size: str
    picture: str
    units: int
    retail_fen: int | None
    tag_price_fen: int | None
    label_kept: bool | None
    progress: WishProgress
    short_units: int
    parcels: list[WishParcelView]
    faults: LineFaults
    item_id: int
    style_id: int
    is_on_sale: bool
    is_there: bool
    """Whether a unit of it can be had now: of an available one, or of those that are reserved for her reseller."""
    is_shown_sold_out: bool
    """Whether the page of the goods shows it as sold out, so that its form takes a wish that waits for it."""

    @property
    def saving_fen(self) -> int | None:
        return saving_fen(self.tag_price_fen, self.retail_fen)

    @property
    def wanted_units(self) -> int:
        """Without those that she will not get."""
        return 0 if self.progress in NOTHING_COMES else self.units - self.short_units

    @property
    def wait_query(self) -> str:
        """What the address of the goods says to wait for it: also the price of the wish, to tell her where it has changed (FORWARD-5)."""
        seen = f"&seen={self.style_id}x{self.retail_fen}" if self.retail_fen else ""
        return f"style={self.style_id}&wait={self.item_id}{seen}"

    @property
    def is_sold_out(self) -> bool:
        """Whether she may wait for it: nothing of it is left in a live sale, and nothing comes of what she wished for (FORWARD-29)."""
        return self.is_on_sale and not self.is_there and self.progress in (WishProgress.RECEIVED, *NOTHING_COMES)


@dataclass(frozen=True, slots=True)
class WishPageView:
    """All that a customer sees of her wish: no wholesale price, no brand of cut goods, no name but the seller's.

    `can_be_withdrawn`: it waits for an order. `is_waiting`: it was left for sold-out sizes, or began to wait for them.
    """

    forward_id: int
    forward_token: str
    is_of_storefront: bool
    channel: str
    reseller_name: str
    seller_picture: str
    seller_active: bool
    forward_is_open: bool
    created_at: datetime
    can_be_withdrawn: bool
    was_withdrawn: bool
    is_waiting: bool
    picked: list[PickedUnits]
    """The units that she wished for, to wish for them again; the first of them are of `style_id`."""
    style_id: int
    lines: list[WishPageLineView]

    @property
    def is_being_ordered(self) -> bool:
        """Whether only the reseller can still change where it goes: it is in an order, and something of it is not shipped."""
        waiting = (WishProgress.RECEIVED, WishProgress.ORDERED)
        return not self.can_be_withdrawn and any(line.progress in waiting for line in self.lines)

    @property
    def can_wait(self) -> bool:
        """Whether the wish, which is open, may begin to wait for what is sold out of it."""
        is_live = all(line.is_on_sale for line in self.lines)
        return (
            self.can_be_withdrawn and not self.is_waiting and is_live and any(line.is_sold_out for line in self.lines)
        )

    @property
    def waits(self) -> bool:
        """Whether she waits now for units that are not there."""
        return self._is_open_and_waiting and not self.waited_in_vain and any(line.is_sold_out for line in self.lines)

    @property
    def is_there(self) -> bool:
        """Whether all that she waits for is there by now."""
        return self._is_open_and_waiting and all(line.is_on_sale and line.is_there for line in self.lines)

    @property
    def waited_in_vain(self) -> bool:
        """Whether a sale ended before the units came."""
        return self._is_open_and_waiting and not all(line.is_on_sale for line in self.lines)

    @property
    def _is_open_and_waiting(self) -> bool:
        return self.is_waiting and self.can_be_withdrawn

    @property
    def total_fen(self) -> int:
        """Of the units that she has or may still get."""
        return sum(line.wanted_units * (line.retail_fen or 0) for line in self.lines)


def get_wish_page(token: str, *, at: datetime) -> WishPageView:
    """The page of a wish by its token. Refuses a token that no wish has, or has no more."""
    seller = ("forward__reseller__person", "forward__reseller__seller_picture")
    rows = with_lines(Wish.objects.select_related(*seller, "forward__sale__brand", "order"))
    row = rows.filter(token=token).first() if is_wish_token(token) else None
    if row is None:
        raise NoSuchWishPage
    page = page_of_items(row.forward, [line.item_id for line in lines_of(row)], at=at)
    order = get_own_order(row.reseller_id, row.order_id) if row.order_id else None
    bought = get_current_lines(order, reseller_id=row.reseller_id) if order else {}
    timelines = get_timelines({parcel.id for each in bought.values() for parcel in each.line.parcels})
    own_units = {line.order_line_id: line.units for line in row.lines.all() if line.order_line_id}
    found = get_line_faults(bought, units=own_units, source=wish_source(row.pk), at=at)
    secrets = _secrets_of(row, page, [each for key, each in bought.items() if key in own_units])
    faults = {key: _without_secrets(each, secrets) for key, each in found.items()}
    pictures = _pictures_of(lines_of(row))
    shown_sold_out = page.view.sold_out_ids(at)
    tier = tier_for_openings(row, at)
    reserved = reserved_items(row.reseller_id, item_ids=[line.item_id for line in lines_of(row)], at=at)
    return WishPageView(
        forward_id=row.forward_id,
        forward_token=page.token,
        is_of_storefront=page.is_storefront,
        channel=row.channel,
        reseller_name=redact(_seller_name(row, page), secrets),
        seller_picture=page.seller_picture,
        seller_active=page.seller_active,
        forward_is_open=page.is_open,
        created_at=row.created_at,
        can_be_withdrawn=is_open(row),
        was_withdrawn=row.state == WishState.WITHDRAWN.value,
        is_waiting=row.is_waiting,
        picked=[PickedUnits(line.item_id, line.units) for line in lines_of(row)],
        style_id=lines_of(row)[0].item.style_id,
        lines=[
            _line_view(
                line,
                row,
                order,
                bought.get(line.order_line_id or 0),
                timelines,
                faults.get(line.order_line_id or 0, NO_FAULTS),
                pictures.get(line.item.style_id, ""),
                secrets,
                is_on_sale=is_on_sale(line, at, tier=tier),
                is_there=line.item.available > 0 or line.item_id in reserved,
                is_shown_sold_out=line.item_id in shown_sold_out,
            )
            for line in lines_of(row)
        ],
    )


def _pictures_of(lines: Iterable[WishLine]) -> dict[int, str]:
    """By style, its first picture that shows no logo, whether or not its label is cut; a style without one is absent (FORWARD-3)."""
    found = list_pictures({line.item.style_id for line in lines}, without_logos=True)
    ready = {style_id: [each.sha256 for each in pictures if each.ready] for style_id, pictures in found.items()}
    return {style_id: hashes[0] for style_id, hashes in ready.items() if hashes}


def _seller_name(row: Wish, page: CustomerPage) -> str:
    """The seller's name, or that of her storefront. The page of a selection has none once all its sales ended."""
    return row.forward.reseller.person.name if row.forward.selection else page.view.reseller_name


def _line_view(
    line: WishLine,
    wish: Wish,
    order: OrderView | None,
    current: CurrentLine | None,
    timelines: Mapping[int, list[ParcelEventView]],
    faults: LineFaults,
    picture: str,
    secrets: tuple[str, ...],
    *,
    is_on_sale: bool,
    is_there: bool,
    is_shown_sold_out: bool,
) -> WishPageLineView:
    """`current`: the order line that stands for it now; where the goods were exchanged, colour and size are those of this line."""
    bought = current.line if current else None
    progress, parcels = _progress(line, wish, order, bought)
    is_exchanged = bought is not None and bought.id != line.order_line_id
    label_kept = not bought.label_cut if bought else line.shown_label_kept
    return WishPageLineView(
        id=line.pk or 0,
        name=line.shown_name,
        colour=redact(bought.colour, secrets) if bought and is_exchanged else line.shown_colour,
        size=redact(bought.size, secrets) if bought and is_exchanged else line.shown_size,
        picture=picture,
        units=line.units,
        retail_fen=line.retail_fen,
        tag_price_fen=line.shown_tag_fen if label_kept else None,
        label_kept=label_kept,
        progress=progress,
        short_units=0
        if progress is WishProgress.RECEIVED or bought is None
        else certain_short_units(line.units, of_units=bought.units, short_units=bought.short_units),
        parcels=[
            view_of(WishParcelView, parcel, events=_events_without(timelines.get(parcel.id, []), secrets))
            for parcel in parcels
        ],
        faults=faults,
        item_id=line.item_id,
        style_id=line.item.style_id,
        is_on_sale=is_on_sale,
        is_there=is_there,
        is_shown_sold_out=is_shown_sold_out,
    )


def _secrets_of(row: Wish, page: CustomerPage, bought: Iterable[CurrentLine]) -> tuple[str, ...]:
    """The words that the page must not say: the brands and style numbers of its goods, unless the customer saw them (FORWARD-10).

    A storefront and a selection may have hidden the brand of labelled goods for the sake of others that are gone by now: the page of a
    wish for them never says it. A selection also keeps the brands of its other styles. A page that hid the brand when the wish was left
    may show it later, and is empty once its sale has ended: what it did then counts, and what it does now. A wish from before that was
    kept does not tell: only the page of one style cannot have hidden the brand of goods that it showed with their label.
    """
    lines = lines_of(row)
    was_shown = (
        not page.is_storefront
        and not row.forward.selection
        and not (row.forward.style_id is None if row.brand_hidden is None else row.brand_hidden)
        and not page.view.brand_hidden
        and all(line.shown_label_kept for line in lines)
        and not any(each.line.label_cut for each in bought)
    )
    if was_shown:
        return ()
    styles = [line.item.style for line in lines]
    if row.forward.selection:
        styles += [each.style for each in row.forward.selected_styles.select_related("style__brand")]
    words = (word for each in styles for word in brand_words(each.brand.name))
    return tuple(dict.fromkeys((*words, *(each.style_no for each in styles))))


def _without_secrets(faults: LineFaults, secrets: tuple[str, ...]) -> LineFaults:
    """What the reseller answered, without a hidden brand (FORWARD-3)."""
    reports = tuple(replace(each, answer=redact(each.answer, secrets)) for each in faults.reports)
    return replace(faults, reports=reports)


def _events_without(events: Iterable[ParcelEventView], secrets: tuple[str, ...]) -> list[ParcelEventView]:
    """The events of a parcel without a hidden brand, whose name carriers take from the sender (FORWARD-3)."""
    return [replace(each, text=redact(each.text, secrets)) for each in events]


def _progress(
    line: WishLine, wish: Wish, order: OrderView | None, bought: OrderLineView | None
) -> tuple[WishProgress, list[LineParcelView]]:
    """How far a line has come, and its parcels. An order that is not paid for is no news to the customer."""
    state = WishState(wish.state)
    if state is WishState.DECLINED:
        return WishProgress.DECLINED, []
    if state is WishState.WITHDRAWN:
        return WishProgress.WITHDRAWN, []
    if order is None or order.state is not OrderState.PAID:
        return WishProgress.RECEIVED, []
    if bought is None:
        return (WishProgress.RECEIVED if line.was_ordered else WishProgress.ORDERED), []
    if bought.parcels:
        return WishProgress.SHIPPED, bought.parcels
    if bought.cancelled_units < bought.units:
        return WishProgress.ORDERED, []
    return (WishProgress.SHORT if bought.short_units else WishProgress.CANCELLED), []
