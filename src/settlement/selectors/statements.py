"""Reads of statements."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from accounts.rules import Actor, Role
from aftersales.selectors.cases import count_open_cases_of_sales
from brands.selectors.brands import NoSuchBrand, require_staff
from db.rows import view_of
from kernel.refusal import Missing
from orders.rules.refunds import PaidLine
from orders.selectors.sold import LineFilter, iterate_paid_lines, list_paid_lines
from settlement import sql
from settlement.models import Statement
from settlement.rules.debts import pay_or_carry
from settlement.rules.disputes import DisputeState
from settlement.rules.periods import StatementKind, StatementPeriod
from settlement.rules.statements import SaleWithoutStatement, StatementState, StatementTotals
from settlement.sql import DraftSums, LineScope
from web.pagination import Page, paginate


class NoSuchStatement(Missing):
    code = "settlement.no_such_statement"
    zh = "没有这张结算单（{statement_id}）"
    en = "There is no statement {statement_id}"
    statement_id: int


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement of a sale or of a period. `title` is that of the sale, or the month or day.

    `confirmed_by` is the person who confirmed it, null where nobody disputed it in time.
    """

    id: int
    kind: StatementKind
    sale_id: int | None
    title: str
    first_date: date | None
    last_date: date | None
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
    """What finance may do now: drafts that may be sent, and statements that may be settled, with what they make payable.

    `open_cases`: how many cases of its sale keep a draft from being sent, by its id.
    """

    to_send: list[StatementView]
    to_settle: list[StatementView]
    open_cases: dict[int, int]

    @property
    def to_settle_fen(self) -> int:
        return sum(each.totals.payable_fen for each in self.to_settle)


def get_statement(statement_id: int) -> StatementView:
    row = _statements().filter(pk=statement_id).first()
    if row is None:
        raise NoSuchStatement(statement_id=statement_id)
    return _views([row])[0]


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
    page = paginate(
        rows, name="settlement.statements", order=("-id",), cursor=cursor, limit=limit, view=lambda row: row
    )
    return Page(_views(page.items), page.next_cursor)


def count_open_statements(brand_id: int) -> int:
    """Statements of a brand that were not paid yet, without drafts of periods whose lines another statement took."""
    ended = (StatementState.PAID.value, StatementState.CLOSED.value)
    rows = _statements().filter(brand_id=brand_id).exclude(state__in=ended)
    return sum(not _is_empty(view) for view in _views(rows))


def list_statements_of(statement_ids: Collection[int]) -> list[StatementView]:
    """The statements of these ids, the oldest first."""
    return _views(_statements().filter(pk__any_of=statement_ids).order_by("pk"))


def list_unpaid_ids() -> list[int]:
    """The settled statements over which something is payable, the oldest first."""
    rows = Statement.objects.filter(state=StatementState.SETTLED.value, payable_fen__gt=0)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def list_due(*, at: datetime, limit: int = 200) -> DueStatements:
    """The drafts whose after-sales window is over, and the statements that are confirmed by now; the oldest first."""
    rows = _statements().order_by("pk")
    to_send = rows.filter(state=StatementState.DRAFT.value, settleable_from__lte=at)
    lapsed = Q(state=StatementState.SENT.value, confirm_by__lte=at)
    to_settle = rows.filter(Q(state=StatementState.CONFIRMED.value) | lapsed)
    drafts = [view for view in _views(to_send[:limit]) if not _is_empty(view)]
    cases = count_open_cases_of_sales([view.sale_id for view in drafts if view.sale_id], at=at)
    open_cases = {view.id: cases[view.sale_id] for view in drafts if view.sale_id in cases}
    return DueStatements(drafts, _views(to_settle[:limit]), open_cases)


def list_sales_without_statement(*, limit: int = 100) -> list[SaleWithoutStatement]:
    """Sales that are over and closed and have no statement yet, the oldest first."""
    return sql.sales_without_statement(limit=limit)


def get_statement_of_sale(sale_id: int) -> StatementView | None:
    row = _statements().filter(sale_id=sale_id).first()
    return _views([row])[0] if row else None


def _views(rows: Iterable[Statement]) -> list[StatementView]:
    """The views of statements. Figures of drafts are those of their lines and of what the brand owes at this instant (SETTLE-1)."""
    views = [_view(row) for row in rows]
    drafts = [view.id for view in views if view.state is StatementState.DRAFT]
    found = {each.statement_id: each for each in sql.total_drafts(drafts)} if drafts else {}
    return [_as_of_now(view, found[view.id]) if view.id in found else view for view in views]


def _as_of_now(view: StatementView, sums: DraftSums) -> StatementView:
    deductions_fen = view.totals.deductions_fen
    payable_fen, carried_fen = pay_or_carry(sums.brand_fen - deductions_fen - sums.debt_fen)
    totals = replace(
        sums.totals,
        deductions_fen=deductions_fen,
        netted_fen=sums.debt_fen,
        payable_fen=payable_fen,
        carried_fen=carried_fen,
    )
    settleable_from = view.settleable_from
    if view.sale_id is not None and sums.changed_at is not None:
        settleable_from = sums.changed_at + settings.AFTER_SALES_WINDOW
    return replace(view, totals=totals, settleable_from=settleable_from)


def _is_empty(view: StatementView) -> bool:
    """Whether it is a draft of a period without a line: there is nothing to send."""
    return view.state is StatementState.DRAFT and view.sale_id is None and not view.totals.units


def _view(row: Statement) -> StatementView:
    totals = view_of(StatementTotals, row)
    confirmed_by = row.confirmed_by.name if row.confirmed_by else None
    return view_of(
        StatementView,
        row,
        title=title_of(row),
        brand_name=row.brand.name,
        totals=totals,
        confirmed_by=confirmed_by,
        open_disputes=row.open_disputes,  # type: ignore[attr-defined]
    )


def scope_of(statement: StatementView | Statement) -> LineScope:
    """Which lines the statement is about."""
    first_date, last_date = statement.first_date, statement.last_date
    period = StatementPeriod(first_date, last_date) if first_date and last_date else None
    ends_at = period.ends_at if period else None
    return LineScope(statement.sale_id, statement.brand_id, StatementKind(statement.kind), ends_at)


def items_of(view: StatementView) -> int | None:
    """The id of the statement where its lines are items, none while it is a draft."""
    return None if view.state is StatementState.DRAFT else view.id


def list_lines(
    view: StatementView,
    *,
    only: LineFilter | None = None,
    style_id: int | None = None,
    line_ids: Collection[int] = (),
    cursor: str = "",
    limit: int = 50,
) -> Page[PaidLine]:
    """The lines of a statement: all, those behind one figure, those of a style, or those named by `line_ids`."""
    return list_paid_lines(
        _lines(view),
        name=f"settlement.lines:{view.id}",
        only=only,
        style_id=style_id,
        line_ids=line_ids,
        cursor=cursor,
        limit=limit,
    )


def iterate_lines(view: StatementView) -> Iterator[PaidLine]:
    """All lines of a statement in the order of their ids."""
    return iterate_paid_lines(_lines(view))


def _lines(view: StatementView) -> RawSQL:
    statement, parameters = sql.line_ids_sql(scope_of(view), statement_id=items_of(view))
    return RawSQL(statement, parameters)  # noqa: S611 - the statement is composed of constants


def title_of(row: Statement) -> str:
    """The title of the sale, or the month or day of the period."""
    if row.sale is not None:
        return row.sale.title
    return f"{row.first_date:%Y-%m}" if row.kind == StatementKind.MONTH.value else f"{row.first_date:%Y-%m-%d}"


def _statements() -> QuerySet[Statement]:
    open_disputes = Count("disputes", filter=Q(disputes__state=DisputeState.OPEN.value))
    return Statement.objects.select_related("sale", "brand", "confirmed_by").annotate(open_disputes=open_disputes)


@dataclass(frozen=True, slots=True)
class StatementSum:
    """How many statements are in a state, and what they make payable, in fen."""

    statements: int
    payable_fen: int


def sum_statements(*, state: StatementState, confirm_before: datetime | None = None) -> StatementSum:
    """The statements of a state; only those whose time to be confirmed ends before `confirm_before`, where it is given."""
    rows = Statement.objects.filter(state=state.value)
    if confirm_before is not None:
        rows = rows.filter(confirm_by__lte=confirm_before)
    found = rows.aggregate(statements=Count("pk"), fen=Sum("payable_fen"))
    return StatementSum(found["statements"], found["fen"] or 0)
