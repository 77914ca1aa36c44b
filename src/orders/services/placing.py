"""Placing an order of any number of lines: one statement holds the units and inserts the order (ORDER-1, ORDER-2, ORDER-7).

Cart, wishes, workbooks and the API place orders here; a grab of one line is the case of one.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256

from django.conf import settings
from django.db import OperationalError, transaction

from accounts.rules import Actor
from db.transactions import is_aborted
from flashsales.rules import Offer
from flashsales.selectors.offers import get_offers, get_placement_needs
from flashsales.services.reservations import ClaimedUnits, claim, settle_claim
from flashsales.services.units import NoSuchItem
from flashsales.services.waiting_room import take_places_of_items
from kernel.refusal import Busy, Conflict, Invalid, Refusal
from kernel.text import normalized, visible
from membership.selectors.people import BuyerView, require_buyer
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.freight import allocate_with_freight
from orders.rules.lines import (
    MAX_KEY,
    MAX_LINES,
    MAX_REMARK,
    MAX_SOURCE,
    MAX_UNITS_PER_LINE,
    RequestedUnits,
    Take,
    allocate,
)
from orders.rules.quantities import find_breaches
from orders.selectors.delivery import depend_on_province, find_provinces
from orders.selectors.orders import NoSuchRecipient, OrderView, get_own_order
from orders.services.credit import credit_query, credit_refusal, get_credit, lock_credit, refusal_of_placed
from orders.services.freight import FreightChanged, write_freight
from orders.services.placing_refusals import combined, explain, lacks_ticket, refusal_of_breaches
from orders.sql import NewLine, find_own_recipients, hold_units_and_insert_order

_MAX_ATTEMPTS = 3
MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class GrabLine:
    """Units of a sale item for one of the reseller's recipients.

    `expected_price_fen`: the unit price that she saw, if it was sent. `remark`: hers, which the brand sees, of at most `MAX_REMARK`
    characters. `source`: what the line came from, such as `wish:7` or `workbook:3:12`.
    """

    item_id: int
    units: int
    recipient_id: int
    expected_price_fen: int | None = None
    remark: str = ""
    source: str = ""


class InvalidGrab(Invalid):
    code = "orders.invalid_grab"
    zh = "一次最多 {lines} 行，每行 1 至 {units} 件，同一商品和收货人不能重复，且须带请求编号"
    en = "At most {lines} lines of 1 to {units} units, no line twice, and with an idempotency key"
    lines: int
    units: int


class RemarkTooLong(Invalid):
    code = "orders.remark_too_long"
    zh = "备注最多 {max_length} 个字（第 {line} 行）"
    en = "A remark has at most {max_length} characters (line {line})"
    line: int
    max_length: int


class OrderKeyConflict(Conflict):
    code = "orders.order_key_conflict"
    zh = "此请求编号已用于另一张内容不同的订单（{order_id}）"
    en = "The idempotency key was used for another order ({order_id}) with other contents"
    order_id: int


class Contention(Busy):
    code = "orders.contention"
    zh = "抢购人数太多，请稍后再试"
    en = "Too many at once; try again in a moment"


Attempt = Callable[[BuyerView, Sequence[GrabLine], str, datetime], int | Refusal | None]


def place_orders(
    *,
    actor: Actor,
    lines: Sequence[GrabLine],
    key: str,
    take: Take = Take.ALL,
    expected_freight_fen: int | None = None,
    now: datetime,
) -> OrderView:
    """Hold units and create one unpaid order at the frozen prices of the reseller's tier; its lines may be of several sales and brands.

    With `Take.ALL` all lines are ordered or none. With `Take.WHAT_IS_LEFT` each line gets what stock, limits and the unpaid limit leave,
    in the order of the lines, and `refused_lines` of the order names the rest with its reasons (ORDER-7). Refuses where nothing is left.

    The same key with the same lines returns the same order; with other lines it is refused. Refuses where too few units are left, where
    a purchase limit or the unpaid limit is exceeded (ORDER-6), where a line expects another price than the present one (ORDER-1), and
    where the lines break the quantity terms of a style or the order minimum of a brand (ORDER-14). `expected_freight_fen` is the freight
    that she was shown for all of these units; another one is refused (ORDER-16).
    The units of an unpaid order are released after `UNPAID_ORDER_LIFE`.
    """
    buyer = require_buyer(actor, now)
    takes_all = take is Take.ALL
    attempt = partial(_try_all if takes_all else _try_what_is_left, expected_freight_fen=expected_freight_fen)
    # Lines of another sale may be ordered where one waits for a ticket: nothing is refused then, and she would never draw one.
    return get_own_order(buyer.id, _place(buyer, lines, key, attempt, now, draws_first=not takes_all))


def place_lines(
    *,
    actor: Actor,
    lines: Sequence[GrabLine],
    asked_items: Iterable[int],
    key: str,
    expected_freight_fen: int | None = None,
    now: datetime,
) -> int:
    """`place_orders` with `Take.ALL` for a caller that needs only the id: the view of a thousand lines takes a fifth of a second.

    `asked_items` are all items whose units the caller has shared out among its lines, those of which nothing is ordered too: what is
    reserved of them for the reseller does not count against her limits.
    """
    attempt = partial(_try_all, asked_items=frozenset(asked_items), expected_freight_fen=expected_freight_fen)
    return _place(require_buyer(actor, now), lines, key, attempt, now)


def _place(
    buyer: BuyerView,
    lines: Sequence[GrabLine],
    key: str,
    attempt: Attempt,
    now: datetime,
    *,
    draws_first: bool = False,
) -> int:
    """`draws_first`: her tickets are drawn before the first attempt, else where one of them is what was in the way (SALE-24)."""
    lines = validated(lines, key)
    _require_own_recipients(buyer.id, lines)
    has_drawn = draws_first
    if draws_first:
        _draw_tickets(buyer, lines, now)
    for _ in range(_MAX_ATTEMPTS):
        placed = _run(attempt, buyer, lines, key, now)
        if isinstance(placed, int):
            return placed
        earlier = Order.objects.filter(reseller_id=buyer.id, key=key).first()
        if earlier is not None:
            _require_same_order(earlier, lines)
            return earlier.pk
        refusal = placed or _find_refusal(buyer, lines, now)
        if refusal is not None and (has_drawn or not lacks_ticket(refusal)):
            raise refusal
        if refusal is not None:
            # With a ticket she is admitted at once, or knows her place.
            _draw_tickets(buyer, lines, now)
            has_drawn = True
    # Each attempt failed, and each time the units were free again when the reason was looked up: too many grabs at once.
    raise Contention


def _draw_tickets(buyer: BuyerView, lines: Sequence[GrabLine], now: datetime) -> None:
    item_ids = {line.item_id for line in lines}
    take_places_of_items(reseller_id=buyer.id, tier=buyer.tier, item_ids=item_ids, now=now)


def _run(
    attempt: Attempt, buyer: BuyerView, lines: Sequence[GrabLine], key: str, now: datetime
) -> int | Refusal | None:
    """One attempt in a transaction. Returns the id of the order, the refusal, or None where the reason must be looked up; without an
    order nothing is held."""
    try:
        with transaction.atomic():
            placed = attempt(buyer, lines, key, now)
            if not isinstance(placed, int):
                transaction.set_rollback(True)
            return placed
    except OperationalError as error:
        if is_aborted(error):
            return None
        raise


def _try_all(
    buyer: BuyerView,
    lines: Sequence[GrabLine],
    key: str,
    now: datetime,
    *,
    asked_items: frozenset[int] = frozenset(),
    expected_freight_fen: int | None = None,
) -> int | Refusal | None:
    """Hold and insert all lines in one statement; None where one of them is in the way. Freight, where it is paid, takes some more.

    Quantity terms and reserved units are looked for before anything is locked; ordinary goods cost one small statement.
    """
    item_ids = sorted({line.item_id for line in lines} | asked_items)
    needs = get_placement_needs(item_ids=item_ids, reseller_id=buyer.id, at=now)
    if needs.has_quantity_terms:
        breaches = find_breaches(requested_units(lines), _offers(buyer, lines, now))
        if breaches:
            return refusal_of_breaches(lines, breaches)
    lock_credit(buyer)
    claimed = claim(reseller_id=buyer.id, item_ids=item_ids, now=now) if needs.has_reservations else None
    order_id = hold_units_and_insert_order(
        credit=credit_query(buyer, now),
        tier=buyer.tier.value,
        key=key,
        pay_before=now + settings.UNPAID_ORDER_LIFE,
        lines=[new_line(line) for line in lines],
    )
    if claimed is not None and order_id is not None:
        settle(claimed, buyer.id, order_id, lines, now)
    if order_id is not None and (needs.has_freight or expected_freight_fen):
        refusal = _add_freight(buyer, order_id, expected_freight_fen, now)
        return order_id if refusal is None else refusal
    return order_id


def _add_freight(buyer: BuyerView, order_id: int, expected_fen: int | None, now: datetime) -> Refusal | None:
    """Write the freight of an order that was just inserted. The refusal where it is not the one that she saw, or is above her limit."""
    total = write_freight(order_id)
    if expected_fen not in (None, total.freight_fen):
        return FreightChanged(expected_fen=expected_fen or 0, freight_fen=total.freight_fen)
    return refusal_of_placed(buyer, total.total_fen, now) if total.freight_fen else None


def settle(claimed: ClaimedUnits, reseller_id: int, order_id: int, lines: Sequence[GrabLine], now: datetime) -> None:
    """Record what an order took of the units that were reserved for its reseller (SALE-13)."""
    taken: dict[int, int] = {}
    for line in lines:
        taken[line.item_id] = taken.get(line.item_id, 0) + line.units
    settle_claim(claimed, reseller_id=reseller_id, taken=taken, by=f"order:{order_id}", now=now)


def _try_what_is_left(
    buyer: BuyerView,
    lines: Sequence[GrabLine],
    key: str,
    now: datetime,
    *,
    expected_freight_fen: int | None = None,
) -> int | Refusal | None:
    """Lock the items, share what is left, and hold and insert that; the refusal where nothing is left.

    The items are locked before their units are read, so that the statement which holds them finds what was read.
    """
    lock_credit(buyer)
    offers = _offers(buyer, lines, now, for_update=True)
    is_reserved = any(offer.reserved_units for offer in offers.values())
    claimed = claim(reseller_id=buyer.id, item_ids=offers, are_locked=True, now=now) if is_reserved else None
    credit = get_credit(buyer, now)
    requests = requested_units(lines, _provinces(lines, offers))
    allocated, freight_fen = allocate_with_freight(requests, offers, allowance_fen=credit.allowance_fen)
    breaches = find_breaches(requests, offers)
    refused = explain(lines, offers, allocated, credit=credit, breaches=breaches, earlier_fen=freight_fen)
    taken = [replace(line, units=each.units) for line, each in zip(lines, allocated, strict=True) if each.units]
    if not taken:
        return combined(refused)
    order_id = hold_units_and_insert_order(
        credit=credit_query(buyer, now),
        tier=buyer.tier.value,
        key=key,
        pay_before=now + settings.UNPAID_ORDER_LIFE,
        lines=[new_line(line) for line in taken],
        request_digest=digest_of_lines(lines),
        refused_lines=[each.stored() for each in refused],
    )
    if claimed is not None and order_id is not None:
        settle(claimed, buyer.id, order_id, taken, now)
    if order_id is not None:
        # She was shown the freight of all units that she asked for.
        seen_fen = None if refused else expected_freight_fen
        if seen_fen or any(offer.freight_terms for offer in offers.values()):
            refusal = _add_freight(buyer, order_id, seen_fen, now)
            return order_id if refusal is None else refusal
    return order_id


def _find_refusal(buyer: BuyerView, lines: Sequence[GrabLine], now: datetime) -> Refusal | None:
    """Why an attempt to place all lines failed; None where the reason no longer exists."""
    offers = _offers(buyer, lines, now)
    requests = requested_units(lines, _provinces(lines, offers))
    refused = explain(lines, offers, allocate(requests, offers, allowance_fen=None), credit=None)
    if refused:
        return combined(refused)
    units: dict[int, int] = {}
    for line in lines:
        units[line.item_id] = units.get(line.item_id, 0) + line.units
    return credit_refusal(buyer, units, now)


def _offers(
    buyer: BuyerView, lines: Sequence[GrabLine], now: datetime, *, for_update: bool = False
) -> dict[int, Offer]:
    item_ids = sorted({line.item_id for line in lines})
    return get_offers(item_ids=item_ids, tier=buyer.tier.value, reseller_id=buyer.id, at=now, for_update=for_update)


def _provinces(lines: Sequence[GrabLine], offers: Mapping[int, Offer]) -> dict[int, str]:
    """The provinces of the recipients, where one of the sales asks for them; else none."""
    needed = depend_on_province(offers.values())
    return find_provinces({line.recipient_id for line in lines}) if needed else {}


def requested_units(lines: Sequence[GrabLine], provinces: Mapping[int, str] | None = None) -> list[RequestedUnits]:
    """What the lines ask for. `provinces`: of recipients, by their ids, where the freight depends on them."""
    known = provinces or {}
    return [
        RequestedUnits(
            line.item_id, line.units, line.expected_price_fen, str(line.recipient_id), known.get(line.recipient_id)
        )
        for line in lines
    ]


def new_line(line: GrabLine) -> NewLine:
    return NewLine(line.item_id, line.units, line.recipient_id, line.expected_price_fen, line.remark, line.source)


def validated(lines: Sequence[GrabLine], key: str) -> list[GrabLine]:
    """The lines with their remarks as they are stored. Refuses a request that makes no sense."""
    places = {(line.item_id, line.recipient_id) for line in lines}
    is_valid = (
        len(key.strip()) > 0
        and len(key) <= MAX_KEY
        and 0 < len(lines) <= MAX_LINES
        and len(places) == len(lines)
        and all(0 < line.units <= MAX_UNITS_PER_LINE and len(line.source) <= MAX_SOURCE for line in lines)
    )
    if not is_valid:
        raise InvalidGrab(lines=MAX_LINES, units=MAX_UNITS_PER_LINE)
    for line in lines:  # What is no key of a table would break the statement that many grabs share.
        if not 0 < line.item_id <= MAX_ID:
            raise NoSuchItem(item_id=line.item_id)
        if not 0 < line.recipient_id <= MAX_ID:
            raise NoSuchRecipient(recipient_id=line.recipient_id)
    return [replace(line, remark=valid_remark(line.remark, number)) for number, line in enumerate(lines, 1)]


def valid_remark(remark: str, line: int) -> str:
    """A remark as it is stored: one line without invisible characters. Refuses one that is too long; `line` says which."""
    stored = normalized(visible(remark.replace("\n", " ")))
    if len(stored) > MAX_REMARK:
        raise RemarkTooLong(line=line, max_length=MAX_REMARK)
    return stored


def _require_own_recipients(reseller_id: int, lines: Sequence[GrabLine]) -> None:
    requested = {line.recipient_id for line in lines}
    for recipient_id in sorted(requested - find_own_recipients(reseller_id=reseller_id, recipient_ids=requested)):
        raise NoSuchRecipient(recipient_id=recipient_id)


def digest_of_lines(lines: Sequence[GrabLine]) -> str:
    """A digest of what was requested: an order that holds less must be told from one that was requested otherwise."""
    places = [[line.item_id, line.units, line.recipient_id, line.expected_price_fen] for line in lines]
    return sha256(json.dumps(sorted(places, key=repr)).encode()).hexdigest()


def _require_same_order(earlier: Order, lines: Sequence[GrabLine]) -> None:
    """Refuse a key that was used before for an order with other lines.

    A retry expects the price that the order was placed at. The present price does not matter to it.
    """
    if earlier.request_digest:
        if earlier.request_digest != digest_of_lines(lines):
            raise OrderKeyConflict(order_id=earlier.pk)
        return
    rows = OrderLine.objects.filter(order=earlier).values_list("item_id", "recipient_id", "units", "price_fen")
    placed = {(item_id, recipient_id): (units, price_fen) for item_id, recipient_id, units, price_fen in rows}
    requested = {}
    for line in lines:
        place = (line.item_id, line.recipient_id)
        expected_fen = line.expected_price_fen
        if expected_fen is None and place in placed:
            expected_fen = placed[place][1]
        requested[place] = (line.units, expected_fen)
    if placed != requested:
        raise OrderKeyConflict(order_id=earlier.pk)
