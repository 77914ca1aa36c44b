"""The SQL of settlement. Each function runs one statement."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aftersales.selectors.refunds import FAULT_RETURNS
from db import sql
from orders.selectors.lines import LINE_FACTS, LINES, PARCEL_NUMBERS
from settlement.rules.periods import StatementKind
from settlement.rules.statements import SaleWithoutStatement, StatementTotals

# `total_lines` says the same for lines that are given one by one.
_SUMS = """
    coalesce(sum(units), 0)::int AS units, coalesce(sum(refunded_units), 0)::int AS refunded_units,
    coalesce(sum(sold_fen), 0)::bigint AS sold_fen, coalesce(sum(refunded_fen), 0)::bigint AS refunded_fen,
    coalesce(sum(carrier_claim_fen), 0)::bigint AS carrier_claims_fen, coalesce(sum(brand_fen), 0)::bigint AS brand_fen,
    coalesce(sum(kept_freight_fen), 0)::bigint AS freight_fen,
    coalesce(sum(unshipped_units), 0)::int AS unshipped_units, max(changed_at) AS changed_at
"""

_NAMED = re.compile(r"%\((\w+)\)s")


def _end_of(statement: str) -> str:
    """The instant after the last day of the period of a statement, which is named by its alias."""
    return f"(({statement}.last_date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')"


# How a sale is settled: `periods.kind_on` says the same.
_KIND_OF_SALE = """coalesce((
    SELECT m.kind FROM settlement_settlementterms m
    WHERE m.brand_id = s.brand_id AND m.from_date <= (s.ends_at AT TIME ZONE 'Asia/Shanghai')::date
    ORDER BY m.from_date DESC LIMIT 1), 'sale')"""

_SALES_WITHOUT_STATEMENT = f"""
SELECT s.id AS sale_id, s.title, b.name AS brand_name, s.ends_at AS ended_at,
       (SELECT coalesce(sum(i.held), 0)::int FROM flashsales_saleitem i WHERE i.sale_id = s.id) AS held_units
FROM flashsales_sale s JOIN brands_brand b ON b.id = s.brand_id
WHERE s.state = 'published' AND s.closed_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM settlement_statement t WHERE t.sale_id = s.id) AND {_KIND_OF_SALE} = 'sale'
ORDER BY s.ends_at, s.id LIMIT %(limit)s
"""

# PostgreSQL's greatest() ignores nulls: a line that is not shipped counts from its payment.
_LINE_COLUMNS = """
    l.id, l.units, l.refunded_units, l.units * l.price_fen AS sold_fen, l.refunded_fen, l.carrier_claim_fen, l.brand_fen,
    l.kept_freight_fen, l.unshipped_units, greatest(l.paid_at, l.shipped_at) AS changed_at
"""
# Only periods read them. The lines of a sending are kept between their two reads: narrower ones take a quarter less time.
_FREIGHT_COLUMNS = "l.freight_fen AS paid_freight_fen, l.order_id, l.sale_id, l.recipient_id"

_PAID_LINES_OF_SALE = f"SELECT {_LINE_COLUMNS} FROM {LINES} l WHERE l.sale_id = %(sale_id)s AND l.order_state = 'paid'"

# The paid lines of ended sales that are settled by periods of this kind, up to the end of one, in no statement that was sent and in no
# draft of an earlier period: `periods.draft_of` says the same.
_PAID_LINES_OF_PERIOD = f"""
    SELECT {_LINE_COLUMNS}, {_FREIGHT_COLUMNS} FROM {LINES} l JOIN flashsales_sale s ON s.id = l.sale_id
    WHERE s.brand_id = %(brand_id)s AND s.closed_at IS NOT NULL AND l.order_state = 'paid' AND {_KIND_OF_SALE} = %(kind)s::text
        AND CASE %(kind)s::text WHEN 'month' THEN l.paid_at ELSE greatest(l.paid_at, l.shipped_at) END < %(ends_at)s
        AND CASE %(kind)s::text WHEN 'month' THEN l.paid_at ELSE greatest(l.paid_at, l.shipped_at) END >= coalesce((
            SELECT max({_end_of("d")}) FROM settlement_statement d WHERE d.brand_id = %(brand_id)s AND d.kind = %(kind)s::text
                AND d.state = 'draft' AND {_end_of("d")} < %(ends_at)s), '-infinity')
        AND NOT EXISTS (SELECT FROM settlement_statementitem i WHERE i.line_id = l.id)
"""

# Of these, the lines of which nothing can change any more: shipped or refunded, after their window, in no open case. The freight of a line
# may go back with another line of its order, sale and recipient that is not shipped yet.
_READY_LINES_OF_PERIOD = f"""
    SELECT * FROM ({_PAID_LINES_OF_PERIOD}) AS line
    WHERE unshipped_units = 0 AND changed_at <= %(changed_before)s AND id <> ALL(%(in_cases)s::bigint[])
        AND (paid_freight_fen = 0 OR NOT EXISTS (
            SELECT FROM {LINES} g WHERE g.order_id = line.order_id AND g.sale_id = line.sale_id
                AND g.recipient_id = line.recipient_id AND g.unshipped_units > 0))
"""


def _totals(lines: str) -> str:
    return f"SELECT {_SUMS} FROM ({lines}) AS line"


def _of_drafts(lines: str, which: str) -> str:
    """The sums over the lines of drafts as they are now, and what their brand owes that no statement pays yet."""
    of_draft = {"sale_id": "t.sale_id", "brand_id": "t.brand_id", "kind": "t.kind", "ends_at": _end_of("t")}
    return f"""
    SELECT sums.*, t.id AS statement_id, (
        SELECT coalesce(sum(amount_fen), 0) FROM settlement_branddebt
        WHERE brand_id = t.brand_id AND statement_id IS NULL AND paid_as = '')::bigint AS debt_fen
    FROM settlement_statement t CROSS JOIN LATERAL (
        SELECT {_SUMS} FROM ({_NAMED.sub(lambda name: of_draft[name[1]], lines)}) AS line) AS sums
    WHERE t.id = ANY(%(statement_ids)s) AND t.state = 'draft' AND {which}
    """


_DRAFTS = (
    f"{_of_drafts(_PAID_LINES_OF_SALE, 't.sale_id IS NOT NULL')} UNION ALL"
    f"{_of_drafts(_PAID_LINES_OF_PERIOD, 't.sale_id IS NULL')}"
)


def _write_items(lines: str) -> str:
    return f"""
    WITH line AS MATERIALIZED ({lines}), written AS (
        INSERT INTO settlement_statementitem
            (line_id, statement_id, refunded_units, refunded_fen, payable_fen, carrier_claim_fen, freight_fen)
        SELECT id, %(statement_id)s, refunded_units, refunded_fen, brand_fen, carrier_claim_fen, kept_freight_fen FROM line
    )
    SELECT {_SUMS} FROM line
    """


_UNSETTLED = f"""
SELECT s.brand_id, b.name AS brand_name, k.kind, p.day, count(*)::int AS line_count, sum(l.brand_fen)::bigint AS payable_fen
FROM {LINES} l JOIN flashsales_sale s ON s.id = l.sale_id JOIN brands_brand b ON b.id = s.brand_id
CROSS JOIN LATERAL (SELECT {_KIND_OF_SALE} AS kind) AS k
CROSS JOIN LATERAL (SELECT (CASE k.kind WHEN 'month' THEN date_trunc('month', l.paid_at AT TIME ZONE 'Asia/Shanghai')
    ELSE greatest(l.paid_at, l.shipped_at) AT TIME ZONE 'Asia/Shanghai' END)::date AS day) AS p
WHERE s.brand_id IN (SELECT brand_id FROM settlement_settlementterms) AND k.kind <> 'sale' AND s.closed_at IS NOT NULL
    AND l.order_state = 'paid' AND NOT EXISTS (SELECT FROM settlement_statementitem i WHERE i.line_id = l.id)
    AND NOT EXISTS (SELECT FROM settlement_statement d WHERE d.brand_id = s.brand_id AND d.kind = k.kind AND d.state = 'draft'
        AND d.last_date >= (CASE k.kind WHEN 'month' THEN l.paid_at ELSE greatest(l.paid_at, l.shipped_at) END
            AT TIME ZONE 'Asia/Shanghai')::date)
GROUP BY 1, 2, 3, 4 ORDER BY 4, 1
"""

_STYLES = f"""
SELECT y.id AS style_id, y.style_no, sum(l.units)::int AS units, sum(l.refunded_units)::int AS refunded_units,
       sum(l.units * l.price_fen)::bigint AS sold_fen, sum(l.refunded_fen)::bigint AS refunded_fen,
       sum(l.platform_fen)::bigint AS commission_fen, sum(l.kept_freight_fen)::bigint AS freight_fen,
       sum(l.brand_fen)::bigint AS payable_fen
FROM {LINES} l JOIN inventory_sku k ON k.id = l.sku_id JOIN inventory_style y ON y.id = k.style_id
WHERE l.id IN (@LINES@) GROUP BY y.id ORDER BY y.style_no, y.id LIMIT %(limit)s
"""


def due_deductions_sql(lines: str, *, at: str) -> str:
    """The query of the fees that are due for lines, waived ones too (SETTLE-10): `fees.deductions_of` says the same.

    `lines` is a query of ids. `at` is an expression, which may name the line as `l`: refunds and waivers until this instant count.
    """
    return f"""
    SELECT l.id AS line_id, k.kind, f.id AS fee_id, k.units::int, a.fen AS amount_fen, (
        SELECT min(w.id) FROM settlement_feewaiver w WHERE w.brand_id = l.brand_id AND w.kind IN ('', k.kind)
            AND coalesce(w.sale_id, l.sale_id) = l.sale_id AND coalesce(w.line_id, l.id) = l.id
            AND coalesce(w.from_date, l.placed_on) <= l.placed_on AND coalesce(w.to_date, l.placed_on) >= l.placed_on
            AND w.entered_at <= {at} AND (w.ended_at IS NULL OR w.ended_at > {at})) AS waiver_id
    FROM ({lines}) AS chosen(id) JOIN {LINE_FACTS} l ON l.id = chosen.id
    CROSS JOIN LATERAL (
        VALUES ('late_shipment', CASE WHEN l.shipped_at > l.ship_by THEN l.shipped_units ELSE 0 END), ('shortage', l.short_units),
            ('fault_return', (SELECT coalesce(sum(r.units), 0) FROM {FAULT_RETURNS} r WHERE r.line_id = l.id AND r.at <= {at}))
    ) AS k(kind, units)
    JOIN LATERAL (
        SELECT * FROM settlement_contractfee f
        WHERE f.brand_id = l.brand_id AND f.kind = k.kind AND l.placed_on BETWEEN f.from_date AND coalesce(f.to_date, l.placed_on)
        ORDER BY f.from_date DESC LIMIT 1
    ) AS f ON k.units > 0
    CROSS JOIN LATERAL (SELECT least(f.cap_fen, CASE f.basis
        WHEN 'line' THEN f.amount_fen WHEN 'unit' THEN f.amount_fen * k.units
        WHEN 'payable_rate' THEN floor(f.rate * k.units * l.payable_fen)
        ELSE floor(f.rate * k.units * l.price_fen) END)::bigint AS fen) AS a
    WHERE a.fen > 0
    """


_HAS_FEES = "SELECT EXISTS (SELECT FROM settlement_contractfee WHERE brand_id = %(brand_id)s)"

_FORGET_DEDUCTIONS = "DELETE FROM settlement_statementdeduction WHERE statement_id = %(statement_id)s"


def _write_deductions(lines: str) -> str:
    return f"""
    WITH written AS (
        INSERT INTO settlement_statementdeduction (statement_id, line_id, kind, fee_id, units, amount_fen, waiver_id)
        SELECT %(statement_id)s, line_id, kind, fee_id, units, amount_fen, waiver_id
        FROM ({due_deductions_sql(lines, at="%(now)s")}) AS due ORDER BY line_id, kind
        RETURNING amount_fen, waiver_id
    )
    SELECT coalesce(sum(amount_fen) FILTER (WHERE waiver_id IS NULL), 0)::bigint FROM written
    """


@dataclass(frozen=True, slots=True)
class UnsettledLines:
    """Lines of a brand that neither a statement nor a draft has, of one day, or of the month that begins on it."""

    brand_id: int
    brand_name: str
    kind: StatementKind
    day: date
    line_count: int
    payable_fen: int


@dataclass(frozen=True, slots=True)
class StyleSums:
    """What a statement says of one style, over its lines; amounts in fen."""

    style_id: int
    style_no: str
    units: int
    refunded_units: int
    sold_fen: int
    refunded_fen: int
    commission_fen: int
    freight_fen: int
    payable_fen: int


@dataclass(frozen=True, slots=True)
class LineSums:
    """The sums of paid lines in fen, the units that are left to ship, and the latest payment or shipment of one of them."""

    units: int
    refunded_units: int
    sold_fen: int
    refunded_fen: int
    carrier_claims_fen: int
    brand_fen: int
    freight_fen: int
    unshipped_units: int
    changed_at: datetime | None

    @property
    def totals(self) -> StatementTotals:
        return StatementTotals(
            units=self.units,
            refunded_units=self.refunded_units,
            sold_fen=self.sold_fen,
            refunded_fen=self.refunded_fen,
            commission_fen=(
                self.sold_fen - self.refunded_fen + self.carrier_claims_fen + self.freight_fen - self.brand_fen
            ),
            payable_fen=self.brand_fen,
            carrier_claims_fen=self.carrier_claims_fen,
            freight_fen=self.freight_fen,
        )


@dataclass(frozen=True, slots=True)
class DraftSums(LineSums):
    """The sums over the lines of a draft as they are now, and what its brand owes that no statement pays yet."""

    statement_id: int
    debt_fen: int


def total_drafts(statement_ids: Collection[int]) -> list[DraftSums]:
    """The sums of those of the statements that are drafts."""
    return sql.fetch(DraftSums, _DRAFTS, {"statement_ids": list(statement_ids)})


def sales_without_statement(*, limit: int) -> list[SaleWithoutStatement]:
    """Sales whose unsold units went back and that have no statement, the oldest first."""
    return sql.fetch(SaleWithoutStatement, _SALES_WITHOUT_STATEMENT, {"limit": limit})


@dataclass(frozen=True, slots=True)
class LineScope:
    """Which paid lines a statement is about: those of a sale, or those of a brand up to the end of a period."""

    sale_id: int | None
    brand_id: int
    kind: StatementKind
    ends_at: datetime | None

    @property
    def lines(self) -> str:
        return _PAID_LINES_OF_PERIOD if self.sale_id is None else _PAID_LINES_OF_SALE

    @property
    def parameters(self) -> dict[str, Any]:
        return {"sale_id": self.sale_id, "brand_id": self.brand_id, "kind": self.kind.value, "ends_at": self.ends_at}


def total_lines_of(scope: LineScope) -> LineSums:
    """The sums over the paid lines of a scope."""
    return sql.fetch_one(LineSums, _totals(scope.lines), scope.parameters)


def write_items(scope: LineScope, *, statement_id: int, changed_before: datetime, in_cases: Sequence[int]) -> LineSums:
    """Write the paid lines of a scope as the items of its statement, in one statement; returns the sums over what was written.

    Of a period, lines that are not ready are left out: those with units to ship, changed after `changed_before`, or `in_cases`.
    """
    lines = _READY_LINES_OF_PERIOD if scope.sale_id is None else _PAID_LINES_OF_SALE
    parameters = {**scope.parameters, "changed_before": changed_before, "in_cases": list(in_cases)}
    return sql.fetch_one(LineSums, _write_items(lines), {**parameters, "statement_id": statement_id})


def write_deductions(scope: LineScope, *, statement_id: int, is_draft: bool, now: datetime) -> int:
    """Write what a statement deducts for its lines, in the place of what was written before; returns the sum in fen (SETTLE-10)."""
    if not sql.value(_HAS_FEES, {"brand_id": scope.brand_id}):
        return 0
    sql.execute(_FORGET_DEDUCTIONS, {"statement_id": statement_id})
    lines, parameters = _line_ids(scope, None if is_draft else statement_id)
    named = {**parameters, "statement_id": statement_id, "now": now}
    return int(sql.value(_write_deductions(lines), named))


def line_ids_sql(scope: LineScope, *, statement_id: int | None) -> tuple[str, list[Any]]:
    """The query of the ids of a statement's lines, and its parameters in order: of its items where it was sent, else of its scope."""
    statement, parameters = _line_ids(scope, statement_id)
    return _NAMED.sub("%s", statement), [parameters[name] for name in _NAMED.findall(statement)]


def _line_ids(scope: LineScope, statement_id: int | None) -> tuple[str, dict[str, Any]]:
    if statement_id is None:
        return f"SELECT id FROM ({scope.lines}) AS line", scope.parameters
    items = "SELECT line_id FROM settlement_statementitem WHERE statement_id = %(statement_id)s"
    return items, {"statement_id": statement_id}


def list_unsettled() -> list[UnsettledLines]:
    """The paid lines of ended sales that are settled by period and neither in a statement nor in a draft, by brand and day or month."""
    return sql.fetch(UnsettledLines, _UNSETTLED, {})


def total_styles(scope: LineScope, *, statement_id: int | None, limit: int) -> list[StyleSums]:
    """The sums over a statement's lines by style, in the order of style numbers."""
    lines, parameters = _line_ids(scope, statement_id)
    return sql.fetch(StyleSums, _STYLES.replace("@LINES@", lines), {**parameters, "limit": limit})


# With what accepted disputes changed: that is what the statement pays for the line.
_COMPARED = f"""
SELECT i.line_id, l.order_id, y.style_no, k.colour, k.size, coalesce(k.barcode, '') AS barcode,
       coalesce((SELECT array_agg(DISTINCT p.tracking_no) FROM {PARCEL_NUMBERS} p WHERE p.line_id = i.line_id), '{{}}') AS tracking_nos,
       l.units, i.refunded_units, l.units * l.price_fen AS sold_fen, i.refunded_fen,
       l.units * l.price_fen - i.refunded_fen + i.carrier_claim_fen + i.freight_fen - i.payable_fen - a.fen AS commission_fen,
       i.payable_fen + a.fen AS payable_fen
FROM settlement_statementitem i JOIN orders_orderline l ON l.id = i.line_id
JOIN inventory_sku k ON k.id = l.sku_id JOIN inventory_style y ON y.id = k.style_id
LEFT JOIN settlement_statementdispute d ON d.statement_id = i.statement_id AND d.line_id = i.line_id AND d.deduction_id IS NULL
    AND d.state = 'accepted'
CROSS JOIN LATERAL (SELECT coalesce(d.claimed_fen - d.payable_fen, 0) AS fen) AS a
WHERE i.statement_id = %(statement_id)s ORDER BY i.line_id
"""

_OTHER_LINES = f"""
SELECT l.id AS line_id, l.order_id, y.style_no, k.colour, k.size, coalesce(k.barcode, '') AS barcode,
       coalesce((SELECT array_agg(DISTINCT p.tracking_no) FROM {PARCEL_NUMBERS} p WHERE p.line_id = l.id), '{{}}') AS tracking_nos,
       i.statement_id
FROM (SELECT id FROM orders_orderline WHERE order_id = ANY(%(order_ids)s::bigint[])
      UNION SELECT id FROM orders_orderline WHERE id = ANY(%(line_ids)s::bigint[])) AS named
JOIN orders_orderline l ON l.id = named.id
JOIN inventory_sku k ON k.id = l.sku_id JOIN inventory_style y ON y.id = k.style_id
LEFT JOIN settlement_statementitem i ON i.line_id = l.id
WHERE l.brand_id = %(brand_id)s AND i.statement_id IS DISTINCT FROM %(statement_id)s
    AND (i.statement_id IS NOT NULL OR l.units > l.refunded_units) ORDER BY l.id
"""


@dataclass(frozen=True, slots=True)
class StatedLine:
    """A line of a statement that was sent, as a reconciliation list is compared with it."""

    line_id: int
    order_id: int
    style_no: str
    colour: str
    size: str
    barcode: str
    tracking_nos: list[str]
    units: int
    refunded_units: int
    sold_fen: int
    refunded_fen: int
    commission_fen: int
    payable_fen: int


@dataclass(frozen=True, slots=True)
class LineElsewhere:
    """A line of a brand that a statement does not have, and the statement that was sent with it, if any."""

    line_id: int
    order_id: int
    style_no: str
    colour: str
    size: str
    barcode: str
    tracking_nos: list[str]
    statement_id: int | None


def stated_lines(statement_id: int) -> list[StatedLine]:
    """The lines of a statement with its figures, in the order of their ids."""
    return sql.fetch(StatedLine, _COMPARED, {"statement_id": statement_id})


def lines_elsewhere(
    *, brand_id: int, statement_id: int, order_ids: Sequence[int], line_ids: Sequence[int]
) -> list[LineElsewhere]:
    """Lines of the brand of these orders, or with these numbers, that the statement does not have. Without those that were refunded wholly
    before any statement."""
    parameters = {
        "brand_id": brand_id,
        "statement_id": statement_id,
        "order_ids": list(order_ids),
        "line_ids": list(line_ids),
    }
    return sql.fetch(LineElsewhere, _OTHER_LINES, parameters)
