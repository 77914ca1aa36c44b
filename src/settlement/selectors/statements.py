"""Reads of statements."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from accounts.rules import Actor, Role
from brands.selectors.brands import NoSuchBrand, require_staff
from db.rows import view_of
from kernel.refusal import Missing
from settlement import sql
from settlement.models import Statement
from settlement.rules.disputes import DisputeState
from settlement.rules.statements import SaleWithoutStatement, StatementState, StatementTotals
from web.pagination import Page, paginate


class NoSuchStatement(Missing):
    code = "settlement.no_such_statement"
    zh = "没有这张结算单（{statement_id}）"
    en = "There is no statement {statement_id}"
    statement_id: int


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement. `confirmed_by` is the person who confirmed it, null where nobody disputed it in time."""

    id: int
    sale_id: int
    sale_title: str
    brand_id: int
    brand_name: str
    state: StatementState
    totals: StatementTotals
    generated_at: datetime
    settleable_from: datetime
    sent_at: datetime | None
    confirm_by: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str | None
    open_disputes: int
    settled_at: datetime | None
    paid_at: datetime | None
    payout_reference: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueStatements:
    """What finance may do now: drafts that may be sent, and statements that may be settled, with what they make payable."""

    to_send: list[StatementView]
    to_settle: list[StatementView]

    @property
    def to_settle_fen(self) -> int:
        return sum(each.totals.payable_fen for each in self.to_settle)


def get_statement(statement_id: int) -> StatementView:
    row = _statements().filter(pk=statement_id).first()
    if row is None:
        raise NoSuchStatement(statement_id=statement_id)
    return statement_view(row)


def get_statement_for(actor: Actor, statement_id: int) -> StatementView:
    """The statement, for ops, finance and clerks of its brand. For anybody else it does not exist."""
    view = get_statement(statement_id)
    try:
        require_staff(actor, view.brand_id, Role.OPS, Role.FINANCE)
    except NoSuchBrand as cause:
        raise NoSuchStatement(statement_id=statement_id) from cause
    return view


def list_statements(
    *, brand_id: int | None = None, state: str = "", cursor: str = "", limit: int = 50
) -> Page[StatementView]:
    """Statements, the newest first. `brand_id` and `state` select those of one brand or state."""
    rows = _statements()
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    if state:
        rows = rows.filter(state=state)
    return paginate(rows, name="settlement.statements", order=("-id",), cursor=cursor, limit=limit, view=statement_view)


def list_due(*, at: datetime, limit: int = 200) -> DueStatements:
    """The drafts whose after-sales window is over, and the statements that are confirmed by now; the oldest first."""
    rows = _statements().order_by("pk")
    to_send = rows.filter(state=StatementState.DRAFT.value, settleable_from__lte=at)
    lapsed = Q(state=StatementState.SENT.value, confirm_by__lte=at)
    to_settle = rows.filter(Q(state=StatementState.CONFIRMED.value) | lapsed)
    return DueStatements(*([statement_view(row) for row in each[:limit]] for each in (to_send, to_settle)))


def list_sales_without_statement(*, limit: int = 100) -> list[SaleWithoutStatement]:
    """Sales that are over and closed and have no statement yet, the oldest first."""
    return sql.sales_without_statement(limit=limit)


def get_statement_of_sale(sale_id: int) -> StatementView | None:
    row = _statements().filter(sale_id=sale_id).first()
    return statement_view(row) if row else None


def statement_view(row: Statement) -> StatementView:
    totals = view_of(StatementTotals, row)
    confirmed_by = row.confirmed_by.name if row.confirmed_by else None
    return view_of(
        StatementView,
        row,
        sale_title=row.sale.title,
        brand_name=row.brand.name,
        totals=totals,
        confirmed_by=confirmed_by,
        open_disputes=row.open_disputes,  # type: ignore[attr-defined]
    )


def _statements() -> QuerySet[Statement]:
    open_disputes = Count("disputes", filter=Q(disputes__state=DisputeState.OPEN.value))
    return Statement.objects.select_related("sale", "brand", "confirmed_by").annotate(open_disputes=open_disputes)
