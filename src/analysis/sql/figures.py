"""The statements that read kept figures. One function per statement."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

import enum
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from analysis.rules import Days, Figures
from db import sql

_SUMS = ", ".join(
    f"coalesce(sum(r.{each.name}), 0)::{'bigint' if each.name.endswith('_fen') else 'int'} AS {each.name}"
    for each in fields(Figures)
)


class GroupBy(enum.StrEnum):
    """What figures are added up by."""

    DAY = "day"
    BRAND = "brand"
    SALE = "sale"


_KEYS = {
    GroupBy.DAY: ("r.day::text", "''", ""),
    GroupBy.BRAND: ("r.brand_id::text", "b.name", "JOIN brands_brand b ON b.id = r.brand_id"),
    GroupBy.SALE: ("r.sale_id::text", "s.title", "JOIN flashsales_sale s ON s.id = r.sale_id"),
}
_IN_PERIOD = "r.day BETWEEN %(first)s AND %(last)s AND (%(brand)s::bigint IS NULL OR r.brand_id = %(brand)s)"


@dataclass(frozen=True, slots=True)
class FigureRow(Figures):
    """The figures of one day, brand or sale: `key` is the day or the id, `name` that of the brand or sale."""

    key: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """Offered and sold units of one brand, sale, style or size; `starts_on` of a sale, else null."""

    key: str
    name: str
    starts_on: date | None
    offered_units: int
    sold_units: int


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Refunds of one reason; `case_reason` "" without a case."""

    reason: str
    case_reason: str
    refunds: int
    units: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class TierRow:
    """What resellers of a tier ordered, by the tier at the order."""

    tier: int
    orders: int
    units: int
    sold_fen: int
    refunded_fen: int
    discount_fen: int


def _period(days: Days, brand_id: int | None) -> dict[str, Any]:
    return {"first": days.first, "last": days.last, "brand": brand_id}


def sum_figures(group_by: GroupBy, days: Days, *, brand_id: int | None = None) -> list[FigureRow]:
    """The figures of lines paid in a period, of all brands or of one, in the order of days, or the most sold first."""
    key, name, join = _KEYS[group_by]
    order = "1" if group_by is GroupBy.DAY else "sum(r.sold_fen) DESC, 1"
    return sql.fetch(
        FigureRow,
        f"SELECT {key} AS key, {name} AS name, {_SUMS} FROM analysis_saleday r {join} WHERE {_IN_PERIOD} GROUP BY 1, 2 ORDER BY {order}",
        _period(days, brand_id),
    )


def sum_figures_of_sales(sale_ids: Sequence[int]) -> list[FigureRow]:
    """The figures of sales, over all days."""
    key, name, join = _KEYS[GroupBy.SALE]
    return sql.fetch(
        FigureRow,
        f"SELECT {key} AS key, {name} AS name, {_SUMS} FROM analysis_saleday r {join}"
        " WHERE r.sale_id = ANY(%(sales)s::bigint[]) GROUP BY 1, 2",
        {"sales": list(sale_ids)},
    )


_STARTED = "t.starts_on BETWEEN %(first)s AND %(last)s AND (%(brand)s::bigint IS NULL OR t.brand_id = %(brand)s)"


def sum_units_by_brand(days: Days) -> list[UnitRow]:
    """Offered and sold units of the sales that begin in a period, by brand."""
    return sql.fetch(
        UnitRow,
        f"""
        SELECT t.brand_id::text AS key, b.name, NULL::date AS starts_on, sum(t.offered_units)::int AS offered_units,
               sum(t.sold_units)::int AS sold_units
        FROM analysis_saletotal t JOIN brands_brand b ON b.id = t.brand_id WHERE {_STARTED} GROUP BY 1, 2
        """,
        _period(days, None),
    )


def list_units_of_sales(days: Days, *, brand_id: int | None, limit: int) -> list[UnitRow]:
    """The sales that begin in a period, the latest first."""
    return sql.fetch(
        UnitRow,
        f"""
        SELECT t.sale_id::text AS key, s.title AS name, t.starts_on, t.offered_units, t.sold_units
        FROM analysis_saletotal t JOIN flashsales_sale s ON s.id = t.sale_id WHERE {_STARTED}
        ORDER BY t.starts_on DESC, t.sale_id DESC LIMIT %(limit)s
        """,
        _period(days, brand_id) | {"limit": limit},
    )


def list_units_of_styles(days: Days, *, brand_id: int, limit: int) -> list[UnitRow]:
    """The styles in a brand's sales that begin in a period, those with the most unsold units first."""
    return sql.fetch(
        UnitRow,
        f"""
        SELECT y.id::text AS key, y.style_no AS name, NULL::date AS starts_on, g.offered_units, g.sold_units FROM (
            SELECT g.style_id, sum(g.offered_units)::int AS offered_units, sum(g.sold_units)::int AS sold_units
            FROM analysis_saletotal t JOIN analysis_salegoods g ON g.sale_id = t.sale_id WHERE {_STARTED} GROUP BY 1
            ORDER BY sum(g.offered_units - g.sold_units) DESC, g.style_id LIMIT %(limit)s
        ) g JOIN inventory_style y ON y.id = g.style_id ORDER BY g.offered_units - g.sold_units DESC, y.id
        """,
        _period(days, brand_id) | {"limit": limit},
    )


def list_units_of_sizes(days: Days, *, brand_id: int) -> list[UnitRow]:
    """The sizes in a brand's sales that begin in a period."""
    return sql.fetch(
        UnitRow,
        f"""
        SELECT g.size AS key, g.size AS name, NULL::date AS starts_on, sum(g.offered_units)::int AS offered_units,
               sum(g.sold_units)::int AS sold_units
        FROM analysis_saletotal t JOIN analysis_salegoods g ON g.sale_id = t.sale_id WHERE {_STARTED} GROUP BY 1
        """,
        _period(days, brand_id),
    )


def sum_refunds(days: Days, *, brand_id: int | None) -> list[ReasonRow]:
    """Refunds of the lines paid in a period by reason, the most units first."""
    return sql.fetch(
        ReasonRow,
        f"""
        SELECT r.reason, r.case_reason, sum(r.refunds)::int AS refunds, sum(r.units)::int AS units, sum(r.amount_fen)::bigint AS amount_fen
        FROM analysis_saledayrefund r WHERE {_IN_PERIOD} GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2
        """,
        _period(days, brand_id),
    )


def sum_tiers(days: Days) -> list[TierRow]:
    return sql.fetch(
        TierRow,
        """
        SELECT r.tier, sum(r.orders)::int AS orders, sum(r.units)::int AS units, sum(r.sold_fen)::bigint AS sold_fen,
               sum(r.refunded_fen)::bigint AS refunded_fen, sum(r.discount_fen)::bigint AS discount_fen
        FROM analysis_tierday r WHERE r.day BETWEEN %(first)s AND %(last)s GROUP BY 1 ORDER BY 1
        """,
        _period(days, None),
    )


def sum_provider_fees(days: Days) -> int:
    """What payment providers kept on the days of a period, in fen."""
    return int(
        sql.value(
            """
            SELECT coalesce(-sum(e.amount_fen), 0)::bigint FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
            JOIN ledger_posting p ON p.id = e.posting_id
            WHERE a.kind = 'provider_fee' AND (p.at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(first)s AND %(last)s
            """,
            _period(days, None),
        )
    )


@dataclass(frozen=True, slots=True)
class TierMoves:
    """Members whose stored tier is this one, and how many came up to it or fell to it in a period."""

    tier: int
    members: int
    came_up: int
    came_down: int


def count_tier_moves(days: Days) -> list[TierMoves]:
    return sql.fetch(
        TierMoves,
        """
        SELECT n.tier, coalesce(m.members, 0)::int AS members, coalesce(c.came_up, 0)::int AS came_up,
               coalesce(c.came_down, 0)::int AS came_down
        FROM generate_series(0, 5) AS n(tier)
        LEFT JOIN (SELECT tier, count(*) AS members FROM membership_reseller GROUP BY 1) m ON m.tier = n.tier
        LEFT JOIN (SELECT after, count(*) FILTER (WHERE after > before) AS came_up, count(*) FILTER (WHERE after < before) AS came_down
                   FROM membership_tierchange WHERE (at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(first)s AND %(last)s GROUP BY 1) c
            ON c.after = n.tier
        ORDER BY 1
        """,
        _period(days, None),
    )
