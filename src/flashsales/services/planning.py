"""Drafts of sales: schedule one, add and remove its items, price it, limit it, and draft a rerun of what an ended sale left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from brands.selectors.brands import get_brand
from db import sql
from db.transactions import atomic_with_retry
from flashsales.models import Sale, SaleItem
from flashsales.rules import DEFAULT_DURATION, MAX_UNITS
from flashsales.rules.filling import ALL_STOCK, StockFilter
from flashsales.rules.sale_jobs import SaleJobStep, ignore_step
from flashsales.selectors.sales import SaleView, get_sale
from flashsales.services.freight import copy_sale_freight
from flashsales.services.head_start import copy_head_start
from flashsales.services.locking import NotADraft, lock_draft, lock_sale, record_change
from flashsales.services.publishing import NothingToSell
from flashsales.services.quantities import copy_quantity_terms
from flashsales.services.units import NoSuchItem
from flashsales.services.waiting_room import copy_waiting_room
from flashsales.services.windows import require_window
from flashsales.sql import filling as statements
from inventory.selectors.stock import with_descendants
from inventory.services.stock import lock_and_read_free_units
from kernel.refusal import Conflict, Invalid
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_lists import PriceListView
from pricing.services.checks import require_valid_sale_terms
from pricing.services.price_lists import freeze_price_list


class InvalidTitle(Invalid):
    code = "flashsales.invalid_title"
    zh = "请填写专场标题（最多 80 字）"
    en = "Give the sale a title of at most 80 characters"


class InvalidUnits(Invalid):
    code = "flashsales.invalid_units"
    zh = "件数须为 1 至 {max_units} 的整数，限购同样，或留空"
    en = "Units are whole numbers from 1 to {max_units}; a limit too, or none"
    max_units: int = MAX_UNITS


class InvalidStockFilter(Invalid):
    code = "flashsales.invalid_stock_filter"
    zh = "筛选条件有误：件数须为 1 至 {max_units} 的整数，文字不能太长"
    en = "The filter makes no sense: units are whole numbers from 1 to {max_units}, and texts are short"
    max_units: int = MAX_UNITS


class NoFreeStock(Conflict):
    code = "flashsales.no_free_stock"
    zh = "没有符合条件的可用库存，专场没有变化"
    en = "No free stock passes the filter; the sale has not changed"


class SkusOfOtherBrand(Invalid):
    code = "flashsales.skus_of_other_brand"
    zh = "以下商品不属于该品牌：{skus}"
    en = "These SKUs are not the brand's: {skus}"
    skus: list[int]


@dataclass(frozen=True, slots=True)
class PlannedUnits:
    """Units of a SKU to offer; `limit_units` is the purchase limit of one reseller."""

    sku_id: int
    units: int
    limit_units: int | None = None


@atomic_with_retry
def schedule(
    *,
    actor: Actor,
    brand_id: int,
    title: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
    preview_at: datetime | None = None,
    limit_units: int | None = None,
    terms: SaleTerms | None = None,
    rerun_of: int | None = None,
    now: datetime,
) -> SaleView:
    """Draft a sale of one brand: 48 hours from `starts_at` unless `ends_at` says otherwise.

    Refuses a preview after the start, an end before the start or in the past, and a sale longer than MAX_DURATION. Refuses terms that
    break a rule by themselves, such as a table of discounts in which a higher tier pays more (PRICE-9).
    """
    require_roles(actor, Role.OPS)
    get_brand(brand_id)
    ends_at = ends_at or starts_at + DEFAULT_DURATION
    preview_at = preview_at or starts_at
    if not title.strip() or len(title.strip()) > 80:
        raise InvalidTitle
    require_window(preview_at, starts_at, ends_at, now)
    _require_valid_limit(limit_units)
    require_valid_sale_terms(terms or SaleTerms(), at=starts_at)
    row = Sale.objects.create(
        brand_id=brand_id,
        title=title.strip(),
        preview_at=preview_at,
        starts_at=starts_at,
        ends_at=ends_at,
        limit_units=limit_units,
        terms=(terms or SaleTerms()).to_json(),
        rerun_of_id=rerun_of,
    )
    record_change(actor, "schedule", row.pk, {"title": row.title, "starts_at": starts_at.isoformat()}, now)
    return get_sale(row.pk, at=now)


@atomic_with_retry
def add_items(*, actor: Actor, sale_id: int, lines: Sequence[PlannedUnits], now: datetime) -> None:
    """Add items to a draft; a SKU that is in it already gets the new units and limit."""
    require_roles(actor, Role.OPS)
    row = lock_draft(sale_id)
    for line in lines:
        _require_valid_limit(line.limit_units)
        if not 1 <= line.units <= MAX_UNITS:
            raise InvalidUnits
    line_of = {line.sku_id: line for line in lines}
    written = statements.write_items(
        sale_id=sale_id,
        brand_id=row.brand_id,
        sku_ids=list(line_of),
        units=[line.units for line in line_of.values()],
        limits=[line.limit_units for line in line_of.values()],
    )
    if others := sorted(set(line_of) - set(written)):
        raise SkusOfOtherBrand(skus=others)
    record_change(actor, "add_items", sale_id, {"skus": len(line_of)}, now)


@atomic_with_retry
def add_free_stock(
    *,
    actor: Actor,
    sale_id: int,
    limit_units: int | None = None,
    filters: StockFilter = ALL_STOCK,
    job_id: int | None = None,
    on_step: Callable[[SaleJobStep], None] = ignore_step,
    now: datetime,
) -> int:
    """Add the brand's free stock that passes a filter to a draft, all of it by default (SALE-6, SALE-20). Returns the number of SKUs.

    A SKU that is in the draft already gets the new units and limit. Refuses a filter that makes no sense or finds nothing. `job_id` is the
    job that does this (SALE-21).
    """
    require_roles(actor, Role.OPS)
    sql.lift_statement_limit()
    row = lock_draft(sale_id, job_id=job_id)
    require_sound_filling(filters, limit_units)
    on_step(SaleJobStep.WRITING)
    filled = statements.fill_from_stock(
        sale_id=sale_id,
        brand_id=row.brand_id,
        search=filters.search,
        category_ids=None if filters.category_id is None else with_descendants(filters.category_id),
        season=filters.season,
        year=filters.year,
        min_units=filters.min_units,
        max_style_units=filters.max_style_units,
        limit_units=limit_units,
    )
    if not filled.skus:
        raise NoFreeStock
    if filled.max_units > MAX_UNITS:
        raise InvalidUnits
    record_change(actor, "add_items", sale_id, {"skus": filled.skus, "filters": filters.conditions()}, now)
    return filled.skus


@atomic_with_retry
def remove_items(*, actor: Actor, sale_id: int, sku_ids: Sequence[int], now: datetime) -> None:
    """Remove SKUs from a draft."""
    require_roles(actor, Role.OPS)
    lock_draft(sale_id)
    statements.delete_items(sale_id=sale_id, sku_ids=sku_ids)
    record_change(actor, "remove_items", sale_id, {"skus": len(sku_ids)}, now)


@atomic_with_retry
def set_limits(
    *, actor: Actor, sale_id: int, limit_units: int | None, item_limits: dict[int, int | None], now: datetime
) -> None:
    """Set the purchase limit of the sale, and those of single sale items by id."""
    require_roles(actor, Role.OPS)
    row = lock_sale(sale_id)
    for limit in (limit_units, *item_limits.values()):
        _require_valid_limit(limit)
    row.limit_units = limit_units
    row.save(update_fields=["limit_units"])
    for item_id, limit in item_limits.items():
        if not SaleItem.objects.filter(pk=item_id, sale_id=sale_id).update(limit_units=limit):
            raise NoSuchItem(item_id=item_id)
    record_change(actor, "set_limits", sale_id, {"limit": limit_units, "items": len(item_limits)}, now)


@atomic_with_retry
def price_draft(*, actor: Actor, sale_id: int, now: datetime) -> PriceListView:
    """Price a draft by the rules of now (PRICE-11). Ops agrees to these prices; publication freezes a list of its own.

    A second call replaces the list. Refuses the prices that publication would refuse, with the SKUs named, and a published sale.
    """
    require_roles(actor, Role.OPS)
    sql.lift_statement_limit()
    row = lock_draft(sale_id)
    sku_ids = sorted(SaleItem.objects.filter(sale_id=sale_id).values_list("sku_id", flat=True))
    if not sku_ids:
        raise NothingToSell
    prices = freeze_price_list(
        actor=actor, sku_ids=sku_ids, terms=SaleTerms.from_json(row.terms), at=max(row.starts_at, now), now=now
    )
    row.draft_price_list_id = prices.id
    row.save(update_fields=["draft_price_list"])
    record_change(actor, "price_draft", sale_id, {"list": prices.id, "skus": prices.priced}, now)
    return prices


@atomic_with_retry
def rerun(*, actor: Actor, sale_id: int, starts_at: datetime, title: str = "", now: datetime) -> SaleView:
    """Draft a rerun 返场 of an ended sale of the units that it returned and that are still free.

    Terms of prices, quantities and freight, limits, head starts and the waiting room are copied (SALE-4, SALE-9, SALE-18, SALE-19,
    SALE-24); `starts_at` is when it opens for all.
    """
    require_roles(actor, Role.OPS)
    ended = lock_sale(sale_id)
    if ended.closed_at is None:
        raise NotADraft
    returned = list(SaleItem.objects.filter(sale_id=sale_id, returned__gt=0).order_by("pk"))
    free = lock_and_read_free_units(sorted(item.sku_id for item in returned))
    lines = [
        PlannedUnits(item.sku_id, min(item.returned, free[item.sku_id]), item.limit_units)
        for item in returned
        if free.get(item.sku_id, 0) > 0
    ]
    if not lines:
        raise NothingToSell
    draft = schedule(
        actor=actor,
        brand_id=ended.brand_id,
        title=title or f"{ended.title} 返场"[:80],
        starts_at=starts_at,
        limit_units=ended.limit_units,
        terms=SaleTerms.from_json(ended.terms),
        rerun_of=sale_id,
        now=now,
    )
    copy_head_start(from_sale=ended, to_sale_id=draft.id, now=now)
    add_items(actor=actor, sale_id=draft.id, lines=lines, now=now)
    copy_quantity_terms(from_sale_id=sale_id, to_sale_id=draft.id)
    copy_sale_freight(from_sale_id=sale_id, to_sale_id=draft.id)
    copy_waiting_room(from_sale_id=sale_id, to_sale_id=draft.id)
    return get_sale(draft.id, at=now)


def require_sound_filling(filters: StockFilter, limit_units: int | None) -> None:
    """Refuse a filter or a purchase limit that makes no sense by itself."""
    _require_valid_limit(limit_units)
    if not filters.is_sound:
        raise InvalidStockFilter


def _require_valid_limit(limit: int | None) -> None:
    if limit is not None and not 1 <= limit <= MAX_UNITS:
        raise InvalidUnits
