"""Placements of many resellers in one transaction, with the result of taking them one after another (ORDER-17).

Each statement serves the whole batch, so that the cost of a statement, of the commit and of the wait for a hot item is shared. What a batch
does not decide - reserved units, freight, a retry of an earlier key, a member whose tier must be computed - is left to
`placing.place_orders`, which does the same for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.rules import Actor, Role, SignInFirst
from accounts.selectors import find_actors_by_tokens
from flashsales.selectors.offers import PlacementOffer, PlacementQuery, get_offers_of_placements
from flashsales.services.batches import lock_items_of_placements
from kernel.period import month_of
from kernel.refusal import Refusal
from membership.selectors.people import BuyerView, NotAReseller, find_buyers
from orders.rules.batches import Decision, Placement, decide_batch
from orders.rules.lines import Take
from orders.rules.states import OrderState
from orders.selectors.orders import NoSuchRecipient, OrderLineView, OrderView, RecipientView, RefusedLineView
from orders.services.credit import credit_of, credit_query, refusal_of_total
from orders.services.placing import GrabLine, digest_of_lines, requested_units
from orders.services.placing_refusals import RefusedLine, combined, explain, refusal_of_breaches
from orders.sql import lock_credits, read_credits
from orders.sql.batches import (
    AcceptedLine,
    AcceptedOrder,
    InsertedLine,
    find_recipients,
    find_used_keys,
    hold_units_and_insert_orders,
)


@dataclass(frozen=True, slots=True)
class GrabRequest:
    """A placement as it arrived at `now`. Either `actor` or `token` is set: a token is looked up together with those of the batch.

    `lines` and `key` are valid (`placing.validated`).
    """

    lines: Sequence[GrabLine]
    key: str
    take: Take
    now: datetime
    expected_freight_fen: int | None = None
    actor: Actor | None = None
    token: str = ""


@dataclass(frozen=True, slots=True)
class NotDecided:
    """What the batch leaves to `place_orders`. `actor` is None where it has not looked up the token."""

    actor: Actor | None


Outcome = OrderView | Refusal | NotDecided


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request with what was found of its sender and its recipients."""

    request: GrabRequest
    actor: Actor
    buyer: BuyerView
    recipients: Mapping[int, RecipientView]


def place_batch(requests: Sequence[GrabRequest]) -> list[Outcome]:
    """Place the orders of these requests in their order and commit them together; the outcomes stand in their order.

    An exception means that nothing was placed.
    """
    outcomes: dict[int, Outcome] = {}
    asked = _find_senders(requests, outcomes)
    if asked:
        with transaction.atomic():
            placed = _place(requests, asked, outcomes)
            if placed is None:
                transaction.set_rollback(True)
        if placed is None:
            # Units, a limit or a key were used up beside this batch: each is tried again for itself.
            outcomes |= {number: NotDecided(each.actor) for number, each in asked.items()}
        else:
            outcomes |= placed
    return [outcomes[number] for number in range(len(requests))]


def _find_senders(requests: Sequence[GrabRequest], outcomes: dict[int, Outcome]) -> dict[int, _Asked]:
    """Who sends each request and to whom; adds the outcome of a request that is refused or left for that."""
    actors = _find_actors(requests)
    now = requests[0].now
    buyers = find_buyers({actor.own_id for actor in actors.values() if actor.role is Role.RESELLER}, now)
    senders: dict[int, tuple[Actor, BuyerView]] = {}
    for number, request in enumerate(requests):
        actor = actors.get(number)
        if actor is None:
            outcomes[number] = SignInFirst()
        elif actor.role is not Role.RESELLER:
            outcomes[number] = NotAReseller(role=actor.role.value)
        elif (buyer := buyers.get(actor.own_id)) is None or month_of(request.now) != month_of(now):
            # Her tier must be computed, or the batch stands across the turn of a month.
            outcomes[number] = NotDecided(actor)
        else:
            senders[number] = (actor, buyer)
    return _find_recipients({number: (requests[number], *sender) for number, sender in senders.items()}, outcomes)


def _find_recipients(
    sent: Mapping[int, tuple[GrabRequest, Actor, BuyerView]], outcomes: dict[int, Outcome]
) -> dict[int, _Asked]:
    ids = {line.recipient_id for request, _, _ in sent.values() for line in request.lines}
    recipients = {row.id: row for row in find_recipients(sorted(ids))}
    asked: dict[int, _Asked] = {}
    for number, (request, actor, buyer) in sent.items():
        own = {
            row.id: RecipientView(row.id, row.name, row.phone, row.address)
            for line in request.lines
            if (row := recipients.get(line.recipient_id)) is not None and row.reseller_id == buyer.id
        }
        unknown = sorted({line.recipient_id for line in request.lines} - own.keys())
        if unknown:
            outcomes[number] = NoSuchRecipient(recipient_id=unknown[0])
        else:
            asked[number] = _Asked(request, actor, buyer, own)
    return asked


def _find_actors(requests: Sequence[GrabRequest]) -> dict[int, Actor]:
    tokens = {request.token for request in requests if request.actor is None}
    by_token = find_actors_by_tokens(tokens, at=max(request.now for request in requests)) if tokens else {}
    actors = {number: request.actor or by_token.get(request.token) for number, request in enumerate(requests)}
    return {number: actor for number, actor in actors.items() if actor is not None}


def _place(
    requests: Sequence[GrabRequest], asked: Mapping[int, _Asked], outcomes: dict[int, Outcome]
) -> dict[int, Outcome] | None:
    """Lock, read, decide and write. None where what was read did not hold when it was written."""
    queries = {number: credit_query(each.buyer, each.request.now) for number, each in asked.items()}
    lock_credits((query.reseller_id, query.sharing_inviter_id) for query in queries.values())
    lock_items_of_placements(line.item_id for each in asked.values() for line in each.request.lines)
    repeated = _find_repeated(asked)
    found = get_offers_of_placements([_placement_query(each) for each in asked.values()])
    offers = dict(zip(asked, found, strict=True))
    undecided = {number for number, outcome in outcomes.items() if isinstance(outcome, NotDecided)}
    undecided |= {number for number, each in asked.items() if _needs_more(each.request, offers[number])}
    # A repeated key takes nothing from those behind it.
    left = repeated | _with_those_behind(undecided - repeated, requests, asked)
    outcomes |= {number: NotDecided(asked[number].actor) for number in left}
    decided = {number: each for number, each in asked.items() if number not in left}
    if not decided:
        return {}
    credit_rows = read_credits([queries[number] for number in decided])
    placements = [
        Placement(
            reseller_id=each.buyer.id,
            lines=requested_units(each.request.lines),
            take=each.request.take,
            offers={item_id: found.offer for item_id, found in offers[number].items()},
            credit=credit_of(credit, queries[number]),
            sharing_inviter_id=queries[number].sharing_inviter_id,
            shared_unpaid_fen=credit.trial_unpaid_fen,
        )
        for (number, each), credit in zip(decided.items(), credit_rows, strict=True)
    ]
    decisions = dict(zip(decided, decide_batch(placements), strict=True))
    return _write(decided, offers, decisions)


def _find_repeated(asked: Mapping[int, _Asked]) -> set[int]:
    """The requests whose key was used before, or by an earlier one of the batch."""
    keys = {number: (each.buyer.id, each.request.key) for number, each in asked.items()}
    seen = find_used_keys(
        reseller_ids=[reseller_id for reseller_id, _ in keys.values()], keys=[key for _, key in keys.values()]
    )
    repeated = set()
    for number, key in keys.items():
        if key in seen:
            repeated.add(number)
        seen.add(key)
    return repeated


def _needs_more(request: GrabRequest, offers: Mapping[int, PlacementOffer]) -> bool:
    """Whether units are reserved for her, freight is paid, or she must draw a ticket: more is written than a batch writes."""
    found = offers.values()
    return bool(request.expected_freight_fen) or any(
        each.row.is_reserved or each.row.freight_terms or (each.offer.room and each.offer.room.admitted_from is None)
        for each in found
    )


def _with_those_behind(left: set[int], requests: Sequence[GrabRequest], asked: Mapping[int, _Asked]) -> set[int]:
    """Of `asked` those that the batch does not decide, and those behind one of them that want an item of it: nobody overtakes it."""
    waited_for: set[int] = set()
    found = set()
    for number, request in enumerate(requests):
        items = {line.item_id for line in request.lines}
        if number in left or (number in asked and not items.isdisjoint(waited_for)):
            waited_for |= items
            found.add(number)
    return found & asked.keys()


def _placement_query(each: _Asked) -> PlacementQuery:
    item_ids = sorted({line.item_id for line in each.request.lines})
    return PlacementQuery(item_ids, each.buyer.id, each.buyer.tier.value, each.request.now)


def _write(
    decided: Mapping[int, _Asked],
    offers: Mapping[int, Mapping[int, PlacementOffer]],
    decisions: Mapping[int, Decision],
) -> dict[int, Outcome] | None:
    """Write the orders of the accepted placements; the outcome of every placement, or None as `_place`."""
    outcomes: dict[int, Outcome] = {}
    orders: dict[int, AcceptedOrder] = {}
    for number, decision in decisions.items():
        each = decided[number]
        if decision.is_accepted:
            orders[number] = _order(each, offers[number], decision)
        else:
            refusal = _refusal(each, decision)
            # Without a reason the rule and the sentences differ; the single placement looks again.
            outcomes[number] = refusal or NotDecided(each.actor)
    if orders:
        inserted = hold_units_and_insert_orders(list(orders.values()))
        if inserted is None:
            return None
        rows = iter(inserted)
        for number, order in orders.items():
            lines = [next(rows) for _ in order.lines]
            outcomes[number] = _view(decided[number], offers[number], order, lines)
    return outcomes


def _refused_lines(each: _Asked, decision: Decision) -> list[RefusedLine]:
    is_all = each.request.take is Take.ALL
    return explain(
        each.request.lines,
        decision.offers,
        decision.allocated,
        credit=None if is_all else decision.credit,
        breaches=() if is_all else decision.breaches,
    )


def _refusal(each: _Asked, decision: Decision) -> Refusal | None:
    lines = each.request.lines
    if each.request.take is Take.ALL and decision.breaches:
        return refusal_of_breaches(lines, decision.breaches)
    refused = _refused_lines(each, decision)
    if refused:
        return combined(refused)
    total_fen = sum(line.units * (decision.offers[line.item_id].price_fen or 0) for line in lines)
    return refusal_of_total(decision.credit, total_fen)


def _order(each: _Asked, offers: Mapping[int, PlacementOffer], decision: Decision) -> AcceptedOrder:
    request, is_all = each.request, each.request.take is Take.ALL
    taken = [
        replace(line, units=given.units)
        for line, given in zip(request.lines, decision.allocated, strict=True)
        if given.units
    ]
    return AcceptedOrder(
        reseller_id=each.buyer.id,
        key=request.key,
        tier=each.buyer.tier.value,
        placed_at=request.now,
        pay_before=request.now + settings.UNPAID_ORDER_LIFE,
        lines=[_accepted_line(line, offers[line.item_id]) for line in taken],
        request_digest="" if is_all else digest_of_lines(request.lines),
        refused_lines=() if is_all else [refused.stored() for refused in _refused_lines(each, decision)],
    )


def _accepted_line(line: GrabLine, found: PlacementOffer) -> AcceptedLine:
    row = found.row
    if row.price_row_id is None or row.price_fen is None or row.payable_fen is None or row.labelling is None:
        raise ValueError(f"item {line.item_id} was allocated without a price")
    return AcceptedLine(
        item_id=line.item_id,
        sale_id=row.sale_id,
        brand_id=row.brand_id,
        sku_id=row.sku_id,
        recipient_id=line.recipient_id,
        price_row_id=row.price_row_id,
        units=line.units,
        price_fen=row.price_fen,
        payable_fen=row.payable_fen,
        labelling=row.labelling,
        retail_floor_fen=row.retail_floor_fen,
        remark=line.remark,
        source=line.source,
    )


def _view(
    each: _Asked,
    offers: Mapping[int, PlacementOffer],
    order: AcceptedOrder,
    inserted: Sequence[InsertedLine],
) -> OrderView:
    """The order as `get_own_order` reads it."""
    lines = [
        _line_view(row.line_id, line, offers[line.item_id], each.recipients[line.recipient_id])
        for line, row in zip(order.lines, inserted, strict=True)
    ]
    return OrderView(
        id=inserted[0].order_id,
        state=OrderState.UNPAID,
        tier=order.tier,
        total_fen=order.total_fen,
        freight_fen=0,
        refunded_fen=0,
        placed_at=order.placed_at,
        pay_before=order.pay_before,
        paid_at=None,
        cancelled_at=None,
        lines=lines,
        refused_lines=[RefusedLineView(**refused) for refused in order.refused_lines],  # type: ignore[arg-type]
    )


def _line_view(line_id: int, line: AcceptedLine, found: PlacementOffer, recipient: RecipientView) -> OrderLineView:
    row = found.row
    return OrderLineView(
        id=line_id,
        item_id=line.item_id,
        sale_id=line.sale_id,
        brand_id=line.brand_id,
        sku_id=line.sku_id,
        style_id=row.style_id,
        style_no=row.style_no,
        name=row.name,
        picture=row.picture,
        colour=row.colour,
        size=row.size,
        units=line.units,
        refunded_units=0,
        refunded_fen=0,
        price_fen=line.price_fen,
        total_fen=line.units * line.price_fen,
        freight_fen=0,
        province="",
        returned_freight_fen=0,
        label_cut=line.labelling == "cut",
        retail_floor_fen=line.retail_floor_fen,
        recipient=recipient,
        shipping="",
        ship_by=None,
        shipped_at=None,
        remark=line.remark,
        shipped_units=0,
        resending_units=0,
        resent_units=0,
        cancelled_units=0,
        short_units=0,
        is_listed=False,
        parcels=[],
    )
