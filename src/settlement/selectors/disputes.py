"""Reads of disputes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from db.rows import view_of
from settlement.models import StatementDispute
from settlement.rules.disputes import DisputeState, adjustment_fen
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A disputed line: what the statement and the brand say it pays, in fen, and the answer of finance."""

    id: int
    statement_id: int
    line_id: int
    order_id: int
    goods: str
    payable_fen: int
    claimed_fen: int
    adjustment_fen: int
    reason: str
    state: DisputeState
    raised_by: str
    raised_at: datetime
    answer: str
    answered_by: str | None
    answered_at: datetime | None


def list_disputes(statement_id: int) -> list[DisputeView]:
    """The disputes of a statement: open ones first, then in the order in which they were raised."""
    views = [_view(row) for row in _disputes(statement_id).order_by("pk")]
    return sorted(views, key=lambda each: each.state is not DisputeState.OPEN)


def page_of_disputes(statement_id: int, *, cursor: str, limit: int) -> Page[DisputeView]:
    """The disputes of a statement in the order in which they were raised."""
    return paginate(
        _disputes(statement_id),
        name=f"settlement.disputes:{statement_id}",
        order=("id",),
        cursor=cursor,
        limit=limit,
        view=_view,
    )


def _disputes(statement_id: int) -> QuerySet[StatementDispute]:
    rows = StatementDispute.objects.filter(statement_id=statement_id)
    return rows.select_related("line__sku__style", "raised_by", "answered_by")


def _view(row: StatementDispute) -> DisputeView:
    sku, state = row.line.sku, DisputeState(row.state)
    return view_of(
        DisputeView,
        row,
        order_id=row.line.order_id,
        goods=f"{sku.style.style_no} {sku.colour} {sku.size}",
        adjustment_fen=adjustment_fen(state, claimed_fen=row.claimed_fen, payable_fen=row.payable_fen),
        raised_by=row.raised_by.name,
        answered_by=row.answered_by.name if row.answered_by else None,
    )
