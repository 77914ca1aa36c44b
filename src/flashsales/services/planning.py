"""From an idea to a published sale: window, goods, limits, and the moment in which stock is bound and prices freeze."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.rules import Actor, Role, require
from accounts.services.audit import record
from brands.selectors import brand
from db import sql
from db.transactions import atomic_with_retry
from flashsales.models import Sale, SaleItem
from flashsales.rules import DEFAULT_LENGTH, MAX_LENGTH, MAX_UNITS, State, trial_batch
from flashsales.selectors.sales import NoSuchSale, SaleView, sale, sale_view
from flashsales.services.units import NoSuchItem
from inventory.rules import Move, MovementKind
from inventory.selectors.stock import free_stock, names_of_skus, styles_of_skus
from inventory.services.stock import free_units, move
from kernel.refusal import Conflict, Invalid
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_lists import PriceListView, preview_price_list
from pricing.services.checks import require_sale_terms
from pricing.services.price_lists import freeze_price_list


class BadWindow(Invalid):
    """A time of a sale makes no sense beside another; which one is said by the kinds below."""


@dataclass(eq=False)
class PreviewAfterStart(BadWindow):
    code = "flashsales.preview_after_start"
    zh = "预告时间在开场之后：预告须早于开场，或不填"
    en = "The preview is after the start: put it before the start, or leave it empty"


@dataclass(eq=False)
class EndsBeforeStart(BadWindow):
    code = "flashsales.ends_before_start"
    zh = "结束时间须在开场时间之后"
    en = "The end must be after the start"


@dataclass(eq=False)
class EndIsPast(BadWindow):
    code = "flashsales.end_is_past"
    zh = "结束时间已经过去"
    en = "The end is in the past"


@dataclass(eq=False)
class EndIsNotLater(BadWindow):
    code = "flashsales.end_is_not_later"
    zh = "新的结束时间须晚于原来的结束时间"
    en = "The new end must be later than the one before"


@dataclass(eq=False)
class LastsTooLong(BadWindow):
    code = "flashsales.lasts_too_long"
    zh = "从开场到结束最长 {days} 天"
    en = "From start to end a sale lasts at most {days} days"
    days: int


@dataclass(eq=False)
class BadTitle(Invalid):
    code = "flashsales.invalid_title"
    zh = "请填写专场标题（最多 80 字）"
    en = "Give the sale a title of at most 80 characters"


@dataclass(eq=False)
class BadUnits(Invalid):
    code = "flashsales.invalid_units"
    zh = "件数须为 1 至 {most} 的整数，限购同样，或留空"
    en = "Units are whole numbers from 1 to {most}; a limit too, or none"
    most: int = MAX_UNITS


@dataclass(eq=False)
class NotADraft(Conflict):
    code = "flashsales.not_a_draft"
    zh = "专场已发布或已取消，商品与价格不能再改"
    en = "The sale is published or cancelled; its goods and prices stand"


@dataclass(eq=False)
class NotThisBrands(Invalid):
    code = "flashsales.not_this_brands"
    zh = "以下商品不属于该品牌：{skus}"
    en = "These SKUs are not the brand's: {skus}"
    skus: list[int]


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
class NotEnoughFree(Conflict):
    code = "flashsales.not_enough_free"
    zh = "可用库存不足：{goods}"
    en = "Not enough free stock: {goods}"
    goods: str
    skus: list[dict[str, Any]]


@dataclass(eq=False)
class AlreadyOnSale(Conflict):
    code = "flashsales.already_on_sale"
    zh = "以下商品同一时间已在其他专场：{goods}"
    en = "These goods are in another sale at that time: {goods}"
    goods: str
    skus: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class PlannedUnits:
    """Units of a SKU to offer; `limit_units` is the most of it that one reseller may take."""

    sku_id: int
    units: int
    limit_units: int | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What publication did: how many SKUs were priced and bound, and which were left out by a rule of the brand (`exclude`)."""

    sale: SaleView
    skus: int
    excluded_sku_ids: list[int]


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

    A preview after the start, an end before it or in the past, and a sale of more than MAX_LENGTH are refused, each by its name; so are
    terms of its own that break a law by themselves, such as a table in which a higher tier pays more (PRICE-9).
    """
    require(actor, Role.OPS)
    brand(brand_id)
    ends_at = ends_at or starts_at + DEFAULT_LENGTH
    preview_at = preview_at or starts_at
    if not title.strip() or len(title.strip()) > 80:
        raise BadTitle
    _require_window(preview_at, starts_at, ends_at, now)
    _check_limit(limit_units)
    require_sale_terms(terms or SaleTerms(), at=starts_at)
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
    note(actor, "schedule", row.pk, {"title": row.title, "starts_at": starts_at.isoformat()}, now)
    return sale(row.pk, at=now)


@atomic_with_retry
def put_in(*, actor: Actor, sale_id: int, lines: Sequence[PlannedUnits], now: datetime) -> None:
    """Plan units of SKUs into a draft; a SKU that is planned already gets the new figures."""
    require(actor, Role.OPS)
    row = _draft(sale_id)
    for line in lines:
        _check_limit(line.limit_units)
        if not 1 <= line.units <= MAX_UNITS:
            raise BadUnits
    wanted = {line.sku_id: line for line in lines}
    found = styles_of_skus(row.brand_id, list(wanted))
    if strangers := sorted(set(wanted) - set(found)):
        raise NotThisBrands(skus=strangers)
    SaleItem.objects.bulk_create(
        [
            SaleItem(
                sale_id=sale_id,
                sku_id=sku_id,
                style_id=found[sku_id],
                planned=line.units,
                limit_units=line.limit_units,
            )
            for sku_id, line in wanted.items()
        ],
        update_conflicts=True,
        unique_fields=["sale", "sku"],
        update_fields=["planned", "limit_units"],
        batch_size=2000,
    )
    note(actor, "put_in", sale_id, {"skus": len(wanted)}, now)


@atomic_with_retry
def put_in_free_stock(
    *, actor: Actor, sale_id: int, limit_units: int | None = None, trial: bool = False, now: datetime
) -> int:
    """Plan all of the brand's free stock into a draft, or of each style only a trial batch of 500 units (SALE-6). Gives the SKUs."""
    require(actor, Role.OPS)
    row = _draft(sale_id)
    chosen = [trial_batch(units) if trial else units for units in free_stock(row.brand_id).values()]
    lines = [PlannedUnits(sku, units, limit_units) for each in chosen for sku, units in each.items() if units]
    put_in(actor=actor, sale_id=sale_id, lines=lines, now=now)
    return len(lines)


@atomic_with_retry
def take_out(*, actor: Actor, sale_id: int, sku_ids: Sequence[int], now: datetime) -> None:
    """Take SKUs out of a draft again."""
    require(actor, Role.OPS)
    _draft(sale_id)
    SaleItem.objects.filter(sale_id=sale_id, sku_id__in=sku_ids).delete()
    note(actor, "take_out", sale_id, {"skus": len(sku_ids)}, now)


@atomic_with_retry
def set_limits(
    *, actor: Actor, sale_id: int, limit_units: int | None, item_limits: dict[int, int | None], now: datetime
) -> None:
    """Set the most that one reseller may take of the sale, and of single sale items by id; at any time before its end."""
    require(actor, Role.OPS)
    row = locked(sale_id)
    for limit in (limit_units, *item_limits.values()):
        _check_limit(limit)
    row.limit_units = limit_units
    row.save(update_fields=["limit_units"])
    for item_id, limit in item_limits.items():
        if not SaleItem.objects.filter(pk=item_id, sale_id=sale_id).update(limit_units=limit):
            raise NoSuchItem(item_id=item_id)
    note(actor, "set_limits", sale_id, {"limit": limit_units, "items": len(item_limits)}, now)


@atomic_with_retry
def fix_prices(*, actor: Actor, sale_id: int, now: datetime) -> PriceListView:
    """Price a draft by the rules as they stand, anew where it was priced before (PRICE-11): what ops has agreed to, for comparison.

    Refuses what publication would refuse of prices, with the goods named, and a sale that is published: its prices stand.
    """
    require(actor, Role.OPS)
    sql.lift_statement_limit()
    row = _draft(sale_id)
    sku_ids = sorted(SaleItem.objects.filter(sale_id=sale_id).values_list("sku_id", flat=True))
    if not sku_ids:
        raise NothingToSell
    prices = freeze_price_list(
        actor=actor, sku_ids=sku_ids, terms=SaleTerms.from_json(row.terms), at=max(row.starts_at, now), now=now
    )
    row.planned_list_id = prices.id
    row.save(update_fields=["planned_list"])
    note(actor, "fix_prices", sale_id, {"list": prices.id, "skus": prices.priced}, now)
    return prices


@atomic_with_retry
def publish(*, actor: Actor, sale_id: int, now: datetime) -> Published:
    """Bind the stock and freeze the prices, all or nothing (SALE-2, SALE-5).

    Refuses when the brand may not sell, a price breaks a rule (by pricing, with the goods named), stock is short, or a SKU is in
    another sale at that time. SKUs that a brand's rule excludes are left out and named.
    """
    require(actor, Role.OPS)
    sql.lift_statement_limit()
    row = _draft(sale_id)
    owner = brand(row.brand_id)
    if not owner.may_sell:
        raise BrandMayNotSell(brand=owner.name)
    if row.ends_at <= now:
        raise EndIsPast
    planned = dict(SaleItem.objects.filter(sale_id=sale_id).values_list("sku_id", "planned"))
    if not planned:
        raise NothingToSell
    terms, at = SaleTerms.from_json(row.terms), max(row.starts_at, now)
    _require_no_clash(row, terms, at)
    _require_free(planned)
    # Publications and extensions lock their SKUs first: what is seen now is final, and the constraint has nothing to wait for.
    _require_no_clash(row, terms, at)
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
    row.state, row.price_list_id, row.published_at = State.PUBLISHED.value, prices.id, now
    row.save()
    _open_items(row)
    sql.execute(_SHELF, {"sale": sale_id})
    note(actor, "publish", sale_id, {"skus": len(offered), "excluded": excluded[:100]}, now)
    return Published(sale_view(row, at=now), len(offered), excluded)


@atomic_with_retry
def rerun(*, actor: Actor, sale_id: int, starts_at: datetime, title: str = "", now: datetime) -> SaleView:
    """Draft a rerun 返场 of an ended sale with the units that it gave back and that are still free, with its terms and limits (SALE-4)."""
    require(actor, Role.OPS)
    before = locked(sale_id)
    if before.closed_at is None:
        raise NotADraft
    returned = list(SaleItem.objects.filter(sale_id=sale_id, returned__gt=0).order_by("pk"))
    free = free_units(sorted(item.sku_id for item in returned))
    lines = [
        PlannedUnits(item.sku_id, min(item.returned, free[item.sku_id]), item.limit_units)
        for item in returned
        if free.get(item.sku_id, 0) > 0
    ]
    if not lines:
        raise NothingToSell
    draft = schedule(
        actor=actor,
        brand_id=before.brand_id,
        title=title or f"{before.title} 返场"[:80],
        starts_at=starts_at,
        limit_units=before.limit_units,
        terms=SaleTerms.from_json(before.terms),
        rerun_of=sale_id,
        now=now,
    )
    put_in(actor=actor, sale_id=draft.id, lines=lines, now=now)
    return draft


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
        if "sale_item_one_sale_at_a_time" not in str(broken):
            raise
        raise clash(row.pk, row.starts_at, row.ends_at) from broken


def _require_no_clash(row: Sale, terms: SaleTerms, at: datetime) -> None:
    """Refuse a draft whose goods are in another sale in its window, without locking anything (SALE-2).

    Goods that a price control excludes will not be in the sale and clash with nothing.
    """
    clashing = clashing_skus(row.pk, row.starts_at, row.ends_at)
    if not clashing:
        return
    priced = preview_price_list(sku_ids=clashing, terms=terms, at=at, tiers=[0])
    offered = [each.sku_id for each in priced if not each.excluded]
    if offered:
        raise clash(row.pk, row.starts_at, row.ends_at, sku_ids=offered)


def clashing_skus(sale_id: int, starts_at: datetime, ends_at: datetime) -> list[int]:
    """The SKUs of a sale that are in another sale in a window."""
    rows = sql.rows(
        """
        SELECT DISTINCT mine.sku_id FROM flashsales_saleitem mine
        JOIN flashsales_saleitem other ON other.sku_id = mine.sku_id AND other.sale_id <> mine.sale_id
             AND other.on_sale && tstzrange(%(starts_at)s, %(ends_at)s, '[)')
        WHERE mine.sale_id = %(sale)s ORDER BY mine.sku_id
        """,
        {"sale": sale_id, "starts_at": starts_at, "ends_at": ends_at},
    )
    return [row["sku_id"] for row in rows]


def clash(
    sale_id: int, starts_at: datetime, ends_at: datetime, *, sku_ids: Sequence[int] | None = None
) -> AlreadyOnSale:
    """The refusal that names which goods are in which other sale in a window; of these SKUs, where they are given."""
    rows = sql.rows(
        """
        SELECT mine.sku_id, y.style_no, k.colour, k.size, other.sale_id, s.title
        FROM flashsales_saleitem mine
        JOIN flashsales_saleitem other ON other.sku_id = mine.sku_id AND other.sale_id <> mine.sale_id
             AND other.on_sale && tstzrange(%(starts_at)s, %(ends_at)s, '[)')
        JOIN flashsales_sale s ON s.id = other.sale_id
        JOIN inventory_sku k ON k.id = mine.sku_id JOIN inventory_style y ON y.id = k.style_id
        WHERE mine.sale_id = %(sale)s AND (%(skus)s::bigint[] IS NULL OR mine.sku_id = ANY (%(skus)s))
        ORDER BY mine.sku_id LIMIT 20
        """,
        {
            "sale": sale_id,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "skus": None if sku_ids is None else list(sku_ids),
        },
    )
    goods = "；".join(f"{r['style_no']} {r['colour']} {r['size']} ←「{r['title']}」" for r in rows)
    return AlreadyOnSale(goods=goods, skus=[{"sku_id": r["sku_id"], "sale_id": r["sale_id"]} for r in rows])


def _require_free(planned: dict[int, int]) -> None:
    free = free_units(sorted(planned))
    short = {sku_id: units for sku_id, units in planned.items() if free.get(sku_id, 0) < units}
    if not short:
        return
    names = names_of_skus(list(short)[:20])
    goods = "；".join(f"{name}（{free.get(sku_id, 0)} < {short[sku_id]}）" for sku_id, name in names.items())
    raise NotEnoughFree(
        goods=goods,
        skus=[{"sku_id": sku, "free": free.get(sku, 0), "planned": units} for sku, units in list(short.items())[:100]],
    )


def locked(sale_id: int) -> Sale:
    """The sale, locked against other changes of it; grabs go on, since they only refer to its key."""
    row = Sale.objects.select_for_update(of=("self",), no_key=True).select_related("brand").filter(pk=sale_id).first()
    if row is None:
        raise NoSuchSale(sale_id=sale_id)
    return row


def _draft(sale_id: int) -> Sale:
    row = locked(sale_id)
    if row.state != State.DRAFT.value:
        raise NotADraft
    return row


def _require_window(preview_at: datetime, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if preview_at > starts_at:
        raise PreviewAfterStart
    if ends_at <= starts_at:
        raise EndsBeforeStart
    if ends_at <= now:
        raise EndIsPast
    if ends_at - starts_at > MAX_LENGTH:
        raise LastsTooLong(days=MAX_LENGTH.days)


def _check_limit(limit: int | None) -> None:
    if limit is not None and not 1 <= limit <= MAX_UNITS:
        raise BadUnits


def note(actor: Actor, action: str, sale_id: int, details: dict[str, Any], now: datetime) -> None:
    """Every turn of a sale leaves a trace (SALE-7)."""
    record(actor=actor, action=f"flashsales.{action}", kind="sale", subject_id=sale_id, details=details, now=now)
