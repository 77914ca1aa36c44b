"""The publication of a sale: in one transaction its stock is bound, its prices are frozen and its items open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.rules import Actor, Role, require
from brands.selectors import brand
from db import sql
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from flashsales.models import Sale, SaleItem
from flashsales.rules import SaleState
from flashsales.selectors.sales import SaleView, sale_view
from flashsales.services.locking import lock_draft, record_change
from flashsales.services.windows import ONE_SALE_AT_A_TIME, EndInPast, already_on_sale, skus_in_other_sales
from inventory.rules import Move, MovementKind
from inventory.selectors.stock import names_of_skus
from inventory.services.stock import free_units, move
from kernel.refusal import Conflict
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_lists import preview_price_list
from pricing.services.price_lists import freeze_price_list


@dataclass(eq=False)
class NothingToSell(Conflict):
    code = "flashsales.nothing_to_sell"
    zh = "专场里没有可售商品"
    en = "The sale has nothing to sell"


@dataclass(eq=False)
class BrandMayNotSell(Conflict):
    code = "flashsales.brand_may_not_sell"
    zh = "品牌「{brand}」未入驻或保证金未到账，不能发布专场"
    en = "{brand} is not admitted or its deposit is not in; its sale cannot be published"
    brand: str


@dataclass(eq=False)
class InsufficientStock(Conflict):
    code = "flashsales.insufficient_stock"
    zh = "可用库存不足：{description}"
    en = "Not enough free stock: {description}"
    description: str
    skus: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Published:
    """What publication did: how many SKUs were priced and bound, and which were left out by a rule of the brand (`exclude`)."""

    sale: SaleView
    skus: int
    excluded_sku_ids: list[int]


@atomic_with_retry
def publish(*, actor: Actor, sale_id: int, now: datetime) -> Published:
    """Bind the stock and freeze the prices, all or nothing (SALE-2, SALE-5).

    Refuses when the brand may not sell, a price breaks a rule (by pricing, with the goods named), stock is short, or a SKU is in
    another sale at that time. SKUs that a brand's rule excludes are left out and named.
    """
    require(actor, Role.OPS)
    sql.lift_statement_limit()
    row = lock_draft(sale_id)
    owner = brand(row.brand_id)
    if not owner.may_sell:
        raise BrandMayNotSell(brand=owner.name)
    if row.ends_at <= now:
        raise EndInPast
    planned = dict(SaleItem.objects.filter(sale_id=sale_id).values_list("sku_id", "planned"))
    if not planned:
        raise NothingToSell
    terms, at = SaleTerms.from_json(row.terms), max(row.starts_at, now)
    _require_in_no_other_sale(row, terms, at)
    _require_free_stock(planned)
    # Publications and extensions lock their SKUs first: what is seen now is final, and the constraint has nothing to wait for.
    _require_in_no_other_sale(row, terms, at)
    prices = freeze_price_list(actor=actor, sku_ids=sorted(planned), terms=terms, at=at, now=now)
    excluded = [each.sku_id for each in prices.excluded]
    if len(excluded) == len(planned):
        raise NothingToSell
    SaleItem.objects.filter(sale_id=sale_id, sku_id__in=excluded).delete()
    offered = {sku_id: units for sku_id, units in planned.items() if sku_id not in set(excluded)}
    move(
        kind=MovementKind.ALLOT,
        moves=[Move(sku_id, on_hand_delta=0, allotted_delta=units) for sku_id, units in sorted(offered.items())],
        cause=f"sale:{sale_id}",
        actor=actor,
        now=now,
    )
    row.state, row.price_list_id, row.published_at = SaleState.PUBLISHED.value, prices.id, now
    row.save()
    _open_items(row)
    sql.execute(_SHELF, {"sale": sale_id})
    record_change(actor, "publish", sale_id, {"skus": len(offered), "excluded": excluded[:100]}, now)
    return Published(sale_view(row, at=now), len(offered), excluded)


_SHELF = """
INSERT INTO flashsales_shelf (sale_id, style_id, tier, category_id, from_price_fen, lowest_fen, tag_price_fen, label_cut, sizes)
SELECT i.sale_id, i.style_id, p.tier, y.category_id, min(p.wholesale_fen),
       (array_agg(p.lowest_fen ORDER BY p.wholesale_fen, p.lowest_fen))[1], max(p.tag_price_fen),
       bool_or(p.labelling = 'cut'), array_agg(DISTINCT k.size)
FROM flashsales_saleitem i
JOIN flashsales_sale s ON s.id = i.sale_id
JOIN inventory_sku k ON k.id = i.sku_id
JOIN inventory_style y ON y.id = i.style_id
JOIN pricing_pricelistrow p ON p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id
WHERE i.sale_id = %(sale)s
GROUP BY i.sale_id, i.style_id, p.tier, y.category_id
"""


def _open_items(row: Sale) -> None:
    try:
        with transaction.atomic():
            SaleItem.objects.filter(sale=row).update(
                allotted=F("planned"), available=F("planned"), on_sale=(row.starts_at, row.ends_at)
            )
    except IntegrityError as broken:
        if constraint_of(broken) != ONE_SALE_AT_A_TIME:
            raise
        raise already_on_sale(row.pk, row.starts_at, row.ends_at) from broken


def _require_in_no_other_sale(row: Sale, terms: SaleTerms, at: datetime) -> None:
    """Refuse a draft whose goods are in another sale in its window, without locking anything (SALE-2).

    Goods that a price control excludes will not be in the sale and clash with nothing.
    """
    also_offered = skus_in_other_sales(row.pk, row.starts_at, row.ends_at)
    if not also_offered:
        return
    priced = preview_price_list(sku_ids=also_offered, terms=terms, at=at, tiers=[0])
    offered = [each.sku_id for each in priced if not each.excluded]
    if offered:
        raise already_on_sale(row.pk, row.starts_at, row.ends_at, sku_ids=offered)


def _require_free_stock(planned: dict[int, int]) -> None:
    free = free_units(sorted(planned))
    short = {sku_id: units for sku_id, units in planned.items() if free.get(sku_id, 0) < units}
    if not short:
        return
    names = names_of_skus(list(short)[:20])
    description = "；".join(f"{name}（{free.get(sku_id, 0)} < {short[sku_id]}）" for sku_id, name in names.items())
    raise InsufficientStock(
        description=description,
        skus=[{"sku_id": sku, "free": free.get(sku, 0), "planned": units} for sku, units in list(short.items())[:100]],
    )
