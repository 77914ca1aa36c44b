"""Why lines of a placement were not ordered: one refusal per line, and one for a placement that is refused as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from flashsales.rules import Offer, Shortfall
from flashsales.rules.freight import DeliveryFault
from flashsales.services.units import shortfall_refusal
from flashsales.services.waiting_room import NoTicket
from kernel.money import display_yuan
from kernel.refusal import Conflict, Refusal
from orders.rules.credit import Credit
from orders.rules.lines import AllocatedUnits, OrderShortfall
from orders.rules.quantities import Breach
from orders.selectors.delivery import delivery_refusal
from orders.selectors.orders import RefusedLineView
from orders.services.credit import refusal_of_total
from orders.services.quantity_refusals import refusal_of_breach, refusal_of_rest

_DELIVERY = {
    OrderShortfall.NO_DELIVERY: DeliveryFault.NO_DELIVERY,
    OrderShortfall.UNKNOWN_PROVINCE: DeliveryFault.UNKNOWN_PROVINCE,
}
_MAX_NAMED = 5
"""So many refused lines are named in the sentence of a refusal; the field `lines` has all."""


class PriceChanged(Conflict):
    """`lines` names each item whose price is not the expected one: `item_id`, `expected_fen`, `price_fen`."""

    code = "orders.price_changed"
    zh = "价格已变，没有下单：{goods_zh}"
    en = "The price has changed, nothing was ordered: {goods_en}"
    goods_zh: str
    goods_en: str
    lines: list[dict[str, int]]


class LinesRefused(Conflict):
    """Several lines of a placement were refused for reasons of their own; `lines` has all of them."""

    code = "orders.lines_refused"
    zh = "没有下单，{count} 行不行：{lines_zh}"
    en = "Nothing was ordered, {count} lines cannot be had: {lines_en}"
    count: int
    lines_zh: str
    lines_en: str
    lines: list[dict[str, Any]]


class RequestedLine(Protocol):
    """What of a line is needed to explain why it was refused."""

    @property
    def item_id(self) -> int: ...
    @property
    def units(self) -> int: ...
    @property
    def recipient_id(self) -> int: ...
    @property
    def expected_price_fen(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that was not ordered, or not in full, with its refusal."""

    line: int
    item_id: int
    recipient_id: int
    units: int
    refusal: Refusal

    def stored(self) -> dict[str, Any]:
        """The line as an order keeps it."""
        return asdict(self.view())

    def view(self) -> RefusedLineView:
        return RefusedLineView(
            line=self.line,
            item_id=self.item_id,
            recipient_id=self.recipient_id,
            units=self.units,
            code=self.refusal.code,
            zh=self.refusal.sentence("zh"),
            en=self.refusal.sentence("en"),
        )


def explain(
    lines: Sequence[RequestedLine],
    offers: Mapping[int, Offer],
    allocated: Sequence[AllocatedUnits],
    *,
    credit: Credit | None,
    breaches: Sequence[Breach] = (),
    earlier_fen: int = 0,
) -> list[RefusedLine]:
    """The lines that did not get all of their units, each with the reason.

    `credit` is needed where it was counted. `breaches` are those of the lines as they were requested: a line that was left out for the
    quantity terms names what was asked, or else that too few are left.
    `earlier_fen`: what other lines of the same order cost, which were allocated before these.
    """
    broken = {line: breach for breach in reversed(breaches) for line in breach.lines}
    total_fen = earlier_fen + sum(line.units * (_price_fen(offers, line.item_id) or 0) for line in lines)
    refused = []
    for number, (line, got) in enumerate(zip(lines, allocated, strict=True), 1):
        if got.shortfall is not None:
            breach = broken.get(number - 1)
            refusal = _refusal(line, offers.get(line.item_id), got, credit, total_fen, breach)
            refused.append(RefusedLine(number, line.item_id, line.recipient_id, line.units - got.units, refusal))
    return refused


def refusal_of_breaches(lines: Sequence[RequestedLine], breaches: Sequence[Breach]) -> Refusal:
    """The refusal of a placement that breaks terms as it was requested; each breach is named once, with its first line."""
    refused = []
    for breach in breaches:
        line = lines[breach.lines[0]]
        refusal = refusal_of_breach(breach)
        refused.append(RefusedLine(breach.lines[0] + 1, line.item_id, line.recipient_id, line.units, refusal))
    return combined(refused)


def combined(refused: Sequence[RefusedLine]) -> Refusal:
    """The refusal of a placement in which these lines were refused: the line's own where there is one, else one that names them."""
    refusals = [each.refusal for each in refused]
    changes = [refusal for refusal in refusals if isinstance(refusal, PriceChanged)]
    if len(changes) == len(refusals):
        return PriceChanged(
            goods_zh="；".join(change.goods_zh for change in changes),
            goods_en="; ".join(change.goods_en for change in changes),
            lines=[line for change in changes for line in change.lines],
        )
    if len({refusal.sentence("en") for refusal in refusals}) == 1:
        return refusals[0]
    views = [each.view() for each in refused]
    named, rest = views[:_MAX_NAMED], len(views) - _MAX_NAMED
    return LinesRefused(
        count=len(views),
        lines_zh="；".join(f"第 {view.line} 行 {view.zh}" for view in named) + ("……" if rest > 0 else ""),
        lines_en="; ".join(f"line {view.line}: {view.en}" for view in named) + (" …" if rest > 0 else ""),
        lines=[asdict(view) for view in views],
    )


def lacks_ticket(refusal: Refusal) -> bool:
    """Whether a placement was refused, with other reasons or alone, because she has no ticket of a waiting room."""
    lines = refusal.lines if isinstance(refusal, LinesRefused) else []
    return isinstance(refusal, NoTicket) or any(line["code"] == NoTicket.code for line in lines)


def _refusal(
    line: RequestedLine,
    offer: Offer | None,
    got: AllocatedUnits,
    credit: Credit | None,
    total_fen: int,
    breach: Breach | None,
) -> Refusal:
    shortfall = got.shortfall
    if isinstance(shortfall, Shortfall):
        return shortfall_refusal(line.item_id, offer, shortfall)
    if offer is None or offer.price_fen is None:
        raise ValueError(f"item {line.item_id} was allocated without an offer")
    if shortfall in _DELIVERY:
        return delivery_refusal(
            _DELIVERY[shortfall], sale=offer.sale_title, province=got.province, what=offer.description
        )
    if shortfall is OrderShortfall.PRICE_CHANGED:
        return price_changed(offer, line.expected_price_fen or 0, offer.price_fen)
    if shortfall in (OrderShortfall.QUANTITY_TERMS, OrderShortfall.ORDER_MINIMUM):
        is_minimum = shortfall is OrderShortfall.ORDER_MINIMUM
        return refusal_of_breach(breach) if breach else refusal_of_rest(offer, is_minimum=is_minimum)
    refusal = refusal_of_total(credit, total_fen) if credit else None
    if refusal is None:
        raise ValueError(f"the credit allows {total_fen} fen, and a line was refused for it")
    return refusal


def price_changed(offer: Offer, seen_fen: int, price_fen: int) -> PriceChanged:
    """The refusal of goods whose price is not the one that she saw; it names both."""
    return PriceChanged(
        goods_zh=f"{offer.description} 您看到的是 {display_yuan(seen_fen)}，现在是 {display_yuan(price_fen)}",
        goods_en=f"{offer.description}: you saw {display_yuan(seen_fen)}, it is {display_yuan(price_fen)} now",
        lines=[{"item_id": offer.item_id, "expected_fen": seen_fen, "price_fen": price_fen}],
    )


def _price_fen(offers: Mapping[int, Offer], item_id: int) -> int | None:
    offer = offers.get(item_id)
    return offer.price_fen if offer else None
