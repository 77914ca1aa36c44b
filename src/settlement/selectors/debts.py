"""Reads of what brands owe after their statements (SETTLE-12)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from db.rows import view_of
from settlement.models import BrandDebt, Statement
from settlement.rules.debts import DebtKind
from settlement.rules.statements import StatementState


@dataclass(frozen=True, slots=True)
class DebtView:
    """What a brand owes: from which statement, and which one pays it, or under which key its deposit did.

    Neither, where it is still open.
    """

    id: int
    brand_id: int
    kind: DebtKind
    amount_fen: int
    source_id: int
    at: datetime
    statement_id: int | None
    line_id: int | None
    reason: str
    paid_as: str


def get_open_debt_fen(brand_id: int) -> int:
    """What the brand owes that neither a statement nor its deposit pays yet."""
    return int(_open_debts(brand_id).aggregate(fen=Sum("amount_fen", default=0))["fen"])


def get_owed_fen(brand_id: int) -> int:
    """What the brand owes that no statement pays yet, with what it will owe once its statements are settled (MONEY-12)."""
    rows = Statement.objects.filter(brand_id=brand_id, settled_at=None, carried_fen__gt=0)
    coming_fen = 0
    for state, carried_fen, netted_fen in rows.values_list("state", "carried_fen", "netted_fen"):
        # A draft names the open debts too, which it does not pay yet.
        named_fen = netted_fen if state == StatementState.DRAFT.value else 0
        coming_fen += max(carried_fen - named_fen, 0)
    return get_open_debt_fen(brand_id) + coming_fen


def list_debts_of(*, brand_id: int, statement_id: int | None) -> list[DebtView]:
    """What a statement that was sent pays; with None, what is still open."""
    rows = _open_debts(brand_id) if statement_id is None else BrandDebt.objects.filter(statement=statement_id)
    return [view_of(DebtView, row) for row in rows.order_by("pk")]


def _open_debts(brand_id: int) -> QuerySet[BrandDebt]:
    return BrandDebt.objects.filter(brand_id=brand_id, statement=None, paid_as="")
