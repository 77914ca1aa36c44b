"""The wish desk: all open wishes of a reseller, each with the recipient as read, her prices now, and what is in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from db.rows import view_of
from flashsales.rules import Offer, QuantityTerms, Shortfall
from flashsales.selectors.offers import get_offers
from forwarding.models import RetailPrice, Wish
from forwarding.rules.wishes import recipient_name, shortfall_of
from forwarding.selectors.wishes import (
    OPEN_WISHES,
    NoSuchWish,
    WishLineView,
    WishView,
    desk_wishes,
    wish_view,
    with_lines,
)
from kernel.refusal import Refusal
from orders.rules.freight import quote_freight
from orders.rules.lines import RequestedUnits
from orders.rules.quantities import find_breaches
from orders.rules.recipients import CustomerSize
from orders.selectors.customers import get_sizes_by_phone
from orders.selectors.orders import find_recipients_with_phones
from orders.services.quantity_refusals import refusal_of_breach
from orders.services.recipients import complete_proposal, faulty_fields, propose_recipient, unsure_fields
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class WishRecipientView:
    """The recipient of a wish as read from what the customer wrote, or as the reseller corrected it.

    `unsure` names the fields (`name`, `phone`, `address`) that she has to correct or confirm before the wish can be ordered;
    `unused_text` holds words that fit no field. `is_known`: the same recipient is in her address book.
    """

    name: str
    phone: str
    address: str
    province: str
    city: str
    county: str
    unsure: list[str]
    unused_text: list[str]
    is_corrected: bool
    is_known: bool


@dataclass(frozen=True, slots=True)
class DeskLineView:
    """A line of a wish with the reseller's unit price now (None where the item is not sold to her) and why it cannot be ordered.

    `is_awaited`: it was sold out when its waiting wish was last not there as a whole (FORWARD-29). `quantity_terms`: what all chosen
    wishes together must meet of its style (ORDER-14); None where single pieces can be ordered. `retail_fen` is the unit price that the
    customer saw, `retail_now_fen` that of her pages now; None where she has none, and outside of the desk.
    """

    response_properties: ClassVar = ("profit_fen",)

    item_id: int
    style_id: int
    sale_id: int
    style_no: str
    style_name: str
    picture: str
    colour: str
    size: str
    units: int
    retail_fen: int | None
    is_awaited: bool
    price_fen: int | None
    left: int
    shortfall: Shortfall | None
    quantity_terms: QuantityTerms | None
    retail_now_fen: int | None = None

    @property
    def profit_fen(self) -> int | None:
        """What she earns with all units at the price that the customer saw, without freight; None where a price is missing."""
        if self.retail_fen is None or self.price_fen is None:
            return None
        return self.units * (self.retail_fen - self.price_fen)

    @property
    def is_other_price_now(self) -> bool:
        """Whether her pages show another price now than the customer saw."""
        return None not in (self.retail_fen, self.retail_now_fen) and self.retail_fen != self.retail_now_fen


@dataclass(frozen=True, slots=True)
class DeskWishView:
    """An open wish. `version` stands for its recipient and lines: an order names it, and a wish that changed is not ordered.

    `total_fen` is what the order costs the reseller now, None where an item is not sold to her. It includes `freight_fen`, which is less
    where another wish is ordered with it for the same recipient. `known_sizes` are those that she noted of the customer with this phone,
    for her to compare (CUSTOMER-2).
    """

    response_properties: ClassVar = ("can_be_ordered", "prices_fen")

    wish: WishView
    recipient: WishRecipientView
    lines: list[DeskLineView]
    total_fen: int | None
    freight_fen: int
    version: str
    known_sizes: list[CustomerSize]

    @property
    def can_be_ordered(self) -> bool:
        return not self.recipient.unsure and all(line.shortfall is None for line in self.lines)

    @property
    def prices_fen(self) -> list[int]:
        """The unit prices that an order names, in the order of the lines."""
        return [line.price_fen or 0 for line in self.lines]

    @property
    def wait_source(self) -> str:
        """For whom an entry of the waiting list waits that she makes from the desk."""
        return f"wish:{self.wish.id}"

    @property
    def choice_value(self) -> str:
        """The wish as the form of the desk names it: id, version and unit prices in fen."""
        return f"{self.wish.id}.{self.version}.{'-'.join(map(str, self.prices_fen))}"


def list_desk_wishes(
    reseller_id: int, tier: int, *, at: datetime, cursor: str = "", limit: int = 50
) -> Page[DeskWishView]:
    """The open wishes of a reseller's customers, the oldest first, without those that wait for sold-out sizes."""
    page = paginate(
        with_lines(Wish.objects.filter(desk_wishes(at), reseller_id=reseller_id)),
        name=f"forwarding.desk:{reseller_id}",
        order=("id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: row,
    )
    views = desk_views(page.items, reseller_id, tier, at=at)
    return Page(_with_retail_now(views, reseller_id), page.next_cursor)


def get_desk_wish(reseller_id: int, tier: int, wish_id: int, *, at: datetime) -> DeskWishView:
    row = with_lines(Wish.objects.filter(OPEN_WISHES, pk=wish_id, reseller_id=reseller_id)).first()
    if row is None:
        raise NoSuchWish(wish_id=wish_id)
    [view] = _with_retail_now(desk_views([row], reseller_id, tier, at=at), reseller_id)
    return view


def desk_views(rows: Sequence[Wish], reseller_id: int, tier: int, *, at: datetime) -> list[DeskWishView]:
    """The views of rows that were loaded by `with_lines`: three statements for any number of them."""
    wishes = [wish_view(row) for row in rows]
    item_ids = sorted({line.item_id for wish in wishes for line in wish.lines})
    offers = get_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at) if item_ids else {}
    recipients = [read_wish_recipient(row) for row in rows]
    known = _known_recipients(reseller_id, recipients)
    sizes = get_sizes_by_phone(reseller_id, {each.phone for each in recipients if each.phone})
    return [
        _desk_view(wish, replace(read, is_known=_identity(read) in known), offers, sizes.get(read.phone, []))
        for wish, read in zip(wishes, recipients, strict=True)
    ]


def _with_retail_now(views: Sequence[DeskWishView], reseller_id: int) -> list[DeskWishView]:
    """The views with the retail prices of now; one statement."""
    sales, styles = ({getattr(line, name) for view in views for line in view.lines} for name in ("sale_id", "style_id"))
    rows = RetailPrice.objects.filter(reseller_id=reseller_id, sale_id__in=sales, style_id__in=styles)
    prices = {(sale, style): fen for sale, style, fen in rows.values_list("sale_id", "style_id", "price_fen")}
    return [
        replace(
            view,
            lines=[replace(line, retail_now_fen=prices.get((line.sale_id, line.style_id))) for line in view.lines],
        )
        for view in views
    ]


def refusals_by_terms(wishes: Sequence[Sequence[RequestedUnits]], offers: Mapping[int, Offer]) -> dict[int, Refusal]:
    """Which of these wishes, by their places, hold goods of which all wishes together break the quantity terms (ORDER-14), and why."""
    owners = [place for place, requests in enumerate(wishes) for _ in requests]
    breaches = find_breaches([request for requests in wishes for request in requests], offers)
    return {owners[line]: refusal_of_breach(breach) for breach in reversed(breaches) for line in breach.lines}


def requests_of_wish(view: DeskWishView) -> list[RequestedUnits]:
    """The lines of a wish as a placement counts them."""
    recipient = f"{view.recipient.name}\n{view.recipient.phone}\n{view.recipient.address}"
    province = view.recipient.province
    return [RequestedUnits(line.item_id, line.units, recipient=recipient, province=province) for line in view.lines]


def find_refusals_by_terms(
    rows: Sequence[DeskWishView], reseller_id: int, tier: int, *, at: datetime
) -> dict[int, Refusal]:
    """Which of these wishes cannot be ordered together for quantity terms, by their ids; one statement."""
    item_ids = sorted({line.item_id for row in rows for line in row.lines})
    offers = get_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at) if item_ids else {}
    refusals = refusals_by_terms([requests_of_wish(row) for row in rows], offers)
    return {rows[place].wish.id: refusal for place, refusal in refusals.items()}


def read_wish_recipient(row: Wish) -> WishRecipientView:
    """The recipient of a wish: what the reseller entered, else what the address field or the note says. Nothing is guessed (FORWARD-8)."""
    if row.recipient_name or row.recipient_phone or row.recipient_address:
        name, phone, address = row.recipient_name, row.recipient_phone, row.recipient_address
        division = propose_recipient(address)
        return view_of(
            WishRecipientView,
            division,
            name=name,
            phone=phone,
            address=address,
            unsure=faulty_fields(name, phone, address),
            unused_text=[],
            is_corrected=True,
            is_known=False,
        )
    read = complete_proposal(row.address.strip() or row.note, name=recipient_name(row.name), phone=row.phone)
    return view_of(WishRecipientView, read, unsure=unsure_fields(read), is_corrected=False, is_known=False)


def version_of(recipient: WishRecipientView, lines: Sequence[WishLineView]) -> str:
    """A digest of the recipient and the lines, so that an order is refused where another device changed either."""
    parts = [recipient.name, recipient.phone, recipient.address, *(f"{line.item_id}:{line.units}" for line in lines)]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def version_of_wish(row: Wish) -> str:
    """The version of a wish that was loaded by `with_lines`."""
    return version_of(read_wish_recipient(row), wish_view(row).lines)


def get_wish_version(reseller_id: int, wish_id: int) -> str:
    row = with_lines(Wish.objects.filter(pk=wish_id, reseller_id=reseller_id)).first()
    if row is None:
        raise NoSuchWish(wish_id=wish_id)
    return version_of_wish(row)


def _desk_view(
    wish: WishView, recipient: WishRecipientView, offers: dict[int, Offer], known_sizes: list[CustomerSize]
) -> DeskWishView:
    lines = []
    for line in wish.lines:
        offer = offers.get(line.item_id)
        left, shortfall = shortfall_of(offer, line.units)
        price_fen = offer.price_fen if offer else None
        terms = offer.quantity_terms if offer else None
        lines.append(
            view_of(
                DeskLineView,
                line,
                price_fen=price_fen,
                left=left,
                shortfall=shortfall,
                quantity_terms=terms,
                retail_now_fen=None,
            )
        )
    prices = [line.price_fen for line in lines]
    province = recipient.province
    goods = [(offers[line.item_id], line.units, "", province) for line in lines if line.item_id in offers]
    freight_fen = quote_freight(goods)
    total_fen = freight_fen + sum(line.units * (line.price_fen or 0) for line in lines)
    return DeskWishView(
        wish=wish,
        recipient=recipient,
        lines=lines,
        total_fen=None if None in prices else total_fen,
        freight_fen=freight_fen,
        version=version_of(recipient, wish.lines),
        known_sizes=known_sizes,
    )


def _identity(recipient: WishRecipientView) -> tuple[str, str, str]:
    return recipient.name, recipient.phone, recipient.address


def _known_recipients(reseller_id: int, recipients: Sequence[WishRecipientView]) -> set[tuple[str, str, str]]:
    found = find_recipients_with_phones(reseller_id, (each.phone for each in recipients if each.phone))
    return {(each.name, each.phone, each.address) for each in found}
