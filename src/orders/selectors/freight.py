"""What units would cost with their freight before they are ordered (ORDER-16)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from flashsales.rules.freight import FreightTerms, delivery_fault
from flashsales.rules.provinces import PROVINCES
from flashsales.selectors.freight import get_freight_of_sales
from flashsales.selectors.offers import get_offers
from kernel.money import display_yuan
from orders.models.lines import OrderLine
from orders.rules.freight import quote_freight
from orders.rules.lines import RequestedUnits
from orders.selectors.delivery import delivery_refusal
from orders.selectors.orders import OrderLineView


@dataclass(frozen=True, slots=True)
class FreightQuote:
    """Amounts in fen; `total_fen` is both together."""

    goods_fen: int
    freight_fen: int
    total_fen: int


def get_freight_quote(requests: Sequence[RequestedUnits], *, reseller_id: int, tier: int, at: datetime) -> FreightQuote:
    """One statement. Lines without units, and items that are not sold to her, are left out.

    Where no recipient is chosen yet the surcharge of a province is left out. Refuses goods that their sale does not deliver to a recipient
    (SALE-23).
    """
    item_ids = sorted({each.item_id for each in requests if each.units > 0})
    offers = get_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at) if item_ids else {}
    wanted = [
        (offers[each.item_id], each.units, each.recipient, each.province)
        for each in requests
        if each.units > 0 and each.item_id in offers and offers[each.item_id].price_fen is not None
    ]
    for offer, _, _, province in wanted:
        fault = None if province is None else delivery_fault(offer.freight_terms, province)
        if fault is not None:
            raise delivery_refusal(fault, sale=offer.sale_title, province=province or "", what=offer.description)
    goods_fen = sum(units * (offer.price_fen or 0) for offer, units, *_ in wanted)
    freight_fen = quote_freight(wanted)
    return FreightQuote(goods_fen, freight_fen, goods_fen + freight_fen)


@dataclass(frozen=True, slots=True)
class RecipientFreight:
    """What goods of one sale for one recipient of an order pay for shipping: `surcharge_fen` of `freight_fen` is for her province, "" where
    the freight does not depend on it."""

    recipient: str
    province: str
    freight_fen: int
    surcharge_fen: int

    @property
    def zh(self) -> str:
        """What of it is for the province, in words."""
        return f"其中{PROVINCES[self.province][0]}另加 {display_yuan(self.surcharge_fen)}"

    @property
    def en(self) -> str:
        return f"{display_yuan(self.surcharge_fen)} of it for {PROVINCES[self.province][1]}"


def list_freight_by_recipient(lines: Iterable[tuple[int, OrderLineView]]) -> list[RecipientFreight]:
    """The freight of lines, each with its order, by order, sale and recipient; two statements. Those that ship free are left out.

    A line that stands in the place of another (ORDER-12, AFTER-17) pays what that gave back, of which no part is for its province.
    """
    groups: dict[tuple[int, int, int], list[OrderLineView]] = {}
    for order_id, line in lines:
        if line.freight_fen:
            groups.setdefault((order_id, line.sale_id, line.recipient.id), []).append(line)
    terms = get_freight_of_sales({sale_id for _, sale_id, _ in groups}) if groups else {}
    replacing = _standing_for_others([line.id for of_group in groups.values() for line in of_group if line.province])
    return [_freight_of_group(of_group, terms[sale_id], replacing) for (_, sale_id, _), of_group in groups.items()]


def _standing_for_others(line_ids: Sequence[int]) -> set[int]:
    """Of these lines those that stand in the place of others."""
    if not line_ids:
        return set()
    rows = OrderLine.objects.filter(pk__any_of=line_ids)
    rows = rows.filter(Q(source__startswith="exchange:") | Q(source__startswith="substitute:"))
    return set(rows.values_list("pk", flat=True))


def _freight_of_group(
    lines: Sequence[OrderLineView], terms: FreightTerms, replacing: Collection[int]
) -> RecipientFreight:
    freight_fen, province = sum(line.freight_fen for line in lines), lines[0].province
    is_counted = not any(line.id in replacing for line in lines)
    surcharge_fen = min(terms.surcharge_fen(province), freight_fen) if is_counted else 0
    return RecipientFreight(lines[0].recipient.name, province, freight_fen, surcharge_fen)
