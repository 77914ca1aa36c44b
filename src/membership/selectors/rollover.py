"""The month's turn before it comes: who would fall, rise, or be given a bonus; and the figures that judge a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from db import sql
from kernel.period import month_of, month_period, next_month, previous_month
from membership.models import MonthTurn, Reseller
from membership.rules.tiers import Tier, TierTable, table_in_force
from membership.selectors.histories import tier_tables
from membership.selectors.rollover_sql import REPLAY_STEP, START_REPLAY, preview_statement
from web.pagination import Page, paginate

EVERYBODY = 2**62


@dataclass(frozen=True, slots=True)
class FallPreview:
    """What the turn at the start of `turn` would do to a member if nothing more happened. Growth in milli."""

    reseller_id: int
    name: str
    before: Tier
    after: Tier
    month_milli: int
    bonus_milli: int


@dataclass(frozen=True, slots=True)
class TurnView:
    """How far a turn has come; `finished_at` is None while it runs."""

    month: date
    started_at: datetime
    finished_at: datetime | None
    risen: int
    fallen: int
    bonuses: int


def terms_of_turn(
    turn: date, tables: Sequence[TierTable], *, first_id: int, last_id: int, reached_id: int = EVERYBODY
) -> dict[str, Any]:
    """The figures that judge the month before `turn`, as the statements take them. `reached_id`: whom the turn before has reached."""
    month = previous_month(turn)
    table, coming = table_in_force(tables, month), table_in_force(tables, turn)
    window_from = _months_before(month, table.window_months - 1)
    next_window_from = _months_before(turn, coming.window_months - 1)
    figures: dict[str, Any] = {
        "turn": turn,
        "first_at": month_period(min(window_from, next_window_from, month)).starts_at,
        "turn_at": month_period(turn).starts_at,
        "month": month,
        "window_from": window_from,
        "next_window_from": next_window_from,
        "first_id": first_id,
        "last_id": last_id,
        "reached_id": reached_id,
    }
    for tier in list(Tier)[1:]:
        figures[f"keep{tier.value}"] = table.keep(tier)
        figures[f"bonus{tier.value}"] = table.bonus(tier)
        figures[f"reach{tier.value}"] = table.threshold(tier)
        figures[f"next_reach{tier.value}"] = coming.threshold(tier)
    return figures


def replay(
    turn: date, tables: Sequence[TierTable], *, first_id: int, last_id: int, reached_id: int = EVERYBODY
) -> bool:
    """Judge all months afresh for members of whose earlier months growth was taken back, into temporary tables; False if there are none.

    The tables live until the end of the transaction.
    """
    terms = terms_of_turn(turn, tables, first_id=first_id, last_id=last_id, reached_id=reached_id)
    with connection.cursor() as cursor:
        for statement in START_REPLAY:
            cursor.execute(statement, terms)
        cursor.execute("SELECT min(first_month) FROM membership_replay")
        (month,) = cursor.fetchone()
        if month is None:
            return False
        while month < turn:
            month = next_month(month)
            cursor.execute(REPLAY_STEP, terms_of_turn(month, tables, first_id=first_id, last_id=last_id))
    return True


@transaction.atomic
def preview_turn(
    *,
    at: datetime,
    only_changes: bool = True,
    first_id: int = 0,
    last_id: int = EVERYBODY,
    limit: int = 1000,
    from_ledger: bool = False,
) -> list[FallPreview]:
    """Who would fall, rise or be given a bonus if the month ended now (GROWTH-12): the turn's own judgement, nothing written.

    Falls come first. `from_ledger` judges from the entries themselves instead of the rollup. Members whom the turn that is due has
    not reached yet are left out: see `turn_is_due`.
    """
    tables, turn, reached_id = tier_tables(), next_month(month_of(at)), reached_by_turn(month_of(at))
    terms = terms_of_turn(turn, tables, first_id=first_id, last_id=last_id, reached_id=reached_id)
    terms |= {"all": not only_changes, "limit": limit}
    replayed = replay(turn, tables, first_id=first_id, last_id=last_id, reached_id=reached_id)
    found = sql.rows(preview_statement(from_ledger=from_ledger, replayed=replayed), terms)
    return [
        FallPreview(
            row["id"],
            row["name"],
            Tier(row["shown"]),
            Tier(row["shown_after"]),
            int(row["new_milli"]),
            int(row["bonus"]),
        )
        for row in found
    ]


def turns(*, cursor: str = "", limit: int = 50) -> Page[TurnView]:
    """The turns that were begun, the latest first."""
    return paginate(MonthTurn.objects.all(), order=("-month",), cursor=cursor, limit=limit, view=_turn_view)


def turn_is_due(at: datetime) -> bool:
    """Whether members wait for the turn at the start of this month."""
    month = month_of(at)
    return Reseller.objects.filter(turned_month__lt=month, pk__gt=reached_by_turn(month)).exists()


def reached_by_turn(month: date) -> int:
    """The last reseller whom the turn at the start of `month` has reached; 0 before its first."""
    done = MonthTurn.objects.filter(month__gte=month).aggregate(last=Max("done_through_id"))["last"]
    return done or 0


def turned_through(reseller_id: int, turned_month: date) -> date:
    """The month whose turn has been carried out for a member, by herself or by the turn of all."""
    done = (
        MonthTurn.objects.filter(month__gt=turned_month, done_through_id__gte=reseller_id)
        .order_by("-month")
        .values_list("month", flat=True)
        .first()
    )
    return done or turned_month


def _turn_view(row: MonthTurn) -> TurnView:
    return TurnView(row.month, row.started_at, row.finished_at, row.risen, row.fallen, row.bonuses)


def _months_before(month: date, count: int) -> date:
    for _ in range(count):
        month = previous_month(month)
    return month
