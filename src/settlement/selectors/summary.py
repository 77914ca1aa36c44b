"""A statement in short, for paper: its sums by style and its adjustments (SETTLE-8)."""

from dataclasses import dataclass
from datetime import datetime

from flashsales.selectors.sales import get_sale
from settlement import sql
from settlement.rules.disputes import DisputeState
from settlement.selectors.disputes import DisputeView, list_disputes
from settlement.selectors.statements import StatementView, items_of, scope_of
from settlement.sql import StyleSums

MAX_STYLES = 1000


@dataclass(frozen=True, slots=True)
class StatementSummary:
    """`styles` are at most `MAX_STYLES`; `is_cut_off` says that there are more. The instants are those of the sale, where there is one."""

    statement: StatementView
    starts_at: datetime | None
    ends_at: datetime | None
    styles: list[StyleSums]
    is_cut_off: bool
    adjustments: list[DisputeView]


def summarize(statement: StatementView, *, at: datetime) -> StatementSummary:
    sale = get_sale(statement.sale_id, at=at) if statement.sale_id else None
    styles = sql.total_styles(scope_of(statement), statement_id=items_of(statement), limit=MAX_STYLES + 1)
    accepted = [each for each in list_disputes(statement.id) if each.state is DisputeState.ACCEPTED]
    return StatementSummary(
        statement=statement,
        starts_at=sale.starts_at if sale else None,
        ends_at=sale.ends_at if sale else None,
        styles=styles[:MAX_STYLES],
        is_cut_off=len(styles) > MAX_STYLES,
        adjustments=accepted,
    )
