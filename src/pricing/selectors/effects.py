# ruff: noqa: S608 - statements are put together from our own text only; every figure is a parameter
"""What rules make of goods, counted before ops decides: the effect of a rule, and what is worth knowing before a publication."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from db import sql
from pricing.models import CommissionRule, PlatformTerms, PriceControl
from pricing.rules.terms import TIERS, Ending, SaleTerms
from pricing.selectors.engine import QUOTED, figures, load_found, load_quotes
from pricing.selectors.price_rules import ControlView, control_view, first_instant, terms_at

NAMED = 20
CHEAPEST = TIERS - 1
BEFORE, AFTER, PUBLISHED, LATER = "pricing_before", "pricing_after", "pricing_published", "pricing_later"


@dataclass(frozen=True, slots=True)
class Outcome:
    """SKUs that something happens to: by the rules as they stand, with the change, and those in which the two differ."""

    before: int
    after: int
    newly: int
    no_longer: int


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What a change of the rules does to goods at an instant, counted in SKUs; prices are judged at the tier that pays least."""

    at: datetime
    goods: int
    cut: Outcome
    raised: Outcome
    excluded: Outcome
    broken: Outcome
    dearer: int
    cheaper: int


@dataclass(frozen=True, slots=True)
class NamedSku:
    sku_id: int
    style_no: str
    colour: str
    size: str


@dataclass(frozen=True, slots=True)
class BeginningFloor:
    """A price control that begins while a sale runs: how many of its SKUs it will speak of, and whose label or price it would change.

    The prices of the sale stay as they were frozen at its start.
    """

    control: ControlView
    begins_at: datetime
    skus: int
    changed: int


@dataclass(frozen=True, slots=True)
class EqualTiers:
    """Two neighbouring tiers that pay the same for `skus` SKUs, although their discounts differ, because of the price ending."""

    lower: int
    higher: int
    skus: int


@dataclass(frozen=True, slots=True)
class PublicationCheck:
    """What ops should know before goods are published: counts of SKUs, and the first goods that are cut by a discount, named.

    `cut_by_discount`: SKUs whose base price keeps the floor, so that only the discount of a tier has their label cut;
    `raised_by_discount`, `excluded_by_discount`: the same of those that are raised or left out.
    """

    skus: int
    kept: int
    cut: int
    raised: int
    excluded: int
    broken: int
    cut_by_discount: int
    raised_by_discount: int
    excluded_by_discount: int
    cut_by_discount_first: list[NamedSku]
    beginning_floors: list[BeginningFloor]
    equal_tiers: list[EqualTiers]

    @property
    def says_something(self) -> bool:
        return bool(self.cut_by_discount or self.beginning_floors or self.equal_tiers)


def load_prices(table: str, sku_ids: Sequence[int], at: datetime, *, draft_id: int | None = None) -> None:
    """Put what the rules make of goods at an instant, at the tier that pays least, into a temporary table."""
    parameters = figures(sku_ids, terms_at(at, draft_id=draft_id), at, draft_id=draft_id, tiers=[CHEAPEST])
    load_quotes(parameters, table)


def loaded_effect(at: datetime) -> RuleEffect:
    """The difference between the two tables that were loaded."""
    [row] = sql.rows(_EFFECT, {})
    outcomes = {
        name: Outcome(
            before=row[f"{name}_before"],
            after=row[f"{name}_after"],
            newly=row[f"{name}_newly"],
            no_longer=row[f"{name}_before"] - row[f"{name}_after"] + row[f"{name}_newly"],
        )
        for name in ("cut", "raised", "excluded", "broken")
    }
    return RuleEffect(at=at, goods=row["goods"], dearer=row["dearer"], cheaper=row["cheaper"], **outcomes)


@transaction.atomic
def effect_of_draft(draft_id: int, *, sku_ids: Sequence[int], now: datetime) -> RuleEffect:
    """What the adoption of a draft would do, judged when the last of its rules has begun (PRICE-13)."""
    begins = [
        now,
        *PlatformTerms.objects.filter(draft=draft_id).values_list("from_at", flat=True),
        *CommissionRule.objects.filter(draft=draft_id).values_list("from_at", flat=True),
        *(
            first_instant(day)
            for day in PriceControl.objects.filter(draft=draft_id, withdrawn_at=None).values_list(
                "starts_on", flat=True
            )
        ),
    ]
    at = max(begins)
    load_prices(BEFORE, sku_ids, at)
    load_prices(AFTER, sku_ids, at, draft_id=draft_id)
    return loaded_effect(at)


@transaction.atomic
def check_publication(
    *, sku_ids: Sequence[int], terms: SaleTerms, brand_id: int, starts_at: datetime, ends_at: datetime
) -> PublicationCheck:
    """What ops should know before these goods of a brand are published from `starts_at` to `ends_at` (PRICE-5, PRICE-6)."""
    resolved = terms_at(starts_at, terms)
    parameters = figures(sku_ids, resolved, starts_at, tiers=[CHEAPEST])
    load_found(parameters, PUBLISHED)
    [counts] = sql.rows(_PUBLICATION, parameters)
    first = sql.rows(_CUT_BY_DISCOUNT, {"named": NAMED}) if counts["cut_by_discount"] else []
    # A price that ends in fen is never rounded: tiers that pay differently before the ending do so after it.
    equal = [] if resolved.ending is Ending.FEN else sql.rows(_EQUAL_TIERS, parameters | {"tiers": list(range(TIERS))})
    return PublicationCheck(
        **counts,
        cut_by_discount_first=[NamedSku(**row) for row in first],
        beginning_floors=_beginning_floors(sku_ids, terms, brand_id, starts_at, ends_at),
        equal_tiers=[EqualTiers(**row) for row in equal],
    )


def _beginning_floors(
    sku_ids: Sequence[int], terms: SaleTerms, brand_id: int, starts_at: datetime, ends_at: datetime
) -> list[BeginningFloor]:
    rows = PriceControl.objects.filter(brand=brand_id, draft=None, withdrawn_at=None)
    days = sorted(set(rows.values_list("starts_on", flat=True)))
    found = []
    for begins_at in (first_instant(day) for day in days):
        if not starts_at < begins_at < ends_at:
            continue
        load_found(figures(sku_ids, terms_at(begins_at, terms), begins_at), LATER)
        counts = {row["control_id"]: row for row in sql.rows(_BEGINNING, {})}
        beginning = rows.select_related("brand", "category", "style").filter(pk__in=counts).order_by("pk")
        found += [
            BeginningFloor(control_view(row), begins_at, counts[row.pk]["skus"], counts[row.pk]["changed"])
            for row in beginning
            if first_instant(row.starts_on) == begins_at
        ]
    return found


_EFFECT = f"""
SELECT count(*) AS goods,
       count(*) FILTER (WHERE b.cut) AS cut_before, count(*) FILTER (WHERE a.cut) AS cut_after,
       count(*) FILTER (WHERE a.cut AND NOT b.cut) AS cut_newly,
       count(*) FILTER (WHERE b.raised) AS raised_before, count(*) FILTER (WHERE a.raised) AS raised_after,
       count(*) FILTER (WHERE a.raised AND NOT b.raised) AS raised_newly,
       count(*) FILTER (WHERE b.excluded) AS excluded_before, count(*) FILTER (WHERE a.excluded) AS excluded_after,
       count(*) FILTER (WHERE a.excluded AND NOT b.excluded) AS excluded_newly,
       count(b.broken) AS broken_before, count(a.broken) AS broken_after,
       count(a.broken) FILTER (WHERE b.broken IS NULL) AS broken_newly,
       count(*) FILTER (WHERE NOT b.excluded AND NOT a.excluded AND a.wholesale_fen > b.wholesale_fen) AS dearer,
       count(*) FILTER (WHERE NOT b.excluded AND NOT a.excluded AND a.wholesale_fen < b.wholesale_fen) AS cheaper
FROM {BEFORE} AS b JOIN {AFTER} AS a USING (sku_id)
"""

_PUBLICATION = (
    "WITH "
    + QUOTED.format(found=PUBLISHED)
    + """
SELECT count(*) AS skus, count(*) FILTER (WHERE NOT cut AND NOT excluded) AS kept, count(*) FILTER (WHERE cut) AS cut,
       count(*) FILTER (WHERE raised) AS raised, count(*) FILTER (WHERE excluded) AS excluded, count(broken) AS broken,
       count(*) FILTER (WHERE cut AND base_price_fen >= floor_fen) AS cut_by_discount,
       count(*) FILTER (WHERE raised AND base_price_fen >= floor_fen) AS raised_by_discount,
       count(*) FILTER (WHERE excluded AND base_price_fen >= floor_fen) AS excluded_by_discount
FROM checked"""
)

_CUT_BY_DISCOUNT = f"""
SELECT p.sku_id, style.style_no, sku.colour, sku.size
FROM {PUBLISHED} AS p JOIN inventory_sku AS sku ON sku.id = p.sku_id JOIN inventory_style AS style ON style.id = p.style_id
WHERE p.cut AND p.base_price_fen >= p.floor_fen ORDER BY p.sku_id LIMIT %(named)s
"""

_EQUAL_TIERS = (
    "WITH "
    + QUOTED.format(found=PUBLISHED)
    + """, neighbours AS (
    SELECT tier, excluded, price_fen, wholesale_fen, lead(price_fen) OVER by_tier AS next_price_fen,
           lead(wholesale_fen) OVER by_tier AS next_wholesale_fen
    FROM checked WINDOW by_tier AS (PARTITION BY sku_id ORDER BY tier)
)
SELECT tier AS lower, tier + 1 AS higher, count(*) AS skus FROM neighbours
WHERE NOT excluded AND price_fen <> next_price_fen AND wholesale_fen = next_wholesale_fen
GROUP BY tier ORDER BY tier"""
)

_BEGINNING = f"""
SELECT later.control_id, count(*) AS skus,
       count(*) FILTER (WHERE (later.cut, later.raised, later.excluded) IS DISTINCT FROM (p.cut, p.raised, p.excluded)
                           OR (later.raised AND later.floor_fen <> p.floor_fen)) AS changed
FROM {LATER} AS later JOIN {PUBLISHED} AS p ON p.sku_id = later.sku_id
WHERE later.control_id IS NOT NULL GROUP BY later.control_id
"""
