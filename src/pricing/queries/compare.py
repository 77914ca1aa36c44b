"""Two sets of rules side by side over the same goods: the comparison of the simulator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pricing.queries.engine import figures, load_quotes
from pricing.queries.rulebook import terms_at
from pricing.rules import SaleTerms
from wire import sql

BUCKETS = 20


@dataclass(frozen=True, slots=True)
class TierDifference:
    """What changes for a tier from left to right: SKUs that get dearer, cheaper, lose or gain their label, and sums in fen."""

    tier: int
    dearer: int
    cheaper: int
    newly_cut: int
    no_longer_cut: int
    newly_excluded: int
    no_longer_excluded: int
    left_broken: int
    right_broken: int
    left_sum_fen: int
    right_sum_fen: int
    left_margin_fen: int
    right_margin_fen: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many prices (or margins) from `from_fen` up to `to_fen` there are left and right."""

    from_fen: int
    to_fen: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two drafts over the same goods, with the distributions of price and margin of one tier."""

    tiers: list[TierDifference]
    prices: list[Bucket]
    margins: list[Bucket]


@transaction.atomic
def compare_drafts(
    *,
    sku_ids: Sequence[int],
    terms: SaleTerms,
    at: datetime,
    left_id: int | None,
    right_id: int | None,
    tier: int = 0,
    right_terms: SaleTerms | None = None,
) -> Comparison:
    """Compare the rules in force (None) or a draft with another draft over the goods of a sale; `right_terms` where they differ too.

    `tier` is the one whose distributions are drawn.
    """
    for draft_id, sale, table in ((left_id, terms, "pricing_left"), (right_id, right_terms or terms, "pricing_right")):
        resolved = terms_at(at, sale, draft_id=draft_id)
        load_quotes(figures(sku_ids, resolved, at, draft_id=draft_id), table)
    rows = sql.rows(
        """SELECT tier,
                  count(*) FILTER (WHERE both_sold AND r.wholesale_fen > l.wholesale_fen) AS dearer,
                  count(*) FILTER (WHERE both_sold AND r.wholesale_fen < l.wholesale_fen) AS cheaper,
                  count(*) FILTER (WHERE r.cut AND NOT l.cut) AS newly_cut,
                  count(*) FILTER (WHERE l.cut AND NOT r.cut) AS no_longer_cut,
                  count(*) FILTER (WHERE r.excluded AND NOT l.excluded) AS newly_excluded,
                  count(*) FILTER (WHERE l.excluded AND NOT r.excluded) AS no_longer_excluded,
                  count(l.broken) AS left_broken, count(r.broken) AS right_broken,
                  coalesce(sum(l.wholesale_fen) FILTER (WHERE NOT l.excluded), 0)::bigint AS left_sum_fen,
                  coalesce(sum(r.wholesale_fen) FILTER (WHERE NOT r.excluded), 0)::bigint AS right_sum_fen,
                  coalesce(sum(l.wholesale_fen - l.payable_fen) FILTER (WHERE NOT l.excluded), 0)::bigint AS left_margin_fen,
                  coalesce(sum(r.wholesale_fen - r.payable_fen) FILTER (WHERE NOT r.excluded), 0)::bigint AS right_margin_fen
           FROM pricing_left AS l JOIN pricing_right AS r USING (sku_id, tier)
           CROSS JOIN LATERAL (SELECT NOT l.excluded AND NOT r.excluded AS both_sold) AS sold
           GROUP BY tier ORDER BY tier""",
        {},
    )
    return Comparison(
        tiers=[TierDifference(**row) for row in rows],
        prices=_distribution("wholesale_fen", tier),
        margins=_distribution("wholesale_fen - payable_fen", tier),
    )


def _distribution(amount: str, tier: int) -> list[Bucket]:
    rows = sql.rows(
        f"""WITH amounts AS (
                SELECT {amount} AS fen, true AS is_left FROM pricing_left WHERE tier = %(tier)s AND NOT excluded
                UNION ALL
                SELECT {amount}, false FROM pricing_right WHERE tier = %(tier)s AND NOT excluded
            ), bounds AS (
                SELECT min(fen) AS low, greatest((max(fen) - min(fen)) / %(buckets)s + 1, 1) AS width FROM amounts
            )
            SELECT low + width * ((fen - low) / width) AS from_fen, low + width * ((fen - low) / width + 1) AS to_fen,
                   count(*) FILTER (WHERE is_left) AS left, count(*) FILTER (WHERE NOT is_left) AS right
            FROM amounts CROSS JOIN bounds GROUP BY 1, 2 ORDER BY 1""",  # noqa: S608 - one of two expressions of ours
        {"tier": tier, "buckets": BUCKETS},
    )
    return [Bucket(**row) for row in rows]
