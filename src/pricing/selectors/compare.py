"""Two sets of rules side by side over the same goods: the comparison of the simulator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from db import sql
from pricing.rules.quote import Broken, Labelling
from pricing.rules.terms import SaleTerms
from pricing.selectors.engine import figures, load_quotes
from pricing.selectors.price_rules import terms_at

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
class Side:
    """What one set of rules makes of a SKU for a tier. Amounts in fen; excluded goods have a price that nobody may use."""

    wholesale_fen: int
    margin_fen: int
    labelling: Labelling
    excluded: bool
    broken: Broken | None


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
    left: Side
    right: Side

    @property
    def difference_fen(self) -> int:
        return self.right.wholesale_fen - self.left.wholesale_fen


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two drafts over the same goods, with the distributions of price and margin of one tier.

    `changes`: the prices that differ, by how much, up to as many as were asked for; all of them are `changed`.
    """

    tiers: list[TierDifference]
    prices: list[Bucket]
    margins: list[Bucket]
    changes: list[ChangedPrice]
    changed: int


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
    changes_of: Sequence[int] = (),
    most_changes: int = 0,
) -> Comparison:
    """Compare the rules in force (None) or a draft with another draft over the goods of a sale; `right_terms` where they differ too.

    `tier` is the one whose distributions are drawn. `changes_of`: the tiers whose changed prices are listed, the greatest first, at
    most `most_changes`.
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
    changes = sql.rows(CHANGES, {"tiers": list(changes_of), "most": most_changes})
    return Comparison(
        tiers=[TierDifference(**row) for row in rows],
        prices=_distribution("wholesale_fen", tier),
        margins=_distribution("wholesale_fen - payable_fen", tier),
        changes=[_changed(row) for row in changes],
        changed=changes[0]["all_changed"] if changes else 0,
    )


CHANGES = """
SELECT sku_id, tier, style.style_no, style.name, sku.colour, sku.size, l.tag_price_fen, l.base_price_fen, count(*) OVER () AS all_changed,
       l.wholesale_fen AS left_fen, l.wholesale_fen - l.payable_fen AS left_margin_fen, l.cut AS left_cut, l.excluded AS left_excluded,
       l.broken AS left_broken,
       r.wholesale_fen AS right_fen, r.wholesale_fen - r.payable_fen AS right_margin_fen, r.cut AS right_cut,
       r.excluded AS right_excluded, r.broken AS right_broken
FROM pricing_left AS l JOIN pricing_right AS r USING (sku_id, tier)
JOIN inventory_sku AS sku ON sku.id = sku_id JOIN inventory_style AS style ON style.id = sku.style_id
WHERE tier = ANY (%(tiers)s)
  AND (l.wholesale_fen, l.payable_fen, l.cut, l.excluded) IS DISTINCT FROM (r.wholesale_fen, r.payable_fen, r.cut, r.excluded)
ORDER BY abs(r.wholesale_fen - l.wholesale_fen) DESC, sku_id, tier LIMIT %(most)s
"""


def _changed(row: dict[str, Any]) -> ChangedPrice:
    left, right = (
        Side(
            wholesale_fen=row[f"{side}_fen"],
            margin_fen=row[f"{side}_margin_fen"],
            labelling=Labelling.CUT if row[f"{side}_cut"] else Labelling.KEPT,
            excluded=row[f"{side}_excluded"],
            broken=Broken(row[f"{side}_broken"]) if row[f"{side}_broken"] else None,
        )
        for side in ("left", "right")
    )
    named = ("sku_id", "style_no", "name", "colour", "size", "tier", "tag_price_fen", "base_price_fen")
    return ChangedPrice(**{name: row[name] for name in named}, left=left, right=right)


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
