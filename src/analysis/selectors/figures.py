"""Figures of a period, beside those of the period before (ANALYSIS-2, ANALYSIS-3)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime

from analysis.models import RollupState
from analysis.rules import Days, Figures, SellThrough, days_before
from analysis.sql import figures as sql
from analysis.sql.figures import GroupBy, ReasonRow, UnitRow
from kernel.sizes import size_sort_key

MAX_SALES, MAX_STYLES = 50, 30


class BrandSort(enum.StrEnum):
    """In which order brands are compared: the most sold first, or the worst first."""

    SOLD = "sold"
    SELL_THROUGH = "sell_through"
    LATE = "late"
    RETURNS = "returns"
    SHORT = "short"
    MARGIN = "margin"


@dataclass(frozen=True, slots=True)
class Compared:
    """Figures and sell-through of a period and of the one before."""

    days: Days
    days_before: Days
    now: Figures
    before: Figures
    sell_now: SellThrough
    sell_before: SellThrough


@dataclass(frozen=True, slots=True)
class BrandRow:
    """A brand among others."""

    brand_id: int
    name: str
    figures: Figures
    sell_through: SellThrough


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale that begins in the period, over all its days."""

    sale_id: int
    title: str
    starts_on: date
    figures: Figures
    sell_through: SellThrough


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """A style or a size; `key` is the id of the style, or the size."""

    key: str
    name: str
    sell_through: SellThrough


@dataclass(frozen=True, slots=True)
class DayFigures:
    day: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class BrandAnalysis:
    """What a brand sees of itself over a period."""

    compared: Compared
    by_day: list[DayFigures]
    sales: list[SaleRow]
    styles: list[GoodsRow]
    sizes: list[GoodsRow]
    reasons: list[ReasonRow]


def counted_at() -> datetime | None:
    """As of when the figures are; None before they were ever counted."""
    return RollupState.objects.values_list("refreshed_at", flat=True).first()


def compare(days: Days, *, brand_id: int | None = None) -> Compared:
    """The figures of a period and of the one before, of all brands or of one."""
    before = days_before(days)
    return Compared(
        days=days,
        days_before=before,
        now=add_up(sql.sum_figures(GroupBy.DAY, days, brand_id=brand_id)),
        before=add_up(sql.sum_figures(GroupBy.DAY, before, brand_id=brand_id)),
        sell_now=_sell_through(_units(days, brand_id)),
        sell_before=_sell_through(_units(before, brand_id)),
    )


def list_days(days: Days, *, brand_id: int | None = None) -> list[DayFigures]:
    """The figures of each day on which something was paid."""
    return [
        DayFigures(date.fromisoformat(row.key), row) for row in sql.sum_figures(GroupBy.DAY, days, brand_id=brand_id)
    ]


def get_brand_analysis(days: Days, *, brand_id: int) -> BrandAnalysis:
    return BrandAnalysis(
        compared=compare(days, brand_id=brand_id),
        by_day=list_days(days, brand_id=brand_id),
        sales=list_sales(days, brand_id=brand_id),
        styles=list_styles(days, brand_id=brand_id),
        sizes=list_sizes(days, brand_id=brand_id),
        reasons=list_reasons(days, brand_id=brand_id),
    )


def list_brands(days: Days, *, sort: BrandSort) -> list[BrandRow]:
    """The brands that sold or offered something in a period."""
    sold = {row.key: row for row in sql.sum_figures(GroupBy.BRAND, days)}
    offered = {row.key: row for row in sql.sum_units_by_brand(days)}
    names = {key: row.name for key, row in offered.items()} | {key: row.name for key, row in sold.items()}
    rows = [
        BrandRow(int(key), name, sold.get(key, Figures()), _sell_through([offered[key]] if key in offered else []))
        for key, name in names.items()
    ]
    return sorted(rows, key=lambda row: (_place(row, sort), row.brand_id))


def list_sales(days: Days, *, brand_id: int | None) -> list[SaleRow]:
    """The sales that begin in a period, the latest first; at most MAX_SALES."""
    units = sql.list_units_of_sales(days, brand_id=brand_id, limit=MAX_SALES)
    found = {row.key: row for row in sql.sum_figures_of_sales([int(row.key) for row in units])}
    return [
        SaleRow(int(row.key), row.name, row.starts_on, found.get(row.key, Figures()), _sell_through([row]))
        for row in units
        if row.starts_on is not None
    ]


def list_styles(days: Days, *, brand_id: int) -> list[GoodsRow]:
    """The styles with the most units unsold; at most MAX_STYLES."""
    return _goods(sql.list_units_of_styles(days, brand_id=brand_id, limit=MAX_STYLES))


def list_sizes(days: Days, *, brand_id: int) -> list[GoodsRow]:
    """The sizes, in the order of sizes."""
    return sorted(_goods(sql.list_units_of_sizes(days, brand_id=brand_id)), key=lambda row: size_sort_key(row.key))


def list_reasons(days: Days, *, brand_id: int | None = None) -> list[ReasonRow]:
    return sql.sum_refunds(days, brand_id=brand_id)


def get_provider_fees(days: Days) -> int:
    return sql.sum_provider_fees(days)


def add_up(rows: Iterable[Figures]) -> Figures:
    """The sums of figures."""
    sums = {each.name: 0 for each in fields(Figures)}
    for row in rows:
        for name in sums:
            sums[name] += getattr(row, name)
    return Figures(**sums)


def _units(days: Days, brand_id: int | None) -> list[UnitRow]:
    key = None if brand_id is None else str(brand_id)
    return [row for row in sql.sum_units_by_brand(days) if key is None or row.key == key]


def _sell_through(rows: Iterable[UnitRow]) -> SellThrough:
    found = list(rows)
    return SellThrough(sum(row.offered_units for row in found), sum(row.sold_units for row in found))


def _goods(rows: Iterable[UnitRow]) -> list[GoodsRow]:
    return [GoodsRow(row.key, row.name, _sell_through([row])) for row in rows]


def _place(row: BrandRow, sort: BrandSort) -> int:
    """What brands are sorted by, the smallest first; what is unknown comes last."""
    figures, last = row.figures, 10**15

    def ascending(rate: int | None) -> int:
        return last if rate is None else rate

    def descending(rate: int | None) -> int:
        return last if rate is None else -rate

    return {
        BrandSort.SOLD: -figures.sold_fen,
        BrandSort.SELL_THROUGH: ascending(row.sell_through.rate),
        BrandSort.LATE: ascending(figures.on_time_rate),
        BrandSort.RETURNS: descending(figures.return_rate),
        BrandSort.SHORT: descending(figures.short_rate),
        BrandSort.MARGIN: -figures.margin_fen,
    }[sort]
