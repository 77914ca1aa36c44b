"""Reads of retail prices."""

from dataclasses import dataclass
from datetime import datetime

from db import sql
from forwarding.models import RetailPrice
from membership.selectors.histories import tiers_at
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class RetailPriceView:
    style_id: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class PriceBesideFloor:
    """What a reseller asks for a style of a sale. `labelled`: some of its SKUs keep their label in the sale; `floor_fen` is the brand's
    floor for those on the frozen list at her tier, None where there is none."""

    reseller_id: int
    reseller_name: str
    tier: int
    style_id: int
    style_no: str
    style_name: str
    price_fen: int
    set_at: datetime
    tag_price_fen: int
    labelled: bool
    floor_fen: int | None


def retail_prices_by_style(*, reseller_id: int, sale_id: int) -> dict[int, int]:
    """Her retail prices of a sale in fen, by style."""
    rows = RetailPrice.objects.filter(reseller_id=reseller_id, sale_id=sale_id)
    return dict(rows.values_list("style_id", "price_fen"))


def get_retail_price_fen(*, reseller_id: int, sale_id: int, style_id: int) -> int | None:
    return retail_prices_by_style(reseller_id=reseller_id, sale_id=sale_id).get(style_id)


def list_prices_beside_floors(sale_id: int, *, at: datetime, limit: int = 1000) -> list[PriceBesideFloor]:
    """All retail prices of a sale beside the floors that its list froze for each reseller's tier, those furthest under a floor first."""
    asking = RetailPrice.objects.filter(sale_id=sale_id).values_list("reseller_id", flat=True).distinct()
    tiers = tiers_at(asking, at)
    rows = sql.rows(
        """
        SELECT r.reseller_id, person.name AS reseller_name, m.tier, r.style_id, y.style_no, y.name AS style_name, r.price_fen, r.set_at,
               max(p.tag_price_fen) AS tag_price_fen, bool_or(p.labelling = 'kept') AS labelled,
               max(p.retail_floor_fen) FILTER (WHERE p.labelling = 'kept') AS floor_fen
        FROM forwarding_retailprice r
        JOIN flashsales_sale s ON s.id = r.sale_id
        JOIN unnest(%(resellers)s::bigint[], %(tiers)s::int[]) AS m(id, tier) ON m.id = r.reseller_id
        JOIN membership_reseller member ON member.id = m.id JOIN accounts_person person ON person.id = member.person_id
        JOIN inventory_style y ON y.id = r.style_id
        JOIN flashsales_saleitem i ON i.sale_id = r.sale_id AND i.style_id = r.style_id
        JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id AND p.tier = m.tier
        WHERE r.sale_id = %(sale)s
        GROUP BY r.id, person.name, m.tier, y.style_no, y.name
        ORDER BY r.price_fen - coalesce(max(p.retail_floor_fen) FILTER (WHERE p.labelling = 'kept'), 0), r.id LIMIT %(most)s
        """,
        {"sale": sale_id, "most": limit, "resellers": list(tiers), "tiers": [int(tier) for tier in tiers.values()]},
    )
    return [PriceBesideFloor(**row) for row in rows]


def floors_by_style(*, sale_id: int, tier: int) -> dict[int, int]:
    """The floors of a published sale in fen, by style, where any of its sizes keeps its label (FORWARD-1)."""
    statement = """
        SELECT i.style_id, max(p.retail_floor_fen) AS floor_fen FROM flashsales_sale s
        JOIN flashsales_saleitem i ON i.sale_id = s.id
        JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id AND p.tier = %(tier)s
        WHERE s.id = %(sale)s AND p.labelling = 'kept' AND p.retail_floor_fen IS NOT NULL
        GROUP BY 1
    """
    return {row["style_id"]: row["floor_fen"] for row in sql.rows(statement, {"sale": sale_id, "tier": tier})}


def list_retail_prices(*, reseller_id: int, sale_id: int, cursor: str = "", limit: int = 50) -> Page[RetailPriceView]:
    """Her retail prices of a sale in the order in which she first set them."""
    rows = RetailPrice.objects.filter(reseller_id=reseller_id, sale_id=sale_id)
    return paginate(
        rows, order=("id",), cursor=cursor, limit=limit, view=lambda row: RetailPriceView(row.style_id, row.price_fen)
    )
