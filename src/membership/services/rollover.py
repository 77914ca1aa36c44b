"""The month's turn: carried out for all by sets, chunk by chunk, or for one member who acts before the chunk with her was reached."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min

from accounts.rules import Actor, Role, require
from accounts.services import audit
from db import sql
from kernel.period import month_of, month_period, next_month, previous_month
from kernel.refusal import Conflict
from membership.models import MonthTurn, Notice, Reseller
from membership.rules.tiers import Kind
from membership.selectors.histories import tier_tables
from membership.selectors.people import reseller_of
from membership.selectors.rollover import EVERYBODY, TurnView, reached_by_turn, replay, terms_of_turn, turned_through
from membership.selectors.rollover_sql import TURN, TURN_REPLAYED, warn_statement

CHUNK = 250_000
MAX_WRITE = timedelta(hours=1)
"""No transaction that writes growth lasts longer."""
TURN_LOCK = 20_260_401
"""The class of the advisory locks over months; the other half of the key is the month."""


@dataclass(eq=False)
class TurnNotDue(Conflict):
    code = "membership.turn_not_due"
    zh = "{month} 的等级重评尚未到时间"
    en = "The turn of {month} is not due yet"
    month: date


@dataclass(eq=False)
class BeforeAnyMember(Conflict):
    code = "membership.before_any_member"
    zh = "{month} 时还没有会员，没有可重评的等级"
    en = "There was no member yet in {month}, so no tier to turn"
    month: date


@transaction.atomic
def turn_members(month: date, *, first_id: int, last_id: int, touch: bool) -> dict[str, int]:
    """Judge the month before `month` for members with these ids who are not turned yet. `touch` marks the unchanged ones too.

    Idempotent: whoever is turned is left alone. Gives how many rose, fell, and were given a bonus.
    """
    tables = tier_tables()
    terms: dict[str, Any] = terms_of_turn(month, tables, first_id=first_id, last_id=last_id)
    terms |= {"touch": touch, "kind": Kind.KEEP_BONUS.value}
    # Whoever is about to be replayed must not be credited between the reading and the writing.
    _lock_replayed(month, first_id, last_id)
    if last_id > first_id:
        with connection.cursor() as cursor:
            # One chunk is one hash aggregate: keep it in memory, do not compile what runs once, and do not let workers each build it.
            cursor.execute(
                "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0"
            )
    found = replay(month, tables, first_id=first_id, last_id=last_id)
    done = sql.rows(TURN, terms)[0]
    again = sql.rows(TURN_REPLAYED, terms)[0] if found else {}
    return {name: done[name] + again.get(name, 0) for name in done}


def hold_month(now: datetime) -> None:
    """Let the turn of all wait until this transaction has ended, where it writes for a month that is about to end.

    Otherwise a turn that has added up the month's growth already would write a tier that leaves out what is written here.
    """
    ends_at = month_period(month_of(now)).ends_at
    if ends_at - now <= MAX_WRITE:
        _lock_month("pg_advisory_xact_lock_shared", month_of(now))


def _lock_month(function: str, month: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [TURN_LOCK, month.toordinal()])


def turn_one(reseller: Reseller, month: date) -> None:
    """Carry out all turns up to the start of `month` for one member, whose row the caller has locked; then read her row again.

    Her `turned_month` is afterwards the month that she is in, whether her row or the turn of all says so.
    """
    through = turned_through(reseller.pk, reseller.turned_month)
    if through < month:
        while through < month:
            through = next_month(through)
            turn_members(through, first_id=reseller.pk, last_id=reseller.pk, touch=True)
        reseller.refresh_from_db()
    reseller.turned_month = through


def turn_month(*, actor: Actor, month: date, now: datetime, chunk: int = CHUNK) -> TurnView:
    """Carry out the turn at the start of `month` for all members, and earlier ones that were missed (GROWTH-7, GROWTH-12).

    Each chunk commits by itself and notes how far it came, so that a run that was killed goes on where it stopped, and a second run does
    nothing. Refuses a turn that is not due, or of a time before the first member.
    """
    require(actor, Role.OPS)
    if month > month_of(now):
        raise TurnNotDue(month=month)
    if month < month_of(now) and not Reseller.objects.filter(joined_at__lt=month_period(month).starts_at).exists():
        raise BeforeAnyMember(month=month)
    for due in _turns_due(month):
        _turn_all(due, now=now, chunk=chunk)
    row = MonthTurn.objects.get(month=month)
    return TurnView(row.month, row.started_at, row.finished_at, row.risen, row.fallen, row.bonuses)


def _turns_due(month: date) -> list[date]:
    last = MonthTurn.objects.filter(finished_at__isnull=False, month__lte=month).aggregate(last=Max("month"))["last"]
    if last is None:
        earliest = Reseller.objects.order_by("turned_month").values_list("turned_month", flat=True).first()
        last = min(earliest, month) if earliest else month
        if last == month:
            return [month]
    due = [] if last == month else [next_month(last)]
    while due and due[-1] < month:
        due.append(next_month(due[-1]))
    return due


def _turn_all(month: date, *, now: datetime, chunk: int) -> None:
    ids = Reseller.objects.aggregate(first=Min("id"), last=Max("id"))
    first_id, last_id = ids["first"] or 1, ids["last"] or 0
    MonthTurn.objects.get_or_create(month=month, defaults={"started_at": now, "done_through_id": first_id - 1})
    while _turn_chunk(month, last_id=last_id, now=now, chunk=chunk):
        pass


@transaction.atomic
def _turn_chunk(month: date, *, last_id: int, now: datetime, chunk: int) -> bool:
    """Turn the next chunk; False when the turn is finished. Two runs at once take turns on the row."""
    sql.lift_statement_limit()
    turn = MonthTurn.objects.select_for_update().get(month=month)
    _lock_month("pg_advisory_xact_lock", previous_month(month))
    if turn.finished_at is not None:
        return False
    upto = min(turn.done_through_id + chunk, last_id)
    done = turn_members(month, first_id=turn.done_through_id + 1, last_id=upto, touch=False)
    turn.risen += done["risen"]
    turn.fallen += done["fallen"]
    turn.bonuses += done["bonuses"]
    turn.done_through_id = upto
    if upto >= last_id:
        turn.finished_at = now
        # Whoever joins from now on is of a later month already.
        turn.done_through_id = max(upto, last_id)
    turn.save()
    return turn.finished_at is None


@transaction.atomic
def warn_of_falls(*, actor: Actor, now: datetime) -> int:
    """Leave a notice for each member who would fall if the month ended now; once a turn and tier. Gives how many are new.

    Whom the turn of this month has not reached yet waits for the next run.
    """
    require(actor, Role.OPS)
    tables = tier_tables()
    turn, reached_id = next_month(month_of(now)), reached_by_turn(month_of(now))
    terms: dict[str, Any] = terms_of_turn(turn, tables, first_id=0, last_id=EVERYBODY, reached_id=reached_id)
    terms |= {"now": now}
    replayed = replay(turn, tables, first_id=0, last_id=EVERYBODY, reached_id=reached_id)
    warned = sql.execute(warn_statement(replayed=replayed), terms)
    audit.record(
        actor=actor, action="membership.warn_of_falls", kind="turn", subject_id=0, details={"warned": warned}, now=now
    )
    return warned


@transaction.atomic
def read_notices(*, actor: Actor, now: datetime) -> int:
    """Mark one's own notices as read; gives how many were not."""
    return Notice.objects.filter(reseller_id=reseller_of(actor).id, read_at=None).update(read_at=now)


def _lock_replayed(month: date, first_id: int, last_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT 1 FROM membership_reseller WHERE must_replay AND turned_month < %s AND id BETWEEN %s AND %s
               ORDER BY id FOR UPDATE""",
            [month, first_id, last_id],
        )
