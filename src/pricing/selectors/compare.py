"""Two sets of rules compared over the same SKUs, for the simulator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import transaction

from pricing.rules.quote import BrokenRule, Labelling
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_rules import terms_at
from pricing.sql import comparison
from pricing.sql.compute_prices import load_computed_prices, quote_parameters
from web.responses import PAGES_ONLY

MAX_BUCKETS = 20


@dataclass(frozen=True, slots=True)
class TierDifference:
    """What changes for a tier from the base rules to the other: SKUs that get dearer, cheaper, lose or keep their label; sums in fen."""

    tier: int
    dearer: int
    cheaper: int
    newly_cut: int
    no_longer_cut: int
    newly_excluded: int
    no_longer_excluded: int
    base_broken: int
    other_broken: int
    base_sum_fen: int
    other_sum_fen: int
    base_margin_fen: int
    other_margin_fen: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many prices (or margins) lie from `low_fen` up to below `high_fen`, under the base rules and under the other."""

    low_fen: int
    high_fen: int
    base: int
    other: int


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
        tiers=[TierDifference(**row) for row in comparison.count_differences_by_tier()],
        prices=_distribution("price", tier),
        margins=_distribution("margin", tier),
        changes=[_changed_price(row) for row in changes],
        changed=changes[0]["changed"] if changes else 0,
    )


def _changed_price(row: dict[str, Any]) -> ChangedPrice:
    base, other = (
        Side(
            wholesale_fen=row[f"{side}_wholesale_fen"],
            margin_fen=row[f"{side}_margin_fen"],
            labelling=Labelling.CUT if row[f"{side}_cut"] else Labelling.KEPT,
            excluded=row[f"{side}_excluded"],
            broken=BrokenRule(row[f"{side}_broken"]) if row[f"{side}_broken"] else None,
        )
        for side in ("base", "other")
    )
    shared = ("sku_id", "style_no", "name", "colour", "size", "tier", "tag_price_fen", "base_price_fen")
    return ChangedPrice(**{name: row[name] for name in shared}, base=base, other=other)


def _distribution(amount: Literal["price", "margin"], tier: int) -> list[Bucket]:
    return [Bucket(**row) for row in comparison.distribution(amount, tier=tier, buckets=MAX_BUCKETS)]
