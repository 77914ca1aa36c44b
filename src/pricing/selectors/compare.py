"""Two sets of rules compared over the same SKUs, for the simulator."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated

from django.db import transaction

from db.rows import view_of
from pricing.rules.comparison import Bucket, TierDifference
from pricing.rules.quote import BrokenRule, Labelling
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_rules import terms_at
from pricing.sql import comparison
from pricing.sql.comparison import PricePair
from pricing.sql.compute_prices import load_computed_prices, quote_parameters
from web.responses import PAGES_ONLY

MAX_BUCKETS = 20


@dataclass(frozen=True, slots=True)
class Side:
    """The quote of a SKU for a tier under one set of rules. Amounts in fen; the price of an excluded SKU must not be used."""

    wholesale_fen: int
    margin_fen: int
    labelling: Labelling
    excluded: bool
    broken: BrokenRule | None


@dataclass(frozen=True, slots=True)
class ChangedPrice:
    """A SKU that two sets of rules price, label or share between brand and platform differently, for one tier."""

    sku_id: int
    style_no: str
    name: str
    colour: str
    size: str
    tier: int
    tag_price_fen: int
    base_price_fen: int
    base: Side
    other: Side

    @property
    def difference_fen(self) -> int:
        return self.other.wholesale_fen - self.base.wholesale_fen


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of rules over the same SKUs, with the distributions of price and margin of one tier.

    `changes` are the prices that differ, the greatest difference first, as many as were requested; `changed` counts them all.
    """

    tiers: list[TierDifference]
    prices: list[Bucket]
    margins: list[Bucket]
    changes: Annotated[list[ChangedPrice], PAGES_ONLY]
    changed: Annotated[int, PAGES_ONLY]


@transaction.atomic
def compare_rules(
    *,
    sku_ids: Sequence[int],
    terms: SaleTerms,
    at: datetime,
    base_id: int | None,
    other_id: int | None,
    tier: int = 0,
    other_terms: SaleTerms | None = None,
    changes_of_tiers: Sequence[int] = (),
    max_changes: int = 0,
) -> Comparison:
    """Compare two sets of rules over SKUs: the rules in force (None) or those of a draft; `other_terms` where the terms of the sale differ.

    Distributions are of `tier`. Changed prices are listed for `changes_of_tiers`, at most `max_changes`.
    """
    for draft_id, sale, table in (
        (base_id, terms, comparison.BASE),
        (other_id, other_terms or terms, comparison.OTHER),
    ):
        resolved = terms_at(at, sale, draft_id=draft_id)
        load_computed_prices(quote_parameters(sku_ids, resolved, at, draft_id=draft_id), table)
    changes = comparison.find_changed_prices(tiers=changes_of_tiers, limit=max_changes)
    return Comparison(
        tiers=comparison.count_differences_by_tier(),
        prices=comparison.distribution("price", tier=tier, buckets=MAX_BUCKETS),
        margins=comparison.distribution("margin", tier=tier, buckets=MAX_BUCKETS),
        changes=[_changed_price(row) for row in changes],
        changed=changes[0].changed if changes else 0,
    )


def _changed_price(pair: PricePair) -> ChangedPrice:
    base, other = (
        Side(**{field.name: getattr(pair, f"{side}_{field.name}") for field in fields(Side)})
        for side in ("base", "other")
    )
    return view_of(ChangedPrice, pair, base=base, other=other)
