"""The SQL of invoices. Each function runs one statement."""
# ruff: noqa: S608 - statements are composed of constants; every value is a parameter

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from aftersales.selectors.cases import LINES_IN_OPEN_CASES
from db import sql
from orders.selectors.lines import LINES

_INT4 = 2**31

_CREDITS = "FROM treasury_moneyrequest c WHERE c.line_id = l.id AND c.state = 'approved'"
"""Booked refunds of a line whose statement was sent (SETTLE-15): its own columns, and its statement, stay as they were."""

# `amounts.line_fen` says the same for one line.
_LINE_FEN = f"""(l.units * l.price_fen - l.refunded_fen + l.freight_fen - l.returned_freight_fen
    - coalesce((SELECT sum(c.amount_fen) {_CREDITS}), 0)::bigint)"""
# `amounts.fees_fen` says the same for the totals of a statement, as its lines are now.
_FEES_FEN = f"""(t.deductions_fen - t.adjustments_fen + coalesce(sum(
    l.platform_fen - coalesce((SELECT sum(c.amount_fen - c.brand_part_fen) {_CREDITS}), 0)), 0)::bigint)"""

_KEPT_OF_LINES = f"SELECT l.id, {_LINE_FEN} AS kept_fen FROM {LINES} l WHERE l.id = ANY(%(ids)s)"
_KEPT_OF_STATEMENTS = f"""
SELECT t.id, {_FEES_FEN} AS kept_fen FROM settlement_statement t
LEFT JOIN settlement_statementitem i ON i.statement_id = t.id LEFT JOIN {LINES} l ON l.id = i.line_id
WHERE t.id = ANY(%(ids)s) GROUP BY t.id
"""

# Of her paid orders of which nothing is left to ship, the lines in no open case whose money is in no live request.
_TO_INVOICE = f"""
FROM {LINES} l
WHERE l.reseller_id = %(reseller_id)s AND l.order_state = 'paid' AND {_LINE_FEN} > 0
    AND (%(order_ids)s::bigint[] IS NULL OR l.order_id = ANY(%(order_ids)s::bigint[]))
    AND (%(starts_at)s::timestamptz IS NULL OR l.paid_at >= %(starts_at)s::timestamptz)
    AND (%(ends_at)s::timestamptz IS NULL OR l.paid_at < %(ends_at)s::timestamptz)
    AND NOT EXISTS (SELECT FROM {LINES} g WHERE g.order_id = l.order_id AND g.unshipped_units > 0)
    AND NOT EXISTS (SELECT FROM invoices_invoiceitem x WHERE x.line_id = l.id AND x.is_live)
    AND NOT EXISTS (SELECT FROM {LINES_IN_OPEN_CASES} c WHERE c.line_id = l.id)
"""
_LINES_TO_INVOICE = f"""
SELECT l.id AS line_id, l.order_id, l.brand_id, l.paid_at, {_LINE_FEN} AS amount_fen {_TO_INVOICE}
ORDER BY l.order_id, l.id LIMIT %(limit)s
"""
_MONTHS_TO_INVOICE = f"""
SELECT date_trunc('month', l.paid_at AT TIME ZONE 'Asia/Shanghai')::date AS month, count(DISTINCT l.order_id) AS orders,
    count(*) AS lines, sum({_LINE_FEN})::bigint AS amount_fen {_TO_INVOICE}
GROUP BY 1 ORDER BY 1 DESC
"""

# Of a brand's paid or closed statements those of which the platform kept something that is in no live request, the oldest first.
_STATEMENTS_TO_INVOICE = f"""
SELECT t.id, k.kept_fen FROM settlement_statement t
CROSS JOIN LATERAL (
    SELECT {_FEES_FEN} AS kept_fen FROM settlement_statementitem i JOIN {LINES} l ON l.id = i.line_id WHERE i.statement_id = t.id) AS k
WHERE t.brand_id = %(brand_id)s AND t.state IN ('paid', 'closed') AND k.kept_fen > 0
    AND (%(ids)s::bigint[] IS NULL OR t.id = ANY(%(ids)s::bigint[]))
    AND NOT EXISTS (SELECT FROM invoices_invoiceitem x WHERE x.statement_id = t.id AND x.is_live)
ORDER BY t.id LIMIT %(limit)s
"""

_NEEDED = f"""
SELECT item_id, request_id, needed_fen FROM (
    SELECT x.id AS item_id, x.request_id,
        x.amount_fen - greatest({_LINE_FEN}, 0) - coalesce(
            (SELECT sum(d.amount_fen) FROM invoices_redletter d WHERE d.item_id = x.id AND d.done_at IS NOT NULL), 0
        )::bigint AS needed_fen
    FROM invoices_invoiceitem x JOIN invoices_invoicerequest r ON r.id = x.request_id JOIN {LINES} l ON l.id = x.line_id
    WHERE x.is_live AND r.state IN ('exported', 'issued') AND x.amount_fen > {_LINE_FEN}
        AND (%(request_ids)s::bigint[] IS NULL OR x.request_id = ANY(%(request_ids)s::bigint[]))
    UNION ALL
    SELECT x.id, x.request_id, x.amount_fen - greatest(k.kept_fen, 0) - coalesce(
            (SELECT sum(d.amount_fen) FROM invoices_redletter d WHERE d.item_id = x.id AND d.done_at IS NOT NULL), 0
        )::bigint
    FROM invoices_invoiceitem x JOIN invoices_invoicerequest r ON r.id = x.request_id
    CROSS JOIN LATERAL (
        SELECT {_FEES_FEN} AS kept_fen FROM settlement_statement t
        LEFT JOIN settlement_statementitem i ON i.statement_id = t.id LEFT JOIN {LINES} l ON l.id = i.line_id
        WHERE t.id = x.statement_id GROUP BY t.id) AS k
    WHERE x.is_live AND r.state IN ('exported', 'issued') AND x.statement_id IS NOT NULL
        AND (%(request_ids)s::bigint[] IS NULL OR x.request_id = ANY(%(request_ids)s::bigint[]))
) AS need WHERE needed_fen > 0 ORDER BY item_id
"""


@dataclass(frozen=True, slots=True)
class LineToInvoice:
    """An order line that may be invoiced, with what she paid for it and did not get back."""

    line_id: int
    order_id: int
    brand_id: int
    paid_at: datetime
    amount_fen: int


@dataclass(frozen=True, slots=True)
class MonthToInvoice:
    """What may be invoiced of the orders that were paid in a month; `month` is its first day."""

    month: date
    orders: int
    lines: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class NeededRedLetter:
    """What a red letter has to take back of an item."""

    item_id: int
    request_id: int
    needed_fen: int


@dataclass(frozen=True, slots=True)
class _Kept:
    id: int
    kept_fen: int


def lock_owner(*, reseller_id: int | None, brand_id: int | None) -> None:
    """Let what a reseller, or the clerks of a brand, do with titles and requests happen one after another."""
    name = "invoices.reseller" if brand_id is None else "invoices.brand"
    parameters = {"name": name, "id": (brand_id or reseller_id or 0) % _INT4}
    sql.rows("SELECT pg_advisory_xact_lock(hashtext(%(name)s), %(id)s)", parameters)


def lock_numbers(issuer_brand_id: int | None) -> None:
    """Let the numbers of an issuer, None for the platform, be entered one after another. To be taken after the requests are locked."""
    parameters = {"id": (issuer_brand_id or 0) % _INT4}
    sql.rows("SELECT pg_advisory_xact_lock(hashtext('invoices.numbers'), %(id)s)", parameters)


def lines_to_invoice(
    *,
    reseller_id: int,
    order_ids: Sequence[int] | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    at: datetime,
    limit: int,
) -> list[LineToInvoice]:
    """The lines of chosen orders, or of orders paid in a period, that may be invoiced, in the order of their orders (INVOICE-2)."""
    parameters = {
        "reseller_id": reseller_id,
        "order_ids": None if order_ids is None else list(order_ids),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "at": at,
        "limit": limit,
    }
    return sql.fetch(LineToInvoice, _LINES_TO_INVOICE, parameters)


def months_to_invoice(*, reseller_id: int, at: datetime) -> list[MonthToInvoice]:
    """The months of payment of which something may be invoiced, the latest first (INVOICE-2)."""
    parameters = {"reseller_id": reseller_id, "order_ids": None, "starts_at": None, "ends_at": None, "at": at}
    return sql.fetch(MonthToInvoice, _MONTHS_TO_INVOICE, parameters)


def statements_to_invoice(*, brand_id: int, statement_ids: Collection[int] | None = None, limit: int) -> dict[int, int]:
    """What the platform kept of the oldest statements of a brand that may be invoiced, all or some, in fen (INVOICE-2)."""
    ids = None if statement_ids is None else list(statement_ids)
    rows = sql.fetch(_Kept, _STATEMENTS_TO_INVOICE, {"brand_id": brand_id, "ids": ids, "limit": limit})
    return {each.id: each.kept_fen for each in rows}


def kept_of_lines(line_ids: Collection[int]) -> dict[int, int]:
    """What a reseller paid for each line and did not get back, in fen."""
    return {each.id: each.kept_fen for each in sql.fetch(_Kept, _KEPT_OF_LINES, {"ids": list(line_ids)})}


def kept_of_statements(statement_ids: Collection[int]) -> dict[int, int]:
    """What the platform keeps of each statement now, in fen; it can be below zero."""
    return {each.id: each.kept_fen for each in sql.fetch(_Kept, _KEPT_OF_STATEMENTS, {"ids": list(statement_ids)})}


def needed_red_letters(*, request_ids: Collection[int] | None = None) -> list[NeededRedLetter]:
    """The items of exported and issued requests, all or some, of which more was refunded than red letters took back (INVOICE-7)."""
    parameters = {"request_ids": None if request_ids is None else list(request_ids)}
    return sql.fetch(NeededRedLetter, _NEEDED, parameters)
