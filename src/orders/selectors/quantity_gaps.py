"""What a placement lacks of the quantity terms of its styles and the minimums of its brands, before it is placed (ORDER-14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flashsales.selectors.offers import get_offers
from orders.rules.lines import RequestedUnits
from orders.rules.quantities import BreachKind, find_breaches, gap_in_words


@dataclass(frozen=True, slots=True)
class QuantityGap:
    """What has to be added so that goods of one style, or of one brand, can be ordered; `lines` are places in the placement.

    `missing_units`, or `missing_fen` of a brand with a minimum amount. Of packs `missing_by_size` is empty where some units are too many.
    """

    kind: BreachKind
    lines: list[int]
    style_id: int
    brand_id: int
    missing_units: int
    missing_fen: int
    missing_by_size: dict[str, int]
    zh: str
    en: str


def find_gaps(requests: Sequence[RequestedUnits], *, reseller_id: int, tier: int, at: datetime) -> list[QuantityGap]:
    """What these lines lack together, by the first line; one statement. Lines without units and unknown items are left out."""
    asked = [place for place, each in enumerate(requests) if each.units > 0]
    item_ids = sorted({requests[place].item_id for place in asked})
    offers = get_offers(item_ids=item_ids, tier=tier, reseller_id=reseller_id, at=at) if item_ids else {}
    gaps = []
    for breach in find_breaches([requests[place] for place in asked], offers):
        zh, en = gap_in_words(breach)
        gap = breach.gap
        gaps.append(
            QuantityGap(
                kind=breach.kind,
                lines=[asked[line] for line in breach.lines],
                style_id=breach.offer.style_id,
                brand_id=breach.offer.brand_id,
                missing_units=gap.units,
                missing_fen=gap.fen,
                missing_by_size=dict(gap.units_by_size),
                zh=zh,
                en=en,
            )
        )
    return gaps
