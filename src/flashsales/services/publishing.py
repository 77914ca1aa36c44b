"""The publication of a sale: one transaction allots the stock, freezes the prices and opens the items."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.rules import Actor, Role, require_roles
from brands.selectors.brands import get_brand
from brands.services import lock_brand_for_case
from db import sql
from db.transactions import atomic_with_retry
from flashsales.models import Sale, SaleItem
from flashsales.rules import SaleState
from flashsales.rules.sale_jobs import SaleJobStep, ignore_step
from flashsales.selectors.sales import SaleView, sale_view
from flashsales.services.draws import open_draw
from flashsales.services.finding import make_findable
from flashsales.services.freight import freeze_freight
from flashsales.services.locking import lock_draft, record_change
from flashsales.services.windows import EndInPast, already_on_sale, set_window
from flashsales.sql.filling import delete_items
from flashsales.sql.publishing import allot_planned_units, insert_style_listings
from flashsales.sql.sales import find_skus_in_other_sales
from inventory.rules import MovementKind
from inventory.selectors.stock import names_of_skus
from inventory.services.stock import lock_and_read_free_units
from kernel.refusal import Conflict
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_lists import preview_price_list
from pricing.services.price_lists import freeze_price_list


class NothingToSell(Conflict):
    code = "flashsales.nothing_to_sell"
    zh = "专场里没有可售商品"
    en = "The sale has nothing to sell"


class BrandMayNotSell(Conflict):
    code = "flashsales.brand_may_not_sell"
    zh = "品牌「{brand}」未入驻或保证金未到账，不能发布专场"
    en = "{brand} is not admitted or its deposit is not in; its sale cannot be published"
    brand: str


class InsufficientStock(Conflict):
    code = "flashsales.insufficient_stock"
    zh = "可用库存不足：{description}"
    en = "Not enough free stock: {description}"
    description: str
    skus: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Published:
    """The result of a publication: how many SKUs were priced and allotted, and which a rule of the brand excluded."""

    sale: SaleView
    skus: int
    excluded_sku_ids: list[int]


@atomic_with_retry
def publish(
    *,
    actor: Actor,
    sale_id: int,
    job_id: int | None = None,
    on_step: Callable[[SaleJobStep], None] = ignore_step,
    now: datetime,
) -> Published:
    """Bind the stock and freeze the prices, all or nothing (SALE-2, SALE-5).

    Refuses when the brand may not sell, a price breaks a rule (pricing refuses and names the SKUs), stock is short, or a SKU is in
    another sale at that time. SKUs that a brand's rule excludes are removed from the sale and named in the result. `job_id` is the job
    that does this (SALE-21).
    """
    require_roles(actor, Role.OPS)
    sql.lift_statement_limit()
    row = lock_draft(sale_id, job_id=job_id)
    on_step(SaleJobStep.STOCK)
    # A deposit that goes back at this instant is seen, or sees this sale.
    lock_brand_for_case(row.brand_id)
    owner = get_brand(row.brand_id)
    if not owner.may_sell:
        raise BrandMayNotSell(brand=owner.name)
    if row.ends_at <= now:
        raise EndInPast
    planned = dict(SaleItem.objects.filter(sale_id=sale_id).values_list("sku_id", "planned"))
    if not planned:
        raise NothingToSell
    terms, at = SaleTerms.from_json(row.terms), max(row.starts_at, now)
    _require_offered_in_no_other_sale(row, terms, at)
    _require_free_stock(planned)
    # Publications and extensions lock their SKUs first. With the SKUs locked this result is final, and the constraint never waits.
    _require_offered_in_no_other_sale(row, terms, at)
    on_step(SaleJobStep.PRICES)
    prices = freeze_price_list(actor=actor, sku_ids=sorted(planned), terms=terms, at=at, now=now)
    excluded = [each.sku_id for each in prices.excluded]
    if len(excluded) == len(planned):
        raise NothingToSell
    on_step(SaleJobStep.ITEMS)
    delete_items(sale_id=sale_id, sku_ids=excluded)
    offered = len(planned) - len(excluded)
    allotted = allot_planned_units(sale_id=sale_id, kind=MovementKind.ALLOT.value, person_id=actor.person_id, now=now)
    if allotted != offered:
        raise LookupError(f"{offered} items of sale {sale_id} are offered, units were allotted to {allotted}")
    row.state, row.price_list_id, row.published_at = SaleState.PUBLISHED.value, prices.id, now
    freeze_freight(row)
    row.save(update_fields=["state", "price_list", "published_at", "freight_terms"])
    set_window(row, opens_items=True)
    open_draw(row, now=now)
    on_step(SaleJobStep.LISTS)
    insert_style_listings(sale_id=sale_id)
    on_step(SaleJobStep.SEARCH)
    make_findable(sale_id=sale_id)
    record_change(actor, "publish", sale_id, {"skus": offered, "excluded": excluded[:100]}, now)
    return Published(sale_view(row, at=now), offered, excluded)


def _require_offered_in_no_other_sale(row: Sale, terms: SaleTerms, at: datetime) -> None:
    """Refuse a draft whose SKUs are in another sale in its window, without locking anything (SALE-2).

    SKUs that a price control excludes will not be in the sale and do not count.
    """
    also_offered = find_skus_in_other_sales(sale_id=row.pk, starts_at=row.starts_at, ends_at=row.ends_at)
    if not also_offered:
        return
    priced = preview_price_list(sku_ids=also_offered, terms=terms, at=at, tiers=[0])
    offered = [each.sku_id for each in priced if not each.excluded]
    if offered:
        raise already_on_sale(row.pk, row.starts_at, row.ends_at, sku_ids=offered)


def _require_free_stock(planned: dict[int, int]) -> None:
    free = lock_and_read_free_units(sorted(planned))
    short = {sku_id: units for sku_id, units in planned.items() if free.get(sku_id, 0) < units}
    if not short:
        return
    names = names_of_skus(list(short)[:20])
    description = "；".join(f"{name}（{free.get(sku_id, 0)} < {short[sku_id]}）" for sku_id, name in names.items())
    raise InsufficientStock(
        description=description,
        skus=[{"sku_id": sku, "free": free.get(sku, 0), "planned": units} for sku, units in list(short.items())[:100]],
    )
