"""What may be invoiced now, by who issues (INVOICE-2, INVOICE-3)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from brands.selectors.brands import brand_names
from invoices import sql
from invoices.selectors.terms import issuers_of
from invoices.sql import LineToInvoice
from kernel.period import month_period
from settlement.selectors.statements import StatementView, list_statements_of

MAX_LINES = 5_000
"""Of one request for goods. A month with more is asked for in several: each takes the oldest orders that are left."""
MAX_STATEMENTS = 200
"""Of one request for fees."""


@dataclass(frozen=True, slots=True)
class AskableGoods:
    """What one issuer can invoice of a choice of orders. `issuer_brand_id` None: the platform; then `issuer_name` is ""."""

    issuer_brand_id: int | None
    issuer_name: str
    orders: int
    lines: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class AskableMonth:
    """What can be invoiced of the orders that were paid in a month; `month` is its first day.

    `is_cut`: the month has more lines than one request takes; the rest is asked for after it.
    """

    month: date
    orders: int
    amount_fen: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class AskableStatement:
    """A statement that was paid, with what the platform kept of it."""

    statement_id: int
    title: str
    paid_at: datetime | None
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Orders that a reseller chose, or all that she paid in the month of a day; neither means everything."""

    order_ids: tuple[int, ...] | None = None
    month: date | None = None


def list_lines(reseller_id: int, choice: Choice, *, at: datetime) -> list[LineToInvoice]:
    """The lines of a choice that may be invoiced; one more than MAX_LINES where there are more."""
    period = month_period(choice.month) if choice.month else None
    return sql.lines_to_invoice(
        reseller_id=reseller_id,
        order_ids=choice.order_ids,
        starts_at=period.starts_at if period else None,
        ends_at=period.ends_at if period else None,
        at=at,
        limit=MAX_LINES + 1,
    )


def whole_orders(lines: Sequence[LineToInvoice], *, most: int = MAX_LINES) -> list[LineToInvoice]:
    """The lines of the first orders, at most `most`. An order that does not fit is left for the next request with all its lines."""
    if len(lines) <= most:
        return list(lines)
    return [each for each in lines[:most] if each.order_id != lines[most].order_id]


def by_issuer(lines: Sequence[LineToInvoice]) -> dict[int | None, list[LineToInvoice]]:
    """The lines of each issuer, None for the platform, in the order of their ids."""
    issuers = issuers_of({each.brand_id for each in lines})
    found: dict[int | None, list[LineToInvoice]] = {}
    for each in lines:
        found.setdefault(issuers[each.brand_id], []).append(each)
    return found


def list_askable_goods(reseller_id: int, choice: Choice, *, at: datetime) -> list[AskableGoods]:
    """What a reseller can ask for at once, one row for each invoice that she would get; the largest first."""
    groups = by_issuer(whole_orders(list_lines(reseller_id, choice, at=at)))
    names = brand_names([each for each in groups if each is not None])
    rows = [
        AskableGoods(
            issuer_brand_id=issuer,
            issuer_name=names[issuer] if issuer is not None else "",
            orders=len({each.order_id for each in lines}),
            lines=len(lines),
            amount_fen=sum(each.amount_fen for each in lines),
        )
        for issuer, lines in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row.amount_fen, row.issuer_name))


def list_askable_months(reseller_id: int, *, at: datetime) -> list[AskableMonth]:
    """The months of which something can be invoiced, the latest first."""
    months = sql.months_to_invoice(reseller_id=reseller_id, at=at)
    return [AskableMonth(each.month, each.orders, each.amount_fen, each.lines > MAX_LINES) for each in months]


def list_askable_statements(brand_id: int, *, statement_ids: Collection[int] | None = None) -> list[AskableStatement]:
    """The statements of a brand, all or some, of which the platform kept something that is in no live request.

    The oldest first. Of all, at most MAX_STATEMENTS: the others come once these are asked for.
    """
    limit = MAX_STATEMENTS if statement_ids is None else len(statement_ids)
    kept = sql.statements_to_invoice(brand_id=brand_id, statement_ids=statement_ids, limit=limit)
    return [_askable(view, kept[view.id]) for view in list_statements_of(kept)]


def _askable(view: StatementView, amount_fen: int) -> AskableStatement:
    return AskableStatement(view.id, view.title, view.paid_at or view.closed_at, amount_fen)
