"""What units would cost with their freight before they are ordered (ORDER-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flashsales.selectors.offers import get_offers
from orders.rules.freight import quote_freight
from orders.rules.lines import RequestedUnits


@dataclass(frozen=True, slots=True)
class FreightQuote:
    """Amounts in fen; `total_fen` is both together."""

    goods_fen: int
    freight_fen: int
    total_fen: int


def get_freight_quote(requests: Sequence[RequestedUnits], *, reseller_id: int, tier: int, at: datetime) -> FreightQuote:
    """One statement. Lines without units, and items that are not sold to her, are left out."""
    item_ids = sorted({each.item_id for each in requests if each.units > 0})
    offers = get_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at) if item_ids else {}
    wanted = [
        (offers[each.item_id], each.units, each.recipient)
        for each in requests
        if each.units > 0 and each.item_id in offers and offers[each.item_id].price_fen is not None
    ]
    goods_fen = sum(units * (offer.price_fen or 0) for offer, units, _ in wanted)
    freight_fen = quote_freight(wanted)
    return FreightQuote(goods_fen, freight_fen, goods_fen + freight_fen)
