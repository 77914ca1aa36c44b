"""The rules and SKUs in the database as the pure rules take them, to compare `pricing.rules.quote` with `pricing.sql.compute_prices`."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from db import sql
from pricing.models import CommissionRule, PriceControl
from pricing.rules.commission import Commission
from pricing.rules.controls import Action, Control, SkuToPrice
from pricing.rules.quote import RuleSet
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_rules import terms_at

SKUS = """WITH RECURSIVE walk (category_id, ancestor_id, depth) AS (
               SELECT id, id, 0 FROM inventory_category
               UNION ALL
               SELECT walk.category_id, parent.parent_id, walk.depth + 1
               FROM walk JOIN inventory_category AS parent ON parent.id = walk.ancestor_id WHERE parent.parent_id IS NOT NULL
           )
           SELECT sku.id AS sku_id, sku.style_id, style.brand_id, style.season, style.year, sku.tag_price_fen, sku.base_price_fen,
                  brand.commission_rate AS brand_rate,
                  ARRAY(SELECT ancestor_id FROM walk WHERE walk.category_id = style.category_id ORDER BY depth) AS categories
           FROM inventory_sku AS sku JOIN inventory_style AS style ON style.id = sku.style_id
           JOIN brands_brand AS brand ON brand.id = style.brand_id
           WHERE sku.id = ANY (%(sku_ids)s) ORDER BY sku.id"""


def rule_set_at(
    at: datetime, *, brand_ids: Sequence[int], sale: SaleTerms | None = None, draft_id: int | None = None
) -> RuleSet:
    """All rules that may apply to SKUs of these brands, for `rules.quote`."""
    in_force = Q(draft=None) | Q(draft__isnull=False, draft=draft_id)
    control_rows = PriceControl.objects.filter(in_force, withdrawn_at=None, brand__in=brand_ids)
    commission_rows = CommissionRule.objects.filter(in_force)
    return RuleSet(
        terms=terms_at(at, sale, draft_id=draft_id),
        controls=tuple(_control_of(row) for row in control_rows),
        commissions=tuple(
            Commission(
                id=row.pk, rate=row.rate, from_at=row.from_at, brand_id=row.brand_id, category_id=row.category_id
            )
            for row in commission_rows
        ),
    )


def skus_to_price(sku_ids: Sequence[int]) -> list[SkuToPrice]:
    """SKUs as the pure rules take them, by id."""
    return [
        SkuToPrice(**row | {"categories": tuple(row["categories"])})
        for row in sql.rows(SKUS, {"sku_ids": list(sku_ids)})
    ]


def _control_of(row: PriceControl) -> Control:
    return Control(
        id=row.pk,
        brand_id=row.brand_id,
        action=Action(row.action),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        category_id=row.category_id,
        season=row.season,
        year=row.year,
        style_id=row.style_id,
        floor_rate=row.floor_rate,
        floor_fen=row.floor_fen,
        cut_rate=row.cut_rate,
    )
